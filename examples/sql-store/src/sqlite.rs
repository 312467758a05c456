//! The stores in a SQLite file.

mod entries;
mod host;
mod migrations;
#[cfg(feature = "seal")]
mod sealing;
mod users;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Transaction};
use tokio::sync::OnceCell;
use vestibule::store::CommitError;

use self::entries::EntryStatements;
use self::host::HostStatements;
use self::users::UserStatements;
use crate::documents::Documents;
use crate::error::{Cause, StoreError};
use crate::options::StoreOptions;
use crate::schema::{in_time, runtime};

/// Users, interactions, one-time tokens and counters in a SQLite file: no service to start. SQLite itself is in the program.
///
/// Whatever was answered is on the disk, also where the power fails: the log is written ahead, and synchronised with every
/// write. One write is at a time, and waits for none that reads. Other programs on the same machine may have the file
/// open too, and are waited for; a network's file system will not do.
#[derive(Clone)]
pub struct SqliteStore(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// One connection: whoever writes waits for its turn here, in order, and not in the file's lock.
    writer: SqlitePool,
    readers: SqlitePool,
    prefix: String,
    acquire_timeout: Duration,
    timeout: Duration,
    users: UserStatements,
    entries: EntryStatements,
    host: HostStatements,
    documents: Documents,
    migrated: OnceCell<()>,
}

impl SqliteStore {
    /// The stores in this file, which is made if it is not there, for nobody else to read.
    ///
    /// They are made at once, and the file is opened when it is used.
    ///
    /// # Errors
    /// [`StoreError::Address`] if the path is empty, [`StoreError::NoRuntime`] outside of Tokio.
    pub fn new(path: impl AsRef<Path>, options: &StoreOptions) -> Result<Self, StoreError> {
        runtime()?;
        // What SQLite would take for something else, such as `:memory:`, is a file too.
        let path = std::path::absolute(path).map_err(|error| StoreError::Address(Cause(error.into())))?;
        let file = SqliteConnectOptions::new()
            .filename(&path)
            .busy_timeout(options.acquire_timeout)
            .foreign_keys(true)
            .disable_statement_logging();
        let for_writing =
            file.clone().journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
        let pool = || {
            SqlitePoolOptions::new()
                .acquire_timeout(options.acquire_timeout)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
        };
        Ok(Self(Arc::new(Inner {
            path,
            // Where the disk is full, SQLite itself has undone what was begun, and what there is then left to undo fails: the
            // connection is taken to be in a transaction for ever.
            writer: pool()
                .max_connections(1)
                .before_acquire(|connection, _| {
                    let usable = !connection.is_in_transaction();
                    Box::pin(async move { Ok(usable) })
                })
                .connect_lazy_with(for_writing),
            readers: pool()
                .max_connections(options.max_connections)
                .connect_lazy_with(file.pragma("query_only", "ON")),
            prefix: options.prefix.clone(),
            acquire_timeout: options.acquire_timeout,
            timeout: options.timeout,
            users: UserStatements::new(&options.prefix),
            entries: EntryStatements::new(&options.prefix),
            host: HostStatements::new(&options.prefix),
            documents: Documents::new(options),
            migrated: OnceCell::new(),
        })))
    }

    /// Makes the file and the tables, or brings them up to date. Without it, the first call does.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read and written, or has tables of a later release.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.call(std::future::ready(Ok(()))).await
    }

    /// Closes the file, once what is under way has ended. Every call fails then.
    pub async fn close(&self) {
        self.0.readers.close().await;
        self.0.writer.close().await;
    }

    /// A call: on tables that are up to date, and in time.
    async fn call<T, E>(&self, call: impl Future<Output = Result<T, E>>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        in_time(self.0.timeout, async {
            let migrate = || migrations::run(&self.0);
            self.0.migrated.get_or_try_init(migrate).await?;
            call.await
        })
        .await
    }
}

impl Inner {
    /// A write: it has the file's lock from its start, so that what it reads stays as it is. Dropped, it is undone.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("prefix", &self.0.prefix).finish_non_exhaustive()
    }
}

fn failed(error: sqlx::Error) -> CommitError<StoreError> {
    CommitError::Store(error.into())
}

/// Pairs of a name and bytes as one parameter: `[["name","68ff"], …]`. A statement takes any number of them so, and stays the
/// same text.
fn pairs<B: AsRef<[u8]>>(pairs: impl Iterator<Item = (&'static str, B)>) -> String {
    let mut json = String::from("[");
    for (name, bytes) in pairs {
        if json.len() > 1 {
            json.push(',');
        }
        json.extend(["[\"", name, "\",\""]);
        for byte in bytes.as_ref() {
            for nibble in [byte >> 4, byte & 0xf] {
                json.extend(char::from_digit(nibble.into(), 16));
            }
        }
        json.push_str("\"]");
    }
    json.push(']');
    json
}

#[cfg(test)]
mod tests {
    use sqlx::AssertSqlSafe;

    use super::*;

    #[test]
    fn pairs_are_json() {
        assert_eq!(pairs(std::iter::empty::<(_, &[u8])>()), "[]");
        let two = [("id", &b"\x00\xff"[..]), ("email", b"")];
        assert_eq!(pairs(two.into_iter()), r#"[["id","00ff"],["email",""]]"#);
    }

    #[tokio::test]
    async fn connections_are_set_so_that_nothing_is_lost() {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::new(directory.path().join("x.db"), &StoreOptions::default()).unwrap();
        store.migrate().await.unwrap();
        for (pool, query_only) in [(&store.0.writer, 0), (&store.0.readers, 1)] {
            let pragma = async |name: &str| {
                let query = AssertSqlSafe(format!("SELECT * FROM pragma_{name}"));
                sqlx::query_scalar::<_, i64>(query).fetch_one(pool).await.unwrap()
            };
            assert_eq!(pragma("synchronous").await, 2, "FULL");
            assert_eq!(pragma("query_only").await, query_only);
            assert_eq!(pragma("foreign_keys").await, 1);
            assert_eq!(pragma("busy_timeout").await, 5000);
            let mode = sqlx::query_scalar::<_, String>("SELECT * FROM pragma_journal_mode");
            assert_eq!(mode.fetch_one(pool).await.unwrap(), "wal");
        }
    }

    /// Nothing reads a table from its beginning to its end, however many there are in it.
    #[tokio::test]
    async fn every_row_is_looked_up() {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::new(directory.path().join("x.db"), &StoreOptions::default()).unwrap();
        store.migrate().await.unwrap();
        let (users, entries, host) = (&store.0.users, &store.0.entries, &store.0.host);
        for (text, by) in [
            (&users.find, "(kind=? AND value=?)"),
            (&users.taken, "(kind=? AND value=?)"),
            (&users.free, "(user_id=?)"),
            (&entries.load, "(kind=? AND digest=?)"),
            (&entries.purge, "(expires_at<?)"),
            (&host.interactions, "(user_id=?)"),
            (&host.beside, "(user_id=?)"),
            (&host.purge, "(expires_at<?)"),
        ] {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(explain).fetch_all(&store.0.writer).await.unwrap();
            let steps: Vec<&str> = plan.iter().map(|(.., step)| &**step).collect();
            assert!(steps.iter().any(|step| step.contains(by)), "{by}: {steps:?}");
            let scans = steps.iter().any(|step| step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE"));
            assert!(!scans, "{steps:?}");
        }
    }
}
