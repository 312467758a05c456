//! A database that is away, busy, or not what it should be.

use std::error::Error as _;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use vestibule::store::UserChange;
use vestibule::store::aio::UserStore;
use vestibule_sql_store::{PostgresStore, SqliteStore, StoreError, StoreOptions};

use crate::place::{CASE, InFile, InPostgres, Place, named};

fn impatient() -> StoreOptions {
    StoreOptions::default().with_acquire_timeout(Duration::from_millis(300))
}

/// A port that nobody listens on.
async fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_database_that_is_away_is_told_in_time() {
    let address = format!("postgres://jane:hunter2@127.0.0.1:{}/nowhere", closed_port().await);
    let store = PostgresStore::new(&address, &impatient()).unwrap();
    let begun = Instant::now();
    let error = store.find(named("u1", "jane").keys(CASE).as_slice()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.source().is_some() && begun.elapsed() < Duration::from_secs(3));
    assert!(!format!("{error:?}{store:?}").contains("hunter2"));
}

#[tokio::test]
async fn an_address_that_is_none_is_told_at_once() {
    for bad in ["", "postgres", "postgres://u:hunter2@h:notaport/d", "::"] {
        let error = PostgresStore::new(bad, &StoreOptions::default()).unwrap_err();
        assert!(matches!(error, StoreError::Address(_)), "{bad}: {error:?}");
        assert!(!format!("{error:?}{}", error.source().unwrap()).contains("hunter2"));
    }
}

#[test]
fn a_store_needs_a_runtime() {
    assert!(matches!(SqliteStore::new("x.db", &StoreOptions::default()), Err(StoreError::NoRuntime)));
    let error = PostgresStore::new("postgres://localhost/x", &StoreOptions::default()).unwrap_err();
    assert!(matches!(error, StoreError::NoRuntime));
}

/// A database behind a door that is closed, opened, and closed again.
#[test]
fn a_database_that_is_back_is_used_again() {
    let Some(place) = InPostgres::new() else { return };
    place.block_on(async {
        let port = closed_port().await;
        let store = {
            let options = impatient().with_timeout(Duration::from_secs(2));
            PostgresStore::new(&place.by(port), &options).unwrap()
        };
        let jane = UserChange::create(named("u1", "jane"), CASE);
        assert!(matches!(store.find(jane.keys()).await, Err(StoreError::Unavailable(_))));
        for round in 0..2 {
            let database = place.options();
            let to = format!("{}:{}", database.get_host(), database.get_port());
            let door = tokio::spawn(async move {
                let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
                let mut guests = tokio::task::JoinSet::new();
                loop {
                    let (mut guest, _) = listener.accept().await.unwrap();
                    let mut host = TcpStream::connect(&to).await.unwrap();
                    guests.spawn(async move { tokio::io::copy_bidirectional(&mut guest, &mut host).await });
                }
            });
            while store.migrate().await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            if round == 0 {
                UserStore::commit(&store, &jane).await.unwrap();
            }
            assert_eq!(store.find(jane.keys()).await.unwrap().len(), 1);
            door.abort();
            let _ = door.await;
            let error = store.find(jane.keys()).await.unwrap_err();
            assert!(matches!(error, StoreError::Unavailable(_) | StoreError::TimedOut), "{error:?}");
        }
    });
}

#[test]
fn a_file_that_somebody_else_writes_is_waited_for() {
    let place = InFile::new();
    let store = place.open(&impatient());
    place.block_on(async {
        let jane = UserChange::create(named("u1", "jane"), CASE);
        store.migrate().await.unwrap();
        let other = sqlx::sqlite::SqlitePool::connect_with(
            sqlx::sqlite::SqliteConnectOptions::new().filename(place.file()),
        );
        let other = other.await.unwrap();
        let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let error = UserStore::commit(&store, &jane).await.unwrap_err();
        let vestibule::store::CommitError::Store(error) = error else { panic!("{error:?}") };
        assert!(matches!(&error, StoreError::Unavailable(cause) if cause.code().is_some()), "{error:?}");
        assert!(store.find(jane.keys()).await.unwrap().is_empty(), "who reads does not wait");
        writing.rollback().await.unwrap();
        UserStore::commit(&store, &jane).await.unwrap();
        assert_eq!(store.find(jane.keys()).await.unwrap().len(), 1);
    });
}

/// A full disk, among others, makes SQLite undo a transaction by itself: here a trigger does.
#[test]
fn a_write_that_the_database_undid_is_not_the_last() {
    let place = InFile::new();
    let store = place.open(&impatient());
    place.block_on(async {
        let jane = UserChange::create(named("u1", "jane"), CASE);
        store.migrate().await.unwrap();
        let undo = "CREATE TRIGGER undo BEFORE INSERT ON users BEGIN SELECT RAISE(ROLLBACK, 'no'); END";
        place.execute(undo).await;
        for _ in 0..2 {
            let error = UserStore::commit(&store, &jane).await.unwrap_err();
            let vestibule::store::CommitError::Store(error) = error else { panic!("{error:?}") };
            assert!(matches!(&error, StoreError::Database(cause) if cause.code().is_some()), "{error:?}");
        }
        place.execute("DROP TRIGGER undo").await;
        UserStore::commit(&store, &jane).await.unwrap();
    });
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let place = InFile::new();
    let text = "This is no database, and somebody may still want it.".repeat(100);
    std::fs::write(place.file(), &text).unwrap();
    let store = place.open(&impatient());
    let error = place.block_on(store.migrate()).unwrap_err();
    assert!(matches!(error, StoreError::Database(_)), "{error:?}");
    assert_eq!(std::fs::read_to_string(place.file()).unwrap(), text);
    let nowhere = place.directory.path().join("no/such/directory.db");
    let error = place.block_on(async { SqliteStore::new(nowhere, &impatient()).unwrap().migrate().await });
    assert!(matches!(error, Err(StoreError::Database(_))), "{error:?}");
}

/// A name that SQLite has a meaning for of its own is a file's name all the same, and the file is its owner's alone.
#[test]
fn every_name_is_a_files_and_nobody_else_reads_it() {
    let place = InFile::new();
    for name in [":memory:", "file:x?mode=memory", "a b?c#d%20e"] {
        let path = place.directory.path().join(name);
        place.block_on(async {
            let store = SqliteStore::new(&path, &impatient()).unwrap();
            let jane = UserChange::create(named("u1", "jane"), CASE);
            UserStore::commit(&store, &jane).await.unwrap();
            assert_eq!(store.find(jane.keys()).await.unwrap().len(), 1);
        });
        #[cfg(unix)]
        for file in std::fs::read_dir(place.directory.path()).unwrap() {
            let mode =
                std::os::unix::fs::PermissionsExt::mode(&file.unwrap().metadata().unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert!(path.exists());
    }
    let empty = place.block_on(async { SqliteStore::new("", &impatient()) });
    assert!(matches!(empty, Err(StoreError::Address(_))));
}
