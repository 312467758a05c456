//! The stores of [`vestibule`] in a database: [`PostgresStore`] and [`SqliteStore`].
//!
//! Each implements both awaited traits, [`UserStore`](vestibule::store::aio::UserStore) and
//! [`VerificationStore`](vestibule::store::aio::VerificationStore); clones share their connections.
//!
//! ```no_run
//! use vestibule_sql_store::{SqliteStore, StoreOptions};
//!
//! # async fn open() -> Result<(), vestibule_sql_store::StoreError> {
//! let store = SqliteStore::new("vestibule.db", &StoreOptions::default())?;
//! store.migrate().await?; // or leave it to the first call
//! # Ok(())
//! # }
//! ```
//!
//! # What is kept
//!
//! | table | columns | |
//! |---|---|---|
//! | `users` | `id`, `revision`, `document`, `created_at`, `updated_at`, `deletion_due_at` | one row a user |
//! | `user_keys` | `kind`, `value`, `user_id` | one row a key, under the primary key `(kind, value)` |
//! | `entries` | `kind`, `digest`, `revision`, `expires_at`, `document`, `user_id` | one row an entry, under the primary key `(kind, digest)` |
//! | `sessions` | `digest`, `user_id`, `shown_as`, `created_at`, `expires_at` | one row a session of the host's ([`HostStore`]) |
//! | `settings` | `revision`, `document` | one row, if the host keeps its settings here |
//!
//! A document is what [`Stored`](vestibule::store::Stored) makes, bytes of which the database reads nothing. Keys are bytes
//! too, compared as bytes: the core made them canonical, and the database normalises nothing. Of a key above 1 KiB, which no
//! index may have to hold, the SHA-256 is kept. Times are whole microseconds since 1970; a revision is the same 64 bits, signed.
//!
//! The tables are made, and brought up to date, before the first call is answered: forward only, under a lock, so that any
//! number of servers may start at once. Where the tables are of a later release, nothing is done
//! ([`StoreError::NewerTables`]).
//!
//! Under a host's keys (feature `seal`, `StoreOptions::with_sealing_keys`) documents are sealed, each for its row. Keys, times and
//! whose session it is stay readable, and so do settings.
//!
//! # What is promised
//!
//! Everything that the traits say, and of what they leave open:
//!
//! - Where a write is [`Stale`](vestibule::store::CommitError::Stale) and a key of it is
//!   [`Taken`](vestibule::store::CommitError::Taken), `Stale` is answered, as by the stores in memory.
//! - A lost race is never an error of the store: what a database calls a serialisation failure or a deadlock is `Stale`.
//! - After [`StoreError::Unavailable`] or [`StoreError::TimedOut`] a commit may have been written all the same, where the
//!   connection broke under it. The revision tells whoever tries again.

#![forbid(unsafe_code)]

#[doc = include_str!("../guide/distributed.md")]
pub mod distributed {}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod blocking;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod changes;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod documents;
mod error;
mod host;
mod options;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod schema;
#[cfg(all(feature = "seal", any(feature = "postgres", feature = "sqlite")))]
mod sealing;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use self::blocking::Blocking;
pub use self::error::{Cause, StoreError};
pub use self::host::{HostStore, Session, SessionDigest, Settings};
pub use self::options::{InvalidPrefix, StoreOptions};
#[cfg(feature = "postgres")]
pub use self::postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use self::sqlite::SqliteStore;
