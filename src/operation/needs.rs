//! What a decision must still know.

use super::Facts;
use crate::identifier::{UserKey, VerificationId};
use crate::verification::AttemptKey;

/// Facts to look up. Empty when a decision is ready.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Needs {
    /// Whose account has these keys?
    pub users: Vec<UserKey>,
    /// These records.
    pub records: Vec<VerificationId>,
    /// These counters.
    pub attempts: Vec<AttemptKey>,
}

impl Needs {
    /// Nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether nothing is needed.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.records.is_empty() && self.attempts.is_empty()
    }

    /// And the users of these keys.
    #[must_use]
    pub fn users(mut self, keys: impl IntoIterator<Item = UserKey>) -> Self {
        self.users.extend(keys);
        self
    }

    /// And these records.
    #[must_use]
    pub fn records(mut self, ids: impl IntoIterator<Item = VerificationId>) -> Self {
        self.records.extend(ids);
        self
    }

    /// And these counters.
    #[must_use]
    pub fn attempts(mut self, keys: impl IntoIterator<Item = AttemptKey>) -> Self {
        self.attempts.extend(keys);
        self
    }

    /// Without what is known already.
    #[must_use]
    pub fn unless_known(mut self, facts: &Facts) -> Self {
        self.users.retain(|key| !facts.knows_user(key));
        self.records.retain(|&id| !facts.knows_record(id));
        self.attempts.retain(|key| !facts.knows_attempts(key));
        self
    }
}
