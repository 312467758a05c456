//! The engine: fetches facts, decides, commits.

mod remembering;
mod run;
mod task;

use crate::account::AccountOperation;
use crate::event::Event;
use crate::interaction::Interaction;
use crate::operation::{Context, Misuse, Operation};
use crate::rejection::Rejection;
use crate::store::{UserStore, VerificationStore};

pub(crate) use self::remembering::Remembering;
pub(crate) use self::run::{Next, Run};
pub(crate) use self::task::{AccountStep, InteractionStep, Task};

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
/// use vestibule::password::Argon2id;
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
pub type Outcome<T, U, V> = Result<T, Error<<U as UserStore>::Error, <V as VerificationStore>::Error>>;

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
        self.carry(InteractionStep { interaction, operation })
    }

    /// Runs an operation on an account, outside any interaction.
    ///
    /// # Errors
    /// [`Error`]; then nothing was written.
    pub fn run_account<O: AccountOperation>(&self, operation: &O) -> Outcome<O::Output, U, V> {
        self.carry(AccountStep { operation })
    }

    /// Carries questions and writes to the stores, and their answers back. What they mean is the run's to say.
    fn carry<T: Task>(&self, task: T) -> Outcome<T::Output, U, V> {
        let memory = Remembering::new(self.context.passwords);
        let mut run = Run::new(task, Context { passwords: &memory, ..self.context });
        loop {
            match run.next()? {
                Next::Load(records, attempts) => {
                    let loaded = self.verifications.load(records, attempts).map_err(Error::Verifications)?;
                    run.loaded(loaded)?;
                }
                Next::Find(keys) => {
                    let found = self.users.find(keys).map_err(Error::Users)?;
                    run.found(found)?;
                }
                Next::CommitRecords(changes) => {
                    let answer = self.verifications.commit(changes);
                    run.committed(answer, Error::Verifications)?;
                }
                Next::CommitUser(change) => {
                    let answer = self.users.commit(change);
                    run.committed(answer, Error::Users)?;
                }
                Next::Finish => return run.finish(self.listener),
            }
        }
    }
}

impl<U, V> std::fmt::Debug for Engine<'_, U, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("context", &self.context).finish_non_exhaustive()
    }
}
