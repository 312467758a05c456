//! The library's stores in memory, awaited. They answer at once: nobody waits for them, and no thread is blocked.

use std::convert::Infallible;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use vestibule::identifier::{UserId, UserKey};
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{CommitError, Entry, EntryChange, EntryKey, UserChange, aio};
use vestibule::store::{UserStore as _, VerificationStore as _};
use vestibule::user::User;

use super::Directory;

/// A store in memory.
pub(super) struct InMemory<S>(pub(super) S);

impl aio::UserStore for InMemory<MemoryUserStore> {
    type Error = Infallible;

    async fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, Infallible> {
        self.0.find(keys)
    }

    async fn commit(&self, change: &UserChange) -> Result<(), CommitError<Infallible>> {
        self.0.commit(change)
    }
}

impl Directory for InMemory<MemoryUserStore> {
    async fn user_ids(&self) -> Result<Vec<UserId>, Infallible> {
        Ok(self.0.ids())
    }
}

impl aio::VerificationStore for InMemory<MemoryVerificationStore> {
    type Error = Infallible;

    async fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, Infallible> {
        self.0.load(keys)
    }

    async fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<Infallible>> {
        self.0.commit(changes)
    }

    async fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, Infallible> {
        self.0.purge_expired(now, limit)
    }
}
