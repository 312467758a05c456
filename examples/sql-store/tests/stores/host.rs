//! Sessions, settings, and whose interactions are open.

use chrono::{DateTime, TimeDelta, Utc};
use vestibule::engine::Engine;
use vestibule::experience::{Experience, InteractionEvent};
use vestibule::flow::{Identify, NewPasswordIdentity, Start, SwitchEvent};
use vestibule::identifier::UserId;
use vestibule::operation::Context;
use vestibule::password::Argon2id;
use vestibule::store::aio::UserStore;
use vestibule::store::{EntryKey, UserChange};
use vestibule::user::User;
use vestibule_sql_store::{Blocking, HostStore as _, Session, Settings, StoreOptions};

use crate::place::{CASE, Place, named};

crate::on_each_database!(
    sessions_are_kept_until_they_end,
    sessions_are_purged_when_they_have_ended,
    settings_are_written_by_one,
    accounts_are_told_that_are_due_for_deletion,
    interactions_are_told_by_whom_they_identified,
);

fn at(second: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
}

fn session(number: u8, user: &str, from: i64, until: i64) -> Session {
    Session {
        digest: [number; 32],
        user_id: UserId::parse(user).unwrap(),
        shown_as: format!("shown {number}"),
        created_at: at(from),
        expires_at: at(until),
    }
}

fn sessions_are_kept_until_they_end<P: Place>(place: &P) {
    place.block_on(async {
        let store = place.fresh();
        let (old, new, others) =
            (session(1, "jane", 1, 9), session(2, "jane", 2, 7), session(3, "joe", 3, 9));
        for own in [&new, &old, &others] {
            store.open_session(own, None).await.unwrap();
        }
        let beside = async |number: u8, now| store.sessions_beside(&[number; 32], at(now)).await.unwrap();
        assert_eq!(beside(2, 6).await, [old.clone(), new.clone()]);
        assert_eq!(beside(1, 7).await, std::slice::from_ref(&old), "the other is over");
        assert_eq!(beside(2, 7).await, []);
        assert_eq!(beside(3, 6).await, std::slice::from_ref(&others));
        assert_eq!(beside(4, 6).await, []);

        let again = session(4, "jane", 5, 9);
        store.open_session(&again, Some(&old.digest)).await.unwrap();
        assert_eq!(beside(1, 6).await, [], "it was replaced");
        assert_eq!(beside(4, 6).await, [new, again.clone()]);
        store.close_session(&[2; 32]).await.unwrap();
        store.close_session(&[2; 32]).await.unwrap();
        assert_eq!(beside(4, 6).await, [again]);
        assert_eq!(beside(3, 6).await, [others]);
    });
}

fn sessions_are_purged_when_they_have_ended<P: Place>(place: &P) {
    place.block_on(async {
        let store = place.fresh();
        for number in 0..5 {
            store.open_session(&session(number, "jane", 0, 2 + i64::from(number)), None).await.unwrap();
        }
        assert_eq!(store.purge_sessions(at(2), 10).await.unwrap(), 0, "not what ends now");
        assert_eq!(store.purge_sessions(at(2) + TimeDelta::microseconds(1), 10).await.unwrap(), 1);
        assert_eq!(store.purge_sessions(at(6), 0).await.unwrap(), 0);
        assert_eq!(store.purge_sessions(at(6), 2).await.unwrap(), 2);
        assert_eq!(store.purge_sessions(at(6), 2).await.unwrap(), 1);
        assert_eq!(store.sessions_beside(&[4; 32], at(5)).await.unwrap().len(), 1);
    });
}

