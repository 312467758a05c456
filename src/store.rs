//! Storage: the two traits a backend implements, and what it is asked to write.
//!
//! | store | keeps | lives |
//! |---|---|---|
//! | [`UserStore`] | accounts, under unique canonical keys | long |
//! | [`VerificationStore`] | interactions with their records and proofs, one-time tokens, counters: [entries](Entry) under digests | minutes to hours, each with its `expires_at` |
//!
//! Both stores compare and set: a write names the revision it is based on, and is refused as
//! [`Stale`](CommitError::Stale) if somebody was faster. Nothing else is asked of a backend's concurrency: no locks, no
//! transactions that span calls.
//!
//! Times are kept to the microsecond at least, those of the years 1 to 9999. An entry's `expires_at` may be as late as
//! chrono's last day; a backend whose times end earlier keeps its own last one. A revision is any number below 2^63. Texts
//! may hold any character but are opaque: nothing is trimmed, folded or normalised, and two keys are one only if they are
//! the same bytes.
//!
//! [`aio`] has both traits for a host that awaits. [`Stored`] turns what is kept into bytes and back. [`testkit`] checks a
//! store.

pub mod aio;
mod entry;
pub mod memory;
#[cfg(feature = "seal")]
pub mod seal;
mod stored;
pub mod testkit;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use self::entry::{Entry, EntryChange, EntryContent, EntryKey, EntryKind};
pub use self::stored::{Stored, StoredError};

use crate::identifier::{Revision, UserId, UserKey, UsernameCase};
use crate::user::User;

/// Where users are kept.
pub trait UserStore {
    /// What can go wrong in the backend.
    type Error;

    /// Every user that holds any of the keys, each once, in any order; as of one moment.
    ///
    /// # Errors
    /// The backend's own.
    fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, Self::Error>;

    /// Writes a user if nobody was faster and no other user holds one of its keys. All or nothing, visible to every
    /// later `find`.
    ///
    /// The store's own unique constraint on keys must decide [`Taken`](CommitError::Taken): of two commits at once
    /// that claim one key, exactly one succeeds.
    ///
    /// # Errors
    /// [`CommitError::Stale`] if the stored revision is not [`UserChange::expected`]; else [`CommitError::Taken`] with the
    /// first of [`UserChange::keys`] that another user holds; [`CommitError::Store`] for the backend's own. Where both of the
    /// first hold, either is right: the step is decided again.
    fn commit(&self, change: &UserChange) -> Result<(), CommitError<Self::Error>>;
}

/// Where interactions, one-time tokens and counters are kept.
pub trait VerificationStore {
    /// What can go wrong in the backend.
    type Error;

    /// The entries of these keys, each once, in any order; what does not exist is left out. As of one moment. No key is asked
    /// for twice.
    ///
    /// An entry is there until it is purged, also past its [`expires_at`](Entry::expires_at): what a rule makes of its age
    /// is the rule's.
    ///
    /// # Errors
    /// The backend's own.
    fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, Self::Error>;

    /// Writes and removes entries if nobody was faster on any of them. All or nothing, visible to every later `load`. No key
    /// is among the changes twice, and nothing is removed that was not read.
    ///
    /// # Errors
    /// [`CommitError::Stale`] if any stored revision is not the [`expected`](EntryChange::expected) one;
    /// [`CommitError::Store`] for the backend's own. Never [`CommitError::Taken`].
    fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<Self::Error>>;

    /// Removes what expired before `now`, not what expires at it, and says how many entries that was: as many as expired,
    /// but `limit` at most, which may be any number. For a host to call now and then, until it says less than `limit`: no
    /// rule depends on it.
    ///
    /// # Errors
    /// The backend's own.
    fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, Self::Error>;
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
    user: Option<Arc<User>>,
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
        Self { id: user.id.clone(), expected, keys: user.keys(case), user: Some(Arc::new(user)) }
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
    pub fn user(&self) -> Option<&Arc<User>> {
        self.user.as_ref()
    }

    /// All unique keys the user holds afterwards, its id first. They replace the keys it held before.
    pub fn keys(&self) -> &[UserKey] {
        &self.keys
    }
}
