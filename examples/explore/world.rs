//! A world that can be copied: both stores, the clock, and who knows what.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use vestibule::engine::{Dialogue, Error, Next};
use vestibule::experience::Experience;
use vestibule::identifier::{UserId, UserKey, UsernameCase, VerificationId};
use vestibule::interaction::{Interaction, InteractionId};
use vestibule::operation::{Context, EntropyFailed, Operation, Subject};
use vestibule::password::PasswordMatch;
use vestibule::rejection::Rejection;
use vestibule::secret::PasswordDigest;
use vestibule::store::{CommitError, Entry, EntryChange, EntryKey, UserChange};
use vestibule::user::User;
use vestibule::verification::VerificationType;

/// What nobody expects: the world itself does not hold together.
pub(crate) type Broken = Box<dyn std::error::Error + Send + Sync>;

/// What an operation answers, and the interaction's new id; or why it was refused.
type Answered<T> = Result<Result<(T, Option<InteractionId>), Rejection>, Broken>;

/// The session that the owner has opened.
pub(crate) const SESSION: &str = "owners-session";

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

/// What both stores hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stores {
    users: BTreeMap<UserId, Arc<User>>,
    keys: BTreeMap<UserKey, UserId>,
    entries: BTreeMap<EntryKey, Arc<Entry>>,
}

impl Stores {
    pub(crate) fn user(&self, id: &UserId) -> Option<&Arc<User>> {
        self.users.get(id)
    }

    pub(crate) fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.users.values()
    }

    pub(crate) fn entry(&self, key: &EntryKey) -> Option<&Arc<Entry>> {
        self.entries.get(key)
    }

    pub(crate) fn add(&mut self, user: User, case: UsernameCase) -> Result<(), Broken> {
        self.commit_user(&UserChange::create(user, case)).map_err(|_| "the account could not be made".into())
    }

    fn find(&self, keys: &[UserKey]) -> Vec<Arc<User>> {
        let ids: BTreeSet<_> = keys.iter().filter_map(|key| self.keys.get(key)).collect();
        ids.into_iter().filter_map(|id| self.users.get(id).cloned()).collect()
    }

    fn load(&self, keys: &[EntryKey]) -> Vec<Arc<Entry>> {
        keys.iter().filter_map(|key| self.entries.get(key).cloned()).collect()
    }

    fn commit_user(&mut self, change: &UserChange) -> Result<(), CommitError<Infallible>> {
        let id = change.id();
        if self.users.get(id).map(|user| user.revision) != change.expected() {
            return Err(CommitError::Stale);
        }
        let taken = |key: &&UserKey| self.keys.get(*key).is_some_and(|own| own != id);
        if let Some(taken) = change.keys().iter().find(taken) {
            return Err(CommitError::Taken(taken.clone()));
        }
        self.keys.retain(|_, own| own != id);
        self.users.remove(id);
        if let Some(user) = change.user() {
            self.keys.extend(change.keys().iter().map(|key| (key.clone(), id.clone())));
            self.users.insert(id.clone(), Arc::clone(user));
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
}

/// Where somebody stands.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) stores: Stores,
    pub(crate) now: DateTime<Utc>,
    /// The interaction that is open.
    pub(crate) interaction: Option<InteractionId>,
    /// The last record of each type in it.
    pub(crate) records: BTreeMap<VerificationType, VerificationId>,
    /// When the session was opened that somebody has.
    pub(crate) session: Option<DateTime<Utc>>,
    /// How many changes are staged.
    pub(crate) changes: usize,
    /// How much randomness was drawn.
    drawn: u64,
}

impl State {
    pub(crate) fn new(stores: Stores) -> Self {
        Self {
            stores,
            now: now(),
            interaction: None,
            records: BTreeMap::new(),
            session: None,
            changes: 0,
            drawn: 0,
        }
    }

    /// Does what is no step of an interaction.
    pub(crate) fn act<O: Operation<Subject = ()>>(
        &mut self,
        experience: &Experience,
        operation: &O,
    ) -> Result<Result<O::Output, Rejection>, Broken> {
        Ok(self.run(experience, operation, &())?.map(|(output, _)| output))
    }

    /// Takes a step of the open interaction.
    pub(crate) fn step<O: Operation<Subject = Interaction>>(
        &mut self,
        experience: &Experience,
        operation: &O,
    ) -> Result<Result<O::Output, Rejection>, Broken> {
        let Some(id) = self.interaction.clone() else { return Ok(Err(Rejection::InteractionNotFound)) };
        Ok(self.run(experience, operation, &id)?.map(|(output, new_id)| {
            self.interaction = Some(new_id.unwrap_or(id));
            output
        }))
    }

    fn run<O: Operation>(
        &mut self,
        experience: &Experience,
        operation: &O,
        id: &<O::Subject as Subject>::Id,
    ) -> Answered<O::Output> {
        let drawn = AtomicU64::new(self.drawn);
        let entropy = |bytes: &mut [u8]| draw(&drawn, bytes);
        let mut context = Context::new(experience, self.now, &entropy);
        if self.session.is_some() {
            context = context.with_session(SESSION);
        }
        let mut dialogue = Dialogue::new(operation, id, context);
        let stores = &mut self.stores;
        loop {
            match dialogue.next()? {
                Next::Finish => break,
                Next::Load(keys) => {
                    let entries = stores.load(keys);
                    dialogue.loaded(entries)?;
                }
                Next::Find(keys) => {
                    let users = stores.find(keys);
                    dialogue.found(&users)?;
                }
                Next::CommitUser(change) => {
                    let answer = stores.commit_user(change);
                    dialogue.committed(answer)?;
                }
                Next::CommitEntries(changes) => {
                    let answer = stores.commit_entries(changes);
                    dialogue.committed(answer)?;
                }
                // Digests are the passwords themselves: hashing is not what is explored.
                Next::Hash(password, _) => {
                    let digest = PasswordDigest::new(password.expose());
                    dialogue.hashed(digest);
                }
                Next::Verify(password, digest) => {
                    let is_match = digest.expose() == password.expose();
                    dialogue.verified(if is_match { PasswordMatch::Yes } else { PasswordMatch::No });
                }
                Next::IsBreached(_) => dialogue.breached(false),
                Next::IsDisposable(_) => dialogue.disposable(false),
                other => return Err(format!("an unknown question: {other:?}").into()),
            }
        }
        self.drawn = drawn.load(Ordering::SeqCst);
        match dialogue.finish::<Infallible, Infallible>(|_| ()) {
            Ok(answer) => Ok(Ok((answer.output, answer.new_id))),
            Err(Error::Rejected(rejection)) => Ok(Err(rejection)),
            Err(other) => Err(other.into()),
        }
    }
}

/// Numbers that follow from one another: nothing is left to chance here.
fn draw(drawn: &AtomicU64, bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    let mut state = drawn.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for byte in bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *byte = state.to_be_bytes().first().copied().ok_or(EntropyFailed)?;
    }
    Ok(())
}
