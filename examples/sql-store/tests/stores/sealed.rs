//! What is kept sealed: feature `seal`.

use vestibule::store::aio::{UserStore, VerificationStore};
use vestibule::store::seal::{SealError, SealingKey, SealingKeys};
use vestibule::store::testkit::aio::{check_user_store, check_verification_store};
use vestibule::store::testkit::samples;
use vestibule::store::{EntryKey, UserChange};
use vestibule::user::User;
use vestibule_sql_store::{StoreError, StoreOptions};

use crate::interaction;
use crate::place::{CASE, Place, Store as _, named};

crate::on_each_database!(
    sealed_stores_keep_their_promises,
    no_secret_is_to_be_read,
    documents_are_sealed_anew,
    no_document_opens_in_the_place_of_another,
);

fn key(name: &str, byte: u8) -> SealingKey {
    SealingKey::new(name, [byte; 32]).unwrap()
}

fn under(keys: SealingKeys) -> StoreOptions {
    StoreOptions::default().with_sealing_keys(keys)
}

fn sealed_stores_keep_their_promises<P: Place>(place: &P) {
    let fresh = || place.fresh_with(under(SealingKeys::new(key("k", 1))));
    check_user_store(fresh, place.runtime()).unwrap();
    check_verification_store(fresh, place.runtime()).unwrap();
}

fn no_secret_is_to_be_read<P: Place>(place: &P) {
    place.block_on(async {
        let user = samples::user().unwrap();
        for (options, shows) in
            [(StoreOptions::default(), true), (under(SealingKeys::new(key("k", 1))), false)]
        {
            let options = options.with_prefix(if shows { "plain_" } else { "sealed_" }).unwrap();
            let change = UserChange::create(user.clone(), CASE);
            UserStore::commit(&place.open(&options), &change).await.unwrap();
            let table = if shows { "plain_users" } else { "sealed_users" };
            let document = place.bytes(&format!("SELECT document FROM {table}")).await;
            let has = |text: &[u8]| document.windows(text.len()).any(|window| window == text);
            assert_eq!((has(b"argon2id"), has(b"digest")), (shows, shows));
        }
    });
}

fn documents_are_sealed_anew<P: Place>(place: &P) {
    place.block_on(async {
        let plain = place.open(&StoreOptions::default());
        let old = place.open(&under(SealingKeys::new(key("old", 1))));
        let both = place.open(&under(SealingKeys::new(key("new", 2)).with_older(key("old", 1))));
        let new = place.open(&under(SealingKeys::new(key("new", 2))));
        let (mut keys, mut users) = (Vec::new(), Vec::new());
        for number in 0..450 {
            let change = UserChange::create(named(&format!("u{number}"), &format!("name_{number}")), CASE);
            UserStore::commit(if number % 2 == 0 { &plain } else { &old }, &change).await.unwrap();
            keys.push(change.id().key());
            users.push(User::clone(change.user().unwrap()));
        }
        let error = new.find(&keys[..2]).await.unwrap_err();
        assert!(matches!(error, StoreError::Sealed(SealError::UnknownKey)), "{error:?}");
        let error = plain.find(&keys[..2]).await.unwrap_err();
        assert!(matches!(error, StoreError::Sealed(SealError::UnknownKey)), "{error:?}");
        let entry = interaction::start(&old).await;

        assert_eq!(both.seal_anew().await.unwrap(), 451);
        assert_eq!(both.seal_anew().await.unwrap(), 0);
        let mut found: Vec<User> =
            new.find(&keys).await.unwrap().iter().map(|user| User::clone(user)).collect();
        found.sort_by_key(|user| user.id.as_str().trim_start_matches('u').parse::<u32>().unwrap());
        assert_eq!(found, users);
        assert_eq!(new.load(&[EntryKey::interaction(&entry)]).await.unwrap().len(), 1);
        assert!(old.find(&keys[..1]).await.is_err());
    });
}

fn no_document_opens_in_the_place_of_another<P: Place>(place: &P) {
    place.block_on(async {
        let store = place.open(&under(SealingKeys::new(key("k", 1))));
        for (id, name) in [("u1", "jane"), ("u2", "mallory")] {
            UserStore::commit(&store, &UserChange::create(named(id, name), CASE)).await.unwrap();
        }
        let key = named("u1", "jane").id.key();
        assert_eq!(store.find(std::slice::from_ref(&key)).await.unwrap().len(), 1);
        place
            .execute(
                "UPDATE users SET document = (SELECT document FROM users WHERE id = 'u2') WHERE id = 'u1'",
            )
            .await;
        let error = store.find(&[key]).await.unwrap_err();
        assert!(matches!(error, StoreError::Sealed(SealError::Broken)), "{error:?}");
    });
}
