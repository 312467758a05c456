//! Counting what must not happen too often: failed tries (L-1) and messages (L-3).

use chrono::{DateTime, TimeDelta, Utc};

use crate::experience::{MessageRateLimit, SentinelPolicy};
use crate::form::stored;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Pool {
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

impl Pool {
    /// A stable lower-case name: it goes into the digest of a counter's key.
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

stored! {
    /// What was counted under a key. A counter that no store has counted nothing.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Counter {
        /// When, oldest first: as many as the limit needs.
        at: Vec<DateTime<Utc>>,
        /// Until when every try is refused.
        blocked_until: Option<DateTime<Utc>>,
        /// When the counter is of no more use; never before it counted anything.
        expires_at: Option<DateTime<Utc>>,
    }
}

/// Within what time failures add up (L-1).
const FAILURE_WINDOW: TimeDelta = TimeDelta::hours(1);

impl Counter {
    /// When it counted, oldest first: as many times as the limit needs.
    pub fn at(&self) -> &[DateTime<Utc>] {
        &self.at
    }

    /// When the counter is of no more use; one that counted nothing is of none at all.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at.unwrap_or(DateTime::UNIX_EPOCH)
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
            self.expires_at = self.expires_at.max(Some(until));
        }
        locks
    }

    /// A try was right: nothing is counted, but the counter is written (L-2), and kept as long as a failure would be.
    pub(crate) fn note_success(&mut self, now: DateTime<Utc>) {
        self.expires_at = self.expires_at.max(Some(now + FAILURE_WINDOW));
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
        self.expires_at = Some(now + window);
        self.at.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn at(minutes: i64) -> DateTime<Utc> {
        NOW + TimeDelta::minutes(minutes)
    }

    #[test]
    fn l1_failures_within_an_hour_lock() {
        let policy = SentinelPolicy { max_attempts: 3, lockout_duration: 5 };
        let mut counter = Counter::default();
        assert!(!counter.count_failure(&policy, at(0)) && !counter.count_failure(&policy, at(30)));
        assert!(!counter.count_failure(&policy, at(60)), "the first one is an hour old");
        assert_eq!(counter.retry_after(at(60)), None);
        assert!(counter.count_failure(&policy, at(61)));
        assert_eq!(counter.retry_after(at(61)), Some(300));
        assert_eq!(counter.retry_after(at(66) - TimeDelta::milliseconds(1)), Some(1));
        assert_eq!(counter.retry_after(at(66)), None);
        assert!(counter.count_failure(&policy, at(67)), "the failures of this hour still count");
        assert!(counter.at.len() <= 3);
    }

    #[test]
    fn l3_messages_within_the_window_are_limited() {
        let limit = MessageRateLimit { max_messages: 2, window: 600, ..MessageRateLimit::default() };
        let mut counter = Counter::default();
        assert!(counter.count_message(&limit, at(0)) && counter.count_message(&limit, at(1)));
        assert!(!counter.count_message(&limit, at(9)), "a refused one does not count");
        assert!(counter.count_message(&limit, at(10)) && !counter.count_message(&limit, at(10)));
        assert!(counter.count_message(&limit, at(11)));
    }
}
