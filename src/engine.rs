//! The engine: fetches facts, decides, commits.

use std::sync::{Mutex, PoisonError};

use crate::account::{self, AccountDecision, AccountOperation};
use crate::event::Event;
use crate::identifier::UserKey;
use crate::interaction::Interaction;
use crate::operation::{Context, Decision, Facts, Misuse, Needs, Operation, already_in_use, decide};
use crate::password_hasher::{HashingFailed, PasswordHasher, PasswordMatch};
use crate::rejection::Rejection;
use crate::secret::{PasswordDigest, Secret};
use crate::store::{CommitError, RecordChanges, UserChange, UserStore, VerificationStore};

/// How often a step is decided again because somebody else wrote in between. Each time somebody else's step went
/// through, so this many others must have been faster in a row.
pub const MAX_ROUNDS: usize = 128;

/// Runs operations over the two stores: reads each at most once, decides, writes each at most once; again from the
/// start if somebody was faster.
///
/// An engine lives for one request: its context holds the time.
///
/// ```
/// use vestibule::engine::Engine;
/// use vestibule::experience::Experience;
/// use vestibule::flow::{ResetPassword, Start};
/// use vestibule::interaction::InteractionEvent;
/// use vestibule::operation::{Context, EntropyFailed};
/// use vestibule::password_hasher::Argon2id;
/// use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
///
/// let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
/// let (experience, passwords) = (Experience::default(), Argon2id::default());
/// let entropy = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| EntropyFailed);
/// let now = chrono::DateTime::UNIX_EPOCH; // the host's clock
/// let context = Context::new(&experience, now, &entropy, &passwords);
///
/// let engine = Engine::new(&users, &verifications, context);
/// let mut interaction = Start::new(InteractionEvent::SignIn).decide(engine.context())?;
///
/// let error = engine.run(&mut interaction, &ResetPassword::new("Zk7vQw9pLm")).unwrap_err();
/// assert_eq!(error.rejection().map(|rejection| rejection.code()), Some("session.invalid_interaction_type"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine<'a, U, V> {
    users: &'a U,
    verifications: &'a V,
    context: Context<'a>,
    listener: &'a dyn Fn(&Event),
}

/// Why an operation did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error<U, V> {
    /// A rule did not hold: the documented answer.
    #[error("{0}")]
    Rejected(Rejection),
    /// [`MAX_ROUNDS`] times in a row somebody else was faster. Nothing was written for this step.
    #[error("too many others were writing the same records: try again")]
    Contention,
    /// The host, or a store, made a mistake.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The user store failed.
    #[error("the user store failed")]
    Users(#[source] U),
    /// The verification store failed.
    #[error("the verification store failed")]
    Verifications(#[source] V),
}

impl<U, V> Error<U, V> {
    /// The documented answer, if that is what it is.
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }
}

/// What [`Engine::run`] and [`Engine::run_account`] answer.
pub type Outcome<T, U, V> = Result<T, Failure<U, V>>;

type Failure<U, V> = Error<<U as UserStore>::Error, <V as VerificationStore>::Error>;

impl<'a, U: UserStore, V: VerificationStore> Engine<'a, U, V> {
    /// An engine over two stores.
    pub fn new(users: &'a U, verifications: &'a V, context: Context<'a>) -> Self {
        Self { users, verifications, context, listener: &|_| {} }
    }

    /// With somebody who is told of every event, after it was committed.
    #[must_use]
    pub fn with_listener(self, listener: &'a dyn Fn(&Event)) -> Self {
        Self { listener, ..self }
    }

