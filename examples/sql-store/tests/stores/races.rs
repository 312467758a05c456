//! Two servers on one database.

use vestibule::identifier::Username;
use vestibule::store::aio::UserStore;
use vestibule::store::{CommitError, UserChange};
use vestibule::user::{SsoIdentity, User};
use vestibule_sql_store::StoreOptions;

use crate::place::{CASE, Place, named, renamed};

const ROUNDS: usize = 50;

crate::on_each_database!(
    one_of_two_gets_a_name,
    names_are_swapped_without_a_deadlock,
    keys_are_claimed_in_crossing_order_without_a_deadlock,
    one_of_two_updates,
);

fn options() -> StoreOptions {
    StoreOptions::default().with_max_connections(2)
}

fn one_of_two_gets_a_name<P: Place>(place: &P) {
    let (first, second) = (place.open(&options()), place.open(&options()));
    place.block_on(async {
        for round in 0..ROUNDS {
            let name = format!("name_{round}");
            let change = |who| UserChange::create(named(&format!("u{round}_{who}"), &name), CASE);
            let (one, two) = (change(1), change(2));
            let answers = tokio::join!(UserStore::commit(&first, &one), UserStore::commit(&second, &two));
            let key = Username::parse(&name).unwrap().key(CASE);
            let (winner, loser) = match answers {
                (Ok(()), Err(error)) => (&one, error),
                (Err(error), Ok(())) => (&two, error),
                other => panic!("round {round}: {other:?}"),
            };
            assert!(matches!(&loser, CommitError::Taken(taken) if *taken == key), "{loser:?}");
            for store in [&first, &second] {
                let holders = store.find(std::slice::from_ref(&key)).await.unwrap();
                assert_eq!(holders.iter().map(|user| &user.id).collect::<Vec<_>>(), [winner.id()]);
            }
        }
    });
}

/// Each of two people wants the other's name, at once and again and again. A deadlock would take a second to be seen, or would
/// be an error.
fn names_are_swapped_without_a_deadlock<P: Place>(place: &P) {
    let (first, second) = (place.open(&options()), place.open(&options()));
    place.block_on(async {
        for (id, name) in [("u1", "jane"), ("u2", "joe")] {
            let change = UserChange::create(named(id, name), CASE);
            UserStore::commit(&first, &change).await.unwrap();
        }
        let begun = std::time::Instant::now();
        for _ in 0..ROUNDS {
            let ids = [named("u1", "x").id.key(), named("u2", "x").id.key()];
            let mut users = first.find(&ids).await.unwrap();
            users.sort_by(|a, b| a.id.cmp(&b.id));
            let (one, two) = (renamed(&users[0], "joe"), renamed(&users[1], "jane"));
            let (one, two) = tokio::join!(UserStore::commit(&first, &one), UserStore::commit(&second, &two));
            for answer in [one, two] {
                assert!(matches!(answer, Err(CommitError::Taken(_)) | Ok(())), "{answer:?}");
            }
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(ROUNDS as u64 / 2), "{:?}", begun.elapsed());
    });
}

/// Two people want the same keys, each in the other's order. Whoever is later is told so: a deadlock would be `Stale`.
fn keys_are_claimed_in_crossing_order_without_a_deadlock<P: Place>(place: &P) {
    let (first, second) = (place.open(&options()), place.open(&options()));
    place.block_on(async {
        let mut users = [named("u1", "jane"), named("u2", "joe")];
        for round in 0..ROUNDS {
            let identity = |number| SsoIdentity {
                issuer: "https://idp.example.com".into(),
                user_id: format!("{round}_{number}"),
                details: None,
            };
            users[0].sso_identities = (0..200).map(identity).collect();
            users[1].sso_identities = (0..200).rev().map(identity).collect();
            let change = |user: &User| {
                if round == 0 {
                    UserChange::create(user.clone(), CASE)
                } else {
                    UserChange::update(user.clone(), CASE)
                }
            };
            let changes = users.each_ref().map(change);
            let (one, two) = tokio::join!(
                UserStore::commit(&first, &changes[0]),
                UserStore::commit(&second, &changes[1]),
            );
            let (winner, loser, refusal) = match (one, two) {
                (Ok(()), Err(error)) => (0, 1, error),
                (Err(error), Ok(())) => (1, 0, error),
                other => panic!("round {round}: {other:?}"),
            };
            let wanted = users[loser].sso_identities[0].key();
            assert!(matches!(&refusal, CommitError::Taken(key) if *key == wanted), "{refusal:?}");
            users[winner] = User::clone(changes[winner].user().unwrap());
            if round == 0 {
                users[loser].sso_identities.clear();
                let created = change(&users[loser]);
                UserStore::commit(&first, &created).await.unwrap();
                users[loser] = User::clone(created.user().unwrap());
            }
        }
    });
}

fn one_of_two_updates<P: Place>(place: &P) {
    let (first, second) = (place.open(&options()), place.open(&options()));
    place.block_on(async {
        let created = UserChange::create(named("u1", "jane"), CASE);
        UserStore::commit(&first, &created).await.unwrap();
        let mut current = User::clone(created.user().unwrap());
        for round in 0..ROUNDS {
            let change = |by: &str| renamed(&current, &format!("by_{by}_{round}"));
            let (one, two) = (change("one"), change("two"));
            let answers = tokio::join!(UserStore::commit(&first, &one), UserStore::commit(&second, &two));
            let (winner, loser) = match answers {
                (Ok(()), Err(CommitError::Stale)) => (one, two),
                (Err(CommitError::Stale), Ok(())) => (two, one),
                other => panic!("round {round}: {other:?}"),
            };
            assert!(first.find(&loser.keys()[1..]).await.unwrap().is_empty());
            current = User::clone(&second.find(&winner.keys()[1..]).await.unwrap()[0]);
            assert_eq!(Some(&current), winner.user().map(|user| &**user));
        }
    });
}
