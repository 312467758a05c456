//! Limits (section 10).

use serde_json::json;

use super::facts::{Book, No, Time, keep, no, no_with};

/// Failures add up within one hour.
const HOUR: Time = 3600;

impl Book {
    /// The keys that a try is counted under, and how many failures lock each (L-1, L-5).
    fn keys(&self, pool: &str, subjects: &[String]) -> Vec<(String, usize)> {
        subjects.iter().flat_map(|subject| self.keys_of(pool, subject)).collect()
    }

    /// Those of one subject.
    fn keys_of(&self, pool: &str, subject: &str) -> Vec<(String, usize)> {
        let most = self.settings.sentinel_policy.max_attempts as usize;
        match &self.source {
            None => vec![(format!("{pool}/{subject}"), most)],
            Some(source) => {
                vec![(format!("{pool}/{subject}/{source}"), most), (format!("{pool}/{subject}"), 10 * most)]
            }
        }
    }

    /// L-1: while blocked, every try answers so.
    pub fn not_locked(&self, pool: &str, subjects: &[String]) -> Result<(), No> {
        let until = |key: &str| self.failures.get(key).and_then(|counted| counted.blocked_until);
        let left = self.keys(pool, subjects).iter().filter_map(|(key, _)| until(key)).max();
        match left.map(|until| until - self.now).filter(|&left| left > 0) {
            None => Ok(()),
            Some(left) => {
                no_with(400, "session.verification_blocked_too_many_attempts", json!({"retryAfter": left}))
            }
        }
    }

    /// L-1: one more failure; the one that reaches the limit answers that it did. Kept, whatever is answered.
    pub fn failed<T>(
        &mut self,
        pool: &str,
        subjects: &[String],
        status: u16,
        code: &'static str,
    ) -> Result<T, No> {
        self.count(pool, subjects);
        keep(self.not_locked(pool, subjects))?;
        keep(no(status, code))
    }

    /// Counts one failure.
    pub fn count(&mut self, pool: &str, subjects: &[String]) {
        let lockout = Time::from(self.settings.sentinel_policy.lockout_duration) * 60;
        for (key, most) in self.keys(pool, subjects) {
            let now = self.now;
            let counted = self.failures.entry(key).or_default();
            counted.at.retain(|&at| at > now - HOUR);
            counted.at.push(now);
            if counted.at.len() >= most {
                counted.blocked_until = Some(now + lockout);
            }
        }
    }

    /// L-1: a success clears its pool.
    pub fn succeeded(&mut self, pool: &str, subjects: &[String]) {
        for (key, _) in self.keys(pool, subjects) {
            self.failures.remove(&key);
        }
    }

    /// A pool of ten tries, whatever the settings say: the comparison of P-13.
    pub fn compare_once(&mut self, user: &str) -> Result<(), No> {
        let most = self.settings.sentinel_policy.max_attempts;
        self.settings.sentinel_policy.max_attempts = 10;
        let user = &[user.to_owned()];
        let looked = self.not_locked("comparison", user);
        if looked.is_ok() {
            self.count("comparison", user);
        }
        self.settings.sentinel_policy.max_attempts = most;
        looked
    }

    /// L-4, L-3: one message more of an interaction, to a recipient in canonical form; or one too many.
    pub fn send(&mut self, visit: usize, recipient: &str) -> Result<(), No> {
        let limit = self.settings.message_rate_limit.clone();
        let mut keys = vec![];
        match &self.source {
            None => keys.push((recipient.to_owned(), limit.max_messages)),
            Some(source) => {
                keys.push((format!("{recipient}/{source}"), limit.max_messages));
                keys.push((recipient.to_owned(), limit.max_messages_from_all_sources));
            }
        }
        let since = self.now - Time::from(limit.window);
        let many = |book: &Self, key: &str| {
            book.sends.get(key).map_or(0, |counted| counted.at.iter().filter(|&&at| at > since).count())
        };
        let too_many = keys.iter().any(|(key, most)| many(self, key) >= *most as usize);
        if too_many || self.visits[visit].messages >= limit.max_messages_of_interaction {
            return no(429, "request.message_rate_limited");
        }
        for (key, _) in keys {
            self.sends.entry(key).or_default().at.push(self.now);
        }
        self.visits[visit].messages += 1;
        Ok(())
    }
}