    /// The context.
    pub fn context(&self) -> &Context<'a> {
        &self.context
    }

    /// Runs an operation on an interaction. The host then keeps the interaction, also after a rejection: what the
    /// rules let stand is in it.
    ///
    /// # Errors
    /// [`Error`]; the interaction is unchanged unless it is [`Error::Rejected`].
    pub fn run<O: Operation>(
        &self,
        interaction: &mut Interaction,
        operation: &O,
    ) -> Outcome<O::Output, U, V> {
        let (experience, open) = (self.context.experience, interaction.check_open(self.context.now).is_ok());
        let needs = |facts: &Facts| {
            if open { operation.needs(interaction, facts, experience) } else { Needs::none() }
        };
        match self.settle(needs, |facts, context| decide(operation, interaction, facts, context))? {
            Settled::Written(decision) => {
                *interaction = decision.interaction;
                decision.outcome.map_err(Error::Rejected)
            }
            Settled::Taken(key) => Err(Error::Rejected(already_in_use(&key))),
        }
    }

    /// Runs an operation on an account, outside any interaction.
    ///
    /// # Errors
    /// [`Error`]; then nothing was written.
    pub fn run_account<O: AccountOperation>(&self, operation: &O) -> Outcome<O::Output, U, V> {
        let needs = |facts: &Facts| operation.needs(facts, self.context.experience);
        match self.settle(needs, |facts, context| account::decide(operation, facts, context))? {
            Settled::Written(decision) => decision.outcome.map_err(Error::Rejected),
            Settled::Taken(key) => match operation.taken(&key) {
                Some(outcome) => outcome.map_err(Error::Rejected),
                None => Err(Misuse::AmbiguousKey(key).into()),
            },
        }
    }

    /// Facts, decision, commit; again from the facts if somebody was faster.
    fn settle<D: Decided>(
        &self,
        needs: impl Fn(&Facts) -> Needs,
        decide: impl Fn(&Facts, &Context<'_>) -> Result<D, Misuse>,
    ) -> Outcome<Settled<D>, U, V> {
        let memory = Remembering::new(self.context.passwords);
        let context = Context { passwords: &memory, ..self.context };
        let mut taken = None;
        for _ in 0..MAX_ROUNDS {
            let facts = self.facts(&needs)?;
            let decision = decide(&facts, &context)?;
            match self.commit(&decision) {
                Ok(()) => {
                    decision.events().iter().for_each(self.listener);
                    return Ok(Settled::Written(decision));
                }
                Err(Refused::Stale) => {}
                // Deciding again answers in the order of the rules. Twice the same key: the store knows better.
                Err(Refused::Taken(key)) if taken.as_ref() == Some(&key) => return Ok(Settled::Taken(key)),
                Err(Refused::Taken(key)) => taken = Some(key),
                Err(Refused::Failed(error)) => return Err(error),
            }
        }
        Err(Error::Contention)
    }

    fn facts(&self, needs: impl Fn(&Facts) -> Needs) -> Outcome<Facts, U, V> {
        let mut facts = Facts::new(self.context.experience);
        // Each store is asked once at most: an operation that asks on is refused by `decide` for want of facts.
        for _ in 0..2 {
            let needs = needs(&facts);
            if !needs.records.is_empty() || !needs.attempts.is_empty() {
                let loaded =
                    self.verifications.load(&needs.records, &needs.attempts).map_err(Error::Verifications)?;
                facts.add_records(&needs, loaded)?;
            }
            if !needs.users.is_empty() {
                facts.add_users(&needs, self.users.find(&needs.users).map_err(Error::Users)?)?;
            }
        }
        Ok(facts)
    }

    /// Spends before it grants: records first, then the user.
    fn commit(&self, decision: &impl Decided) -> Result<(), Refused<Failure<U, V>>> {
        if let Some(records) = decision.records() {
            self.verifications.commit(records).map_err(|error| Refused::from(error, Error::Verifications))?;
        }
        if let Some(change) = decision.user() {
            self.users.commit(change).map_err(|error| Refused::from(error, Error::Users))?;
        }
        Ok(())
    }
}

impl<U, V> std::fmt::Debug for Engine<'_, U, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("context", &self.context).finish_non_exhaustive()
    }
}

/// What a decision asks the engine to do, whether it is a step's or an account's.
pub(crate) trait Decided {
    fn records(&self) -> Option<&RecordChanges>;
    fn user(&self) -> Option<&UserChange>;
    fn events(&self) -> &[Event];
}

impl<T> Decided for Decision<T> {
    fn records(&self) -> Option<&RecordChanges> {
        Some(&self.records).filter(|records| !records.is_empty())
    }

    fn user(&self) -> Option<&UserChange> {
        self.user.as_ref()
    }

    fn events(&self) -> &[Event] {
        &self.events
    }
}

impl<T> Decided for AccountDecision<T> {
    fn records(&self) -> Option<&RecordChanges> {
        None
    }

    fn user(&self) -> Option<&UserChange> {
        self.user.as_ref()
    }

    fn events(&self) -> &[Event] {
        &self.events
    }
}

/// How the rounds ended.
enum Settled<D> {
    Written(D),
    Taken(UserKey),
}

/// Why a commit did not happen, whichever store refused it.
pub(crate) enum Refused<E> {
    Stale,
    Taken(UserKey),
    Failed(E),
}

impl<E> Refused<E> {
    pub(crate) fn from<S>(error: CommitError<S>, failed: impl FnOnce(S) -> E) -> Self {
        match error {
            CommitError::Stale => Self::Stale,
            CommitError::Taken(key) => Self::Taken(key),
            CommitError::Store(error) => Self::Failed(failed(error)),
        }
    }
}

/// A hasher that remembers its last answers. A step that is decided again because somebody was faster asks the same
/// questions about the same password: without memory, many tries at once would each hash once for every other.
pub(crate) struct Remembering<'a> {
    hasher: &'a dyn PasswordHasher,
    hashed: Mutex<Option<(Secret, PasswordDigest)>>,
    verified: Mutex<Option<(Secret, PasswordDigest, PasswordMatch)>>,
}

impl<'a> Remembering<'a> {
    pub(crate) fn new(hasher: &'a dyn PasswordHasher) -> Self {
        Self { hasher, hashed: Mutex::default(), verified: Mutex::default() }
    }
}

impl PasswordHasher for Remembering<'_> {
    fn hash(&self, password: &str, salt: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        let mut hashed = self.hashed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((own, digest)) = &*hashed
            && own.matches(password)
        {
            return Ok(digest.clone());
        }
        let digest = self.hasher.hash(password, salt)?;
        *hashed = Some((Secret::new(password), digest.clone()));
        Ok(digest)
    }

    fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((own, of, found)) = &*verified
            && own.matches(password)
            && of == digest
        {
            return *found;
        }
        let found = self.hasher.verify(password, digest);
        *verified = Some((Secret::new(password), digest.clone(), found));
        found
    }
}
