//! Authenticator apps (V-10, V-11).

use crate::form::stored;
use crate::identifier::UserId;
use crate::user::{TotpFactor, TotpSecret};
use chrono::{DateTime, Utc};

stored! {
    /// A one-time password, to be given or given.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct TotpVerification {
        /// Whose.
        pub user_id: UserId,
        state: TotpState,
    }
}

stored! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    enum TotpState {
        /// A new secret: verified once a code of it was used.
        NewSecret(TotpFactor),
        /// The user's own secret: it exists only verified.
        OwnSecret {
            /// Which secret (V-17).
            stamp: String,
        },
    }
}

impl TotpVerification {
    /// A new secret, to be bound.
    pub(crate) fn of_new_secret(user_id: UserId, secret: TotpSecret) -> Self {
        Self { user_id, state: TotpState::NewSecret(TotpFactor::new(secret)) }
    }

    /// A right code of the user's own secret.
    pub(crate) fn of_own_secret(user_id: UserId, secret: &TotpSecret) -> Self {
        Self { user_id, state: TotpState::OwnSecret { stamp: secret.stamp() } }
    }

    /// Which of the user's own secrets was used; `None` if this is a new one.
    pub(crate) fn own_stamp(&self) -> Option<&str> {
        match &self.state {
            TotpState::NewSecret(_) => None,
            TotpState::OwnSecret { stamp } => Some(stamp),
        }
    }

    /// Whether the right code was given.
    pub fn is_verified(&self) -> bool {
        match &self.state {
            TotpState::NewSecret(factor) => factor.last_used_step.is_some(),
            TotpState::OwnSecret { .. } => true,
        }
    }

    /// Tries a code of the new secret; true if it is right. Each time step counts once.
    pub(crate) fn try_code(&mut self, code: &str, now: DateTime<Utc>) -> bool {
        match &mut self.state {
            TotpState::NewSecret(factor) => factor.use_code(code, now),
            TotpState::OwnSecret { .. } => false,
        }
    }

    /// The new secret to bind; `None` if this is the user's own.
    pub(crate) fn new_factor(&self) -> Option<&TotpFactor> {
        match &self.state {
            TotpState::NewSecret(factor) => Some(factor),
            TotpState::OwnSecret { .. } => None,
        }
    }
}
