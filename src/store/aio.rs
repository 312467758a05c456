//! The same two stores, for a host that awaits. Each method has the obligations of its namesake in [`store`](super).
//!
//! A future that is dropped before it is done has either written everything or nothing. No runtime is chosen here; all
//! futures are [`Send`].
//!
//! [`testkit::aio`](super::testkit::aio) checks an implementation, with a runtime of yours.

use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{CommitError, Entry, EntryChange, EntryKey, UserChange};
use crate::identifier::UserKey;
use crate::user::User;

/// Where users are kept: [`store::UserStore`](super::UserStore), awaited.
pub trait UserStore: Sync {
    /// What can go wrong in the backend.
    type Error: Send;

    /// Every user that holds any of the keys, each once, in any order; as of one moment.
    ///
    /// # Errors
    /// The backend's own.
    fn find(&self, keys: &[UserKey]) -> impl Future<Output = Result<Vec<Arc<User>>, Self::Error>> + Send;

    /// Writes a user if nobody was faster and no other user holds one of its keys. All or nothing, visible to every
    /// later `find`. Of two commits at once that claim one key, exactly one succeeds.
    ///
    /// # Errors
    /// [`CommitError::Stale`] if the stored revision is not [`UserChange::expected`]; [`CommitError::Taken`] with the
    /// first of [`UserChange::keys`] that another user holds; [`CommitError::Store`] for the backend's own.
    fn commit(
        &self,
        change: &UserChange,
    ) -> impl Future<Output = Result<(), CommitError<Self::Error>>> + Send;
}

/// Where interactions, one-time tokens and counters are kept:
/// [`store::VerificationStore`](super::VerificationStore), awaited.
pub trait VerificationStore: Sync {
    /// What can go wrong in the backend.
    type Error: Send;

    /// The entries of these keys, in any order; what does not exist is left out. As of one moment.
    ///
    /// # Errors
    /// The backend's own.
    fn load(&self, keys: &[EntryKey]) -> impl Future<Output = Result<Vec<Arc<Entry>>, Self::Error>> + Send;

    /// Writes and removes entries if nobody was faster on any of them. All or nothing, visible to every later `load`.
    ///
    /// # Errors
    /// [`CommitError::Stale`] if any stored revision is not the [`expected`](EntryChange::expected) one;
    /// [`CommitError::Store`] for the backend's own. Never [`CommitError::Taken`].
    fn commit(
        &self,
        changes: &[EntryChange],
    ) -> impl Future<Output = Result<(), CommitError<Self::Error>>> + Send;

    /// Removes what expired before `now`, at most `limit` entries, and says how many that was.
    ///
    /// # Errors
    /// The backend's own.
    fn purge_expired(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> impl Future<Output = Result<usize, Self::Error>> + Send;
}
