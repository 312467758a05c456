//! WebAuthn (V-13) and sign-in passkeys (V-14).
//!
//! The cryptography is the host's: a WebAuthn library makes a challenge and checks the answer. The record keeps what
//! the domain decides by: whose it is, for which relying party, and whether something is pending.

use crate::form::stored;
use crate::identifier::UserId;
use crate::secret::Secret;
use crate::user::WebAuthnCredential;

stored! {
    /// What the host's WebAuthn library waits for.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PendingChallenge {
        /// The challenge, or the library's own serialised state. A client sees the challenge in the options that the host
        /// made from it, and nothing of this.
        pub challenge: Secret,
        /// The relying party's id.
        pub rp_id: String,
    }
}

stored! {
    /// Registering or using a WebAuthn credential as a factor.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WebAuthnVerification {
        /// Whose.
        pub user_id: UserId,
        /// How far it is.
        pub state: WebAuthnState,
    }
}

stored! {
    /// How far a WebAuthn ceremony is.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum WebAuthnState {
        /// A new credential is asked for.
        Registering(PendingChallenge),
        /// A new credential was made; it can be bound.
        Registered(WebAuthnCredential),
        /// One of the user's credentials is asked for.
        Authenticating(PendingChallenge),
        /// One of the user's credentials was used.
        Authenticated {
            /// Which.
            credential_id: String,
        },
        /// The answer did not hold, and the challenge is used up.
        Refused,
    }
}

impl WebAuthnVerification {
    /// Whether the ceremony is complete.
    pub fn is_verified(&self) -> bool {
        matches!(self.state, WebAuthnState::Registered(_) | WebAuthnState::Authenticated { .. })
    }

    /// What is waited for.
    pub fn pending(&self) -> Option<&PendingChallenge> {
        match &self.state {
            WebAuthnState::Registering(pending) | WebAuthnState::Authenticating(pending) => Some(pending),
            WebAuthnState::Registered(_) | WebAuthnState::Authenticated { .. } | WebAuthnState::Refused => {
                None
            }
        }
    }
}

stored! {
    /// Signing in with a passkey alone.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SignInPasskeyVerification {
        /// What is waited for; gone once it was answered.
        pub pending: Option<PendingChallenge>,
        /// Whose passkey it was, once one was used.
        pub user_id: Option<UserId>,
        /// Which passkey it was, once one was used.
        pub credential_id: Option<String>,
    }
}
