//! Keys are bytes: no database folds, trims or normalises them.

use vestibule::store::aio::UserStore;
use vestibule::store::{CommitError, UserChange};
use vestibule::user::{SocialIdentity, User};
use vestibule_sql_store::StoreOptions;

use crate::place::{CASE, Place, named};

crate::on_each_database!(
    what_differs_in_a_byte_is_another_key,
    stale_wins_over_taken,
    a_user_may_have_a_key_twice
);

fn at_provider(id: &str, at_provider: &str) -> User {
    let mut user = named(id, id);
    user.identities.insert("p".into(), SocialIdentity::new(at_provider));
    user
}

fn what_differs_in_a_byte_is_another_key<P: Place>(place: &P) {
    let long = "x".repeat(3000);
    let ids = [
        "a",
        "A",
        "a ",
        " a",
        "a\t",
        "ä",
        "a\u{308}",
        "Ä",
        "ß",
        "ss",
        "ﬁ",
        "fi",
        "İ",
        "i\u{307}",
        "ı",
        "I",
        "a%",
        "a_",
        "a\\",
        "a'",
        "\u{feff}a",
        "a\u{200b}",
        "\0",
        "a\0",
        "a\0b",
        "🦀",
        "x",
        &long,
        &format!("{long}x"),
        &format!("{long} "),
    ];
    place.block_on(async {
        let store = place.open(&StoreOptions::default());
        let mut written = Vec::new();
        for (number, id) in ids.iter().enumerate() {
            let change = UserChange::create(at_provider(&format!("u{number}"), id), CASE);
            UserStore::commit(&store, &change).await.unwrap_or_else(|error| panic!("{id:?}: {error:?}"));
            written.push(change);
        }
        for change in &written {
            let found = store.find(&change.keys()[2..]).await.unwrap();
            assert_eq!(found.iter().collect::<Vec<_>>(), [change.user().unwrap()], "{:?}", change.keys());
            // And each is a key: nobody else gets it.
            let mut thief = User::clone(change.user().unwrap());
            thief.username = named("thief", "thief").username;
            thief.id = named("thief", "thief").id;
            let answer = UserStore::commit(&store, &UserChange::create(thief, CASE)).await;
            assert!(
                matches!(&answer, Err(CommitError::Taken(key)) if *key == change.keys()[2]),
                "{answer:?}"
            );
        }
        let all: Vec<_> = written.iter().flat_map(UserChange::keys).cloned().collect();
        assert_eq!(store.find(&all).await.unwrap().len(), ids.len());
    });
}

fn stale_wins_over_taken<P: Place>(place: &P) {
    place.block_on(async {
        let store = place.open(&StoreOptions::default());
        for (id, name) in [("u1", "jane"), ("u2", "joe")] {
            UserStore::commit(&store, &UserChange::create(named(id, name), CASE)).await.unwrap();
        }
        // u2 has revision 1 now.
        let (again, old) =
            (UserChange::create(named("u2", "jane"), CASE), UserChange::update(named("u2", "jane"), CASE));
        for both in [again, old] {
            let answer = UserStore::commit(&store, &both).await;
            assert!(matches!(answer, Err(CommitError::Stale)), "{answer:?}");
        }
    });
}

fn a_user_may_have_a_key_twice<P: Place>(place: &P) {
    let mut user = named("u1", "jane");
    let identity = vestibule::user::SsoIdentity { issuer: "i".into(), user_id: "7".into(), details: None };
    user.sso_identities = vec![identity.clone(), identity];
    place.block_on(async {
        let store = place.open(&StoreOptions::default());
        let created = UserChange::create(user, CASE);
        UserStore::commit(&store, &created).await.unwrap();
        let updated = UserChange::update(User::clone(created.user().unwrap()), CASE);
        UserStore::commit(&store, &updated).await.unwrap();
        assert_eq!(store.find(updated.keys()).await.unwrap().len(), 1);
    });
}
