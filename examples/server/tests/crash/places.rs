//! Where the stores are: a temporary file, and, where `VESTIBULE_TEST_POSTGRES` names a database, a schema of its own there.

use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use crate::fleet::Fleet;
use crate::load::Load;
use crate::rows::Rows;

/// The loads come one after the other: each wants the whole machine.
pub(crate) async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    ALONE.lock().await
}

/// A number from the environment, or what it is without.
pub(crate) fn number(name: &str, without: usize) -> usize {
    std::env::var(name).map_or(without, |number| number.parse().unwrap())
}

pub(crate) struct Postgres {
    options: PgConnectOptions,
    schema: String,
    pool: PgPool,
    pub(crate) directory: TempDir,
}

impl Postgres {
    /// `None` if the environment names none.
    pub(crate) async fn new(name: &str) -> Option<Self> {
        let address = std::env::var("VESTIBULE_TEST_POSTGRES").ok().filter(|address| !address.is_empty())?;
        let options: PgConnectOptions = address.parse().unwrap();
        let pool = PgPool::connect_with(options.clone()).await.unwrap();
        let schema = format!("vestibule_crash_{name}_{}", std::process::id());
        let made = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        sqlx::raw_sql(AssertSqlSafe(made)).execute(&pool).await.unwrap();
        Some(Self { options, schema, pool, directory: tempfile::tempdir().unwrap() })
    }

    /// The address that a server is given: by this port, if not by the database's own.
    pub(crate) fn address(&self, port: Option<u16>) -> String {
        let options = match port {
            Some(port) => self.options.clone().host("127.0.0.1").port(port),
            None => self.options.clone(),
        };
        let mut address = options.to_url_lossy();
        address.query_pairs_mut().append_pair("options[search_path]", &self.schema);
        address.into()
    }

    pub(crate) fn rows(&self) -> Rows {
        Rows::Postgres(Box::new(self.options.clone().options([("search_path", &self.schema)])))
    }

    /// Where the database itself is.
    pub(crate) fn host(&self) -> String {
        format!("{}:{}", self.options.get_host(), self.options.get_port())
    }

    pub(crate) async fn load(&self, servers: usize) -> std::sync::Arc<Load> {
        let fleet = Fleet::start(&self.address(None), servers, self.directory.path().join("log")).await;
        Load::new(fleet, self.rows(), false)
    }

    pub(crate) async fn remove(self) {
        let removed = format!("DROP SCHEMA {} CASCADE", self.schema);
        sqlx::raw_sql(AssertSqlSafe(removed)).execute(&self.pool).await.unwrap();
    }
}
