//! Stores that can be put back to where they were, and a driver that does one access to a store at a time: so that every
//! order in which two operations can meet is enumerable.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "test support")]
#![allow(missing_docs, unreachable_pub, reason = "test support")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use vestibule::engine::{Answer, Dialogue, Error, Next};
use vestibule::experience::{Experience, SignInExperience};
use vestibule::identifier::{Revision, UserKey, UsernameCase};
use vestibule::interaction::{Interaction, InteractionId};
use vestibule::operation::{Context, EntropyFailed, Operation, Subject};
use vestibule::password::PasswordMatch;
use vestibule::secret::PasswordDigest;
use vestibule::store::{CommitError, Entry, EntryChange, EntryKey, Stored, UserChange};
use vestibule::user::User;

/// What both stores hold.
#[derive(Clone, Default)]
pub struct Snapshot {
    users: BTreeMap<String, Arc<User>>,
    keys: BTreeMap<UserKey, String>,
    entries: BTreeMap<EntryKey, Arc<Entry>>,
}

impl Snapshot {
    fn find(&self, keys: &[UserKey]) -> Vec<Arc<User>> {
        let ids: BTreeSet<_> = keys.iter().filter_map(|key| self.keys.get(key)).collect();
        ids.into_iter().filter_map(|id| self.users.get(id).cloned()).collect()
    }

    fn load(&self, keys: &[EntryKey]) -> Vec<Arc<Entry>> {
        keys.iter().filter_map(|key| self.entries.get(key).cloned()).collect()
    }

    pub fn commit_user(&mut self, change: &UserChange) -> Result<(), CommitError<Infallible>> {
        let id = change.id().as_str().to_owned();
        if self.users.get(&id).map(|user| user.revision) != change.expected() {
            return Err(CommitError::Stale);
        }
        if let Some(taken) = change.keys().iter().find(|key| self.keys.get(key).is_some_and(|own| *own != id))
        {
            return Err(CommitError::Taken(taken.clone()));
        }
        self.keys.retain(|_, own| *own != id);
        self.users.remove(&id);
        if let Some(user) = change.user() {
            self.keys.extend(change.keys().iter().map(|key| (key.clone(), id.clone())));
            self.users.insert(id, Arc::clone(user));
        }
        Ok(())
    }

    fn commit_entries(&mut self, changes: &[EntryChange]) -> Result<(), CommitError<Infallible>> {
        let stored = |key: &EntryKey| self.entries.get(key).map(|entry| entry.revision).unwrap_or_default();
        if changes.iter().any(|change| stored(&change.key()) != change.expected()) {
            return Err(CommitError::Stale);
        }
        for change in changes {
            match change.entry() {
                Some(entry) => drop(self.entries.insert(change.key(), Arc::clone(entry))),
                None => drop(self.entries.remove(&change.key())),
            }
        }
        Ok(())
    }

    /// Whether another holds the same, apart from how often it was written and by which steps.
    pub fn holds_the_same_as(&self, other: &Self) -> bool {
        let unwritten = |user: &User| {
            let mut user = user.clone();
            user.revision = Revision::default();
            user
        };
        let same_users = || {
            let mut both = self.users.values().zip(other.users.values());
            both.all(|(one, other)| unwritten(one) == unwritten(other))
        };
        let same_entries = || {
            let mut both = self.entries.values().zip(other.entries.values());
            both.all(|(one, other)| one.key == other.key && one.content == other.content)
        };
        let as_many = (self.users.len(), self.entries.len()) == (other.users.len(), other.entries.len());
        as_many && ((same_users() && same_entries()) || self.held() == other.held())
    }

    /// Everything that is held, apart from how often it was written and by which steps.
    pub fn held(&self) -> Held {
        let mut users: Vec<Value> =
            self.users.values().map(|user| data(&Stored::new(&**user).to_bytes().unwrap())).collect();
        for user in &mut users {
            forget(user, &["revision", "marks"]);
        }
        let entries = self.entries.values().map(|entry| {
            let mut entry = data(&Stored::new(&**entry).to_bytes().unwrap());
            forget(&mut entry, &["revision"]);
            entry
        });
        Held { users, entries: entries.collect() }
    }
}

fn data(bytes: &[u8]) -> Value {
    serde_json::from_slice::<Value>(bytes).unwrap()["data"].take()
}

fn forget(value: &mut Value, members: &[&str]) {
    for member in members {
        value.as_object_mut().unwrap().remove(*member);
    }
}

/// What two stores hold, to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    pub users: Vec<Value>,
    pub entries: Vec<Value>,
}

