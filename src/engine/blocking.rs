//! The engine that blocks.

use super::dialogue::{Dialogue, Next};
use super::{Answer, Error};
use crate::audit::AuditEvent;
use crate::experience::{BreachList, DisposableDomains, NoBreachList, NoDisposableDomains};
use crate::flow::Start;
use crate::interaction::{Interaction, InteractionId};
use crate::operation::{Context, Operation, Subject};
use crate::password::PasswordHasher;
use crate::store::{UserStore, VerificationStore};

/// Drives operations over the two stores, and does the slow work on the caller's thread: asks what an operation asks,
/// each store at most once a round, carries its decision out in one commit, and begins again if somebody was faster.
///
/// An engine lives for one request: its context holds the time. [`aio::Engine`](super::aio::Engine) awaits its stores.
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
///
/// let engine = Engine::new(&users, &verifications, &passwords, Context::new(&experience, now, &entropy));
/// let id = engine.start(&Start::new(InteractionEvent::SignIn))?; // for the client's cookie
///
/// let error = engine.run(&id, &ResetPassword::new("Zk7vQw9pLm")).unwrap_err();
/// assert_eq!(error.rejection().map(|rejection| rejection.code()), Some("session.invalid_interaction_type"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine<'a, U, V> {
    users: &'a U,
    verifications: &'a V,
    passwords: &'a dyn PasswordHasher,
    breached: &'a dyn BreachList,
    disposable: &'a dyn DisposableDomains,
    context: Context<'a>,
    listener: &'a dyn Fn(&AuditEvent),
}

/// What [`Engine::run`] answers.
pub type Outcome<T, U, V> = Result<T, Error<<U as UserStore>::Error, <V as VerificationStore>::Error>>;

impl<'a, U: UserStore, V: VerificationStore> Engine<'a, U, V> {
    /// An engine over two stores and a password hasher, with no list of breached passwords or disposable domains.
    pub fn new(
        users: &'a U,
        verifications: &'a V,
        passwords: &'a dyn PasswordHasher,
        context: Context<'a>,
    ) -> Self {
        let (breached, disposable) = (&NoBreachList, &NoDisposableDomains);
        Self { users, verifications, passwords, breached, disposable, context, listener: &|_| {} }
    }

    /// With a list of breached passwords, beside the library's own of the most common ones.
    #[must_use]
    pub fn with_breach_list(self, breached: &'a dyn BreachList) -> Self {
        Self { breached, ..self }
    }

    /// With a list of disposable email domains.
    #[must_use]
    pub fn with_disposable_domains(self, disposable: &'a dyn DisposableDomains) -> Self {
        Self { disposable, ..self }
    }

    /// With somebody who is told of every event, after it was committed.
    #[must_use]
    pub fn with_listener(self, listener: &'a dyn Fn(&AuditEvent)) -> Self {
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
    pub fn start(&self, start: &Start) -> Outcome<InteractionId, U, V> {
        self.act(start)
    }

    /// Runs a step of the interaction of an id. The answer carries the interaction's new id if it got one: the old one
    /// names nothing from then on.
    ///
    /// # Errors
    /// [`Error`]. After [`Error::Rejected`] what the rules let stand was written; after any other, perhaps a part: the
    /// same step, run again, goes on.
    pub fn run<O: Operation<Subject = Interaction>>(
        &self,
        id: &InteractionId,
        operation: &O,
    ) -> Outcome<Answer<O::Output>, U, V> {
        self.drive(operation, id)
    }

    /// Runs an operation that is no step of an interaction: a signed-in person's, or an operator's.
    ///
    /// # Errors
    /// [`Error`]; then nothing was written.
    pub fn act<O: Operation<Subject = ()>>(&self, operation: &O) -> Outcome<O::Output, U, V> {
        self.drive(operation, &()).map(|answer| answer.output)
    }

    fn drive<O: Operation>(
        &self,
        operation: &O,
        id: &<O::Subject as Subject>::Id,
    ) -> Outcome<Answer<O::Output>, U, V> {
        let mut dialogue = Dialogue::new(operation, id, self.context);
        match self.go_on(&mut dialogue) {
            Ok(()) => dialogue.finish(self.listener),
            Err(error) => {
                // The account may be written all the same.
                dialogue.written_events().iter().for_each(self.listener);
                Err(error)
            }
        }
    }

    /// Gives the dialogue what it wants, until it has an answer.
    fn go_on<O: Operation>(&self, dialogue: &mut Dialogue<'_, O>) -> Outcome<(), U, V> {
        loop {
            match dialogue.next()? {
                Next::Load(keys) => {
                    let entries = self.verifications.load(keys).map_err(Error::Verifications)?;
                    dialogue.loaded(entries)?;
                }
                Next::Find(keys) => {
                    let users = self.users.find(keys).map_err(Error::Users)?;
                    dialogue.found(&users)?;
                }
                Next::Hash(password, salt) => {
                    let digest = self.passwords.hash(password.expose(), &salt);
                    dialogue.hashed(digest.map_err(crate::operation::HostError::from)?);
                }
                Next::Verify(password, digest) => {
                    let found = self.passwords.verify(password.expose(), digest);
                    dialogue.verified(found);
                }
                Next::Import(imported) => {
                    let digest = self.passwords.import(imported);
                    dialogue.imported(digest);
                }
                Next::IsBreached(password) => {
                    let breached = self.breached.contains(password.expose());
                    dialogue.breached(breached);
                }
                Next::IsDisposable(domain) => {
                    let disposable = self.disposable.contains(domain);
                    dialogue.disposable(disposable);
                }
                Next::CommitUser(change) => {
                    let answer = self.users.commit(change);
                    dialogue.committed(answer).map_err(|failed| failed.into_error(Error::Users))?;
                }
                Next::CommitEntries(changes) => {
                    let answer = self.verifications.commit(changes);
                    dialogue.committed(answer).map_err(|failed| failed.into_error(Error::Verifications))?;
                }
                Next::Finish => return Ok(()),
            }
        }
    }
}

impl<U, V> std::fmt::Debug for Engine<'_, U, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("context", &self.context).finish_non_exhaustive()
    }
}
