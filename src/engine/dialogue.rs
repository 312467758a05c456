//! The dialogue of one operation with the stores and whoever does the slow work.

use std::sync::Arc;

use super::{Answer, Error, MAX_TRIES};
use crate::audit::{AuditAction, AuditEvent};
use crate::identifier::UserKey;
use crate::operation::{
    Context, Decision, Facts, HostError, Operation, Progress, Questions, Subject, decide,
};
use crate::password::{ImportedDigest, PasswordMatch};
use crate::secret::{PasswordDigest, Secret};
use crate::store::{CommitError, Entry, EntryChange, EntryKey, UserChange};
use crate::user::User;

/// How many rounds of questions a decision may take. No operation needs more than three; one that asks on is not
/// answered.
const MAX_ROUNDS: usize = 8;

/// One operation from its first question to its answer, waiting for nothing: it says what it wants next, and is given
/// it. Both engines drive it; a host with other needs can, too.
///
/// ```
/// use std::convert::Infallible;
///
/// use vestibule::engine::{Dialogue, Next};
/// use vestibule::experience::Experience;
/// use vestibule::flow::Start;
/// use vestibule::interaction::InteractionEvent;
/// use vestibule::operation::{Context, EntropyFailed};
/// use vestibule::store::VerificationStore;
/// use vestibule::store::memory::MemoryVerificationStore;
///
/// let (experience, verifications) = (Experience::default(), MemoryVerificationStore::new());
/// let entropy = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| EntropyFailed);
/// let now = chrono::DateTime::UNIX_EPOCH; // the host's clock
/// let context = Context::new(&experience, now, &entropy);
///
/// let start = Start::new(InteractionEvent::SignIn);
/// let mut dialogue = Dialogue::new(&start, &(), context);
/// let answer = loop {
///     match dialogue.next()? {
///         Next::CommitEntries(changes) => {
///             let answer = verifications.commit(changes);
///             dialogue.committed(answer)?;
///         }
///         Next::Finish => break dialogue.finish::<Infallible, Infallible>(|_event| ())?,
///         other => unreachable!("starting asks nothing: {other:?}"),
///     }
/// };
/// let _id = answer.output; // for the client's cookie
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Dialogue<'a, O: Operation> {
    operation: &'a O,
    id: &'a <O::Subject as Subject>::Id,
    context: Context<'a>,
    facts: Facts,
    rounds: usize,
    /// How often others were faster.
    refused: usize,
    /// What happened to an account that was written, by a decision that went no further.
    written: Vec<AuditEvent>,
    state: State<O::Output>,
}

