//! Enterprise SSO (V-9).

use super::ConnectorSession;
use crate::form::stored;
use crate::user::{SocialUserInfo, SsoIdentity};

stored! {
    /// A sign-in at an enterprise provider, under way or done.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SsoVerification {
        /// The connector it goes through.
        pub connector_id: String,
        /// What the host needs to finish it.
        pub session: ConnectorSession,
        /// The provider and what it told, once it did: verified when both are there.
        pub answer: Option<SsoAnswer>,
    }
}

stored! {
    /// What an enterprise provider told.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SsoAnswer {
        /// The provider.
        pub issuer: String,
        /// About whom.
        pub user_info: SocialUserInfo,
    }
}

impl SsoAnswer {
    /// The identity to keep on a user.
    pub fn to_identity(&self) -> SsoIdentity {
        self.user_info.to_sso_identity(&self.issuer)
    }
}
