//! The suite for stores that await.
//!
//! No runtime is chosen here: an [`Executor`] of yours runs each future to its end. Each check calls it from many threads
//! at once.
//!
//! ```
//! use std::future::Future;
//! use std::pin::pin;
//! use std::sync::Arc;
//! use std::task::{Context, Poll, Wake, Waker};
//! use std::thread::{self, Thread};
//!
//! use vestibule::store::testkit::aio::{self, Executor};
//! # use vestibule::identifier::UserKey;
//! # use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
//! # use vestibule::store::{CommitError, Entry, EntryChange, EntryKey, UserChange, UserStore, VerificationStore};
//! # use vestibule::user::User;
//! #
//! # #[derive(Default)]
//! # struct YourUserStore(MemoryUserStore);
//! #
//! # impl vestibule::store::aio::UserStore for YourUserStore {
//! #     type Error = std::convert::Infallible;
//! #
//! #     async fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, Self::Error> {
//! #         self.0.find(keys)
//! #     }
//! #
//! #     async fn commit(&self, change: &UserChange) -> Result<(), CommitError<Self::Error>> {
//! #         self.0.commit(change)
//! #     }
//! # }
//! #
//! # #[derive(Default)]
//! # struct YourVerificationStore(MemoryVerificationStore);
//! #
//! # impl vestibule::store::aio::VerificationStore for YourVerificationStore {
//! #     type Error = std::convert::Infallible;
//! #
//! #     async fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, Self::Error> {
//! #         self.0.load(keys)
//! #     }
//! #
//! #     async fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<Self::Error>> {
//! #         self.0.commit(changes)
//! #     }
//! #
//! #     async fn purge_expired(
//! #         &self,
//! #         now: chrono::DateTime<chrono::Utc>,
//! #         limit: usize,
//! #     ) -> Result<usize, Self::Error> {
//! #         self.0.purge_expired(now, limit)
//! #     }
//! # }
//!
//! /// A runtime's handle, or as little as this: the thread sleeps until it is woken.
//! struct Parking;
//!
//! struct Unpark(Thread);
//!
//! impl Wake for Unpark {
//!     fn wake(self: Arc<Self>) {
//!         self.0.unpark();
//!     }
//! }
//!
//! impl Executor for Parking {
//!     fn block_on<F>(&self, future: F) -> F::Output
//!     where
//!         F: Future<Output: Send> + Send,
//!     {
//!         let waker = Waker::from(Arc::new(Unpark(thread::current())));
//!         let mut future = pin!(future);
//!         loop {
//!             match future.as_mut().poll(&mut Context::from_waker(&waker)) {
//!                 Poll::Ready(output) => return output,
//!                 Poll::Pending => thread::park(),
//!             }
//!         }
//!     }
//! }
//!
//! aio::check_user_store(YourUserStore::default, &Parking)?;
//! aio::check_verification_store(YourVerificationStore::default, &Parking)?;
//! # Ok::<(), vestibule::store::testkit::Violation>(())
//! ```

mod dropped;

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Violation;
use crate::identifier::UserKey;
use crate::store::{self, CommitError, Entry, EntryChange, EntryKey, UserChange, aio};
use crate::user::User;

/// Who runs a future to its end, while the calling thread waits: a runtime's `block_on`.
pub trait Executor: Sync {
    /// What the future comes to.
    fn block_on<F>(&self, future: F) -> F::Output
    where
        F: Future<Output: Send> + Send;
}

impl<E: Executor> Executor for &E {
    fn block_on<F>(&self, future: F) -> F::Output
    where
        F: Future<Output: Send> + Send,
    {
        E::block_on(self, future)
    }
}

/// A store that awaits, as one that blocks.
#[derive(Clone, Debug)]
pub struct Blocking<S, E> {
    store: S,
    executor: E,
}

impl<S, E: Executor> Blocking<S, E> {
    /// This store, its futures run by this executor.
    pub fn new(store: S, executor: E) -> Self {
        Self { store, executor }
    }
}

impl<S: aio::UserStore, E: Executor> store::UserStore for Blocking<S, E> {
    type Error = S::Error;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, S::Error> {
        self.executor.block_on(self.store.find(keys))
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<S::Error>> {
        self.executor.block_on(self.store.commit(change))
    }
}

impl<S: aio::VerificationStore, E: Executor> store::VerificationStore for Blocking<S, E> {
    type Error = S::Error;

    fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, S::Error> {
        self.executor.block_on(self.store.load(keys))
    }

    fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<S::Error>> {
        self.executor.block_on(self.store.commit(changes))
    }

    fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, S::Error> {
        self.executor.block_on(self.store.purge_expired(now, limit))
    }
}

/// Checks an awaited store of users, each obligation on stores made afresh by `store`; and that a commit whose future is
/// dropped half way is done as a whole or not at all.
///
/// # Errors
/// [`Violation`]: the first obligation that does not hold.
pub fn check_user_store<S, E>(store: impl Fn() -> S, executor: &E) -> Result<(), Violation>
where
    S: aio::UserStore<Error: Debug>,
    E: Executor,
{
    super::check_user_store(|| Blocking::new(store(), executor))?;
    dropped::check_users(&Blocking::new(store(), executor))
}

/// Checks an awaited store of interactions, one-time tokens and counters, as [`check_user_store`] does one of users.
///
/// # Errors
/// [`Violation`]: the first obligation that does not hold.
pub fn check_verification_store<S, E>(store: impl Fn() -> S, executor: &E) -> Result<(), Violation>
where
    S: aio::VerificationStore<Error: Debug>,
    E: Executor,
{
    super::check_verification_store(|| Blocking::new(store(), executor))?;
    dropped::check_entries(&Blocking::new(store(), executor))
}
