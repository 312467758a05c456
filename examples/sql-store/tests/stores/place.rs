//! Where a test keeps what it keeps.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use vestibule::identifier::{UserId, Username, UsernameCase};
use vestibule::store::UserChange;
use vestibule::store::aio::{UserStore, VerificationStore};
use vestibule::store::testkit::aio::Executor;
use vestibule::user::User;
use vestibule_sql_store::{HostStore, PostgresStore, SqliteStore, StoreError, StoreOptions};

pub(crate) const CASE: UsernameCase = UsernameCase::Sensitive;

/// A store of either kind.
pub(crate) trait Store:
    UserStore<Error = StoreError>
    + VerificationStore<Error = StoreError>
    + HostStore<Error = StoreError>
    + Clone
    + fmt::Debug
    + Send
    + 'static
{
    async fn migrate(&self) -> Result<(), StoreError>;
    async fn close(&self);
    #[cfg(feature = "seal")]
    async fn seal_anew(&self) -> Result<usize, StoreError>;
}

macro_rules! is_a_store {
    ($($store:ty),+) => {$(
        impl Store for $store {
            async fn migrate(&self) -> Result<(), StoreError> {
                Self::migrate(self).await
            }

            async fn close(&self) {
                Self::close(self).await;
            }

            #[cfg(feature = "seal")]
            async fn seal_anew(&self) -> Result<usize, StoreError> {
                Self::seal_anew(self).await
            }
        }
    )+};
}

is_a_store!(SqliteStore, PostgresStore);

/// A database of a test's own.
pub(crate) trait Place {
    type Store: Store;

    fn runtime(&self) -> &TestRuntime;

    /// The stores in it, with connections of their own.
    fn open(&self, options: &StoreOptions) -> Self::Store;

    /// Does what our tests never would.
    async fn execute(&self, sql: &str);

    /// The bytes that a statement finds.
    #[cfg(feature = "seal")]
    async fn bytes(&self, sql: &str) -> Vec<u8>;

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime().0.block_on(future)
    }

    /// Empty stores.
    fn fresh(&self) -> Self::Store {
        self.fresh_with(StoreOptions::default())
    }

    /// Empty stores, opened so.
    fn fresh_with(&self, options: StoreOptions) -> Self::Store {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let prefix = format!("t{}_", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.open(&options.with_prefix(&prefix).unwrap())
    }
}

pub(crate) struct TestRuntime(pub(crate) Runtime);

impl TestRuntime {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        Self(runtime.unwrap())
    }
}

impl Executor for TestRuntime {
    fn block_on<F>(&self, future: F) -> F::Output
    where
        F: Future<Output: Send> + Send,
    {
        self.0.block_on(future)
    }
}

/// A file in a temporary directory.
pub(crate) struct InFile {
    pub(crate) directory: TempDir,
    runtime: TestRuntime,
}

impl InFile {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), runtime: TestRuntime::new() }
    }

    pub(crate) fn file(&self) -> std::path::PathBuf {
        self.directory.path().join("vestibule.db")
    }

    async fn connection(&self) -> SqliteConnection {
        SqliteConnectOptions::new().filename(self.file()).connect().await.unwrap()
    }
}

impl Place for InFile {
    type Store = SqliteStore;

    fn runtime(&self) -> &TestRuntime {
        &self.runtime
    }

    fn open(&self, options: &StoreOptions) -> SqliteStore {
        let _runtime = self.runtime.0.enter();
        SqliteStore::new(self.file(), options).unwrap()
    }

    async fn execute(&self, sql: &str) {
        let mut connection = self.connection().await;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }

    #[cfg(feature = "seal")]
    async fn bytes(&self, sql: &str) -> Vec<u8> {
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut self.connection().await).await.unwrap()
    }
}

/// A schema of the database that the environment names.
pub(crate) struct InPostgres {
    pub(crate) address: String,
    schema: String,
    runtime: TestRuntime,
}

impl InPostgres {
    /// `None` if the environment names none.
    pub(crate) fn new() -> Option<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let address = std::env::var("VESTIBULE_TEST_POSTGRES").ok().filter(|address| !address.is_empty())?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let schema = format!("vestibule_test_{}_{number}", std::process::id());
        let place = Self { address, schema, runtime: TestRuntime::new() };
        place.block_on(place.in_the_database(format!("CREATE SCHEMA {}", place.schema)));
        Some(place)
    }

    pub(crate) fn options(&self) -> PgConnectOptions {
        self.address.parse().unwrap()
    }

    /// The same address by another way, and this schema.
    pub(crate) fn by(&self, port: u16) -> String {
        let options = self.options().host("127.0.0.1").port(port);
        let mut address = options.to_url_lossy();
        address.query_pairs_mut().append_pair("options[search_path]", &self.schema);
        address.into()
    }

    async fn in_the_database(&self, sql: String) {
        let pool = PgPool::connect_with(self.options()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

impl Place for InPostgres {
    type Store = PostgresStore;

    fn runtime(&self) -> &TestRuntime {
        &self.runtime
    }

    fn open(&self, options: &StoreOptions) -> PostgresStore {
        let _runtime = self.runtime.0.enter();
        PostgresStore::new(&self.by(self.options().get_port()), options).unwrap()
    }

    async fn execute(&self, sql: &str) {
        self.in_the_database(format!("SET search_path TO {}; {sql}", self.schema)).await;
    }

    #[cfg(feature = "seal")]
    async fn bytes(&self, sql: &str) -> Vec<u8> {
        let pool = PgPool::connect(&self.by(self.options().get_port())).await.unwrap();
        let bytes = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&pool).await.unwrap();
        pool.close().await;
        bytes
    }
}

impl Drop for InPostgres {
    fn drop(&mut self) {
        self.block_on(self.in_the_database(format!("DROP SCHEMA {} CASCADE", self.schema)));
    }
}

/// The user by another username.
pub(crate) fn renamed(user: &User, name: &str) -> UserChange {
    let mut user = user.clone();
    user.username = Some(Username::parse(name).unwrap());
    UserChange::update(user, CASE)
}

/// A user with a username.
pub(crate) fn named(id: &str, name: &str) -> User {
    let mut user = User::new(UserId::parse(id).unwrap(), chrono::DateTime::UNIX_EPOCH);
    user.username = Some(Username::parse(name).unwrap());
    user
}
