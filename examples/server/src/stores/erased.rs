//! Stores of any backend as one type each, so that the server is not generic: their futures are boxed, and their errors
//! are of the one type that the server knows.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use vestibule::identifier::UserKey;
use vestibule::store::aio::{UserStore, VerificationStore};
use vestibule::store::{CommitError, Entry, EntryChange, EntryKey, UserChange};
use vestibule::user::User;

use super::StoreFailure;

pub(super) type Found<T> = Result<T, StoreFailure>;
type Committed = Result<(), CommitError<StoreFailure>>;
pub(super) type Awaited<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A user store of any backend.
#[derive(Clone)]
pub struct Users(Arc<dyn AnyUsers>);

/// A verification store of any backend.
#[derive(Clone)]
pub struct Verifications(Arc<dyn AnyVerifications>);

trait AnyUsers: Send + Sync {
    fn find<'a>(&'a self, keys: &'a [UserKey]) -> Awaited<'a, Found<Vec<Arc<User>>>>;
    fn commit<'a>(&'a self, change: &'a UserChange) -> Awaited<'a, Committed>;
}

trait AnyVerifications: Send + Sync {
    fn load<'a>(&'a self, keys: &'a [EntryKey]) -> Awaited<'a, Found<Vec<Arc<Entry>>>>;
    fn commit<'a>(&'a self, changes: &'a [EntryChange]) -> Awaited<'a, Committed>;
    fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Awaited<'_, Found<usize>>;
}

impl<S: UserStore<Error: std::error::Error + Sync + 'static> + Send> AnyUsers for S {
    fn find<'a>(&'a self, keys: &'a [UserKey]) -> Awaited<'a, Found<Vec<Arc<User>>>> {
        Box::pin(async move { UserStore::find(self, keys).await.map_err(StoreFailure::new) })
    }

    fn commit<'a>(&'a self, change: &'a UserChange) -> Awaited<'a, Committed> {
        Box::pin(async move { UserStore::commit(self, change).await.map_err(StoreFailure::of_commit) })
    }
}

impl<S: VerificationStore<Error: std::error::Error + Sync + 'static> + Send> AnyVerifications for S {
    fn load<'a>(&'a self, keys: &'a [EntryKey]) -> Awaited<'a, Found<Vec<Arc<Entry>>>> {
        Box::pin(async move { VerificationStore::load(self, keys).await.map_err(StoreFailure::new) })
    }

    fn commit<'a>(&'a self, changes: &'a [EntryChange]) -> Awaited<'a, Committed> {
        Box::pin(
            async move { VerificationStore::commit(self, changes).await.map_err(StoreFailure::of_commit) },
        )
    }

    fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Awaited<'_, Found<usize>> {
        Box::pin(async move {
            VerificationStore::purge_expired(self, now, limit).await.map_err(StoreFailure::new)
        })
    }
}

impl Users {
    pub(super) fn new<S>(store: S) -> Self
    where
        S: UserStore<Error: std::error::Error + Sync + 'static> + Send + 'static,
    {
        Self(Arc::new(store))
    }
}

impl Verifications {
    pub(super) fn new<S>(store: S) -> Self
    where
        S: VerificationStore<Error: std::error::Error + Sync + 'static> + Send + 'static,
    {
        Self(Arc::new(store))
    }
}

impl UserStore for Users {
    type Error = StoreFailure;

    async fn find(&self, keys: &[UserKey]) -> Found<Vec<Arc<User>>> {
        self.0.find(keys).await
    }

    async fn commit(&self, change: &UserChange) -> Committed {
        self.0.commit(change).await
    }
}

impl VerificationStore for Verifications {
    type Error = StoreFailure;

    async fn load(&self, keys: &[EntryKey]) -> Found<Vec<Arc<Entry>>> {
        self.0.load(keys).await
    }

    async fn commit(&self, changes: &[EntryChange]) -> Committed {
        self.0.commit(changes).await
    }

    async fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Found<usize> {
        self.0.purge_expired(now, limit).await
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Users")
    }
}

impl fmt::Debug for Verifications {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifications")
    }
}
