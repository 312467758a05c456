//! The same two stores and the same engine, for a host that awaits.
//!
//! The operations are the same, and so are the rules of the loop: what is asked, what is written first, what a refused
//! write means. No runtime is chosen here: any executor drives the futures, and all of them are [`Send`].
//!
//! A step hashes passwords while it decides, by design slowly. A host that serves many on few threads gives the step a
//! thread on which it may take its time, or a [`PasswordHasher`](crate::password::PasswordHasher) that it has
//! measured.
//!
//! To check an implementation with the [`testkit`](crate::store::testkit), wrap it in the blocking traits of
//! [`store`](crate::store), with the runtime's `block_on` around each method.
//!
//! ```
//! use vestibule::aio;
//! use vestibule::experience::Experience;
//! use vestibule::flow::{NewPasswordIdentity, Start};
//! use vestibule::identifier::UserKey;
//! use vestibule::interaction::InteractionEvent;
//! use vestibule::operation::{Context, EntropyFailed};
//! use vestibule::password::Argon2id;
//! use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
//! use vestibule::store::{CommitError, UserChange, UserStore};
//! use vestibule::user::User;
//!
//! /// A database, say.
//! struct Users(MemoryUserStore);
//!
//! impl aio::UserStore for Users {
//!     type Error = std::convert::Infallible;
//!
//!     async fn find(&self, keys: &[UserKey]) -> Result<Vec<User>, Self::Error> {
//!         self.0.find(keys)
//!     }
//!
//!     async fn commit(&self, change: &UserChange) -> Result<(), CommitError<Self::Error>> {
//!         self.0.commit(change)
//!     }
//! }
//!
//! async fn register<V>(users: &Users, verifications: &V) -> Result<(), Box<dyn std::error::Error>>
//! where
//!     V: aio::VerificationStore<Error: std::error::Error + 'static>,
//! {
//!     let (experience, passwords) = (Experience::default(), Argon2id::default());
//!     let entropy = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| EntropyFailed);
//!     let now = chrono::DateTime::UNIX_EPOCH; // the host's clock
//!     let engine = aio::Engine::new(users, verifications, Context::new(&experience, now, &entropy, &passwords));
//!     let mut interaction = Start::new(InteractionEvent::Register).decide(engine.context())?;
//!     engine.run(&mut interaction, &NewPasswordIdentity::new("jane", "Zk7vQw9pLm")).await?;
//!     Ok(())
//! }
//! ```

use std::future::Future;

use chrono::{DateTime, Utc};

use crate::account::AccountOperation;
use crate::engine::{AccountStep, Error, InteractionStep, Next, Remembering, Run, Task};
use crate::event::Event;
use crate::identifier::{UserKey, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Context, Operation};
use crate::store::{CommitError, Loaded, RecordChanges, UserChange};
use crate::user::User;
use crate::verification::AttemptKey;

/// Where users are kept: [`store::UserStore`](crate::store::UserStore), awaited. Each method has the obligations of
/// its namesake there.
pub trait UserStore: Sync {
    /// What can go wrong in the backend.
    type Error: Send;

    /// Every user that holds any of the keys, each once, in any order; as of one moment.
    ///
    /// # Errors
    /// The backend's own.
    fn find(&self, keys: &[UserKey]) -> impl Future<Output = Result<Vec<User>, Self::Error>> + Send;

    /// Writes a user if nobody was faster and no other user holds one of its keys. All or nothing, visible to every
    /// later `find`. Of two commits at once that claim one key, exactly one succeeds.
    ///
    /// A future that is dropped before it is done has either written everything or nothing.
    ///
    /// # Errors
    /// [`CommitError::Stale`] if the stored revision is not [`UserChange::expected`]; [`CommitError::Taken`] with the
    /// first of [`UserChange::keys`] that another user holds; [`CommitError::Store`] for the backend's own.
    fn commit(
        &self,
        change: &UserChange,
    ) -> impl Future<Output = Result<(), CommitError<Self::Error>>> + Send;
}

/// Where verification records and counters are kept: [`store::VerificationStore`](crate::store::VerificationStore),
/// awaited. Each method has the obligations of its namesake there.
pub trait VerificationStore: Sync {
    /// What can go wrong in the backend.
    type Error: Send;

