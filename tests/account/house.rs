//! Whom the tests are about.

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use vestibule::audit::AuditEvent;
use vestibule::engine::{Engine, Error};
use vestibule::experience::{Experience, SignInExperience};
use vestibule::identifier::{Email, Phone, UserId, Username};
use vestibule::me::{Envelope, MePatch, SessionEntry, SignedIn, UpdateMe};
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::operator::{PatchProfile, ProfilePatch};
use vestibule::password::{HashingFailed, ImportedDigest, PasswordHasher, PasswordMatch};
use vestibule::rejection::Rejection;
use vestibule::secret::PasswordDigest;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{UserChange, UserStore};
use vestibule::user::{Claims, User};

pub(crate) const JANE: &str = "user_456789123";

/// What an operation comes to.
pub(crate) type Outcome<T> = Result<T, Error<Infallible, Infallible>>;

/// No account operation hashes.
pub(crate) struct NoPasswords;

impl PasswordHasher for NoPasswords {
    fn hash(&self, _: &str, _: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        panic!("an account operation hashed")
    }

    fn verify(&self, _: &str, _: &PasswordDigest) -> PasswordMatch {
        panic!("an account operation verified a password")
    }

    fn import(&self, _: &ImportedDigest) -> Option<PasswordDigest> {
        None
    }
}

/// Nor does any need randomness.
pub(crate) fn no_entropy(_: &mut [u8]) -> Result<(), EntropyFailed> {
    Err(EntropyFailed)
}

pub(crate) fn at(time: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(time).unwrap().to_utc()
}

pub(crate) fn jane() -> User {
    let mut jane = User::new(UserId::parse(JANE).unwrap(), at("2024-01-01T00:00:00Z"));
    jane.username = Some(Username::parse("janesmith2024").unwrap());
    jane.primary_email = Some(Email::parse("jane.smith@example.com").unwrap());
    jane.primary_phone = Some(Phone::parse("+1234567890").unwrap());
    jane.avatar = Some("https://cdn.example.com/avatars/janesmith.jpg".into());
    jane.mfa.enabled = Some(true);
    (jane.email_verified_at, jane.phone_verified_at) = (Some(jane.created_at), Some(jane.created_at));
    jane
}

pub(crate) fn signed_in() -> SignedIn {
    let jane = UserId::parse(JANE).unwrap();
    let sign_in = SessionEntry::new("signin_987654321", jane.clone(), at("2024-01-01T12:00:00Z"));
    SignedIn::new(jane, sign_in.created_at).with_sign_ins(vec![sign_in.clone()]).with_active(sign_in)
}

/// A house with Jane in it, and somebody called `taken`.
pub(crate) struct House {
    pub(crate) experience: Experience,
    pub(crate) users: MemoryUserStore,
    pub(crate) events: RefCell<Vec<AuditEvent>>,
}

impl House {
    pub(crate) fn new(settings: Value) -> Self {
        let settings: SignInExperience = serde_json::from_value(settings).unwrap();
        let house = Self {
            experience: Experience::new(settings).unwrap(),
            users: MemoryUserStore::new(),
            events: RefCell::default(),
        };
        house.add(jane());
        let mut other = User::new(UserId::parse("user_2").unwrap(), DateTime::UNIX_EPOCH);
        other.username = Some(Username::parse("taken").unwrap());
        house.add(other);
        house
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context::new(&self.experience, at("2024-01-15T15:45:00Z"), &no_entropy)
    }

    pub(crate) fn add(&self, user: User) {
        self.users.commit(&UserChange::create(user, self.experience.username_case())).unwrap();
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut User)) {
        let mut user = self.jane();
        change(&mut user);
        self.users.commit(&UserChange::update(user, self.experience.username_case())).unwrap();
    }

    pub(crate) fn jane(&self) -> User {
        Arc::unwrap_or_clone(self.users.find(&[UserId::parse(JANE).unwrap().key()]).unwrap().pop().unwrap())
    }

    pub(crate) fn run<O: Operation<Subject = ()>>(&self, operation: &O) -> Outcome<O::Output> {
        let verifications = MemoryVerificationStore::new();
        let listener = |event: &AuditEvent| self.events.borrow_mut().push(event.clone());
        Engine::new(&self.users, &verifications, &NoPasswords, self.context())
            .with_listener(&listener)
            .act(operation)
    }

    pub(crate) fn update(&self, body: &Value) -> Envelope {
        self.run(&UpdateMe::new(signed_in(), MePatch::from_json(body))).unwrap()
    }

    pub(crate) fn patch(&self, profile: &Value) -> Result<Claims, Rejection> {
        let patch = ProfilePatch::from_json(&json!({"profile": profile}));
        self.run(&PatchProfile::new(JANE, patch)).map_err(|error| error.rejection().unwrap().clone())
    }
}

pub(crate) fn codes(envelope: &Envelope) -> Vec<&'static str> {
    envelope.errors.iter().map(|error| error.code.as_str()).collect()
}