impl Held {
    /// Without what shows that something of a user's was used, and without counters: whether a failure was counted before
    /// or after a success forgot it, is not for the two to agree on.
    pub fn whatever_was_used(mut self) -> Self {
        self.entries.retain(|entry| entry["content"]["counter"].is_null());
        for user in &mut self.users {
            if let Some(totp) = user["mfa"]["totp"].as_object_mut() {
                totp.insert("lastUsedStep".into(), json!(null));
                totp.insert("lastUsedAt".into(), json!(null));
            }
            for list in ["webAuthn", "backupCodes"] {
                for own in user["mfa"][list].as_array_mut().into_iter().flatten() {
                    own["counter"] = json!(null);
                    own["lastUsedAt"] = json!(null);
                    own["usedAt"] = json!(null);
                }
            }
        }
        self
    }
}

/// A world that stands still but for two operations.
pub struct World {
    pub experience: Experience,
    pub held: RefCell<Snapshot>,
}

/// The session that every step comes with (C-1).
pub const SESSION: &str = "session-1";

pub fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

impl World {
    pub fn new(settings: Value) -> Self {
        let settings: SignInExperience = serde_json::from_value(settings).unwrap();
        Self { experience: Experience::new(settings).unwrap(), held: RefCell::default() }
    }

    pub fn case(&self) -> UsernameCase {
        self.experience.username_case()
    }

    pub fn add(&self, user: User) {
        self.held.borrow_mut().commit_user(&UserChange::create(user, self.case())).unwrap();
    }

    /// Runs an operation to its end. What it draws follows from the seed.
    pub fn run<O: Operation>(
        &self,
        seed: u64,
        operation: &O,
        id: &<O::Subject as Subject>::Id,
    ) -> Result<Answer<O::Output>, &'static str> {
        let entropy = Seeded::new(seed);
        let fill = |bytes: &mut [u8]| entropy.fill(bytes);
        let mut dialogue =
            Dialogue::new(operation, id, Context::new(&self.experience, now(), &fill).with_session(SESSION));
        while !access(&mut dialogue, &entropy, &self.held) {}
        ended(dialogue)
    }

    pub fn step<O: Operation<Subject = Interaction>>(
        &self,
        seed: u64,
        operation: &O,
        id: &mut InteractionId,
    ) -> O::Output {
        let answer =
            self.run(seed, operation, id).unwrap_or_else(|code| panic!("{}: {code}", O::NAME.as_str()));
        if let Some(new_id) = answer.new_id {
            *id = new_id;
        }
        answer.output
    }
}

fn ended<O: Operation>(dialogue: Dialogue<'_, O>) -> Result<Answer<O::Output>, &'static str> {
    dialogue.finish::<Infallible, Infallible>(|_| ()).map_err(|error| match error {
        Error::Rejected(rejection) => rejection.code(),
        other => panic!("{}: {other}", O::NAME.as_str()),
    })
}

/// Randomness that is the same each time an operation is decided, however often that is.
pub struct Seeded {
    seed: u64,
    drawn: AtomicU64,
}

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }

    fn again(&self) {
        self.drawn.store(0, Ordering::SeqCst);
    }

    #[allow(clippy::unnecessary_wraps, reason = "it stands in for a source of randomness, which may fail")]
    pub fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyFailed> {
        let drawn = self.drawn.fetch_add(1, Ordering::SeqCst);
        let mut state = (self.seed << 32 | drawn).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for byte in bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0];
        }
        Ok(())
    }
}

/// Goes on to the next access to a store, and does it; the slow work is done on the way. True at the end, with the last
/// access.
fn access<O: Operation>(dialogue: &mut Dialogue<'_, O>, entropy: &Seeded, held: &RefCell<Snapshot>) -> bool {
    let mut accessed = false;
    loop {
        entropy.again();
        match dialogue.next().unwrap() {
            Next::Finish => return true,
            _ if accessed => return false,
            Next::Load(keys) => {
                let entries = held.borrow().load(keys);
                dialogue.loaded(entries).unwrap();
                accessed = true;
            }
            Next::Find(keys) => {
                let users = held.borrow().find(keys);
                dialogue.found(&users).unwrap();
                accessed = true;
            }
            Next::CommitUser(change) => {
                let answer = held.borrow_mut().commit_user(change);
                dialogue.committed(answer).unwrap();
                accessed = true;
            }
            Next::CommitEntries(changes) => {
                let answer = held.borrow_mut().commit_entries(changes);
                dialogue.committed(answer).unwrap();
                accessed = true;
            }
            Next::Hash(password, _) => {
                let digest = PasswordDigest::new(password.expose());
                dialogue.hashed(digest);
            }
            Next::Verify(password, digest) => {
                let right = digest.expose() == password.expose();
                dialogue.verified(if right { PasswordMatch::Yes } else { PasswordMatch::No });
            }
            Next::IsBreached(_) => dialogue.breached(false),
            Next::IsDisposable(_) => dialogue.disposable(false),
            other => panic!("{other:?}"),
        }
    }
}

