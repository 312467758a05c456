//! A run of an operation, as a dialogue with the two stores. It waits for nothing, so that the engine that blocks and
//! the one that awaits are the same but for that.

use super::task::{Decided, Task};
use super::{Error, MAX_ROUNDS};
use crate::event::Event;
use crate::identifier::{UserKey, VerificationId};
use crate::operation::{Context, Facts, Misuse, Needs};
use crate::store::{CommitError, Loaded, RecordChanges, UserChange};
use crate::user::User;
use crate::verification::AttemptKey;

/// How often an operation is asked what it needs: users may follow from records, and nothing follows from users. Each
/// store is so asked once at most in a round; an operation that asks on is refused for want of facts.
const QUESTIONS: usize = 2;

/// What an engine is to do next. It gives the store's answer back to the run.
pub(crate) enum Next<'r> {
    Load(&'r [VerificationId], &'r [AttemptKey]),
    Find(&'r [UserKey]),
    CommitRecords(&'r RecordChanges),
    CommitUser(&'r UserChange),
    Finish,
}

/// Rounds of facts, decision and commit, until one goes through.
pub(crate) struct Run<'a, T: Task> {
    task: T,
    context: Context<'a>,
    facts: Facts,
    asked: usize,
    /// The rounds that others spoilt.
    refused: usize,
    taken: Option<UserKey>,
    stage: Stage<T::Decision>,
}

/// Where a run stands. A stage that has nothing to ask or to write is passed over. Decisions are large, and stages
/// change: they are boxed.
enum Stage<D> {
    Ask,
    Load(Needs),
    Find(Needs),
    CommitUser(Box<D>),
    CommitRecords(Box<D>),
    Written(Box<D>),
    Taken(UserKey),
}

impl<'a, T: Task> Run<'a, T> {
    pub(crate) fn new(task: T, context: Context<'a>) -> Self {
        let facts = Facts::new(context.experience);
        Self { task, context, facts, asked: 0, refused: 0, taken: None, stage: Stage::Ask }
    }

    /// What to do next.
    pub(crate) fn next(&mut self) -> Result<Next<'_>, Misuse> {
        if let Stage::Ask = self.stage {
            self.stage = self.ask()?;
        }
        Ok(match &self.stage {
            Stage::Load(needs) => Next::Load(&needs.records, &needs.attempts),
            Stage::Find(needs) => Next::Find(&needs.users),
            Stage::CommitRecords(decision) => decision.records().map_or(Next::Finish, Next::CommitRecords),
            Stage::CommitUser(decision) => decision.user().map_or(Next::Finish, Next::CommitUser),
            Stage::Ask | Stage::Written(_) | Stage::Taken(_) => Next::Finish,
        })
    }

    /// The answer to [`Next::Load`].
    pub(crate) fn loaded(&mut self, loaded: Loaded) -> Result<(), Misuse> {
        if let Stage::Load(needs) = self.take_stage() {
            self.facts.add_records(&needs, loaded)?;
            self.stage = if needs.users.is_empty() { Stage::Ask } else { Stage::Find(needs) };
        }
        Ok(())
    }

    /// The answer to [`Next::Find`].
    pub(crate) fn found(&mut self, found: Vec<User>) -> Result<(), Misuse> {
        if let Stage::Find(needs) = self.take_stage() {
            self.facts.add_users(&needs, found)?;
        }
        Ok(())
    }

    /// The answer to [`Next::CommitRecords`] and [`Next::CommitUser`].
    pub(crate) fn committed<U, V, S>(
        &mut self,
        answer: Result<(), CommitError<S>>,
        failed: impl FnOnce(S) -> Error<U, V>,
    ) -> Result<(), Error<U, V>> {
        match answer {
            Ok(()) => {
                self.stage = match self.take_stage() {
                    Stage::CommitUser(decision) if decision.records().is_some() => {
                        Stage::CommitRecords(decision)
                    }
                    Stage::CommitRecords(decision) | Stage::CommitUser(decision) => Stage::Written(decision),
                    other => other,
                };
                Ok(())
            }
            Err(CommitError::Stale) => self.start_again(),
            // Deciding again answers in the order of the rules. Twice the same key: the store knows better.
            Err(CommitError::Taken(key)) if self.taken.as_ref() == Some(&key) => {
                self.stage = Stage::Taken(key);
                Ok(())
            }
            Err(CommitError::Taken(key)) => {
                self.taken = Some(key);
                self.start_again()
            }
            Err(CommitError::Store(error)) => Err(failed(error)),
        }
    }

    /// The end: tells what happened, and answers.
    pub(crate) fn finish<U, V>(self, listener: impl FnMut(&Event)) -> Result<T::Output, Error<U, V>> {
        match self.stage {
            Stage::Written(decision) => {
                decision.events().iter().for_each(listener);
                self.task.written(*decision)
            }
            Stage::Taken(key) => self.task.taken(key),
            // No engine finishes before it was told to.
            _ => Err(Error::Contention),
        }
    }

    /// Asks what is needed; decides when that is nothing more, or was asked often enough.
    fn ask(&mut self) -> Result<Stage<T::Decision>, Misuse> {
        if self.asked < QUESTIONS {
            self.asked += 1;
            let needs = self.task.needs(&self.facts, &self.context);
            if !needs.records.is_empty() || !needs.attempts.is_empty() {
                return Ok(Stage::Load(needs));
            }
            if !needs.users.is_empty() {
                return Ok(Stage::Find(needs));
            }
        }
        let decision = Box::new(self.task.decide(&self.facts, &self.context)?);
        // Spends before it grants: the user first, whose one-time password, backup code or counter is used up; then
        // the record that is good for it.
        Ok(match (decision.user(), decision.records()) {
            (Some(_), _) => Stage::CommitUser(decision),
            (None, Some(_)) => Stage::CommitRecords(decision),
            (None, None) => Stage::Written(decision),
        })
    }

    /// Somebody was faster: nothing of the decision holds, nor do the facts.
    fn start_again<U, V>(&mut self) -> Result<(), Error<U, V>> {
        self.refused += 1;
        self.facts = Facts::new(self.context.experience);
        self.asked = 0;
        self.stage = Stage::Ask;
        if self.refused < MAX_ROUNDS { Ok(()) } else { Err(Error::Contention) }
    }

    fn take_stage(&mut self) -> Stage<T::Decision> {
        std::mem::replace(&mut self.stage, Stage::Ask)
    }
}
