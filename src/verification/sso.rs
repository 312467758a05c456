//! Enterprise SSO (V-9).

use super::ConnectorSession;
use crate::form::stored;
use crate::identifier::Email;
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
        /// The email, if it is inside the connector's domains: only there is the connector's word on it worth anything (V-9).
        pub email: Option<Email>,
        /// How strongly the provider says that the person was authenticated: OpenID Connect's `acr`.
        pub acr: Option<String>,
        /// By which methods: OpenID Connect's `amr` (RFC 8176).
        pub amr: Vec<String>,
    }
}

impl SsoAnswer {
    /// The identity to keep on a user.
    pub fn to_identity(&self) -> SsoIdentity {
        self.user_info.to_sso_identity(&self.issuer)
    }
}
