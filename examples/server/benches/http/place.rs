//! Where a server keeps what it keeps, and how that is filled and removed.

use std::path::PathBuf;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tempfile::TempDir;
use vestibule::identifier::UsernameCase;
use vestibule::store::UserChange;
use vestibule::store::aio::UserStore as _;
use vestibule_server::stores::Stores;
use vestibule_sql_store::StoreOptions;

use crate::accounts::{SEED, account, copy_in_postgres, copy_in_sqlite, mark};

pub(crate) enum Place {
    Memory,
    /// In a file of a temporary directory.
    Sqlite(TempDir),
    /// In a schema of a database.
    Postgres(Box<PgConnectOptions>, String),
}

impl Place {
    /// An empty one; `None` if the environment names no database.
    pub(crate) async fn new(store: &str, accounts: usize) -> Option<Self> {
        match store {
            "sqlite" => Some(Self::Sqlite(TempDir::new().unwrap())),
            "postgres" => {
                let address =
                    std::env::var("VESTIBULE_TEST_POSTGRES").ok().filter(|address| !address.is_empty())?;
                let schema = format!("vestibule_http_bench_{accounts}");
                let options: PgConnectOptions = address.parse().unwrap();
                let anew = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
                let mut connection = PgConnection::connect_with(&options).await.unwrap();
                sqlx::raw_sql(AssertSqlSafe(anew)).execute(&mut connection).await.unwrap();
                Some(Self::Postgres(Box::new(options), schema))
            }
            _ => Some(Self::Memory),
        }
    }

    pub(crate) async fn open(&self) -> Stores {
        let options = StoreOptions::default();
        match self {
            Self::Memory => Stores::memory(),
            Self::Sqlite(directory) => Stores::sqlite(&file(directory), &options).await.unwrap(),
            Self::Postgres(database, schema) => {
                let mut address = database.to_url_lossy();
                address.query_pairs_mut().append_pair("options[search_path]", schema);
                Stores::postgres(address.as_str(), &options).await.unwrap()
            }
        }
    }

    /// Makes the accounts: in a database one, which is copied.
    pub(crate) async fn fill(&self, stores: &Stores, accounts: usize) {
        let add = async |mark: &str| {
            let change = UserChange::create(account(mark), UsernameCase::Sensitive);
            stores.users.commit(&change).await.unwrap();
        };
        match self {
            Self::Memory => {
                for number in 0..accounts {
                    add(&mark(number)).await;
                }
            }
            Self::Sqlite(directory) => {
                add(SEED).await;
                let options = SqliteConnectOptions::new().filename(file(directory)).foreign_keys(true);
                let mut connection = options.connect().await.unwrap();
                sqlx::raw_sql(copy_in_sqlite(accounts)).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Self::Postgres(database, schema) => {
                add(SEED).await;
                let options = database.clone().options([("search_path", schema)]);
                let mut connection = options.connect().await.unwrap();
                for statements in copy_in_postgres(accounts) {
                    sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
                }
                connection.close().await.unwrap();
            }
        }
    }

    pub(crate) async fn remove(self) {
        if let Self::Postgres(database, schema) = self {
            let mut connection = PgConnection::connect_with(&database).await.unwrap();
            let removed = AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"));
            sqlx::raw_sql(removed).execute(&mut connection).await.unwrap();
        }
    }
}

fn file(directory: &TempDir) -> PathBuf {
    directory.path().join("vestibule.db")
}
