//! The stores in PostgreSQL.

mod entries;
mod host;
mod migrations;
#[cfg(feature = "seal")]
mod sealing;
mod users;

use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use tokio::sync::OnceCell;
use vestibule::store::CommitError;

use self::entries::EntryStatements;
use self::host::HostStatements;
use self::users::UserStatements;
use crate::documents::Documents;
use crate::error::{Cause, StoreError};
use crate::options::StoreOptions;
use crate::schema::{in_time, runtime};

/// Users, interactions, one-time tokens and counters in PostgreSQL. Any number of servers may share them.
///
/// A read is one statement and so is a write, prepared once on each connection; only a write that is refused because a key
/// is taken asks a second time, which one. Lists of keys have their own length for a limit, which leaves nothing out: without
/// it, the plan that is kept is one for ten keys, and reads a whole table as long as the database takes that for small; with it,
/// each key is looked up. No call locks what another holds in another order: accounts and entries come first,
/// then what is new, in the order of its keys, and only then is anything given up.
#[derive(Clone)]
pub struct PostgresStore(Arc<Inner>);

struct Inner {
    pool: PgPool,
    prefix: String,
    timeout: Duration,
    users: UserStatements,
    entries: EntryStatements,
    host: HostStatements,
    documents: Documents,
    migrated: OnceCell<()>,
}

impl PostgresStore {
    /// The stores in the database at this address, `postgres://user:password@host:port/database`. The tables are in the
    /// first schema of the connection's `search_path`: `?options[search_path]=auth` sets it.
    ///
    /// It is made at once and connects when it is used, so a database that is away is none of its matter.
    ///
    /// # Errors
    /// [`StoreError::Address`] if this is no address, [`StoreError::NoRuntime`] outside of Tokio.
    pub fn new(address: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        runtime()?;
        let connect =
            PgConnectOptions::from_str(address).map_err(|error| StoreError::Address(Cause(error)))?;
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .connect_lazy_with(connect.disable_statement_logging());
        Ok(Self(Arc::new(Inner {
            pool,
            prefix: options.prefix.clone(),
            timeout: options.timeout,
            users: UserStatements::new(&options.prefix),
            entries: EntryStatements::new(&options.prefix),
            host: HostStatements::new(&options.prefix),
            documents: Documents::new(options),
            migrated: OnceCell::new(),
        })))
    }

    /// Makes the tables, or brings them up to date. Without it, the first call does.
    ///
    /// # Errors
    /// [`StoreError`] if the database is away, does not let it, or has tables of a later release.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.call(std::future::ready(Ok(()))).await
    }

    /// Closes all connections, once what is under way has ended. Every call fails then.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }

    /// A call: on tables that are up to date, and in time.
    async fn call<T, E>(&self, call: impl Future<Output = Result<T, E>>) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        in_time(self.0.timeout, async {
            let migrate = || migrations::run(&self.0.pool, &self.0.prefix);
            self.0.migrated.get_or_try_init(migrate).await?;
            call.await
        })
        .await
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").field("prefix", &self.0.prefix).finish_non_exhaustive()
    }
}

/// A lost race is stale, whatever the database calls it.
fn refused(error: sqlx::Error) -> CommitError<StoreError> {
    const SERIALIZATION_FAILURE: &str = "40001";
    const DEADLOCK_DETECTED: &str = "40P01";
    match error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() {
        Some(SERIALIZATION_FAILURE | DEADLOCK_DETECTED) => CommitError::Stale,
        _ => CommitError::Store(error.into()),
    }
}

fn is_unique_violation(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, PgConnection};

    use super::*;
    use crate::schema::statement;

    /// Nothing reads a table from its beginning to its end, also by the plan that is kept, and while the database does not know
    /// how much there is in it.
    #[tokio::test]
    async fn every_row_is_looked_up() {
        let Some(address) =
            std::env::var("VESTIBULE_TEST_POSTGRES").ok().filter(|address| !address.is_empty())
        else {
            return;
        };
        let mut connection = PgConnection::connect(&address).await.unwrap();
        let mut execute = async |text: &str| {
            let text = sqlx::AssertSqlSafe(text.to_owned());
            sqlx::raw_sql(text).fetch_all(&mut connection).await.unwrap()
        };
        execute("SET search_path TO pg_temp; SET plan_cache_mode TO force_generic_plan").await;
        for migration in migrations::MIGRATIONS {
            execute(&statement(migration, "")).await;
        }
        let (users, entries, host) =
            (UserStatements::new(""), EntryStatements::new(""), HostStatements::new(""));
        for (number, (text, parameters)) in [
            (&users.find, 2),
            (&users.update, 9),
            (&entries.load, 2),
            (&entries.commit, 7),
            (&host.beside, 2),
            (&host.interactions, 2),
        ]
        .into_iter()
        .enumerate()
        {
            execute(&format!("PREPARE s{number} AS {text}")).await;
            let nothing = vec!["NULL"; parameters].join(", ");
            let rows = execute(&format!("EXPLAIN EXECUTE s{number} ({nothing})")).await;
            let steps: Vec<String> = rows.iter().map(|row| sqlx::Row::get(row, 0)).collect();
            assert!(steps.iter().any(|step| step.contains("Index")), "{text}: {steps:#?}");
            assert!(!steps.iter().any(|step| step.contains("Seq Scan")), "{text}: {steps:#?}");
        }
    }
}
