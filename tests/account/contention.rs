//! Somebody else is faster.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::sync::Arc;

use chrono::DateTime;
use serde_json::json;
use vestibule::engine::{Engine, Error};
use vestibule::experience::Experience;
use vestibule::identifier::{Email, UserId, UserKey, Username};
use vestibule::me::{Envelope, MePatch, SignedIn, UpdateMe, ViewMe};
use vestibule::operation::{Context, Facts, HostError, Operation, Progress, decide};
use vestibule::operator::{PatchProfile, ProfilePatch};
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{CommitError, UserChange, UserStore};
use vestibule::user::User;

use crate::house::{House, JANE, NoPasswords, Outcome, codes, no_entropy, signed_in};

/// A store that counts, and in which somebody is faster before the first write.
struct Contested<'a> {
    users: &'a MemoryUserStore,
    first: RefCell<Option<UserChange>>,
    /// The answer to every write, if it is not the store's own.
    always: Option<UserKey>,
    reads: Cell<usize>,
    writes: Cell<usize>,
}

impl UserStore for Contested<'_> {
    type Error = Infallible;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, Infallible> {
        self.reads.set(self.reads.get() + 1);
        self.users.find(keys)
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<Infallible>> {
        self.writes.set(self.writes.get() + 1);
        if let Some(faster) = self.first.take() {
            self.users.commit(&faster).unwrap();
        }
        match &self.always {
            Some(key) => Err(CommitError::Taken(key.clone())),
            None => self.users.commit(change),
        }
    }
}

fn run_contested<O: Operation<Subject = ()>>(
    house: &House,
    first: Option<UserChange>,
    always: Option<UserKey>,
    operation: &O,
) -> (Outcome<O::Output>, (usize, usize)) {
    let users = Contested {
        users: &house.users,
        first: RefCell::new(first),
        always,
        reads: Cell::default(),
        writes: Cell::default(),
    };
    let verifications = MemoryVerificationStore::new();
    let outcome = Engine::new(&users, &verifications, &NoPasswords, house.context()).act(operation);
    (outcome, (users.reads.get(), users.writes.get()))
}

#[test]
fn an_operation_reads_once_and_writes_once() {
    let house = House::new(json!({}));
    let update = UpdateMe::new(signed_in(), MePatch::default().username("jane").first_name("Jane"));
    assert_eq!(run_contested(&house, None, None, &update).1, (1, 1));
    let patch = ProfilePatch::from_json(&json!({"profile": {"nickname": "jay"}}));
    assert_eq!(run_contested(&house, None, None, &PatchProfile::new(JANE, patch)).1, (1, 1));
    assert_eq!(run_contested(&house, None, None, &ViewMe::new(signed_in())).1, (1, 0));
    assert_eq!(run_contested(&house, None, None, &UpdateMe::new(None, MePatch::default())).1, (0, 0));
}

#[test]
fn a3_a_username_lost_in_a_race_is_taken() {
    let house = House::new(json!({}));
    let username = Username::parse("wanted").unwrap();
    let mut faster = User::new(UserId::parse("user_3").unwrap(), DateTime::UNIX_EPOCH);
    faster.username = Some(username.clone());
    let case = house.experience.username_case();
    let update = UpdateMe::new(signed_in(), MePatch::default().username("wanted").first_name("Jane"));
    let (outcome, counts) = run_contested(&house, Some(UserChange::create(faster, case)), None, &update);
    assert_eq!((codes(&outcome.unwrap()), counts), (vec!["USERNAME_TAKEN"], (2, 1)));
    assert_eq!(house.jane().profile.given_name, None);
    // Where the store says so of a key that nobody seems to hold, the store knows better.
    let update = UpdateMe::new(signed_in(), MePatch::default().username("nobodys"));
    let key = Username::parse("nobodys").unwrap().key(case);
    let (outcome, _) = run_contested(&house, None, Some(key), &update);
    let answer = outcome.unwrap();
    assert_eq!((answer.message.as_str(), codes(&answer)), ("Username not available", vec!["USERNAME_TAKEN"]));
}

#[test]
fn a_key_that_an_operation_does_not_claim_cannot_be_taken() {
    let house = House::new(json!({}));
    let key = Email::parse("jane.smith@example.com").unwrap().key();
    let misuse = Error::Host(HostError::AmbiguousKey(key.clone()));
    let patch = ProfilePatch::from_json(&json!({"profile": {"nickname": "jay"}}));
    let (outcome, _) = run_contested(&house, None, Some(key.clone()), &PatchProfile::new(JANE, patch));
    assert_eq!(outcome, Err(misuse.clone()));
    let update = UpdateMe::new(signed_in(), MePatch::default().first_name("Jane"));
    assert_eq!(run_contested(&house, None, Some(key), &update).0, Err(misuse));
}

#[test]
fn a6_a_change_made_in_between_is_kept() {
    let house = House::new(json!({}));
    let mut faster = house.jane();
    faster.profile.gender = Some("f".into());
    let faster = UserChange::update(faster, house.experience.username_case());
    let patch = ProfilePatch::from_json(&json!({"profile": {"nickname": "jay"}}));
    let (outcome, counts) = run_contested(&house, Some(faster), None, &PatchProfile::new(JANE, patch));
    assert_eq!(serde_json::to_value(outcome.unwrap()).unwrap(), json!({"nickname": "jay", "gender": "f"}));
    assert_eq!(counts, (2, 2));
}

#[test]
fn a3_of_many_who_want_one_username_one_gets_it() {
    let experience = Experience::default();
    let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
    let ids: Vec<UserId> = (0..16).map(|n| UserId::parse(&format!("user_{n}")).unwrap()).collect();
    for id in &ids {
        let user = User::new(id.clone(), DateTime::UNIX_EPOCH);
        users.commit(&UserChange::create(user, experience.username_case())).unwrap();
    }
    let answers: Vec<Envelope> = std::thread::scope(|scope| {
        let threads: Vec<_> = ids
            .iter()
            .map(|id| {
                let (users, verifications, experience) = (&users, &verifications, &experience);
                scope.spawn(move || {
                    let context = Context::new(experience, DateTime::UNIX_EPOCH, &no_entropy);
                    let update = UpdateMe::new(
                        SignedIn::new(id.clone(), DateTime::UNIX_EPOCH),
                        MePatch::default().username("jane"),
                    );
                    Engine::new(users, verifications, &NoPasswords, context).act(&update).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|answer| answer.is_success()).count(), 1);
    assert!(answers.iter().all(|answer| answer.is_success() || codes(answer) == ["USERNAME_TAKEN"]));
}

#[test]
fn a_host_can_do_its_own_io() {
    let house = House::new(json!({}));
    let context = house.context();
    let update = UpdateMe::new(signed_in(), MePatch::default().username("jane"));
    let mut facts = Facts::new(&house.experience);
    let Progress::Ask(questions) = decide(&update, &(), &facts, &context).unwrap() else { panic!() };
    facts.add_users(&questions, &house.users.find(&questions.users).unwrap()).unwrap();
    let Progress::Decided(decision) = decide(&update, &(), &facts, &context).unwrap() else { panic!() };
    assert_eq!(decision.outcome.unwrap().status, 200);
    house.users.commit(&decision.user.unwrap()).unwrap();
    assert_eq!(house.jane().username.unwrap().as_str(), "jane");
}
