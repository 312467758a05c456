//! Backup codes (V-12).

use serde::{Deserialize, Serialize};

use crate::identifier::UserId;
use crate::user::BackupCode;

/// Backup codes, new ones or a used one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupCodeVerification {
    /// Whose.
    pub user_id: UserId,
    state: BackupCodeState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum BackupCodeState {
    /// New codes, to be bound: their digests.
    Generated(Vec<BackupCode>),
    /// One of the user's codes was spent.
    Spent,
}

impl BackupCodeVerification {
    /// New codes.
    pub(crate) fn of_new_codes(user_id: UserId, codes: Vec<BackupCode>) -> Self {
        Self { user_id, state: BackupCodeState::Generated(codes) }
    }

    /// One of the user's codes was right, and is spent.
    pub(crate) fn spent(user_id: UserId) -> Self {
        Self { user_id, state: BackupCodeState::Spent }
    }

    /// Whether a code was spent. New codes prove nothing.
    pub fn is_verified(&self) -> bool {
        self.state == BackupCodeState::Spent
    }

    /// The new codes to bind.
    pub(crate) fn new_codes(&self) -> Option<&[BackupCode]> {
        match &self.state {
            BackupCodeState::Generated(codes) => Some(codes),
            BackupCodeState::Spent => None,
        }
    }
}
