//! What an engine runs: a step of an interaction, or an operation on an account.

use super::Error;
use crate::account::{self, AccountDecision, AccountOperation};
use crate::event::Event;
use crate::identifier::UserKey;
use crate::interaction::Interaction;
use crate::operation::{Context, Decision, Facts, Misuse, Needs, Operation, already_in_use, decide};
use crate::store::{RecordChanges, UserChange};

/// What an engine runs.
pub(crate) trait Task {
    type Decision: Decided;
    type Output;

    fn needs(&self, facts: &Facts, context: &Context<'_>) -> Needs;

    fn decide(&self, facts: &Facts, context: &Context<'_>) -> Result<Self::Decision, Misuse>;

    /// The answer, once the decision is written.
    fn written<U, V>(self, decision: Self::Decision) -> Result<Self::Output, Error<U, V>>;

    /// The answer where the store insists that another user holds a key.
    fn taken<U, V>(self, key: UserKey) -> Result<Self::Output, Error<U, V>>;
}

/// What a decision asks the engine to do.
pub(crate) trait Decided {
    fn records(&self) -> Option<&RecordChanges>;
    fn user(&self) -> Option<&UserChange>;
    fn events(&self) -> &[Event];
}

/// A step of an interaction.
pub(crate) struct InteractionStep<'a, O> {
    pub(crate) interaction: &'a mut Interaction,
    pub(crate) operation: &'a O,
}

impl<O: Operation> Task for InteractionStep<'_, O> {
    type Decision = Decision<O::Output>;
    type Output = O::Output;

    fn needs(&self, facts: &Facts, context: &Context<'_>) -> Needs {
        // An interaction that is over is refused without a look into any store.
        if self.interaction.check_open(context.now).is_err() {
            return Needs::none();
        }
        self.operation.needs(self.interaction, facts, context.experience)
    }

    fn decide(&self, facts: &Facts, context: &Context<'_>) -> Result<Self::Decision, Misuse> {
        decide(self.operation, self.interaction, facts, context)
    }

    fn written<U, V>(self, decision: Self::Decision) -> Result<O::Output, Error<U, V>> {
        *self.interaction = decision.interaction;
        decision.outcome.map_err(Error::Rejected)
    }

    fn taken<U, V>(self, key: UserKey) -> Result<O::Output, Error<U, V>> {
        Err(Error::Rejected(already_in_use(&key)))
    }
}

/// An operation on an account.
pub(crate) struct AccountStep<'a, O> {
    pub(crate) operation: &'a O,
}

impl<O: AccountOperation> Task for AccountStep<'_, O> {
    type Decision = AccountDecision<O::Output>;
    type Output = O::Output;

    fn needs(&self, facts: &Facts, context: &Context<'_>) -> Needs {
        self.operation.needs(facts, context.experience)
    }

    fn decide(&self, facts: &Facts, context: &Context<'_>) -> Result<Self::Decision, Misuse> {
        account::decide(self.operation, facts, context)
    }

    fn written<U, V>(self, decision: Self::Decision) -> Result<O::Output, Error<U, V>> {
        decision.outcome.map_err(Error::Rejected)
    }

    fn taken<U, V>(self, key: UserKey) -> Result<O::Output, Error<U, V>> {
        match self.operation.taken(&key) {
            Some(outcome) => outcome.map_err(Error::Rejected),
            None => Err(Misuse::AmbiguousKey(key).into()),
        }
    }
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
