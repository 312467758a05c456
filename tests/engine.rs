//! The engine and stores that are slow, wrong or broken: bounded retry, the store's own verdict, host mistakes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use vestibule::engine::{Engine, Error, MAX_ROUNDS};
use vestibule::experience::Experience;
use vestibule::flow::{
    Identify, NewPasswordIdentity, ProfilePayload, Start, SwitchEvent, UpdateProfile, VerifyPassword,
};
use vestibule::identifier::{
    ClaimedIdentifier, IdentifierType, UserId, UserKey, Username, UsernameCase, VerificationId,
};
use vestibule::interaction::{Interaction, InteractionEvent};
use vestibule::operation::{Context, EntropyFailed, Facts, Misuse, Needs, Operation, decide};
use vestibule::password::Argon2id;
use vestibule::rejection::Rejection;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{CommitError, Loaded, RecordChanges, UserChange, UserStore, VerificationStore};
use vestibule::user::User;
use vestibule::verification::AttemptKey;

/// What a broken store does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Broken {
    /// Somebody is always faster.
    AlwaysStale,
    /// It finds nobody, but says that somebody holds the name.
    TakenByNobody,
    /// It answers with somebody else.
    FindsAStranger,
    /// It is down.
    Down,
}

struct BrokenUsers {
    how: Broken,
    commits: AtomicUsize,
}

fn username_key() -> UserKey {
    Username::parse("jane").unwrap().key(UsernameCase::Sensitive)
}

impl UserStore for BrokenUsers {
    type Error = &'static str;

    fn find(&self, _: &[UserKey]) -> Result<Vec<User>, Self::Error> {
        match self.how {
            Broken::Down => Err("down"),
            Broken::FindsAStranger => {
                Ok(vec![User::new(UserId::parse("stranger").unwrap(), DateTime::UNIX_EPOCH)])
            }
            Broken::AlwaysStale | Broken::TakenByNobody => Ok(Vec::new()),
        }
    }

    fn commit(&self, _: &UserChange) -> Result<(), CommitError<Self::Error>> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        Err(match self.how {
            Broken::TakenByNobody => CommitError::Taken(username_key()),
            _ => CommitError::Stale,
        })
    }
}

fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    getrandom_fill(bytes)
}

#[expect(clippy::disallowed_methods, reason = "a test is a host")]
fn getrandom_fill(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    getrandom::fill(bytes).map_err(|_| EntropyFailed)
}

fn hasher() -> Argon2id {
    Argon2id::new(8, 1, 1).unwrap()
}

fn started(event: InteractionEvent, context: &Context<'_>) -> Interaction {
    Start::new(event).decide(context).unwrap()
}

/// What comes of registering over a broken store, and how often it was asked to write.
fn register_over(how: Broken) -> (Error<&'static str, std::convert::Infallible>, usize) {
    let (experience, hasher) = (Experience::default(), hasher());
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &entropy, &hasher);
    let (sound, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
    let broken = BrokenUsers { how, commits: AtomicUsize::new(0) };
    let mut interaction = started(InteractionEvent::Register, &context);
    let proof = Engine::new(&sound, &verifications, context)
        .run(&mut interaction, &NewPasswordIdentity::new("jane", "Zk7vQw9pLm"))
        .unwrap();
    let before = interaction.clone();
    let error = Engine::new(&broken, &verifications, context)
        .run(&mut interaction, &Identify::by(proof))
        .unwrap_err();
    assert_eq!(interaction, before, "an interaction is unchanged by a step that did not happen");
    (error, broken.commits.load(Ordering::SeqCst))
}

#[test]
fn retry_on_stale_is_bounded() {
    assert_eq!(register_over(Broken::AlwaysStale), (Error::Contention, MAX_ROUNDS));
}

#[test]
fn n13_a_key_that_only_the_store_knows_taken_is_the_documented_422() {
    let (error, commits) = register_over(Broken::TakenByNobody);
    assert_eq!((error, commits), (Error::Rejected(Rejection::UsernameAlreadyInUse), 2));
}

#[test]
fn a_store_that_fails_or_errs_is_no_rejection() {
    assert_eq!(register_over(Broken::Down), (Error::Users("down"), 0));
    let (error, commits) = register_over(Broken::FindsAStranger);
    assert_eq!((&error, commits), (&Error::Misuse(Misuse::UnaskedUser), 0));
    assert!(error.to_string().contains("check the store's `find`"), "{error}");
}

struct DownVerifications;

impl VerificationStore for DownVerifications {
    type Error = &'static str;

    fn load(&self, _: &[VerificationId], _: &[AttemptKey]) -> Result<Loaded, Self::Error> {
        Err("down")
    }

    fn commit(&self, _: &RecordChanges) -> Result<(), CommitError<Self::Error>> {
        Err(CommitError::Store("down"))
    }

    fn purge_expired(&self, _: DateTime<Utc>) -> Result<u64, Self::Error> {
        Err("down")
    }
}

#[test]
fn a_verification_store_that_fails_is_no_rejection() {
    let (experience, hasher) = (Experience::default(), hasher());
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &entropy, &hasher);
    let users = MemoryUserStore::new();
    let engine = Engine::new(&users, &DownVerifications, context);
    let mut interaction = started(InteractionEvent::SignIn, &context);
    let jane = ClaimedIdentifier::new(IdentifierType::Username, "jane");
    let read = engine.run(&mut interaction, &VerifyPassword::new(jane, "x"));
    assert_eq!(read.unwrap_err(), Error::Verifications("down"));
    let write = engine.run(&mut interaction, &NewPasswordIdentity::new("jane", "Zk7vQw9pLm"));
    assert_eq!(write.unwrap_err(), Error::Verifications("down"));
    assert!(
        engine.run(&mut interaction, &SwitchEvent::to(InteractionEvent::Register)).is_ok(),
        "it needs no store"
    );
}

#[test]
fn deciding_without_the_facts_is_the_hosts_mistake() {
    let (experience, hasher) = (Experience::default(), hasher());
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &entropy, &hasher);
    let interaction = started(InteractionEvent::Register, &context);
    let update = UpdateProfile::new(ProfilePayload::username("jane"));
    let facts = Facts::new(&experience);
    let misuse = decide(&update, &interaction, &facts, &context).unwrap_err();
    assert_eq!(misuse, Misuse::MissingFacts(Needs::none().users([username_key()])));
    assert!(misuse.to_string().contains("Operation::needs"), "{misuse}");
}

#[test]
fn the_same_step_gives_the_same_answer() {
    let (experience, hasher) = (Experience::default(), hasher());
    let still = |bytes: &mut [u8]| {
        bytes.fill(7);
        Ok::<(), EntropyFailed>(())
    };
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &still, &hasher);
    let interaction = started(InteractionEvent::Register, &context);
    let identity = NewPasswordIdentity::new("jane", "Zk7vQw9pLm");
    let mut facts = Facts::new(&experience);
    let needs = identity.needs(&interaction, &facts, &experience);
    facts.add_users(&needs, Vec::new()).unwrap();
    let once = decide(&identity, &interaction, &facts, &context).unwrap();
    let twice = decide(&identity, &interaction, &facts, &context).unwrap();
    assert_eq!(
        (once.outcome, once.interaction, once.records),
        (twice.outcome, twice.interaction, twice.records)
    );
}
