//! Counting what must not happen too often: failed tries (L-1) and messages (L-3).

use chrono::{DateTime, TimeDelta, Utc};

use crate::form::stored;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Pool {
    /// Failed tries with a password.
    Password,
    /// Failed tries with a code to an email. Apart from phones: to be right about a mailbox that was stolen clears nothing of
    /// the phone's.
    EmailCode,
    /// Failed tries with a code to a phone.
    PhoneCode,
    /// Failed tries with an authenticator app.
    Totp,
    /// Failed tries with an authenticator app that is being enrolled.
    TotpEnrolment,
    /// Failed tries with a WebAuthn credential.
    WebAuthn,
    /// Failed tries with a backup code.
    BackupCode,
    /// Comparisons of a new password with the current one (P-13).
    Comparison,
    /// Messages sent.
    Message,
}

impl Pool {
    /// A stable lower-case name: it goes into the digest of a counter's key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::EmailCode => "email_code",
            Self::PhoneCode => "phone_code",
            Self::Totp => "totp",
            Self::TotpEnrolment => "totp_enrolment",
            Self::WebAuthn => "web_authn",
            Self::BackupCode => "backup_code",
            Self::Comparison => "comparison",
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
        /// When an operator had forgotten what was counted, from whatever source (L-5).
        forgotten_at: Option<DateTime<Utc>>,
        /// When the counter is of no more use; never before it counted anything.
        expires_at: Option<DateTime<Utc>>,
    }
}

/// How many failures lock, and for how long (L-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) max_attempts: u32,
    pub(crate) lockout: TimeDelta,
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

    /// An operator has all forgotten that was counted under this key, also from each source alone: those counters say so by this
    /// one ([`but_forgotten_by`](Self::but_forgotten_by)). It is kept as long as any of them is of use
    /// ([`outlast`](Self::outlast)).
    pub(crate) fn forget(&mut self, now: DateTime<Utc>) {
        self.at.clear();
        (self.blocked_until, self.forgotten_at) = (None, Some(now));
        self.expires_at = self.expires_at.max(Some(now + FAILURE_WINDOW));
    }

    /// Is kept no shorter than a counter of one source alone: what is forgotten here must not be remembered there.
    pub(crate) fn outlast(&mut self, other: DateTime<Utc>) {
        self.expires_at = self.expires_at.max(Some(other));
    }

    /// Without what was forgotten of all sources. While it is blocked nothing is counted, so the last try is the one that locked.
    pub(crate) fn but_forgotten_by(mut self, all_sources: &Self) -> Self {
        if let Some(forgotten_at) = all_sources.forgotten_at {
            self.at.retain(|&at| at > forgotten_at);
            if self.at.is_empty() {
                self.blocked_until = None;
            }
        }
        self
    }

    /// Counts a failed try; true if that locks the key (L-1).
    pub(crate) fn count_failure(&mut self, limit: Limit, now: DateTime<Utc>) -> bool {
        let failures = self.count(now, FAILURE_WINDOW, limit.max_attempts);
        let locks = failures >= limit.max_attempts as usize;
        if locks {
            let until = now + limit.lockout;
            self.blocked_until = Some(until);
            self.expires_at = self.expires_at.max(Some(until));
        }
        locks
    }

    /// A try was right: nothing is counted, but the counter is written (L-2), and kept as long as a failure would be. What
    /// was counted before is forgotten where the try proves what is counted here (L-1).
    pub(crate) fn note_success(&mut self, clears: bool, now: DateTime<Utc>) {
        if clears {
            self.blocked_until = None;
            self.at.clear();
        }
        self.expires_at = self.expires_at.max(Some(now + FAILURE_WINDOW));
    }

    /// Counts a message if there are fewer than so many within the window (L-3).
    pub(crate) fn count_message(&mut self, at_most: u32, window: TimeDelta, now: DateTime<Utc>) -> bool {
        let since = now - window;
        let allowed = self.at.iter().filter(|&&at| at > since).count() < at_most as usize;
        if allowed {
            self.count(now, window, at_most);
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
        self.expires_at = self.expires_at.max(Some(now + window));
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
        let limit = Limit { max_attempts: 3, lockout: TimeDelta::minutes(5) };
        let mut counter = Counter::default();
        assert!(!counter.count_failure(limit, at(0)) && !counter.count_failure(limit, at(30)));
        assert!(!counter.count_failure(limit, at(60)), "the first one is an hour old");
        assert_eq!(counter.retry_after(at(60)), None);
        assert!(counter.count_failure(limit, at(61)));
        assert_eq!(counter.retry_after(at(61)), Some(300));
        assert_eq!(counter.retry_after(at(66) - TimeDelta::milliseconds(1)), Some(1));
        assert_eq!(counter.retry_after(at(66)), None);
        assert!(counter.count_failure(limit, at(67)), "the failures of this hour still count");
        assert!(counter.at.len() <= 3);
    }

    #[test]
    fn l3_messages_within_the_window_are_limited() {
        let window = TimeDelta::minutes(10);
        let mut counter = Counter::default();
        assert!(counter.count_message(2, window, at(0)) && counter.count_message(2, window, at(1)));
        assert!(!counter.count_message(2, window, at(9)), "a refused one does not count");
        assert!(counter.count_message(2, window, at(10)) && !counter.count_message(2, window, at(10)));
        assert!(counter.count_message(2, window, at(11)));
    }

    #[test]
    fn l1_a_success_clears_what_it_proves() {
        let limit = Limit { max_attempts: 2, lockout: TimeDelta::minutes(5) };
        let mut counter = Counter::default();
        counter.count_failure(limit, at(0));
        counter.note_success(false, at(1));
        assert_eq!(counter.at().len(), 1);
        counter.note_success(true, at(1));
        assert!(!counter.count_failure(limit, at(1)));
        assert!(counter.expires_at() > at(60), "it is kept as long as a failure counts");
    }
}
