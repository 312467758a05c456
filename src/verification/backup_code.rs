//! Backup codes (V-12).

use crate::form::stored;
use crate::identifier::UserId;
use crate::user::BackupCode;

stored! {
    /// Backup codes, new ones or a used one.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct BackupCodeVerification {
        /// Whose.
        pub user_id: UserId,
        state: BackupCodeState,
    }
}

stored! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    enum BackupCodeState {
        /// New codes, to be bound: their digests.
        Generated(Vec<BackupCode>),
        /// One of the user's codes was spent.
        Spent {
            /// Of which set (V-17).
            stamp: String,
        },
    }
}

impl BackupCodeVerification {
    /// New codes.
    pub(crate) fn of_new_codes(user_id: UserId, codes: Vec<BackupCode>) -> Self {
        Self { user_id, state: BackupCodeState::Generated(codes) }
    }

    /// One of the user's codes was right, and is spent.
    pub(crate) fn spent(user_id: UserId, stamp: String) -> Self {
        Self { user_id, state: BackupCodeState::Spent { stamp } }
    }

    /// Of which set of the user's a code was spent; `None` if these are new ones.
    pub(crate) fn spent_stamp(&self) -> Option<&str> {
        match &self.state {
            BackupCodeState::Generated(_) => None,
            BackupCodeState::Spent { stamp } => Some(stamp),
        }
    }

    /// Whether a code was spent. New codes prove nothing.
    pub fn is_verified(&self) -> bool {
        matches!(self.state, BackupCodeState::Spent { .. })
    }

    /// The new codes to bind.
    pub(crate) fn new_codes(&self) -> Option<&[BackupCode]> {
        match &self.state {
            BackupCodeState::Generated(codes) => Some(codes),
            BackupCodeState::Spent { .. } => None,
        }
    }
}
