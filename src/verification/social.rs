//! Social identities (V-8).

use crate::form::stored;
use crate::secret::Secret;
use crate::user::SocialUserInfo;

stored! {
    /// A sign-in at a social provider, under way or done.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SocialVerification {
        /// The connector it goes through.
        pub connector_id: String,
        /// The provider, as users' identities name it.
        pub target: String,
        /// What the host needs to finish it.
        pub session: ConnectorSession,
        /// What the host learned from the provider, once it did.
        pub user_info: Option<SocialUserInfo>,
    }
}

stored! {
    /// What a host needs to finish a sign-in at a provider. The state is a secret: who knows it can finish it elsewhere.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ConnectorSession {
        /// OAuth 2.0 `state` (RFC 6749, section 4.1.1).
        pub state: Secret,
        /// Where the provider sends the person back to.
        pub redirect_uri: String,
    }
}
