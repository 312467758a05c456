//! What a draft could not know.

use crate::identifier::UserKey;
use crate::password::ImportedDigest;
use crate::secret::{PasswordDigest, Secret};
use crate::store::EntryKey;

/// What a decision must still know, each thing once. Both stores can be asked at once, and the slow work done beside.
/// Passwords are in Unicode NFC (rules.md, 9.2), however they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Questions {
    /// Whose account has these keys? For the [`UserStore`](crate::store::UserStore).
    pub users: Vec<UserKey>,
    /// What is under these keys? For the [`VerificationStore`](crate::store::VerificationStore).
    pub entries: Vec<EntryKey>,
    /// What are the digests of these passwords under the current scheme?
    pub hash: Vec<Secret>,
    /// Are these the passwords of these digests?
    pub verify: Vec<(Secret, PasswordDigest)>,
    /// In which form does the hasher keep these digests, which another system made?
    pub import: Vec<ImportedDigest>,
    /// Are these passwords known from breaches?
    pub breached: Vec<Secret>,
    /// Are these email domains disposable?
    pub disposable: Vec<String>,
}

impl Questions {
    /// Nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.asks_no_store() && self.asks_no_work()
    }

    /// Whether no store is asked.
    pub(crate) fn asks_no_store(&self) -> bool {
        self.users.is_empty() && self.entries.is_empty()
    }

    fn asks_no_work(&self) -> bool {
        self.hash.is_empty()
            && self.verify.is_empty()
            && self.import.is_empty()
            && self.breached.is_empty()
            && self.disposable.is_empty()
    }

    /// And the users of these keys.
    #[must_use]
    pub(crate) fn users(mut self, keys: impl IntoIterator<Item = UserKey>) -> Self {
        keys.into_iter().for_each(|key| ask(&mut self.users, key));
        self
    }

    /// And these entries.
    #[must_use]
    pub(crate) fn entries(mut self, keys: impl IntoIterator<Item = EntryKey>) -> Self {
        keys.into_iter().for_each(|key| ask(&mut self.entries, key));
        self
    }
}

/// Each thing is asked once.
pub(super) fn ask<T: PartialEq>(asked: &mut Vec<T>, question: T) {
    if !asked.contains(&question) {
        asked.push(question);
    }
}
