//! What sign-ins at social and at enterprise providers take and answer.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule::identifier::VerificationId;

use crate::dev::ConnectorData;

/// `POST …/{connectorId}/authorization-uri`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"state": "a-random-text", "redirectUri": "https://app.example/callback"}))]
pub(super) struct AuthorizationBody {
    /// OAuth 2.0 `state`: the client's own random text.
    pub(super) state: String,
    /// Where the provider sends the person back to.
    pub(super) redirect_uri: String,
}

/// Where to send the person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Authorization {
    /// The provider's address.
    pub(super) authorization_uri: String,
    /// The record to verify with what comes back.
    #[schema(value_type = String)]
    pub(super) verification_id: VerificationId,
}

/// `POST …/{connectorId}/verify`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "connectorData": {"code": "any", "userId": "42", "name": "Jane"},
    "verificationId": "0192f0c4-0000-7000-8000-000000000000"
}))]
pub(super) struct VerifyBody {
    /// What the provider sent the person back with.
    #[schema(value_type = ConnectorData)]
    pub(super) connector_data: Map<String, Value>,
    /// The record.
    #[schema(value_type = String)]
    pub(super) verification_id: VerificationId,
}
