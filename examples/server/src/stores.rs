//! The stores behind the server, whichever backend they are of. Another backend is one more constructor of
//! [`Stores`].

mod erased;
mod host;
mod memory;

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use vestibule::store::CommitError;
use vestibule::store::aio::{UserStore, VerificationStore};
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule_sql_store::{HostStore, PostgresStore, SqliteStore, StoreError, StoreOptions};

pub use self::erased::{Users, Verifications};
pub use self::host::Host;
use self::memory::{InMemory, MemoryHost};

/// The library's two stores, and the host's own.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Users.
    pub users: Users,
    /// Interactions, one-time tokens and counters.
    pub verifications: Verifications,
    /// Sessions and settings.
    pub host: Host,
    /// Whether other servers may have the same stores open.
    pub(crate) is_shared: bool,
}

impl Stores {
    /// In memory: everything is forgotten when the server stops.
    pub fn memory() -> Self {
        let (users, verifications) =
            (Arc::new(MemoryUserStore::new()), Arc::new(MemoryVerificationStore::new()));
        let host = MemoryHost::new(Arc::clone(&users), Arc::clone(&verifications));
        Self::new(InMemory(users), InMemory(verifications), host)
    }

    /// In a SQLite file.
    ///
    /// # Errors
    /// If the file cannot be used.
    pub async fn sqlite(path: &Path, options: &StoreOptions) -> Result<Self, StoreError> {
        let store = SqliteStore::new(path, options)?;
        store.migrate().await?;
        if options.seals() {
            let store = store.clone();
            tokio::spawn(async move { tell_of_sealing(store.seal_anew().await) });
        }
        Ok(Self::new(store.clone(), store.clone(), store))
    }

    /// In PostgreSQL. If it is away, it may be back later.
    ///
    /// # Errors
    /// If this is no address, or the database is there and cannot be used.
    pub async fn postgres(address: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        let store = PostgresStore::new(address, options)?;
        match store.migrate().await {
            Err(error @ (StoreError::Unavailable(_) | StoreError::TimedOut)) => {
                tracing::warn!(error = %Chain(&error), "the database is away: every request is 503 until it is back");
            }
            migrated => migrated?,
        }
        if options.seals() {
            let store = store.clone();
            tokio::spawn(async move { tell_of_sealing(store.seal_anew().await) });
        }
        Ok(Self { is_shared: true, ..Self::new(store.clone(), store.clone(), store) })
    }

    /// Of any backend that the awaited traits were implemented for, and no other server shares.
    pub fn new<U, V, H>(users: U, verifications: V, host: H) -> Self
    where
        U: UserStore<Error: Error + Sync> + Send + 'static,
        V: VerificationStore<Error: Error + Sync> + Send + 'static,
        H: HostStore<Error: Error + Sync> + Send + 'static,
    {
        Self {
            users: Users::new(users),
            verifications: Verifications::new(verifications),
            host: Host::new(host),
            is_shared: false,
        }
    }
}

fn tell_of_sealing(sealed: Result<usize, StoreError>) {
    match sealed {
        Ok(documents) => tracing::info!(documents, "every document is sealed under the current key"),
        Err(error) => tracing::error!(error = %Chain(&error), "documents stay under older keys for now"),
    }
}

/// An error and its causes, in one line.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let causes = std::iter::successors(self.0.source(), |&error| error.source());
        // A cause that its effect has told already is not told again.
        let mut told = self.0.to_string();
        for cause in causes.map(ToString::to_string) {
            if !told.contains(&cause) {
                write!(f, ": {cause}")?;
                told = cause;
            }
        }
        Ok(())
    }
}

/// What went wrong in a backend, with its causes. For the log, never for a client.
#[derive(Debug)]
pub struct StoreFailure(Box<dyn Error + Send + Sync>);

impl fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Chain(&*self.0).fmt(f)
    }
}

impl Error for StoreFailure {}

impl StoreFailure {
    fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }

    fn of_commit<E>(error: CommitError<E>) -> CommitError<Self>
    where
        E: Error + Send + Sync + 'static,
    {
        match error {
            CommitError::Taken(key) => CommitError::Taken(key),
            CommitError::Stale => CommitError::Stale,
            CommitError::Store(error) => CommitError::Store(Self::new(error)),
        }
    }
}
