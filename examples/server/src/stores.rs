//! The stores behind the server, whichever backend they are of. Another backend is one more constructor of
//! [`Stores`].

mod erased;
mod memory;

use vestibule::identifier::UserId;
use vestibule::store::CommitError;
use vestibule::store::aio::{UserStore, VerificationStore};
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};

pub use self::erased::{Users, Verifications};
use self::memory::InMemory;

/// The two stores.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Users.
    pub users: Users,
    /// Interactions, one-time tokens and counters.
    pub verifications: Verifications,
}

impl Stores {
    /// In memory: everything is forgotten when the server stops.
    pub fn memory() -> Self {
        Self::new(InMemory(MemoryUserStore::new()), InMemory(MemoryVerificationStore::new()))
    }

    /// Of any backend that the library's awaited traits were implemented for.
    pub fn new<U, V>(users: U, verifications: V) -> Self
    where
        U: Directory<Error: std::error::Error + Sync> + Send + 'static,
        V: VerificationStore<Error: std::error::Error + Sync> + Send + 'static,
    {
        Self { users: Users::new(users), verifications: Verifications::new(verifications) }
    }
}

/// A user store that can say who is in it. The rules never ask; the operator's change of `caseSensitive` does,
/// because then every user is written once more.
pub trait Directory: UserStore {
    /// The ids of all users.
    ///
    /// # Errors
    /// The backend's own.
    fn user_ids(&self) -> impl Future<Output = Result<Vec<UserId>, Self::Error>> + Send;
}

/// What went wrong in a backend. For the log, never for a client.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StoreFailure(Box<dyn std::error::Error + Send + Sync>);

impl StoreFailure {
    fn new(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }

    fn of_commit<E>(error: CommitError<E>) -> CommitError<Self>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        match error {
            CommitError::Taken(key) => CommitError::Taken(key),
            CommitError::Stale => CommitError::Stale,
            CommitError::Store(error) => CommitError::Store(Self::new(error)),
        }
    }
}
