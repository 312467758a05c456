//! Counting what must not happen too often: failed tries (L-1) and messages (L-3).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::experience::{MessageRateLimit, SentinelPolicy};
use crate::identifier::{ClaimedIdentifier, Revision, UserKey};
use crate::secret::sha256_hex;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum AttemptPool {
    /// Failed tries with a password, a verification code or a one-time token.
    Identifier,
    /// Failed tries with an authenticator app.
    Totp,
    /// Failed tries with a WebAuthn credential.
    WebAuthn,
    /// Failed tries with a backup code.
    BackupCode,
    /// Messages sent.
    Message,
}

impl AttemptPool {
    /// A stable lower-case name, for a store's column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Totp => "totp",
            Self::WebAuthn => "web_authn",
            Self::BackupCode => "backup_code",
            Self::Message => "message",
        }
    }
}

/// Under what tries are counted: a pool, and an identifier in canonical form, hashed, so that a store of counters is
/// no list of people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptKey {
    pool: AttemptPool,
    digest: String,
}

impl AttemptKey {
    /// The counter of a user key.
    pub fn new(pool: AttemptPool, key: &UserKey) -> Self {
        Self { pool, digest: sha256_hex(&[pool.as_str(), key.kind().as_str(), key.value()]) }
    }

    /// The counter of a text that is no valid identifier. It is nobody's, but is counted all the same, so that it
    /// answers like somebody's.
    pub(crate) fn of_text(pool: AttemptPool, claimed: &ClaimedIdentifier) -> Self {
        let kind = claimed.identifier_type.as_str();
        Self { pool, digest: sha256_hex(&[pool.as_str(), "text", kind, &claimed.value]) }
    }

    /// The pool.
    pub fn pool(&self) -> AttemptPool {
        self.pool
    }

    /// The hashed identifier: 64 hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// What was counted under a key. Nothing was, if no store has it: revision 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptLog {
    /// Under what.
    pub key: AttemptKey,
    /// How often the log was written.
    pub revision: Revision,
    /// When, oldest first: as many as the limit needs.
    pub at: Vec<DateTime<Utc>>,
    /// Until when every try is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked_until: Option<DateTime<Utc>>,
    /// When the log is of no more use.
    pub expires_at: DateTime<Utc>,
}

/// Within what time failures add up (L-1).
const FAILURE_WINDOW: TimeDelta = TimeDelta::hours(1);

impl AttemptLog {
    /// The log of a key under which nothing was counted.
    pub fn empty(key: AttemptKey) -> Self {
        let never = DateTime::UNIX_EPOCH;
        Self { key, revision: Revision::default(), at: Vec::new(), blocked_until: None, expires_at: never }
    }

    /// Seconds until the next try is looked at, rounded up; `None` if one is looked at now (L-1).
    pub fn retry_after(&self, now: DateTime<Utc>) -> Option<u64> {
        let left = self.blocked_until?.signed_duration_since(now).num_milliseconds();
        u64::try_from(left).ok().filter(|&left| left > 0).map(|left| left.div_ceil(1000))
    }

    /// Counts a failed try; true if that locks the key (L-1).
    pub(crate) fn count_failure(&mut self, policy: &SentinelPolicy, now: DateTime<Utc>) -> bool {
        let failures = self.count(now, FAILURE_WINDOW, policy.max_attempts);
        let locks = failures >= policy.max_attempts as usize;
        if locks {
            let until = now + policy.lockout();
            self.blocked_until = Some(until);
            self.expires_at = self.expires_at.max(until);
        }
        locks
    }

    /// Counts a message if the limit allows it (L-3).
    pub(crate) fn count_message(&mut self, limit: &MessageRateLimit, now: DateTime<Utc>) -> bool {
        let since = now - limit.duration();
        let allowed = self.at.iter().filter(|&&at| at > since).count() < limit.max_messages as usize;
        if allowed {
            self.count(now, limit.duration(), limit.max_messages);
        }
        allowed
    }

    /// Adds one, forgets what is out of the window, and says how many are in it. No more are kept than the limit
    /// needs.
    fn count(&mut self, now: DateTime<Utc>, window: TimeDelta, keep: u32) -> usize {
        self.at.retain(|&at| at > now - window);
        let surplus = (self.at.len() + 1).saturating_sub(keep as usize);
        self.at.drain(..surplus);
        self.at.push(now);
        self.expires_at = now + window;
        self.at.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::Email;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn log() -> AttemptLog {
        let email = Email::parse("jane@example.com").unwrap();
        AttemptLog::empty(AttemptKey::new(AttemptPool::Identifier, &email.key()))
    }

    fn at(minutes: i64) -> DateTime<Utc> {
        NOW + TimeDelta::minutes(minutes)
    }

    #[test]
    fn l1_failures_within_an_hour_lock() {
        let policy = SentinelPolicy { max_attempts: 3, lockout_duration: 5 };
        let mut log = log();
        assert!(!log.count_failure(&policy, at(0)) && !log.count_failure(&policy, at(30)));
        assert!(!log.count_failure(&policy, at(60)), "the first one is an hour old");
        assert_eq!(log.retry_after(at(60)), None);
        assert!(log.count_failure(&policy, at(61)));
        assert_eq!(log.retry_after(at(61)), Some(300));
        assert_eq!(log.retry_after(at(66) - TimeDelta::milliseconds(1)), Some(1));
        assert_eq!(log.retry_after(at(66)), None);
        assert!(log.count_failure(&policy, at(67)), "the failures of this hour still count");
        assert!(log.at.len() <= 3);
    }

    #[test]
    fn l3_messages_within_the_window_are_limited() {
        let limit = MessageRateLimit { max_messages: 2, window: 600 };
        let mut log = log();
        assert!(log.count_message(&limit, at(0)) && log.count_message(&limit, at(1)));
        assert!(!log.count_message(&limit, at(9)), "a refused one does not count");
        assert!(log.count_message(&limit, at(10)) && !log.count_message(&limit, at(10)));
        assert!(log.count_message(&limit, at(11)));
    }

    #[test]
    fn keys_do_not_show_whose_they_are_and_pools_are_apart() {
        let key = Email::parse("jane@example.com").unwrap().key();
        let (tries, messages) =
            (AttemptKey::new(AttemptPool::Identifier, &key), AttemptKey::new(AttemptPool::Message, &key));
        assert_ne!(tries.digest(), messages.digest());
        assert!(!format!("{tries:?}").contains("jane"));
        let claimed = ClaimedIdentifier::new(crate::identifier::IdentifierType::Email, "jane@example.com");
        assert_ne!(AttemptKey::of_text(AttemptPool::Identifier, &claimed), tries);
    }
}
