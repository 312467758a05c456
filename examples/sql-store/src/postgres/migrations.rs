//! Making the tables, and bringing them up to date.

use sha2::{Digest as _, Sha256};
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnection, PgPool};

use crate::error::StoreError;
use crate::schema::{statement, to_come};

/// Forward only: what was released is never edited, only added to.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/postgres/0001.sql"),
    include_str!("../../migrations/postgres/0002.sql"),
    include_str!("../../migrations/postgres/0003.sql"),
];

const VERSIONS: &str = "
    CREATE TABLE IF NOT EXISTS {p}migrations (
        version bigint PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
    )";

pub(super) async fn run(pool: &PgPool, prefix: &str) -> Result<(), StoreError> {
    // Mostly there is nothing to do, for which neither the lock nor the right to make tables is needed.
    let found = version(&mut *pool.acquire().await?, prefix).await?;
    if to_come(MIGRATIONS, found)?.next().is_none() {
        return Ok(());
    }
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(lock(prefix)).execute(&mut *transaction).await?;
    // Another server may have been faster. What this connection knew of its tables it only looks up anew where it locks one.
    sqlx::raw_sql(AssertSqlSafe(statement(VERSIONS, prefix))).execute(&mut *transaction).await?;
    let found = last(&mut transaction, prefix).await?;
    for (number, migration) in to_come(MIGRATIONS, found)? {
        sqlx::raw_sql(AssertSqlSafe(statement(migration, prefix))).execute(&mut *transaction).await?;
        let applied = statement("INSERT INTO {p}migrations (version) VALUES ($1)", prefix);
        sqlx::query(AssertSqlSafe(applied)).bind(number).execute(&mut *transaction).await?;
    }
    Ok(transaction.commit().await?)
}

/// The version of the tables; 0 if there are none.
async fn version(connection: &mut PgConnection, prefix: &str) -> Result<i64, StoreError> {
    let name = format!("{prefix}migrations");
    let exists = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(name);
    if !exists.fetch_one(&mut *connection).await? {
        return Ok(0);
    }
    last(connection, prefix).await
}

async fn last(connection: &mut PgConnection, prefix: &str) -> Result<i64, StoreError> {
    let last = statement("SELECT coalesce(max(version), 0) FROM {p}migrations", prefix);
    Ok(sqlx::query_scalar(AssertSqlSafe(last)).fetch_one(connection).await?)
}

/// Each prefix has a lock of its own.
fn lock(prefix: &str) -> i64 {
    let digest = Sha256::new().chain_update("vestibule-sql-store:").chain_update(prefix).finalize();
    digest.first_chunk().map_or(0, |first| i64::from_be_bytes(*first))
}
