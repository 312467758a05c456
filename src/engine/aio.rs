//! The same engine, for a host that awaits.
//!
//! The operations are the same, and so is the dialogue: what is asked, what is written first, what a refused write means.
//! The slow work is awaited too ([`SlowWork`]), so that no thread of an executor is ever blocked by it and the host bounds
//! it. No runtime is chosen here: any executor drives the futures, and all of them are [`Send`].
//!
//! ```
//! use vestibule::engine::aio::{Engine, SlowWork};
//! use vestibule::experience::Experience;
//! use vestibule::flow::{NewPasswordIdentity, Start};
//! use vestibule::interaction::InteractionEvent;
//! use vestibule::operation::{Context, EntropyFailed};
//! use vestibule::store::aio::{UserStore, VerificationStore};
//!
//! async fn register<U, V, W>(users: &U, verifications: &V, work: &W) -> Result<(), Box<dyn std::error::Error>>
//! where
//!     U: UserStore<Error: std::error::Error + 'static>,
//!     V: VerificationStore<Error: std::error::Error + 'static>,
//!     W: SlowWork,
//! {
//!     let experience = Experience::default();
//!     let entropy = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| EntropyFailed);
//!     let now = chrono::DateTime::UNIX_EPOCH; // the host's clock
//!     let engine = Engine::new(users, verifications, work, Context::new(&experience, now, &entropy));
//!     let id = engine.start(&Start::new(InteractionEvent::Register)).await?;
//!     let answer = engine.run(&id, &NewPasswordIdentity::new("jane", "Zk7vQw9pLm")).await?;
//!     let _cookie = answer.new_id.unwrap_or(id);
//!     Ok(())
//! }
//! ```

use std::future::Future;

use super::dialogue::{Dialogue, Next};
use super::{Answer, Error};
use crate::audit::AuditEvent;
use crate::flow::Start;
use crate::interaction::{Interaction, InteractionId};
use crate::operation::{Context, HostError, Operation, Subject};
use crate::password::{HashingFailed, ImportedDigest, PasswordMatch};
use crate::secret::{PasswordDigest, Secret};
use crate::store::aio::{UserStore, VerificationStore};

/// The slow work of decisions, awaited. A host gives it threads of its own, as many as it will.
pub trait SlowWork: Sync {
    /// The digest of a password under the current scheme, as [`PasswordHasher::hash`](crate::password::PasswordHasher::hash).
    ///
    /// # Errors
    /// [`HashingFailed`] if the work could not be done.
    fn hash(
        &self,
        password: &Secret,
        salt: [u8; 16],
    ) -> impl Future<Output = Result<PasswordDigest, HashingFailed>> + Send;

    /// Whether a password is that of a digest, as
    /// [`PasswordHasher::verify`](crate::password::PasswordHasher::verify).
    ///
    /// # Errors
    /// [`HashingFailed`] if the work could not be done.
    fn verify(
        &self,
        password: &Secret,
        digest: &PasswordDigest,
    ) -> impl Future<Output = Result<PasswordMatch, HashingFailed>> + Send;

    /// A digest that another system made, as the hasher keeps it, as
    /// [`PasswordHasher::import`](crate::password::PasswordHasher::import).
    fn import(&self, imported: &ImportedDigest) -> impl Future<Output = Option<PasswordDigest>> + Send;

    /// Whether a password is known from breaches. A host without a list answers `false`.
    fn is_breached(&self, password: &Secret) -> impl Future<Output = bool> + Send;

    /// Whether an email domain is disposable. A host without a list answers `false`.
    fn is_disposable(&self, domain: &str) -> impl Future<Output = bool> + Send;
}

/// What [`Engine::run`] answers.
pub type Outcome<T, U, V> = Result<T, Error<<U as UserStore>::Error, <V as VerificationStore>::Error>>;

/// Drives operations over two stores that are awaited; otherwise as [`engine::Engine`](super::Engine).
///
/// If a future is dropped before it is done, as when a client goes away, what was written by then stays written: as
/// after a crash, the same step goes on when it is tried again, and nobody gets a free try.
pub struct Engine<'a, U, V, W> {
    users: &'a U,
    verifications: &'a V,
    work: &'a W,
    context: Context<'a>,
    listener: &'a (dyn Fn(&AuditEvent) + Sync),
}

