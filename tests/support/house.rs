//! A small world for the tests: stores, settings, a clock that stands still, and people in interactions.
//!
//! Every step that a test runs is held to two promises at once: each store is read and written at most once, and
//! the answer is one that the catalogue gives the operation.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "test support"
)]
#![allow(missing_docs, unreachable_pub, reason = "test support")]

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use vestibule::engine::{Engine, Error};
use vestibule::event::Event;
use vestibule::experience::{Experience, SignInExperience};
use vestibule::flow::{
    CaptchaVerdict, Identify, Message, SendCode, Start, StartSocial, VerifyCode, VerifyPassword, VerifySocial,
};
use vestibule::identifier::{
    ClaimedIdentifier, Contact, Email, Identifier, IdentifierType, Phone, UserId, UserKey, Username,
    VerificationId,
};
use vestibule::interaction::{Interaction, InteractionEvent};
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::password::{Argon2id, PasswordHasher};
use vestibule::rejection::Rejection;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{CommitError, Loaded, RecordChanges, UserChange, UserStore, VerificationStore};
use vestibule::user::{SocialIdentity, SocialUserInfo, User};
use vestibule::verification::AttemptKey;

pub const PASSWORD: &str = "Zk7vQw9pLm";
pub const OTHER_PASSWORD: &str = "Fr3shPassw_x";

/// A store that counts how often it is used.
#[derive(Debug, Default)]
pub struct Counting<S> {
    pub store: S,
    pub reads: AtomicU64,
    pub writes: AtomicU64,
}

impl<S> Counting<S> {
    fn reset(&self) {
        self.reads.store(0, Ordering::SeqCst);
        self.writes.store(0, Ordering::SeqCst);
    }

    pub fn used(&self) -> (u64, u64) {
        (self.reads.load(Ordering::SeqCst), self.writes.load(Ordering::SeqCst))
    }
}

impl UserStore for Counting<MemoryUserStore> {
    type Error = Infallible;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<User>, Infallible> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.store.find(keys)
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<Infallible>> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.store.commit(change)
    }
}

impl VerificationStore for Counting<MemoryVerificationStore> {
    type Error = Infallible;

    fn load(&self, records: &[VerificationId], attempts: &[AttemptKey]) -> Result<Loaded, Infallible> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.store.load(records, attempts)
    }

    fn commit(&self, changes: &RecordChanges) -> Result<(), CommitError<Infallible>> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.store.commit(changes)
    }

    fn purge_expired(&self, now: DateTime<Utc>) -> Result<u64, Infallible> {
        self.store.purge_expired(now)
    }
}

pub struct House {
    pub users: Counting<MemoryUserStore>,
    pub verifications: Counting<MemoryVerificationStore>,
    pub experience: Experience,
    pub now: Cell<DateTime<Utc>>,
    pub events: RefCell<Vec<Event>>,
    pub hasher: Argon2id,
    drawn: AtomicU64,
}

impl House {
    /// A house under settings given as JSON.
    pub fn new(settings: Value) -> Self {
        Self {
            users: Counting::default(),
            verifications: Counting::default(),
            experience: experience(settings),
            now: Cell::new(DateTime::UNIX_EPOCH + TimeDelta::days(20_000)),
            events: RefCell::default(),
            hasher: Argon2id::new(8, 1, 1).unwrap(),
            drawn: AtomicU64::new(1),
        }
    }

    /// Sign-in by every identifier, and username and password to register.
    pub fn open() -> Self {
        Self::new(json!({ "signIn": { "methods": all_methods() } }))
    }

    /// As [`open`](Self::open), with more settings.
    pub fn with(settings: Value) -> Self {
        let mut all = json!({
            "signIn": { "methods": all_methods() },
            "socialConnectors": [
                {"id": "github-connector", "target": "github"},
                {"id": "google-connector", "target": "google", "syncProfile": true},
            ],
        });
        all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        Self::new(all)
    }

    pub fn set(&mut self, settings: Value) {
        self.experience = experience(settings);
    }

    pub fn wait(&self, time: TimeDelta) {
        self.now.set(self.now.get() + time);
    }

    /// An account made by the operator.
    pub fn add(&self, id: &str, fill: impl FnOnce(&mut User)) -> UserId {
        let id = UserId::parse(id).unwrap();
        let mut user = User::new(id.clone(), self.now.get());
        fill(&mut user);
        self.users.store.commit(&UserChange::create(user, self.experience.username_case())).unwrap();
        id
    }

    /// Changes an account behind everybody's back.
    pub fn change(&self, id: &UserId, change: impl FnOnce(&mut User)) {
        let mut user = self.account(id);
        change(&mut user);
        self.users.store.commit(&UserChange::update(user, self.experience.username_case())).unwrap();
    }

    /// Jane has everything: username, email, phone, password, a social identity.
    pub fn add_jane(&self) -> UserId {
        self.add("jane", |user| {
            user.username = Some(Username::parse("jane").unwrap());
            user.primary_email = Some(Email::parse("jane@example.com").unwrap());
            user.primary_phone = Some(Phone::parse("61412345678").unwrap());
            user.set_password(self.hasher.hash(PASSWORD, &[1; 16]).unwrap(), self.now.get());
            user.identities.insert("github".into(), SocialIdentity::new("jane-at-github"));
        })
    }

    pub fn account(&self, id: &UserId) -> User {
        self.users.store.find(&[id.key()]).unwrap().pop().expect("the account exists")
    }

    pub fn owner(&self, key: &UserKey) -> Option<User> {
        self.users.store.find(std::slice::from_ref(key)).unwrap().pop()
    }

