//! By an identity at a social provider.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{StartSocial, VerifySocial};
use vestibule::identifier::VerificationId;

use super::{Verified, verified};
use crate::dev::ConnectorData;
use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, LooksUp, ReadsBody, Runs};
use crate::problem::Problem;
use crate::server::Server;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(authorization_uri)).routes(routes!(verify))
}

/// `POST /api/experience/verification/social/{connectorId}/authorization-uri`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"state": "a-random-text", "redirectUri": "https://app.example/callback"}))]
struct AuthorizationBody {
    /// OAuth 2.0 `state`: the client's own random text.
    state: String,
    /// Where the provider sends the person back to.
    redirect_uri: String,
}

/// Where to send the person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Authorization {
    /// The provider's address.
    authorization_uri: String,
    /// The record to verify with what comes back.
    #[schema(value_type = String)]
    verification_id: VerificationId,
}

/// Begins a sign-in at a provider.
#[utoipa::path(
    post, path = "/api/experience/verification/social/{connectorId}/authorization-uri", operation_id = "startSocial",
    tag = "verification",
    security(("interaction" = [])),
    params(("connectorId" = String, Path, description = "The connector.")),
    request_body = AuthorizationBody,
    responses(
        (status = 200, description = "Where to send the person.", body = Authorization),
        Answers<(ReadsBody, LooksUp, Runs<StartSocial>)>,
    ),
)]
async fn authorization_uri(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
    PathOf(connector_id): PathOf<String>,
    Body(body): Body<AuthorizationBody>,
) -> Result<Json<Authorization>, Problem> {
    let provider = server.provider()?;
    let authorization_uri = provider.authorization_uri(&connector_id, &body.state, &body.redirect_uri);
    let start = StartSocial::new(connector_id, body.state, body.redirect_uri);
    let verification_id = interaction.run(start).await?;
    Ok(Json(Authorization { authorization_uri, verification_id }))
}

/// `POST /api/experience/verification/social/{connectorId}/verify`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "connectorData": {"code": "any", "userId": "42", "name": "Jane"},
    "verificationId": "0192f0c4-0000-7000-8000-000000000000"
}))]
struct VerifyBody {
    /// What the provider sent the person back with.
    #[schema(value_type = ConnectorData)]
    connector_data: Map<String, Value>,
    /// The record.
    #[schema(value_type = String)]
    verification_id: VerificationId,
}

/// Finishes a sign-in at a provider.
#[utoipa::path(
    post, path = "/api/experience/verification/social/{connectorId}/verify", operation_id = "verifySocial",
    tag = "verification",
    security(("interaction" = [])),
    params(("connectorId" = String, Path, description = "The connector.")),
    request_body = VerifyBody,
    responses(
        (status = 200, description = "Verified.", body = Verified),
        Answers<(ReadsBody, LooksUp, Runs<VerifySocial>)>,
    ),
)]
async fn verify(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
    PathOf(connector_id): PathOf<String>,
    Body(body): Body<VerifyBody>,
) -> Result<Json<Verified>, Problem> {
    let user_info = server.provider()?.user_info(body.connector_data)?;
    interaction.run(VerifySocial::new(connector_id, body.verification_id, user_info)).await.map(verified)
}
