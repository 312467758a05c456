//! What can go wrong in a database.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

#[cfg(feature = "seal")]
use vestibule::store::seal::SealError;
use vestibule::store::{CommitError, StoredError};

/// Why a store failed. It never shows a document, nor anybody's key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot be reached, is busy, or has no connection free: it may be back in a moment.
    #[error("the database is not available")]
    Unavailable(#[source] Cause),
    /// The database did not answer in time. A write may have been done all the same.
    #[error("the database did not answer in time")]
    TimedOut,
    /// The database refused, and will again: a full disk, a file that cannot be written, a missing permission.
    #[error("the database failed")]
    Database(#[source] Cause),
    /// The address is none that a database can have.
    #[error("this is no address of a database")]
    Address(#[source] Cause),
    /// What is kept cannot be read, or what is to be kept cannot be written.
    #[error("a document cannot be read or written")]
    Document(#[from] StoredError),
    /// A document cannot be sealed, or does not open.
    #[cfg(feature = "seal")]
    #[error("a document cannot be sealed or opened")]
    Sealed(#[from] SealError),
    /// The operating system has no randomness to seal with.
    #[cfg(feature = "seal")]
    #[error("the operating system has no randomness")]
    NoRandomness,
    /// A row is none that this store wrote: its document is of another revision, or its id is none.
    #[error("a row is none that this store wrote")]
    Inconsistent,
    /// A later release made the tables what they are.
    #[error("the tables are of version {found}, and this release knows version {known}")]
    NewerTables {
        /// The tables' version.
        found: i64,
        /// The last one that this release knows.
        known: i64,
    },
    /// There is no Tokio runtime to make connections in.
    #[error("a store is opened in a Tokio runtime")]
    NoRuntime,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let is_away = match &error {
            sqlx::Error::Database(error) => error.code().is_some_and(|code| is_of_the_moment(&code)),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => true,
            _ => false,
        };
        if is_away { Self::Unavailable(Cause(error)) } else { Self::Database(Cause(error)) }
    }
}

impl From<StoreError> for CommitError<StoreError> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Of PostgreSQL, `SQLSTATE`s: connections, resources but a full disk, stopping and starting, a standby that is read only.
/// Of SQLite, result codes whose last eight bits say that somebody else has the file.
fn is_of_the_moment(code: &str) -> bool {
    const STATES: [&str; 6] = ["08", "53200", "53300", "57P", "25006", "40"];
    if code.len() == 5 {
        return STATES.iter().any(|state| code.starts_with(state));
    }
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6))
}

/// What the database, or the way to it, said. Its `Debug` is its `Display`: a database's details may quote what was to be
/// written.
pub struct Cause(pub(crate) sqlx::Error);

impl Cause {
    /// The database's own code: an `SQLSTATE` of PostgreSQL's, a result code of SQLite's.
    pub fn code(&self) -> Option<Cow<'_, str>> {
        self.0.as_database_error().and_then(sqlx::error::DatabaseError::code)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)?;
        self.code().map_or(Ok(()), |code| write!(f, " ({code})"))
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({self})")
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            sqlx::Error::Io(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_stays() {
        for code in ["08006", "53300", "57P01", "57P03", "25006", "40001", "5", "6", "261", "517"] {
            assert!(is_of_the_moment(code), "{code}");
        }
        for code in ["23505", "42P01", "42501", "53100", "28P01", "8", "10", "13", "14", "2067"] {
            assert!(!is_of_the_moment(code), "{code}");
        }
    }

    #[test]
    fn an_error_has_its_cause() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let error = StoreError::from(sqlx::Error::Io(refused));
        assert!(matches!(error, StoreError::Unavailable(_)));
        let cause = error.source().unwrap();
        assert!(cause.to_string().contains("connection refused"), "{cause}");
        assert!(cause.source().is_some());
    }
}
