//! Limits: failed tries, verification codes, messages, password age.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::settings_error::in_range;
use super::{SettingsError, SignInExperience};

/// When failed tries lock an identifier (L-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SentinelPolicy {
    /// Failures within one hour that lock: 1–100, default 100.
    pub max_attempts: u32,
    /// How long the lock holds, in minutes: 1–10080 (a week), default 60.
    pub lockout_duration: u32,
}

impl SentinelPolicy {
    /// How long a lock holds.
    pub fn lockout(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.lockout_duration))
    }
}

impl Default for SentinelPolicy {
    fn default() -> Self {
        Self { max_attempts: 100, lockout_duration: 60 }
    }
}

/// How long and how often a verification code can be tried (V-5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VerificationCodePolicy {
    /// How long a code lives, in seconds: 60–3600, default 600.
    pub expiration_duration: u32,
    /// How many wrong tries a code survives: 1–100, default 10.
    pub max_retry_attempts: u32,
}

impl VerificationCodePolicy {
    /// How long a code lives.
    pub fn lifetime(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.expiration_duration))
    }
}

impl Default for VerificationCodePolicy {
    fn default() -> Self {
        Self { expiration_duration: 600, max_retry_attempts: 10 }
    }
}

/// How many messages one recipient may be sent (L-3), and one interaction may cause (L-4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MessageRateLimit {
    /// Messages to a recipient within the window from one source, or from all where the host names none: 1–1000,
    /// default 10.
    pub max_messages: u32,
    /// Messages to a recipient within the window from all sources, where the host names them: 1–1000, default 50.
    pub max_messages_from_all_sources: u32,
    /// Messages of one interaction, whoever they go to: 1–1000, default 20 (L-4).
    pub max_messages_of_interaction: u32,
    /// The window, in seconds: 1–86400, default 600.
    pub window: u32,
}

impl MessageRateLimit {
    /// The window.
    pub fn duration(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.window))
    }
}

impl Default for MessageRateLimit {
    fn default() -> Self {
        Self {
            max_messages: 10,
            max_messages_from_all_sources: 50,
            max_messages_of_interaction: 20,
            window: 600,
        }
    }
}

/// Whether passwords grow too old (rules.md, 9.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PasswordExpiration {
    /// Off by default.
    pub enabled: bool,
    /// How many days a password is good for: 1 or more, where enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_period_days: Option<u32>,
    /// Since when the setting is on: passwords without a known age are counted from here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled_at: Option<DateTime<Utc>>,
}

impl PasswordExpiration {
    /// Whether a password is past its period, counted from its last change, else from when the setting was turned
    /// on, else from the user's creation.
    pub fn is_past(
        &self,
        updated_at: Option<DateTime<Utc>>,
        created_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> bool {
        let Some(days) = self.valid_period_days.filter(|_| self.enabled) else {
            return false;
        };
        let since = updated_at.or(self.enabled_at).unwrap_or(created_at);
        now.signed_duration_since(since) > TimeDelta::days(i64::from(days))
    }
}

pub(super) fn check_consistency(settings: &SignInExperience) -> Result<(), SettingsError> {
    let sentinel = &settings.sentinel_policy;
    in_range("sentinelPolicy.maxAttempts", sentinel.max_attempts.into(), 1, 100)?;
    in_range("sentinelPolicy.lockoutDuration", sentinel.lockout_duration.into(), 1, 10_080)?;
    let code = &settings.verification_code_policy;
    in_range("verificationCodePolicy.expirationDuration", code.expiration_duration.into(), 60, 3600)?;
    in_range("verificationCodePolicy.maxRetryAttempts", code.max_retry_attempts.into(), 1, 100)?;
    let messages = &settings.message_rate_limit;
    in_range("messageRateLimit.maxMessages", messages.max_messages.into(), 1, 1000)?;
    let from_all = messages.max_messages_from_all_sources;
    in_range("messageRateLimit.maxMessagesFromAllSources", from_all.into(), 1, 1000)?;
    let of_interaction = messages.max_messages_of_interaction;
    in_range("messageRateLimit.maxMessagesOfInteraction", of_interaction.into(), 1, 1000)?;
    in_range("messageRateLimit.window", messages.window.into(), 1, 86_400)?;
    match &settings.password_expiration {
        PasswordExpiration { enabled: true, valid_period_days: None, .. } => {
            Err(SettingsError::NoValidPeriod)
        }
        PasswordExpiration { valid_period_days: Some(days), .. } => {
            in_range("passwordExpiration.validPeriodDays", (*days).into(), 1, 36_500)
        }
        PasswordExpiration { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_ages_from_its_change_else_the_setting_else_the_user() {
        let day = |n: i64| DateTime::UNIX_EPOCH + TimeDelta::days(n);
        let setting =
            |enabled_at| PasswordExpiration { enabled: true, valid_period_days: Some(10), enabled_at };
        assert!(!setting(None).is_past(Some(day(100)), day(0), day(110)), "to the day is not past");
        assert!(setting(None).is_past(Some(day(100)), day(0), day(111)));
        assert!(!setting(Some(day(100))).is_past(None, day(0), day(105)));
        assert!(setting(Some(day(100))).is_past(None, day(0), day(111)));
        assert!(setting(None).is_past(None, day(0), day(11)));
        assert!(!PasswordExpiration::default().is_past(None, day(0), day(9999)));
    }
}
