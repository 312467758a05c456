//! How a signed-in person may change their account (rules.md, 11.3).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::settings_error::in_range;
use super::{SettingsError, SignInExperience};

/// How long a proof lets somebody change their account, and how long an account is kept that its owner has closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AccountPolicy {
    /// How old a proof may be, in seconds: 60–3600, default 600 (C-2).
    pub step_up_duration: u32,
    /// How many days a closed account waits for its owner to come back: 0–365, default 14 (C-10).
    pub deletion_grace_days: u32,
}

impl AccountPolicy {
    /// How old a proof may be (C-2).
    pub fn step_up(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.step_up_duration))
    }

    /// How long a closed account is kept (C-10).
    pub fn deletion_grace(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.deletion_grace_days))
    }
}

impl Default for AccountPolicy {
    fn default() -> Self {
        Self { step_up_duration: 600, deletion_grace_days: 14 }
    }
}

pub(super) fn check_consistency(settings: &SignInExperience) -> Result<(), SettingsError> {
    let policy = &settings.account_policy;
    in_range("accountPolicy.stepUpDuration", policy.step_up_duration.into(), 60, 3600)?;
    in_range("accountPolicy.deletionGraceDays", policy.deletion_grace_days.into(), 0, 365)
}
