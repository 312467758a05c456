//! Storage: the two traits a backend implements, and what it is asked to write.
//!
//! Both stores compare and set: a write names the revision it is based on, and is refused as
//! [`Stale`](CommitError::Stale) if somebody was faster. Nothing else is asked of a backend's concurrency: no locks, no
//! transactions that span calls.

pub mod memory;
pub mod testkit;

use chrono::{DateTime, Utc};

use crate::identifier::{Revision, UserId, UserKey, UsernameCase, VerificationId};
use crate::user::User;
use crate::verification::{AttemptKey, AttemptLog, VerificationRecord};

/// Where users are kept.
pub trait UserStore {
    /// What can go wrong in the backend.
    type Error;

    /// Every user that holds any of the keys, each once, in any order; as of one moment.
    ///
    /// # Errors
    /// The backend's own.
    fn find(&self, keys: &[UserKey]) -> Result<Vec<User>, Self::Error>;

    /// Writes a user if nobody was faster and no other user holds one of its keys. All or nothing, visible to every
    /// later `find`.
    ///
    /// The store's own unique constraint on keys must decide [`Taken`](CommitError::Taken): of two commits at once
    /// that claim one key, exactly one succeeds.
    ///
    /// # Errors
    /// [`CommitError::Stale`] if the stored revision is not [`UserChange::expected`]; [`CommitError::Taken`] with the
    /// first of [`UserChange::keys`] that another user holds; [`CommitError::Store`] for the backend's own.
    fn commit(&self, change: &UserChange) -> Result<(), CommitError<Self::Error>>;
}

/// Where verification records and counters are kept.
pub trait VerificationStore {
    /// What can go wrong in the backend.
    type Error;

    /// The records and counters of these ids and keys; what does not exist is left out. As of one moment.
    ///
    /// # Errors
    /// The backend's own.
    fn load(&self, records: &[VerificationId], attempts: &[AttemptKey]) -> Result<Loaded, Self::Error>;

    /// Writes records and counters if nobody was faster on any of them. All or nothing, visible to every later
    /// `load`.
    ///
    /// # Errors
    /// [`CommitError::Stale`] if any stored revision is not the [`expected`](RevisedWrite::expected) one;
    /// [`CommitError::Store`] for the backend's own. Never [`CommitError::Taken`].
    fn commit(&self, changes: &RecordChanges) -> Result<(), CommitError<Self::Error>>;

    /// Removes what expired before `now`, and says how much that was. For a host to call now and then: no rule
    /// depends on it.
    ///
    /// # Errors
    /// The backend's own.
    fn purge_expired(&self, now: DateTime<Utc>) -> Result<u64, Self::Error>;
}

/// What a [`VerificationStore`] found.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The records that exist.
    pub records: Vec<VerificationRecord>,
    /// The counters that exist.
    pub attempts: Vec<AttemptLog>,
}

/// Why a commit did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError<E> {
    /// Another user holds this key.
    #[error("another user holds {0:?}")]
    Taken(UserKey),
    /// Somebody wrote in between: read and decide again.
    #[error("somebody else wrote in between")]
    Stale,
    /// The backend failed.
    #[error("the store failed")]
    Store(#[source] E),
}

/// One write to a [`UserStore`].
#[derive(Clone, Debug, PartialEq)]
pub struct UserChange {
    id: UserId,
    expected: Option<Revision>,
    user: Option<User>,
    keys: Vec<UserKey>,
}

impl UserChange {
    /// A new user.
    pub fn create(user: User, case: UsernameCase) -> Self {
        Self { expected: None, ..Self::update(user, case) }
    }

    /// A changed user, whose revision is the one it was read with.
    pub fn update(mut user: User, case: UsernameCase) -> Self {
        let expected = Some(user.revision);
        user.revision = user.revision.next();
        Self { id: user.id.clone(), expected, keys: user.keys(case), user: Some(user) }
    }

    /// A user that is to be no more.
    pub fn delete(user: &User) -> Self {
        Self { id: user.id.clone(), expected: Some(user.revision), user: None, keys: Vec::new() }
    }

    /// Whose account it is.
    pub fn id(&self) -> &UserId {
        &self.id
    }

    /// The revision the store must have; `None` if it must not have the user yet.
    pub fn expected(&self) -> Option<Revision> {
        self.expected
    }

    /// The user as it is to be, with its new revision; `None` if it is to be deleted.
    pub fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// All unique keys the user holds afterwards, its id first. They replace the keys it held before.
    pub fn keys(&self) -> &[UserKey] {
        &self.keys
    }
}

/// One write to a [`VerificationStore`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordChanges {
    /// Records, each once.
    pub records: Vec<RevisedWrite<VerificationRecord>>,
    /// Counters, each once.
    pub attempts: Vec<RevisedWrite<AttemptLog>>,
}

impl RecordChanges {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.attempts.is_empty()
    }
}

/// Something to write, and the revision it is based on.
#[derive(Clone, Debug, PartialEq)]
pub struct RevisedWrite<T> {
    /// The revision the store must have; 0 if it must not have the thing yet.
    pub expected: Revision,
    /// What to write, with its new revision.
    pub value: T,
}
