//! The tables: made once, by whoever comes first, and never by an older release.

use std::sync::atomic::{AtomicUsize, Ordering};

use vestibule::store::UserChange;
use vestibule::store::aio::UserStore;
use vestibule::store::testkit::aio::check_user_store;
use vestibule_sql_store::{HostStore as _, StoreError, StoreOptions};

use crate::place::{CASE, InPostgres, Place, Store as _, named};

crate::on_each_database!(
    many_make_the_tables_at_once,
    later_tables_are_left_alone,
    prefixes_are_apart,
    a_row_that_somebody_else_wrote_is_told,
);

/// A documented choice of whoever has very many users: the suite passes on it as well, and who was there stays.
#[test]
fn keys_may_be_in_partitions() {
    const PARTITIONED: &str = include_str!("../../migrations/postgres/optional/partitioned_user_keys.sql");
    let Some(place) = InPostgres::new() else { return };
    let number = AtomicUsize::new(0);
    let fresh = || {
        let prefix = format!("p{}_", number.fetch_add(1, Ordering::Relaxed));
        let store = place.open(&StoreOptions::default().with_prefix(&prefix).unwrap());
        let change = UserChange::create(named("u-before", "before"), CASE);
        place.block_on(async {
            UserStore::commit(&store, &change).await.unwrap();
            place.execute(&PARTITIONED.replace("{p}", &prefix)).await;
            let found = store.find(&change.keys()[1..]).await.unwrap();
            assert_eq!(found.iter().collect::<Vec<_>>(), [change.user().unwrap()]);
            UserStore::commit(&store, &UserChange::delete(&found[0])).await.unwrap();
        });
        store
    };
    check_user_store(fresh, place.runtime()).unwrap();
}

fn many_make_the_tables_at_once<P: Place>(place: &P) {
    let stores: Vec<_> =
        (0..8).map(|_| place.open(&StoreOptions::default().with_max_connections(2))).collect();
    place.block_on(async {
        let all: Vec<_> = stores
            .iter()
            .map(|store| {
                let store = store.clone();
                tokio::spawn(async move { store.user_ids().await })
            })
            .collect();
        for one in all {
            assert_eq!(one.await.unwrap().unwrap(), []);
        }
    });
}

fn later_tables_are_left_alone<P: Place>(place: &P) {
    place.block_on(async {
        place.open(&StoreOptions::default()).migrate().await.unwrap();
        place.execute("INSERT INTO migrations (version) VALUES (1000)").await;
        let error = place.open(&StoreOptions::default()).user_ids().await.unwrap_err();
        assert!(matches!(error, StoreError::NewerTables { found: 1000, .. }), "{error:?}");
    });
}

fn prefixes_are_apart<P: Place>(place: &P) {
    let (one, other) = (place.fresh(), place.fresh());
    place.block_on(async {
        let change = UserChange::create(named("u1", "jane"), CASE);
        UserStore::commit(&one, &change).await.unwrap();
        assert!(other.find(change.keys()).await.unwrap().is_empty());
        UserStore::commit(&other, &change).await.unwrap();
    });
}

fn a_row_that_somebody_else_wrote_is_told<P: Place>(place: &P) {
    place.block_on(async {
        let store = place.open(&StoreOptions::default());
        let change = UserChange::create(named("u1", "jane"), CASE);
        UserStore::commit(&store, &change).await.unwrap();
        place.execute("UPDATE users SET revision = 7").await;
        let error = store.find(change.keys()).await.unwrap_err();
        assert!(matches!(error, StoreError::Inconsistent), "{error:?}");
        place.execute("UPDATE users SET revision = 1, document = substr(document, 2)").await;
        let error = store.find(change.keys()).await.unwrap_err();
        assert!(matches!(error, StoreError::Document(_)), "{error:?}");
        assert!(!format!("{error:?}{error}").contains("jane"));
    });
}
