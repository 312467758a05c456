//! A small world for the tests: stores, settings, a clock that stands still, and people in interactions.
//!
//! Every step that a test runs is held to two promises at once: it takes three rounds at most, in each of which a store is
//! read once at most, and one write of each store; and the answer is one that the catalogue gives the operation.
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
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use vestibule::audit::{AuditAction, AuditEvent};
use vestibule::engine::{Answer, Engine, Error};
use vestibule::experience::{Experience, SignInExperience};
use vestibule::flow::{
    CaptchaVerdict, Identify, Message, SendCode, Start, StartSocial, VerifyCode, VerifyPassword, VerifySocial,
};
use vestibule::identifier::{
    ClaimedIdentifier, Contact, Email, Identifier, IdentifierType, Phone, UserId, UserKey, Username,
    VerificationId,
};
use vestibule::interaction::{Interaction, InteractionEvent, InteractionId, StagedMfa, StagedProfile};
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::password::{Argon2id, PasswordHasher};
use vestibule::rejection::Rejection;
use vestibule::secret::PasswordDigest;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{
    CommitError, Entry, EntryChange, EntryContent, EntryKey, Stored, UserChange, UserStore, VerificationStore,
};
use vestibule::user::{SocialIdentity, SocialUserInfo, User};

pub const PASSWORD: &str = "Zk7vQw9pLm";
pub const OTHER_PASSWORD: &str = "Fr3shPassw_x";

/// The most rounds that an operation needs.
const MAX_ROUNDS: u64 = 3;

/// A store that counts how often it is used, and fails when it is told to.
#[derive(Debug, Default)]
pub struct Counting<S> {
    pub store: S,
    pub reads: AtomicU64,
    pub writes: AtomicU64,
    pub is_down: AtomicBool,
}

/// A store that was told to fail did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Down;

/// A store in memory never fails by itself.
fn sound<T>(result: Result<T, CommitError<Infallible>>) -> Result<T, CommitError<Down>> {
    result.map_err(|error| match error {
        CommitError::Stale => CommitError::Stale,
        CommitError::Taken(key) => CommitError::Taken(key),
        CommitError::Store(never) => match never {},
    })
}

impl<S> Counting<S> {
    fn reset(&self) {
        self.reads.store(0, Ordering::SeqCst);
        self.writes.store(0, Ordering::SeqCst);
    }

    /// Counts a write, or fails.
    fn write(&self) -> Result<(), CommitError<Down>> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) { Err(CommitError::Store(Down)) } else { Ok(()) }
    }

    pub fn used(&self) -> (u64, u64) {
        (self.reads.load(Ordering::SeqCst), self.writes.load(Ordering::SeqCst))
    }
}

impl UserStore for Counting<MemoryUserStore> {
    type Error = Down;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, Down> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.store.find(keys).map_err(|never| match never {})
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<Down>> {
        self.write()?;
        sound(self.store.commit(change))
    }
}

impl VerificationStore for Counting<MemoryVerificationStore> {
    type Error = Down;

    fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, Down> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.store.load(keys).map_err(|never| match never {})
    }

    fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<Down>> {
        self.write()?;
        sound(self.store.commit(changes))
    }

    fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, Down> {
        self.store.purge_expired(now, limit).map_err(|never| match never {})
    }
}

pub struct House {
    pub users: Counting<MemoryUserStore>,
    pub verifications: Counting<MemoryVerificationStore>,
    pub experience: Experience,
    pub now: Cell<DateTime<Utc>>,
    pub events: RefCell<Vec<AuditEvent>>,
    pub hasher: Argon2id,
    /// Where the next steps come from (L-5).
    pub source: Cell<Option<&'static str>>,
    /// Whether the host calls the next steps risky (M-7).
    pub is_risky: Cell<bool>,
    /// The session that the next steps come with, if it is alive (C-1).
    pub session: Cell<Option<&'static str>>,
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
            source: Cell::default(),
            is_risky: Cell::default(),
            session: Cell::new(Some(SESSION)),
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

    /// The digest of [`PASSWORD`].
    pub fn account_password(&self) -> PasswordDigest {
        self.hasher.hash(PASSWORD, &[1; 16]).unwrap()
    }

    pub fn account(&self, id: &UserId) -> User {
        self.owner(&id.key()).expect("the account exists")
    }

    pub fn owner(&self, key: &UserKey) -> Option<User> {
        self.users.store.find(std::slice::from_ref(key)).unwrap().pop().map(Arc::unwrap_or_clone)
    }

    pub fn with_context<T>(&self, use_context: impl FnOnce(Context<'_>) -> T) -> T {
        let drawn = &self.drawn;
        let entropy = |bytes: &mut [u8]| draw(drawn, bytes);
        let mut context = Context::new(&self.experience, self.now.get(), &entropy);
        if let Some(source) = self.source.get() {
            context = context.with_source(source);
        }
        if self.is_risky.get() {
            context = context.with_elevated_risk();
        }
        if let Some(session) = self.session.get() {
            context = context.with_session(session);
        }
        use_context(context)
    }

    pub fn start(&self, event: InteractionEvent) -> Person<'_> {
        self.start_with(Start::new(event))
    }

