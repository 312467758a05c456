//! Enterprise SSO (V-9).

use serde::{Deserialize, Serialize};

use super::ConnectorSession;
use crate::user::{SocialUserInfo, SsoIdentity};

/// A sign-in at an enterprise provider, under way or done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SsoVerification {
    /// The connector it goes through.
    pub connector_id: String,
    /// What the host needs to finish it.
    pub session: ConnectorSession,
    /// The provider and what it told, once it did: verified when both are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<SsoAnswer>,
}

/// What an enterprise provider told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SsoAnswer {
    /// The provider.
    pub issuer: String,
    /// About whom.
    pub user_info: SocialUserInfo,
}

impl SsoAnswer {
    /// The identity to keep on a user.
    pub fn to_identity(&self) -> SsoIdentity {
        self.user_info.to_sso_identity(&self.issuer)
    }
}
