//! The tables: made once, by whoever comes first, and never by an older release.

use vestibule::store::UserChange;
use vestibule::store::aio::UserStore;
use vestibule_sql_store::{HostStore as _, StoreError, StoreOptions};

use crate::place::{CASE, Place, Store as _, named};

crate::on_each_database!(
    many_make_the_tables_at_once,
    later_tables_are_left_alone,
    prefixes_are_apart,
    a_row_that_somebody_else_wrote_is_told,
);

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
