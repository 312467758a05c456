//! Making the tables, and bringing them up to date.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use sqlx::AssertSqlSafe;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::Inner;
use crate::error::{Cause, StoreError};
use crate::schema::{statement, to_come};

/// Forward only: what was released is never edited, only added to.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001.sql"),
    include_str!("../../migrations/sqlite/0002.sql"),
    include_str!("../../migrations/sqlite/0003.sql"),
];

const VERSIONS: &str = "
    CREATE TABLE IF NOT EXISTS {p}migrations (
        version INTEGER PRIMARY KEY,
        applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
    ) STRICT";

/// How long a program rests that finds the file busy.
const REST: Duration = Duration::from_millis(20);

/// Whoever makes a file's log keeps others from opening the file, who are not made to wait by SQLite: so they come again.
pub(super) async fn run(inner: &Inner) -> Result<(), StoreError> {
    let (path, deadline) = (inner.path.clone(), Instant::now() + inner.acquire_timeout);
    let made = spawn_blocking(move || make_file(&path)).await;
    made.map_err(io::Error::other).flatten().map_err(|error| StoreError::Database(Cause(error.into())))?;
    loop {
        match run_once(&inner.writer, &inner.prefix).await {
            Err(StoreError::Unavailable(_)) if Instant::now() < deadline => sleep(REST).await,
            done => return done,
        }
    }
}

/// An empty file is a database without tables. It is its owner's alone, and SQLite makes the files beside it alike.
fn make_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

async fn run_once(pool: &SqlitePool, prefix: &str) -> Result<(), StoreError> {
    // Mostly there is nothing to do, and nobody to wait for.
    let found = version(&mut *pool.acquire().await?, prefix).await?;
    if to_come(MIGRATIONS, found)?.next().is_none() {
        return Ok(());
    }
    let mut transaction = pool.begin_with("BEGIN EXCLUSIVE").await?;
    // Another program may have been faster.
    let found = version(&mut transaction, prefix).await?;
    sqlx::raw_sql(AssertSqlSafe(statement(VERSIONS, prefix))).execute(&mut *transaction).await?;
    for (number, migration) in to_come(MIGRATIONS, found)? {
        sqlx::raw_sql(AssertSqlSafe(statement(migration, prefix))).execute(&mut *transaction).await?;
        let applied = statement("INSERT INTO {p}migrations (version) VALUES (?1)", prefix);
        sqlx::query(AssertSqlSafe(applied)).bind(number).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

/// The version of the tables; 0 if there are none.
async fn version(connection: &mut SqliteConnection, prefix: &str) -> Result<i64, StoreError> {
    let exists =
        sqlx::query_scalar("SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = ?1");
    if !exists.bind(format!("{prefix}migrations")).fetch_one(&mut *connection).await? {
        return Ok(0);
    }
    let last = AssertSqlSafe(statement("SELECT coalesce(max(version), 0) FROM {p}migrations", prefix));
    Ok(sqlx::query_scalar(last).fetch_one(connection).await?)
}