    /// The records and counters of these ids and keys; what does not exist is left out. As of one moment.
    ///
    /// # Errors
    /// The backend's own.
    fn load(
        &self,
        records: &[VerificationId],
        attempts: &[AttemptKey],
    ) -> impl Future<Output = Result<Loaded, Self::Error>> + Send;

    /// Writes records and counters if nobody was faster on any of them. All or nothing, visible to every later
    /// `load`.
    ///
    /// A future that is dropped before it is done has either written everything or nothing.
    ///
    /// # Errors
    /// [`CommitError::Stale`] if any stored revision is not the
    /// [`expected`](crate::store::RevisedWrite::expected) one; [`CommitError::Store`] for the backend's own. Never
    /// [`CommitError::Taken`].
    fn commit(
        &self,
        changes: &RecordChanges,
    ) -> impl Future<Output = Result<(), CommitError<Self::Error>>> + Send;

    /// Removes what expired before `now`, and says how much that was.
    ///
    /// # Errors
    /// The backend's own.
    fn purge_expired(&self, now: DateTime<Utc>) -> impl Future<Output = Result<u64, Self::Error>> + Send;
}

/// What [`Engine::run`] and [`Engine::run_account`] answer.
pub type Outcome<T, U, V> = Result<T, Error<<U as UserStore>::Error, <V as VerificationStore>::Error>>;

/// Runs operations over two stores that are awaited; otherwise as [`engine::Engine`](crate::engine::Engine).
///
/// If a future is dropped before it is done, as when a client goes away, the interaction is as it was. What was
/// written by then stays written: as after a crash, a person may have to try again, and nobody gets a free try.
pub struct Engine<'a, U, V> {
    users: &'a U,
    verifications: &'a V,
    context: Context<'a>,
    listener: &'a (dyn Fn(&Event) + Sync),
}

impl<'a, U: UserStore, V: VerificationStore> Engine<'a, U, V> {
    /// An engine over two stores.
    pub fn new(users: &'a U, verifications: &'a V, context: Context<'a>) -> Self {
        Self { users, verifications, context, listener: &|_| {} }
    }

    /// With somebody who is told of every event, after it was committed.
    #[must_use]
    pub fn with_listener(self, listener: &'a (dyn Fn(&Event) + Sync)) -> Self {
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
    #[expect(clippy::manual_async_fn, reason = "the signature promises a future that is `Send`")]
    pub fn run<O>(
        &self,
        interaction: &mut Interaction,
        operation: &O,
    ) -> impl Future<Output = Outcome<O::Output, U, V>> + Send
    where
        O: Operation<Output: Send> + Sync,
    {
        async move { self.carry(InteractionStep { interaction, operation }).await }
    }

    /// Runs an operation on an account, outside any interaction.
    ///
    /// # Errors
    /// [`Error`]; then nothing was written.
    #[expect(clippy::manual_async_fn, reason = "the signature promises a future that is `Send`")]
    pub fn run_account<O>(&self, operation: &O) -> impl Future<Output = Outcome<O::Output, U, V>> + Send
    where
        O: AccountOperation<Output: Send> + Sync,
    {
        async move { self.carry(AccountStep { operation }).await }
    }

    /// Carries questions and writes to the stores, and their answers back. What they mean is the run's to say.
    async fn carry<T: Task>(&self, task: T) -> Outcome<T::Output, U, V> {
        let memory = Remembering::new(self.context.passwords);
        let mut run = Run::new(task, Context { passwords: &memory, ..self.context });
        loop {
            match run.next()? {
                Next::Load(records, attempts) => {
                    let loaded = self.verifications.load(records, attempts).await;
                    run.loaded(loaded.map_err(Error::Verifications)?)?;
                }
                Next::Find(keys) => {
                    let found = self.users.find(keys).await;
                    run.found(found.map_err(Error::Users)?)?;
                }
                Next::CommitRecords(changes) => {
                    let answer = self.verifications.commit(changes).await;
                    run.committed(answer, Error::Verifications)?;
                }
                Next::CommitUser(change) => {
                    let answer = self.users.commit(change).await;
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
