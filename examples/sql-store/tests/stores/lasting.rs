//! What was written outlasts who wrote it.

use vestibule::identifier::UserId;
use vestibule::store::aio::{UserStore, VerificationStore};
use vestibule::store::testkit::samples;
use vestibule::store::{EntryKey, UserChange};
use vestibule_sql_store::{HostStore as _, StoreOptions};

use crate::interaction;
use crate::place::{CASE, Place, Store as _};

crate::on_each_database!(users_outlast_their_store, entries_outlast_their_store, every_user_is_told);

fn users_outlast_their_store<P: Place>(place: &P) {
    let change = UserChange::create(samples::user().unwrap(), CASE);
    place.block_on(async {
        let store = place.open(&StoreOptions::default());
        UserStore::commit(&store, &change).await.unwrap();
        store.close().await;
        assert!(store.find(&[change.id().key()]).await.is_err(), "it is closed");

        let store = place.open(&StoreOptions::default());
        for key in change.keys() {
            let found = store.find(std::slice::from_ref(key)).await.unwrap();
            assert_eq!(found.iter().collect::<Vec<_>>(), [change.user().unwrap()], "{key:?}");
        }
    });
}

/// An interaction is begun, seen after a restart, and purged when it has expired: a microsecond later, and not before.
fn entries_outlast_their_store<P: Place>(place: &P) {
    place.block_on(async {
        let store = place.open(&StoreOptions::default());
        let id = interaction::start(&store).await;
        let keys = [EntryKey::interaction(&id)];
        let written = store.load(&keys).await.unwrap();
        assert_eq!(written.len(), 1);
        store.close().await;

        let store = place.open(&StoreOptions::default());
        assert_eq!(store.load(&keys).await.unwrap(), written);
        interaction::view(&store, &id).await;
        let expires_at = written[0].expires_at;
        for (now, purged) in [(expires_at, 0), (expires_at + chrono::TimeDelta::microseconds(1), 1)] {
            assert_eq!(store.purge_expired(now, 0).await.unwrap(), 0);
            assert_eq!(store.purge_expired(now, 10).await.unwrap(), purged);
        }
        assert!(store.load(&keys).await.unwrap().is_empty());
    });
}

fn every_user_is_told<P: Place>(place: &P) {
    place.block_on(async {
        let store = place.open(&StoreOptions::default());
        assert!(store.user_ids().await.unwrap().is_empty());
        for id in ["u1", "u2"] {
            let user = crate::place::named(id, id);
            UserStore::commit(&store, &UserChange::create(user, CASE)).await.unwrap();
        }
        let mut ids = store.user_ids().await.unwrap();
        ids.sort_unstable();
        assert_eq!(ids.iter().map(UserId::as_str).collect::<Vec<_>>(), ["u1", "u2"]);
    });
}