    pub fn start_passing_captcha(&self, event: InteractionEvent) -> Person<'_> {
        self.start_with(Start::new(event).with_captcha(CaptchaVerdict::Passed))
    }

    pub fn start_with(&self, start: Start) -> Person<'_> {
        self.person(self.act(&start).unwrap())
    }

    /// Whoever has this id.
    pub fn person(&self, id: InteractionId) -> Person<'_> {
        Person { house: self, id: RefCell::new(id) }
    }

    /// Runs a step, and crashes before what it grants is written.
    pub fn crash_before_granting<O: Operation<Subject = Interaction>>(
        &self,
        id: &InteractionId,
        operation: &O,
    ) {
        self.verifications.is_down.store(true, Ordering::SeqCst);
        let outcome = self.with_context(|context| {
            Engine::new(&self.users, &self.verifications, &self.hasher, context).run(id, operation)
        });
        self.verifications.is_down.store(false, Ordering::SeqCst);
        assert!(matches!(outcome, Err(Error::Verifications(Down))), "{} did not crash", O::NAME.as_str());
    }

    /// The interaction of an id, as the store has it.
    pub fn interaction(&self, id: &InteractionId) -> Option<Interaction> {
        let entry = self.verifications.store.load(&[EntryKey::interaction(id)]).unwrap().pop()?;
        match &entry.content {
            EntryContent::Interaction(interaction) => Some(interaction.clone()),
            other => panic!("{other:?}"),
        }
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

    /// An account's own interaction, of somebody who is signed in since now (C-1).
    pub fn manage(&self, user_id: &UserId) -> Person<'_> {
        self.start_with(Start::account(user_id.clone(), SESSION, self.now.get()))
    }

    /// What happened since the last call.
    pub fn take_events(&self) -> Vec<AuditEvent> {
        self.events.take()
    }

    /// What happened since the last call, without who did it, when and to whom.
    pub fn take_actions(&self) -> Vec<AuditAction> {
        self.take_events().into_iter().map(|event| event.action).collect()
    }

    /// Runs a step of the interaction of an id.
    pub fn run<O: Operation<Subject = Interaction>>(
        &self,
        id: &InteractionId,
        operation: &O,
    ) -> Result<Answer<O::Output>, Rejection> {
        self.held_to_promises::<O, _>(|engine| engine.run(id, operation))
    }

    /// Runs an operation that is no step of an interaction.
    pub fn act<O: Operation<Subject = ()>>(&self, operation: &O) -> Result<O::Output, Rejection> {
        self.held_to_promises::<O, _>(|engine| engine.act(operation))
    }

    fn held_to_promises<O: Operation, T>(
        &self,
        run: impl FnOnce(&HouseEngine<'_>) -> Result<T, Error<Down, Down>>,
    ) -> Result<T, Rejection> {
        self.users.reset();
        self.verifications.reset();
        let listener = |event: &AuditEvent| self.events.borrow_mut().push(event.clone());
        let outcome = self.with_context(|context| {
            run(&Engine::new(&self.users, &self.verifications, &self.hasher, context)
                .with_listener(&listener))
        });
        for used in [self.users.used(), self.verifications.used()] {
            let (reads, writes) = used;
            let name = O::NAME.as_str();
            assert!(reads <= MAX_ROUNDS && writes <= 1, "{name} read and wrote a store {used:?} times");
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

type HouseEngine<'a> = Engine<'a, Counting<MemoryUserStore>, Counting<MemoryVerificationStore>>;

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

/// What the host calls the session that steps come with.
pub const SESSION: &str = "session-1";

/// Somebody in an interaction: whoever has its id.
pub struct Person<'h> {
    pub house: &'h House,
    pub id: RefCell<InteractionId>,
}

impl Person<'_> {
    /// Runs a step, and takes the new id along if the step gave one.
    pub fn run<O: Operation<Subject = Interaction>>(&self, operation: &O) -> Result<O::Output, Rejection> {
        let id = self.id();
        let Answer { output, new_id } = self.house.run(&id, operation)?;
        if let Some(new_id) = new_id {
            self.id.replace(new_id);
        }
        Ok(output)
    }

    /// The code that an operation answers; panics if it succeeds.
    pub fn code<O: Operation<Subject = Interaction>>(&self, operation: &O) -> &'static str {
        match self.run(operation) {
            Ok(_) => panic!("{} succeeded", O::NAME.as_str()),
            Err(rejection) => rejection.code(),
        }
    }

    pub fn id(&self) -> InteractionId {
        self.id.borrow().clone()
    }

    /// The interaction, as the store has it.
    pub fn interaction(&self) -> Interaction {
        self.house.interaction(&self.id()).expect("the interaction is open")
    }

    /// The interaction in its stored form.
    pub fn stored(&self) -> String {
        let key = EntryKey::interaction(&self.id());
        let entry =
            self.house.verifications.store.load(&[key]).unwrap().pop().expect("the interaction is open");
        String::from_utf8(Stored::new(&*entry).to_bytes().unwrap()).unwrap()
    }

    /// What is staged, where anything can be.
    pub fn profile(&self) -> Option<StagedProfile> {
        self.interaction().staged().map(|staged| staged.profile.clone())
    }

    /// The factors that are staged, where any can be.
    pub fn mfa(&self) -> Option<StagedMfa> {
        self.interaction().staged().map(|staged| staged.mfa.clone())
    }

    pub fn user_id(&self) -> Option<UserId> {
        self.interaction().user_id().cloned()
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
        let event = self.interaction().event();
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
        self.run(&VerifySocial::new(connector, id, "state", info)).unwrap()
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