/// What an operation answered: its code, or that it succeeded; and the interaction's new id.
pub type Ended = (&'static str, Option<InteractionId>);

/// An operation whose type is forgotten, so that any two can meet.
pub trait Act {
    fn name(&self) -> &'static str;

    /// Begins, on an interaction if it is a step of one.
    fn begin<'a>(
        &'a self,
        world: &'a World,
        entropy: &'a Seeded,
        id: &'a InteractionId,
    ) -> Box<dyn Going + 'a>;
}

/// An operation under way.
pub trait Going {
    /// One access to a store. True at the end.
    fn go_on(&mut self) -> bool;

    fn ended(self: Box<Self>) -> Ended;
}

/// A step of an interaction.
pub struct StepOf<O>(pub O);

/// An act outside any.
pub struct ActOf<O>(pub O);

struct Run<'a, O: Operation> {
    dialogue: Dialogue<'a, O>,
    entropy: &'a Seeded,
    held: &'a RefCell<Snapshot>,
}

impl<O: Operation> Going for Run<'_, O> {
    fn go_on(&mut self) -> bool {
        access(&mut self.dialogue, self.entropy, self.held)
    }

    fn ended(self: Box<Self>) -> Ended {
        match ended(self.dialogue) {
            Ok(answer) => ("ok", answer.new_id),
            Err(code) => (code, None),
        }
    }
}

/// A context lives as long as what it borrows.
fn context<'a>(world: &'a World, entropy: &'a Seeded) -> Context<'a> {
    Context::new(&world.experience, now(), entropy).with_session(SESSION)
}

impl vestibule::operation::Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyFailed> {
        Seeded::fill(self, bytes)
    }
}

impl<O: Operation<Subject = Interaction>> Act for StepOf<O> {
    fn name(&self) -> &'static str {
        O::NAME.as_str()
    }

    fn begin<'a>(
        &'a self,
        world: &'a World,
        entropy: &'a Seeded,
        id: &'a InteractionId,
    ) -> Box<dyn Going + 'a> {
        let dialogue = Dialogue::new(&self.0, id, context(world, entropy));
        Box::new(Run { dialogue, entropy, held: &world.held })
    }
}

impl<O: Operation<Subject = ()>> Act for ActOf<O> {
    fn name(&self) -> &'static str {
        O::NAME.as_str()
    }

    fn begin<'a>(
        &'a self,
        world: &'a World,
        entropy: &'a Seeded,
        _: &'a InteractionId,
    ) -> Box<dyn Going + 'a> {
        let dialogue = Dialogue::new(&self.0, &(), context(world, entropy));
        Box::new(Run { dialogue, entropy, held: &world.held })
    }
}

/// Goes through every sequence of choices.
#[derive(Default)]
pub struct Schedules {
    /// Each choice of this run, and among how many.
    choices: Vec<(usize, usize)>,
    at: usize,
    pub explored: usize,
}

impl Schedules {
    /// The next choice of this run, among so many.
    pub fn choose(&mut self, among: usize) -> usize {
        if self.at == self.choices.len() {
            self.choices.push((0, among));
        }
        self.at += 1;
        self.choices[self.at - 1].0
    }

    /// Goes to the next sequence; false when there is none.
    pub fn next(&mut self) -> bool {
        self.explored += 1;
        self.at = 0;
        while let Some((last, among)) = self.choices.pop() {
            if last + 1 < among {
                self.choices.push((last + 1, among));
                return true;
            }
        }
        false
    }
}

/// Runs some operations as a schedule says. Says what each answered, and who was done first.
pub fn interleaved(goings: Vec<Box<dyn Going + '_>>, schedules: &mut Schedules) -> (Vec<Ended>, Vec<usize>) {
    let (mut goings, mut done) = (goings, Vec::new());
    while done.len() < goings.len() {
        let left: Vec<usize> = (0..goings.len()).filter(|at| !done.contains(at)).collect();
        let at = if left.len() == 1 { left[0] } else { left[schedules.choose(left.len())] };
        if goings[at].go_on() {
            done.push(at);
        }
    }
    (goings.into_iter().map(Going::ended).collect(), done)
}
