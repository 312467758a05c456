//! A store of these for the engine that blocks.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;
use vestibule::identifier::UserKey;
use vestibule::store::{self, CommitError, Entry, EntryChange, EntryKey, UserChange, aio};
use vestibule::user::User;

/// An awaited store for [`Engine`](vestibule::engine::Engine), which blocks: each call waits for its answer on the
/// thread it is made on, while the runtime does the work.
///
/// It must not be called on a thread of the runtime itself, as Tokio's
/// [`Handle::block_on`](tokio::runtime::Handle::block_on) says: there, use the awaiting engine.
///
/// ```no_run
/// use vestibule_sql_store::{Blocking, SqliteStore, StoreOptions};
///
/// let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
/// let store = runtime.block_on(async { SqliteStore::new("vestibule.db", &StoreOptions::default()) })?;
/// let store = Blocking::new(store, runtime.handle().clone());
/// // Engine::new(&store, &store, …)
/// # let _ = store;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Blocking<S> {
    store: S,
    runtime: Handle,
}

impl<S> Blocking<S> {
    /// The store, in the runtime that it was opened in.
    pub fn new(store: S, runtime: Handle) -> Self {
        Self { store, runtime }
    }
}

impl<S: aio::UserStore> store::UserStore for Blocking<S> {
    type Error = S::Error;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, S::Error> {
        self.runtime.block_on(self.store.find(keys))
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<S::Error>> {
        self.runtime.block_on(self.store.commit(change))
    }
}

impl<S: aio::VerificationStore> store::VerificationStore for Blocking<S> {
    type Error = S::Error;

    fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, S::Error> {
        self.runtime.block_on(self.store.load(keys))
    }

    fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<S::Error>> {
        self.runtime.block_on(self.store.commit(changes))
    }

    fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, S::Error> {
        self.runtime.block_on(self.store.purge_expired(now, limit))
    }
}