fn settings_are_written_by_one<P: Place>(place: &P) {
    place.block_on(async {
        let store = place.fresh();
        let settings = |revision, text: &str| Settings { revision, document: text.into() };
        assert_eq!(store.settings().await.unwrap(), None);
        assert!(!store.put_settings(&settings(2, "early")).await.unwrap());
        assert!(store.put_settings(&settings(1, "first")).await.unwrap());
        assert!(!store.put_settings(&settings(1, "late")).await.unwrap());
        for wrong in [1, 3] {
            assert!(!store.put_settings(&settings(wrong, "wrong")).await.unwrap());
        }
        assert_eq!(store.settings().await.unwrap(), Some(settings(1, "first")));
        let (one, two) = (settings(2, "one"), settings(2, "two"));
        let (first, second) = tokio::join!(store.put_settings(&one), store.put_settings(&two));
        assert_ne!(first.unwrap(), second.unwrap(), "one of two");
        assert_eq!(store.settings().await.unwrap().unwrap().revision, 2);
    });
}

fn accounts_are_told_that_are_due_for_deletion<P: Place>(place: &P) {
    place.block_on(async {
        let store = place.fresh();
        let mut users = Vec::new();
        for (id, due) in [("u1", Some(5)), ("u2", None), ("u3", Some(3))] {
            let mut user = named(id, id);
            user.deletion_due_at = due.map(at);
            let change = UserChange::create(user, CASE);
            UserStore::commit(&store, &change).await.unwrap();
            users.push(User::clone(change.user().unwrap()));
        }
        let due = async |now, limit| {
            let ids = store.due_for_deletion(now, limit).await.unwrap();
            ids.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(due(at(3) - TimeDelta::microseconds(1), 9).await.is_empty());
        assert_eq!(due(at(3), 9).await, ["u3"]);
        assert_eq!(due(at(9), 9).await, ["u3", "u1"]);
        assert_eq!(due(at(9), 1).await, ["u3"]);
        // Its owner came back.
        users[2].deletion_due_at = None;
        UserStore::commit(&store, &UserChange::update(users[2].clone(), CASE)).await.unwrap();
        assert_eq!(due(at(9), 9).await, ["u1"]);
    });
}

/// Through the engine that blocks: the bridge to it is tested by the way.
fn interactions_are_told_by_whom_they_identified<P: Place>(place: &P) {
    let store = place.open(&StoreOptions::default());
    let blocking = Blocking::new(store.clone(), place.runtime().0.handle().clone());
    let (experience, passwords) = (Experience::default(), Argon2id::default());
    let entropy = |bytes: &mut [u8]| -> Result<(), _> {
        getrandom::fill(bytes).map_err(|_| vestibule::operation::EntropyFailed)
    };
    let engine = Engine::new(&blocking, &blocking, &passwords, Context::new(&experience, at(0), &entropy));
    let id = engine.start(&Start::new(InteractionEvent::Register)).unwrap();
    let answer = engine.run(&id, &NewPasswordIdentity::new("jane", "Zk7vQw9pLm")).unwrap();
    let (proof, id) = (answer.output, answer.new_id.unwrap());
    let answer = engine.run(&id, &Identify::by(proof)).unwrap();
    let id = answer.new_id.unwrap();
    let strangers = engine.start(&Start::new(InteractionEvent::SignIn)).unwrap();
    let user_id = {
        let found = place.block_on(store.user_ids()).unwrap();
        assert_eq!(found.len(), 1);
        found[0].clone()
    };
    let told = |user: &UserId, own: Option<EntryKey>| {
        let mut keys: Vec<_> =
            place.block_on(store.interactions(user, own)).unwrap().iter().map(|entry| entry.key).collect();
        keys.sort();
        keys
    };
    let (own, other) = (EntryKey::interaction(&id), EntryKey::interaction(&strangers));
    let mut both = [own, other];
    both.sort();
    assert_eq!(told(&user_id, None), [own]);
    assert_eq!(told(&user_id, Some(other)), both);
    assert_eq!(told(&user_id, Some(own)), [own]);
    let nobody = UserId::parse("nobody").unwrap();
    assert_eq!(told(&nobody, None), []);
    assert_eq!(told(&nobody, Some(other)), [other]);
    let _ = engine.run(&id, &SwitchEvent::to(InteractionEvent::SignIn)).unwrap();
    assert_eq!(told(&user_id, None), [own], "a step leaves it what it was");
}