impl<'a, U: UserStore, V: VerificationStore, W: SlowWork> Engine<'a, U, V, W> {
    /// An engine over two stores and whoever does the slow work.
    pub fn new(users: &'a U, verifications: &'a V, work: &'a W, context: Context<'a>) -> Self {
        Self { users, verifications, work, context, listener: &|_| {} }
    }

    /// With somebody who is told of every event, after it was committed.
    #[must_use]
    pub fn with_listener(self, listener: &'a (dyn Fn(&AuditEvent) + Sync)) -> Self {
        Self { listener, ..self }
    }

    /// The context.
    pub fn context(&self) -> &Context<'a> {
        &self.context
    }

    /// Starts an interaction, and gives its id: the client's cookie.
    ///
    /// # Errors
    /// [`Error`]; then nothing was written.
    pub fn start(&self, start: &Start) -> impl Future<Output = Outcome<InteractionId, U, V>> + Send {
        self.act(start)
    }

    /// Runs a step of the interaction of an id. The answer carries the interaction's new id if it got one: the old one
    /// names nothing from then on.
    ///
    /// # Errors
    /// [`Error`]. After [`Error::Rejected`] what the rules let stand was written; after any other, perhaps a part: the
    /// same step, run again, goes on.
    pub fn run<O>(
        &self,
        id: &InteractionId,
        operation: &O,
    ) -> impl Future<Output = Outcome<Answer<O::Output>, U, V>> + Send
    where
        O: Operation<Subject = Interaction, Output: Send> + Sync,
    {
        self.drive(operation, id)
    }

    /// Runs an operation that is no step of an interaction: a signed-in person's, or an operator's.
    ///
    /// # Errors
    /// [`Error`]; then nothing was written.
    pub async fn act<O>(&self, operation: &O) -> Outcome<O::Output, U, V>
    where
        O: Operation<Subject = (), Output: Send> + Sync,
    {
        self.drive(operation, &()).await.map(|answer| answer.output)
    }

    async fn drive<O>(
        &self,
        operation: &O,
        id: &<O::Subject as Subject>::Id,
    ) -> Outcome<Answer<O::Output>, U, V>
    where
        O: Operation<Output: Send> + Sync,
    {
        let mut dialogue = Dialogue::new(operation, id, self.context);
        match self.go_on(&mut dialogue).await {
            Ok(()) => dialogue.finish(self.listener),
            Err(error) => {
                // The account may be written all the same.
                dialogue.written_events().iter().for_each(self.listener);
                Err(error)
            }
        }
    }

    /// Gives the dialogue what it wants, until it has an answer.
    async fn go_on<O: Operation>(&self, dialogue: &mut Dialogue<'_, O>) -> Outcome<(), U, V> {
        loop {
            match dialogue.next()? {
                Next::Load(keys) => {
                    let entries = self.verifications.load(keys).await.map_err(Error::Verifications)?;
                    dialogue.loaded(entries)?;
                }
                Next::Find(keys) => {
                    let users = self.users.find(keys).await.map_err(Error::Users)?;
                    dialogue.found(&users)?;
                }
                Next::Hash(password, salt) => {
                    let digest = self.work.hash(password, salt).await.map_err(HostError::from)?;
                    dialogue.hashed(digest);
                }
                Next::Verify(password, digest) => {
                    let found = self.work.verify(password, digest).await.map_err(HostError::from)?;
                    dialogue.verified(found);
                }
                Next::Import(imported) => {
                    let digest = self.work.import(imported).await;
                    dialogue.imported(digest);
                }
                Next::IsBreached(password) => {
                    let breached = self.work.is_breached(password).await;
                    dialogue.breached(breached);
                }
                Next::IsDisposable(domain) => {
                    let disposable = self.work.is_disposable(domain).await;
                    dialogue.disposable(disposable);
                }
                Next::CommitUser(change) => {
                    let answer = self.users.commit(change).await;
                    dialogue.committed(answer).map_err(|failed| failed.into_error(Error::Users))?;
                }
                Next::CommitEntries(changes) => {
                    let answer = self.verifications.commit(changes).await;
                    dialogue.committed(answer).map_err(|failed| failed.into_error(Error::Verifications))?;
                }
                Next::Finish => return Ok(()),
            }
        }
    }
}

impl<U, V, W> std::fmt::Debug for Engine<'_, U, V, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("context", &self.context).finish_non_exhaustive()
    }
}
