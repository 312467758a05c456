//! Stores full of people, and a hasher that costs nothing, so that what is measured is the deciding.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot be set up ends there")]
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each bench uses a part of it")]

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use vestibule::engine::Engine;
use vestibule::experience::{Experience, SignInExperience};
use vestibule::flow::{SendCode, Start, StartSocial, VerifyCode, VerifySocial};
use vestibule::identifier::{Contact, Email, UserId, Username, VerificationId};
use vestibule::interaction::{Interaction, InteractionEvent, InteractionId};
use vestibule::operation::{Context, EntropyFailed, Facts, Operation, Progress, Questions, decide};
use vestibule::password::{HashingFailed, ImportedDigest, PasswordHasher, PasswordMatch};
use vestibule::secret::PasswordDigest;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{UserChange, UserStore, VerificationStore};
use vestibule::user::{ReportedContact, SocialUserInfo, User};

pub const PASSWORD: &str = "Zk7vQw9pLm";

pub struct World {
    pub users: MemoryUserStore,
    pub verifications: MemoryVerificationStore,
    pub experience: Experience,
    drawn: AtomicU64,
}

impl World {
    /// With so many users.
    pub fn of(users: usize) -> Self {
        Self::with(users, json!({}))
    }

    /// With so many users, under more settings.
    pub fn with(users: usize, more: serde_json::Value) -> Self {
        let mut settings = json!({
            "signUp": {"identifiers": ["username"], "password": true},
            "socialConnectors": [{"id": "github-connector", "target": "github"}],
        });
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let settings: SignInExperience = serde_json::from_value(settings).unwrap();
        let world = Self {
            users: MemoryUserStore::new(),
            verifications: MemoryVerificationStore::new(),
            experience: Experience::new(settings).unwrap(),
            drawn: AtomicU64::new(1),
        };
        for number in 0..users {
            let mut user = User::new(UserId::parse(&format!("user_{number}")).unwrap(), now());
            user.username = Some(Username::parse(&username(number)).unwrap());
            user.primary_email = Some(Email::parse(&format!("person.{number}@example.com")).unwrap());
            user.name = Some("Jane Doe".into());
            user.set_password(PasswordDigest::new(PASSWORD), now());
            world.users.commit(&UserChange::create(user, world.experience.username_case())).unwrap();
        }
        world
    }

    pub fn with_context<T>(&self, use_context: impl FnOnce(Context<'_>) -> T) -> T {
        let entropy = |bytes: &mut [u8]| {
            draw(&self.drawn, bytes);
            Ok::<(), EntropyFailed>(())
        };
        use_context(Context::new(&self.experience, now(), &entropy))
    }

    pub fn engine<'a>(
        &'a self,
        context: Context<'a>,
    ) -> Engine<'a, MemoryUserStore, MemoryVerificationStore> {
        Engine::new(&self.users, &self.verifications, &PlainText, context)
    }

    pub fn start(&self, event: InteractionEvent) -> InteractionId {
        self.with_context(|context| self.engine(context).start(&Start::new(event))).unwrap()
    }

    pub fn run<O: Operation<Subject = Interaction>>(
        &self,
        id: &mut InteractionId,
        operation: &O,
    ) -> O::Output {
        let outcome = self.with_context(|context| self.engine(context).run(id, operation));
        outcome.unwrap_or_else(|error| panic!("{}: {error}", O::NAME.as_str())).into_output(id)
    }

    /// Changes the account of a number.
    pub fn change(&self, number: usize, change: impl FnOnce(&mut User)) {
        let id = UserId::parse(&format!("user_{number}")).unwrap();
        let found = self.users.find(&[id.key()]).unwrap();
        let mut user = User::clone(found.first().unwrap());
        change(&mut user);
        self.users.commit(&UserChange::update(user, self.experience.username_case())).unwrap();
    }

    /// What is known at each draft of a step, and last at its decision.
    pub fn drafts<O: Operation<Subject = Interaction>>(
        &self,
        id: &InteractionId,
        operation: &O,
    ) -> Vec<Facts> {
        let mut drafts = vec![Facts::new(&self.experience)];
        loop {
            let mut facts = drafts.last().unwrap().clone();
            match self.with_context(|context| decide(operation, id, &facts, &context)).unwrap() {
                Progress::Ask(questions) => self.answer(&mut facts, questions),
                Progress::Decided(decision) => {
                    assert!(decision.outcome.is_ok(), "{:?}", decision.outcome.err());
                    return drafts;
                }
            }
            drafts.push(facts);
        }
    }

    fn answer(&self, facts: &mut Facts, questions: Questions) {
        facts.add_entries(&questions, self.verifications.load(&questions.entries).unwrap()).unwrap();
        facts.add_users(&questions, &self.users.find(&questions.users).unwrap()).unwrap();
        for password in questions.hash {
            let digest = PasswordDigest::new(password.expose());
            facts.add_hashed(password, digest);
        }
        for (password, digest) in questions.verify {
            let found = PlainText.verify(password.expose(), &digest);
            facts.add_verified(password, digest, found);
        }
        questions.breached.into_iter().for_each(|password| facts.add_breached(password, false));
        questions.disposable.into_iter().for_each(|domain| facts.add_disposable(domain, false));
    }

    /// A verified code.
    pub fn prove(
        &self,
        id: &mut InteractionId,
        contact: &Contact,
        event: InteractionEvent,
    ) -> VerificationId {
        let sent = self.run(id, &SendCode::new(contact.clone(), event));
        let code = sent.message.unwrap().code;
        self.run(id, &VerifyCode::new(contact.clone(), sent.verification_id, code.expose()))
    }

    /// A verified social identity.
    pub fn prove_social(&self, id: &mut InteractionId) -> VerificationId {
        let start = StartSocial::new("github-connector", "state", "https://app.example/callback");
        let record = self.run(id, &start);
        let info = SocialUserInfo {
            email: Some(ReportedContact::verified("jane@example.com")),
            name: Some("Jane Doe".into()),
            ..SocialUserInfo::new("jane-at-github")
        };
        self.run(id, &VerifySocial::new("github-connector", record, "state", info))
    }
}

pub fn username(number: usize) -> String {
    format!("person_{number}")
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

/// Randomness that never repeats, and is the same in every run.
fn draw(drawn: &AtomicU64, bytes: &mut [u8]) {
    let mut state = drawn.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for byte in bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = state.to_be_bytes()[0];
    }
}

/// No hashing at all: it would hide everything else.
struct PlainText;

impl PasswordHasher for PlainText {
    fn hash(&self, password: &str, _: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        Ok(PasswordDigest::new(password))
    }

    fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch {
        if digest.expose() == password { PasswordMatch::Yes } else { PasswordMatch::No }
    }

    fn import(&self, _: &ImportedDigest) -> Option<PasswordDigest> {
        None
    }
}