/// What an operation wants next. Each but [`Finish`](Self::Finish) is answered by the method of its name.
#[derive(Debug)]
#[non_exhaustive]
pub enum Next<'d> {
    /// Load these entries: [`loaded`](Dialogue::loaded).
    Load(&'d [EntryKey]),
    /// Find the users of these keys: [`found`](Dialogue::found).
    Find(&'d [UserKey]),
    /// Hash this password with this salt: [`hashed`](Dialogue::hashed).
    Hash(&'d Secret, [u8; 16]),
    /// Say whether this password is that of the digest: [`verified`](Dialogue::verified).
    Verify(&'d Secret, &'d PasswordDigest),
    /// Say how the hasher keeps this digest, which another system made: [`imported`](Dialogue::imported).
    Import(&'d ImportedDigest),
    /// Say whether this password is known from breaches: [`breached`](Dialogue::breached).
    IsBreached(&'d Secret),
    /// Say whether this email domain is disposable: [`disposable`](Dialogue::disposable).
    IsDisposable(&'d str),
    /// Write this to the store of users: [`committed`](Dialogue::committed).
    CommitUser(&'d UserChange),
    /// Write this to the store of verifications: [`committed`](Dialogue::committed).
    CommitEntries(&'d [EntryChange]),
    /// There is an answer: [`finish`](Dialogue::finish).
    Finish,
}

/// Where a dialogue stands. Decisions are large, and states change: they are boxed.
enum State<T> {
    Deciding,
    Asking(Questions),
    CommittingUser(Box<Decision<T>>),
    CommittingEntries(Box<Decision<T>>),
    Done(Box<Decision<T>>),
}

impl<'a, O: Operation> Dialogue<'a, O> {
    /// An operation on a subject, in a context.
    pub fn new(operation: &'a O, id: &'a <O::Subject as Subject>::Id, context: Context<'a>) -> Self {
        let facts = Facts::new(context.experience);
        Self {
            operation,
            id,
            context,
            facts,
            rounds: 0,
            refused: 0,
            written: Vec::new(),
            state: State::Deciding,
        }
    }

    /// What is wanted next.
    ///
    /// # Errors
    /// [`HostError`] if there is no entropy, or answers did not answer what was asked.
    #[expect(clippy::should_implement_trait, reason = "it lends, which no iterator does")]
    pub fn next(&mut self) -> Result<Next<'_>, HostError> {
        if matches!(&self.state, State::Asking(questions) if questions.is_empty()) {
            self.state = State::Deciding;
        }
        if matches!(self.state, State::Deciding) {
            self.decide()?;
        }
        match &self.state {
            State::Asking(questions) => self.ask(questions),
            State::CommittingUser(decision) => Ok(match &decision.user {
                Some(change) => Next::CommitUser(change),
                None => Next::Finish,
            }),
            State::CommittingEntries(decision) => Ok(Next::CommitEntries(&decision.entries)),
            State::Deciding | State::Done(_) => Ok(Next::Finish),
        }
    }

    fn decide(&mut self) -> Result<(), HostError> {
        self.rounds += 1;
        if self.rounds > MAX_ROUNDS {
            return Err(HostError::Unanswered);
        }
        self.state = match decide(self.operation, self.id, &self.facts, &self.context)? {
            Progress::Ask(questions) => State::Asking(questions),
            Progress::Decided(decision) => {
                State::CommittingUser(Box::new(decision)).with_something_to_write()
            }
        };
        Ok(())
    }

    /// Both stores first, each once; then the slow work.
    fn ask<'d>(&self, questions: &'d Questions) -> Result<Next<'d>, HostError> {
        if !questions.entries.is_empty() {
            return Ok(Next::Load(&questions.entries));
        }
        if !questions.users.is_empty() {
            return Ok(Next::Find(&questions.users));
        }
        if let Some(password) = questions.breached.last() {
            return Ok(Next::IsBreached(password));
        }
        if let Some(domain) = questions.disposable.last() {
            return Ok(Next::IsDisposable(domain));
        }
        if let Some(imported) = questions.import.last() {
            return Ok(Next::Import(imported));
        }
        if let Some((password, digest)) = questions.verify.last() {
            return Ok(Next::Verify(password, digest));
        }
        match questions.hash.last() {
            Some(password) => {
                let mut salt = [0; 16];
                self.context.entropy.fill(&mut salt)?;
                Ok(Next::Hash(password, salt))
            }
            None => Ok(Next::Finish),
        }
    }

    /// The answer to [`Next::Load`].
    ///
    /// # Errors
    /// [`HostError::UnaskedEntry`]
    pub fn loaded(&mut self, entries: Vec<Arc<Entry>>) -> Result<(), HostError> {
        if let State::Asking(questions) = &mut self.state {
            self.facts.add_entries(questions, entries)?;
            questions.entries.clear();
        }
        Ok(())
    }

    /// The answer to [`Next::Find`].
    ///
    /// # Errors
    /// [`HostError::UnaskedUser`], [`HostError::AmbiguousKey`]
    pub fn found(&mut self, users: &[Arc<User>]) -> Result<(), HostError> {
        if let State::Asking(questions) = &mut self.state {
            self.facts.add_users(questions, users)?;
            questions.users.clear();
        }
        Ok(())
    }

    /// The answer to [`Next::Hash`].
    pub fn hashed(&mut self, digest: PasswordDigest) {
        if let State::Asking(questions) = &mut self.state
            && let Some(password) = questions.hash.pop()
        {
            self.facts.add_hashed(password, digest);
        }
    }

    /// The answer to [`Next::Verify`].
    pub fn verified(&mut self, found: PasswordMatch) {
        if let State::Asking(questions) = &mut self.state
            && let Some((password, digest)) = questions.verify.pop()
        {
            self.facts.add_verified(password, digest, found);
        }
    }

    /// The answer to [`Next::Import`].
    pub fn imported(&mut self, digest: Option<PasswordDigest>) {
        if let State::Asking(questions) = &mut self.state
            && let Some(imported) = questions.import.pop()
        {
            self.facts.add_imported(imported, digest);
        }
    }

    /// The answer to [`Next::IsBreached`].
    pub fn breached(&mut self, breached: bool) {
        if let State::Asking(questions) = &mut self.state
            && let Some(password) = questions.breached.pop()
        {
            self.facts.add_breached(password, breached);
        }
    }

    /// The answer to [`Next::IsDisposable`].
    pub fn disposable(&mut self, disposable: bool) {
        if let State::Asking(questions) = &mut self.state
            && let Some(domain) = questions.disposable.pop()
        {
            self.facts.add_disposable(domain, disposable);
        }
    }

    /// The answer to [`Next::CommitUser`] and [`Next::CommitEntries`]. Where somebody was faster, the facts are
    /// forgotten and all is decided again.
    ///
    /// # Errors
    /// [`CommitFailed`]
    pub fn committed<E>(&mut self, answer: Result<(), CommitError<E>>) -> Result<(), CommitFailed<E>> {
        if answer.is_err() {
            self.remember_what_is_written();
        }
        match answer {
            Ok(()) => {
                self.state = match std::mem::replace(&mut self.state, State::Deciding) {
                    State::CommittingUser(decision) => {
                        State::CommittingEntries(decision).with_something_to_write()
                    }
                    State::CommittingEntries(decision) => State::Done(decision),
                    other => other,
                };
                Ok(())
            }
            Err(CommitError::Stale) => self.start_again(),
            Err(CommitError::Taken(key)) => {
                // Deciding again gives the key its documented answer, in the order of the rules. An operation that
                // goes on claiming it has no answer to give: nobody but the store can be wrong.
                if self.facts.is_taken(&key) {
                    return Err(CommitFailed::Host(HostError::AmbiguousKey(key)));
                }
                self.facts.add_taken(key);
                self.start_again()
            }
            Err(CommitError::Store(error)) => Err(CommitFailed::Store(error)),
        }
    }

    /// The account is written, and stays so, whatever comes of the rest: whoever is to be told of it is told. That somebody
    /// signed in is not so.
    fn remember_what_is_written(&mut self) {
        let State::CommittingEntries(decision) = &self.state else { return };
        if decision.user.is_some() {
            let happened = |event: &&AuditEvent| event.action != AuditAction::SignedIn;
            self.written.extend(decision.events.iter().filter(happened).cloned());
        }
    }

    /// What happened to an account that was written although the operation has no answer: its other write lost a race, or its
    /// store failed. For whoever drives the dialogue and gives it up; [`finish`](Self::finish) tells it by itself.
    pub fn written_events(&self) -> &[AuditEvent] {
        &self.written
    }

    /// Somebody was faster: nothing of the decision holds, nor do the facts.
    fn start_again<E>(&mut self) -> Result<(), CommitFailed<E>> {
        self.refused += 1;
        self.rounds = 0;
        self.facts.forget_stores();
        self.state = State::Deciding;
        if self.refused < MAX_TRIES { Ok(()) } else { Err(CommitFailed::Contention) }
    }

    /// The end: tells what happened, and answers.
    ///
    /// # Errors
    /// [`Error::Rejected`] if a rule did not hold; [`Error::Host`] if the dialogue is not at its end.
    pub fn finish<U, V>(self, listener: impl FnMut(&AuditEvent)) -> Result<Answer<O::Output>, Error<U, V>> {
        let State::Done(decision) = self.state else { return Err(Error::Host(HostError::Unanswered)) };
        let again = decision.events.iter().filter(|event| !self.written.contains(event));
        self.written.iter().chain(again).for_each(listener);
        let Decision { outcome, new_id, .. } = *decision;
        outcome.map(|output| Answer { output, new_id }).map_err(Error::Rejected)
    }
}

/// Why a commit ends a dialogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitFailed<E> {
    /// [`MAX_TRIES`] times in a row somebody else was faster.
    #[error("too many others were writing the same: try again")]
    Contention,
    /// The store says that a key is taken which the operation does not claim, or has asked it for.
    #[error(transparent)]
    Host(HostError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] E),
}

impl<E> CommitFailed<E> {
    /// As an engine answers it.
    pub(super) fn into_error<U, V>(self, store: impl FnOnce(E) -> Error<U, V>) -> Error<U, V> {
        match self {
            Self::Contention => Error::Contention,
            Self::Host(error) => Error::Host(error),
            Self::Store(error) => store(error),
        }
    }
}

impl<T> State<T> {
    /// Spends before it grants: the user first, whose one-time password, backup code or counter is used up; then the
    /// entries. A write of nothing is passed over.
    fn with_something_to_write(self) -> Self {
        match self {
            Self::CommittingUser(decision) if decision.user.is_none() => {
                Self::CommittingEntries(decision).with_something_to_write()
            }
            Self::CommittingEntries(decision) if decision.entries.is_empty() => Self::Done(decision),
            other => other,
        }
    }
}

impl<O: Operation> std::fmt::Debug for Dialogue<'_, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialogue").field("operation", &O::NAME).finish_non_exhaustive()
    }
}