    pub fn with_context<T>(&self, use_context: impl FnOnce(Context<'_>) -> T) -> T {
        let drawn = &self.drawn;
        let entropy = |bytes: &mut [u8]| draw(drawn, bytes);
        use_context(Context::new(&self.experience, self.now.get(), &entropy, &self.hasher))
    }

    pub fn start(&self, event: InteractionEvent) -> Person<'_> {
        self.start_with(Start::new(event))
    }

    pub fn start_passing_captcha(&self, event: InteractionEvent) -> Person<'_> {
        self.start_with(Start::new(event).with_captcha(CaptchaVerdict::Passed))
    }

    pub fn start_with(&self, start: Start) -> Person<'_> {
        let interaction = self.with_context(|context| start.decide(&context)).unwrap();
        Person { house: self, interaction: RefCell::new(interaction) }
    }

    pub fn sign_in(&self) -> Person<'_> {
        self.start(InteractionEvent::SignIn)
    }

    pub fn register(&self) -> Person<'_> {
        self.start(InteractionEvent::Register)
    }

    pub fn recover(&self) -> Person<'_> {
        self.start(InteractionEvent::ForgotPassword)
    }

    /// What happened since the last call.
    pub fn take_events(&self) -> Vec<Event> {
        self.events.take()
    }

    pub fn run<O: Operation>(
        &self,
        interaction: &mut Interaction,
        operation: &O,
    ) -> Result<O::Output, Rejection> {
        self.users.reset();
        self.verifications.reset();
        let listener = |event: &Event| self.events.borrow_mut().push(event.clone());
        let outcome = self.with_context(|context| {
            Engine::new(&self.users, &self.verifications, context)
                .with_listener(&listener)
                .run(interaction, operation)
        });
        for used in [self.users.used(), self.verifications.used()] {
            assert!(used.0 <= 1 && used.1 <= 1, "{} read and wrote a store {used:?} times", O::NAME.as_str());
        }
        outcome.map_err(|error| match error {
            Error::Rejected(rejection) => {
                assert!(
                    O::NAME.codes().any(|code| code == rejection.entry()),
                    "{} answered {}, which the catalogue does not give it",
                    O::NAME.as_str(),
                    rejection.code()
                );
                rejection
            }
            other => panic!("{}: {other}", O::NAME.as_str()),
        })
    }
}

/// Randomness that never repeats, and is the same in every run.
#[allow(clippy::unnecessary_wraps, reason = "it stands in for a source of randomness, which may fail")]
fn draw(drawn: &AtomicU64, bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    let mut state = drawn.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for byte in bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = state.to_be_bytes()[0];
    }
    Ok(())
}

pub fn experience(settings: Value) -> Experience {
    let settings: SignInExperience = serde_json::from_value(settings).unwrap();
    Experience::new(settings).unwrap()
}

pub fn all_methods() -> Value {
    json!([
        {"identifier": "username", "password": true},
        {"identifier": "email", "password": true, "verificationCode": true},
        {"identifier": "phone", "password": true, "verificationCode": true},
    ])
}

/// Somebody in an interaction.
pub struct Person<'h> {
    pub house: &'h House,
    pub interaction: RefCell<Interaction>,
}

impl Person<'_> {
    pub fn run<O: Operation>(&self, operation: &O) -> Result<O::Output, Rejection> {
        self.house.run(&mut self.interaction.borrow_mut(), operation)
    }

    /// The code that an operation answers; panics if it succeeds.
    pub fn code<O: Operation>(&self, operation: &O) -> &'static str {
        match self.run(operation) {
            Ok(_) => panic!("{} succeeded", O::NAME.as_str()),
            Err(rejection) => rejection.code(),
        }
    }

    pub fn interaction(&self) -> Interaction {
        self.interaction.borrow().clone()
    }

    pub fn user_id(&self) -> Option<UserId> {
        self.interaction.borrow().user_id().cloned()
    }

    pub fn password(
        &self,
        identifier: ClaimedIdentifier,
        password: &str,
    ) -> Result<VerificationId, Rejection> {
        self.run(&VerifyPassword::new(identifier, password))
    }

    /// A code on its way.
    pub fn send(&self, contact: &Contact) -> (VerificationId, Option<Message>) {
        let event = self.interaction.borrow().event();
        let sent = self.run(&SendCode::new(contact.clone(), event)).unwrap();
        (sent.verification_id, sent.message)
    }

    /// A verified code.
    pub fn prove(&self, contact: &Contact) -> VerificationId {
        let (id, message) = self.send(contact);
        let code = message.expect("the code is delivered").code;
        self.run(&VerifyCode::new(contact.clone(), id, code.expose())).unwrap()
    }

    /// A verified social identity.
    pub fn social(&self, connector: &str, info: SocialUserInfo) -> VerificationId {
        let id = self.run(&StartSocial::new(connector, "state", "https://app.example/callback")).unwrap();
        self.run(&VerifySocial::new(connector, id, info)).unwrap()
    }

    pub fn identify(&self, id: VerificationId) -> Result<UserId, Rejection> {
        self.run(&Identify::by(id)).map(|identified| identified.user_id)
    }

    /// Signs in as Jane, as far as being identified.
    pub fn into_jane(self) -> Self {
        let id = self.password(username("jane"), PASSWORD).unwrap();
        self.identify(id).unwrap();
        self
    }
}

pub fn username(text: &str) -> ClaimedIdentifier {
    ClaimedIdentifier::new(IdentifierType::Username, text)
}

pub fn by_email(text: &str) -> ClaimedIdentifier {
    ClaimedIdentifier::new(IdentifierType::Email, text)
}

pub fn email(text: &str) -> Contact {
    Contact::Email(Email::parse(text).unwrap())
}

pub fn phone(text: &str) -> Contact {
    Contact::Phone(Phone::parse(text).unwrap())
}

pub fn identifier(contact: &Contact) -> Identifier {
    contact.clone().into()
}
