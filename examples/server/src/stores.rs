//! The stores behind the server, whichever backend they are of. Another backend is one more constructor of
//! [`Stores`].

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use vestibule::identifier::{UserId, UserKey, VerificationId};
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{CommitError, Loaded, RecordChanges, UserChange, UserStore, VerificationStore};
use vestibule::user::User;
use vestibule::verification::AttemptKey;

/// The two stores.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Users.
    pub users: Users,
    /// Verification records and counters.
    pub verifications: Verifications,
}

impl Stores {
    /// In memory: everything is forgotten when the server stops.
    pub fn memory() -> Self {
        Self::new(MemoryUserStore::new(), MemoryVerificationStore::new())
    }

    /// Of any backend that the library's traits were implemented for.
    pub fn new<U, V>(users: U, verifications: V) -> Self
    where
        U: Directory<Error: std::error::Error + Send + Sync> + Send + Sync + 'static,
        V: VerificationStore<Error: std::error::Error + Send + Sync> + Send + Sync + 'static,
    {
        Self {
            users: Users(Arc::new(Erased(users))),
            verifications: Verifications(Arc::new(Erased(verifications))),
        }
    }
}

/// A user store that can say who is in it. The rules never ask; the operator's change of `caseSensitive` does,
/// because then every user is written once more.
pub trait Directory: UserStore {
    /// The ids of all users.
    ///
    /// # Errors
    /// The backend's own.
    fn user_ids(&self) -> Result<Vec<UserId>, Self::Error>;
}

impl Directory for MemoryUserStore {
    fn user_ids(&self) -> Result<Vec<UserId>, Self::Error> {
        Ok(self.ids())
    }
}

/// What went wrong in a backend. For the log, never for a client.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StoreFailure(Box<dyn std::error::Error + Send + Sync>);

/// A user store of any backend.
#[derive(Clone)]
pub struct Users(Arc<dyn Directory<Error = StoreFailure> + Send + Sync>);

/// A verification store of any backend.
#[derive(Clone)]
pub struct Verifications(Arc<dyn VerificationStore<Error = StoreFailure> + Send + Sync>);

impl UserStore for Users {
    type Error = StoreFailure;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<User>, StoreFailure> {
        self.0.find(keys)
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<StoreFailure>> {
        self.0.commit(change)
    }
}

impl Directory for Users {
    fn user_ids(&self) -> Result<Vec<UserId>, StoreFailure> {
        self.0.user_ids()
    }
}

impl VerificationStore for Verifications {
    type Error = StoreFailure;

    fn load(&self, records: &[VerificationId], attempts: &[AttemptKey]) -> Result<Loaded, StoreFailure> {
        self.0.load(records, attempts)
    }

    fn commit(&self, changes: &RecordChanges) -> Result<(), CommitError<StoreFailure>> {
        self.0.commit(changes)
    }

    fn purge_expired(&self, now: DateTime<Utc>) -> Result<u64, StoreFailure> {
        self.0.purge_expired(now)
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

/// A store whose errors are of the one type that the server knows.
struct Erased<S>(S);

fn failure(error: impl std::error::Error + Send + Sync + 'static) -> StoreFailure {
    StoreFailure(Box::new(error))
}

fn commit_failure<E>(error: CommitError<E>) -> CommitError<StoreFailure>
where
    E: std::error::Error + Send + Sync + 'static,
{
    match error {
        CommitError::Taken(key) => CommitError::Taken(key),
        CommitError::Stale => CommitError::Stale,
        CommitError::Store(error) => CommitError::Store(failure(error)),
    }
}

impl<S: UserStore<Error: std::error::Error + Send + Sync + 'static>> UserStore for Erased<S> {
    type Error = StoreFailure;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<User>, StoreFailure> {
        self.0.find(keys).map_err(failure)
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<StoreFailure>> {
        self.0.commit(change).map_err(commit_failure)
    }
}

impl<S: Directory<Error: std::error::Error + Send + Sync + 'static>> Directory for Erased<S> {
    fn user_ids(&self) -> Result<Vec<UserId>, StoreFailure> {
        self.0.user_ids().map_err(failure)
    }
}

impl<S: VerificationStore<Error: std::error::Error + Send + Sync + 'static>> VerificationStore for Erased<S> {
    type Error = StoreFailure;

    fn load(&self, records: &[VerificationId], attempts: &[AttemptKey]) -> Result<Loaded, StoreFailure> {
        self.0.load(records, attempts).map_err(failure)
    }

    fn commit(&self, changes: &RecordChanges) -> Result<(), CommitError<StoreFailure>> {
        self.0.commit(changes).map_err(commit_failure)
    }

    fn purge_expired(&self, now: DateTime<Utc>) -> Result<u64, StoreFailure> {
        self.0.purge_expired(now).map_err(failure)
    }
}
