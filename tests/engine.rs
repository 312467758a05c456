//! The engine and stores that are slow, wrong or broken: bounded retry, the store's own verdict, host mistakes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::cell::Cell;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use vestibule::engine::{Dialogue, Engine, Error, MAX_TRIES, Next};
use vestibule::experience::Experience;
use vestibule::flow::{Identify, NewPasswordIdentity, Start, SwitchEvent, VerifyPassword, ViewInteraction};
use vestibule::identifier::{ClaimedIdentifier, IdentifierType, UserId, UserKey, Username, UsernameCase};
use vestibule::interaction::{InteractionEvent, InteractionId};
use vestibule::operation::{Context, EntropyFailed, Facts, HostError, Progress, decide};
use vestibule::password::{Argon2id, HashingFailed, ImportedDigest, PasswordHasher, PasswordMatch};
use vestibule::rejection::Rejection;
use vestibule::secret::PasswordDigest;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{CommitError, Entry, EntryChange, EntryKey, UserChange, UserStore, VerificationStore};
use vestibule::user::User;

/// What a broken store does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Broken {
    /// Somebody is always faster.
    AlwaysStale,
    /// It finds nobody, but says that somebody holds the name.
    TakenByNobody,
    /// It says that somebody holds what nobody claims.
    TakenUnasked,
    /// It answers with somebody else.
    FindsAStranger,
    /// It is down.
    Down,
}

struct BrokenUsers {
    how: Broken,
    commits: Cell<usize>,
}

fn username_key() -> UserKey {
    Username::parse("jane").unwrap().key(UsernameCase::Sensitive)
}

impl UserStore for BrokenUsers {
    type Error = &'static str;

    fn find(&self, _: &[UserKey]) -> Result<Vec<Arc<User>>, Self::Error> {
        match self.how {
            Broken::Down => Err("down"),
            Broken::FindsAStranger => {
                Ok(vec![User::new(UserId::parse("stranger").unwrap(), DateTime::UNIX_EPOCH).into()])
            }
            Broken::AlwaysStale | Broken::TakenByNobody | Broken::TakenUnasked => Ok(Vec::new()),
        }
    }

    fn commit(&self, _: &UserChange) -> Result<(), CommitError<Self::Error>> {
        self.commits.set(self.commits.get() + 1);
        Err(match self.how {
            Broken::TakenByNobody => CommitError::Taken(username_key()),
            Broken::TakenUnasked => CommitError::Taken(UserKey::social_identity("github", "42")),
            _ => CommitError::Stale,
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is a host")]
fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    getrandom::fill(bytes).map_err(|_| EntropyFailed)
}

fn hasher() -> Argon2id {
    Argon2id::new(8, 1, 1).unwrap()
}

/// What comes of registering over a broken store, and how often it was asked to write.
fn register_over(how: Broken) -> (Error<&'static str, std::convert::Infallible>, usize) {
    let (experience, hasher) = (Experience::default(), hasher());
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &entropy);
    let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
    let broken = BrokenUsers { how, commits: Cell::default() };
    let sound = Engine::new(&users, &verifications, &hasher, context);
    let id = sound.start(&Start::new(InteractionEvent::Register)).unwrap();
    let proposed = sound.run(&id, &NewPasswordIdentity::new("jane", "Zk7vQw9pLm")).unwrap();
    let id = proposed.new_id.unwrap();
    let before = sound.run(&id, &ViewInteraction).unwrap();
    let error = Engine::new(&broken, &verifications, &hasher, context)
        .run(&id, &Identify::by(proposed.output))
        .unwrap_err();
    let after = sound.run(&id, &ViewInteraction).unwrap();
    assert_eq!(after, before, "an interaction is unchanged by a step that did not happen");
    (error, broken.commits.get())
}

#[test]
fn retry_on_stale_is_bounded() {
    assert_eq!(register_over(Broken::AlwaysStale), (Error::Contention, MAX_TRIES));
}

#[test]
fn n13_a_key_that_only_the_store_knows_taken_is_the_documented_422() {
    let (error, commits) = register_over(Broken::TakenByNobody);
    assert_eq!((error, commits), (Error::Rejected(Rejection::UsernameAlreadyInUse), 1));
}

#[test]
fn a_store_that_fails_or_errs_is_no_rejection() {
    assert_eq!(register_over(Broken::Down), (Error::Users("down"), 0));
    let (error, commits) = register_over(Broken::FindsAStranger);
    assert_eq!((&error, commits), (&Error::Host(HostError::UnaskedUser), 0));
    assert!(error.to_string().contains("check the store's `find`"), "{error}");
    let (error, _) = register_over(Broken::TakenUnasked);
    assert!(matches!(error, Error::Host(HostError::AmbiguousKey(_))), "{error}");
}

/// A store of verifications that does one thing wrong.
struct Wrong<'a> {
    store: &'a MemoryVerificationStore,
    how: WrongHow,
}

#[derive(Clone, Copy, PartialEq)]
enum WrongHow {
    Down,
    AnswersUnasked,
}

impl VerificationStore for Wrong<'_> {
    type Error = &'static str;

    fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, Self::Error> {
        if self.how == WrongHow::Down {
            return Err("down");
        }
        let Ok(mut loaded) = self.store.load(keys);
        loaded.extend(loaded.first().cloned());
        Ok(loaded)
    }

    fn commit(&self, _: &[EntryChange]) -> Result<(), CommitError<Self::Error>> {
        Err(CommitError::Store("down"))
    }

    fn purge_expired(&self, _: DateTime<Utc>, _: usize) -> Result<usize, Self::Error> {
        Err("down")
    }
}

#[test]
fn a_verification_store_that_fails_or_errs_is_no_rejection() {
    let (experience, hasher) = (Experience::default(), hasher());
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &entropy);
    let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
    let start = Start::new(InteractionEvent::SignIn);
    let id = Engine::new(&users, &verifications, &hasher, context).start(&start).unwrap();
    let verify = VerifyPassword::new(ClaimedIdentifier::new(IdentifierType::Username, "jane"), "x");
    let over = |how| {
        let wrong = Wrong { store: &verifications, how };
        let engine = Engine::new(&users, &wrong, &hasher, context);
        (engine.start(&start).unwrap_err(), engine.run(&id, &verify).unwrap_err())
    };
    assert_eq!(over(WrongHow::Down), (Error::Verifications("down"), Error::Verifications("down")));
    assert_eq!(over(WrongHow::AnswersUnasked).1, Error::Host(HostError::UnaskedEntry));
}

/// A hasher that has no memory left.
struct NoMemory;

impl PasswordHasher for NoMemory {
    fn hash(&self, _: &str, _: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        Err(HashingFailed)
    }

    fn verify(&self, _: &str, _: &PasswordDigest) -> PasswordMatch {
        PasswordMatch::No
    }

    fn import(&self, _: &ImportedDigest) -> Option<PasswordDigest> {
        None
    }
}

#[test]
fn a_hash_that_fails_voids_the_step() {
    let experience = Experience::default();
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &entropy);
    let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
    let engine = Engine::new(&users, &verifications, &NoMemory, context);
    let id = engine.start(&Start::new(InteractionEvent::SignIn)).unwrap();
    let verify = VerifyPassword::new(ClaimedIdentifier::new(IdentifierType::Username, "jane"), "x");
    assert_eq!(engine.run(&id, &verify).unwrap_err(), Error::Host(HostError::Hashing(HashingFailed)));
    assert_eq!(verifications.len(), 1, "nothing is counted that was not looked at");
}

#[test]
fn a_host_that_answers_nothing_is_told_so() {
    let experience = Experience::default();
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &entropy);
    let id = InteractionId::from_client("no cookie of ours");
    let switch = SwitchEvent::to(InteractionEvent::Register);
    let mut dialogue = Dialogue::new(&switch, &id, context);
    let finished = loop {
        match dialogue.next() {
            Ok(Next::Load(_)) => dialogue.loaded(Vec::new()).unwrap(),
            Ok(Next::Finish) => break dialogue.finish::<(), ()>(|_| ()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(finished.unwrap_err(), Error::Rejected(Rejection::InteractionNotFound), "I-2");
    // What is asked is asked until it is answered.
    let (facts, asked) = (Facts::new(&experience), [EntryKey::interaction(&id)]);
    for _ in 0..2 {
        match decide(&switch, &id, &facts, &context).unwrap() {
            Progress::Ask(questions) => assert_eq!(questions.entries, asked),
            Progress::Decided(decision) => panic!("{decision:?}"),
        }
    }
    let unfinished = Dialogue::new(&switch, &id, context).finish::<(), ()>(|_| ());
    assert_eq!(unfinished.unwrap_err(), Error::Host(HostError::Unanswered));
}

#[test]
fn the_same_step_gives_the_same_answer() {
    let experience = Experience::default();
    let still = |bytes: &mut [u8]| {
        bytes.fill(7);
        Ok::<(), EntropyFailed>(())
    };
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &still);
    let start = Start::new(InteractionEvent::Register);
    let decided = || match decide(&start, &(), &Facts::new(&experience), &context).unwrap() {
        Progress::Decided(decision) => decision,
        Progress::Ask(questions) => panic!("{questions:?}"),
    };
    let (once, twice) = (decided(), decided());
    assert_eq!((once.outcome, once.entries), (twice.outcome, twice.entries));
}
