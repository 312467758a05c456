//! Failed tries lock (L-1), and none can be tried more often in parallel than in turn (L-2).

use crate::audit::AuditEvent;
use crate::experience::Experience;
use crate::identifier::{ClaimedIdentifier, UserId, UserKey};
use crate::operation::Step;
use crate::rejection::{Blocked, OperationName, Rejection};
use crate::store::EntryKey;
use crate::verification::Pool;

/// Tries at something, counted together.
#[derive(Clone, Debug)]
pub(in crate::flow) struct Tries {
    counter: EntryKey,
    /// Whose tries they are; `None` for a text that is nobody's.
    of: Option<UserKey>,
    operation: OperationName,
}

impl Tries {
    /// Of whoever holds a key.
    pub(in crate::flow) fn of_key(pool: Pool, key: UserKey, operation: OperationName) -> Self {
        Self { counter: EntryKey::counter(pool, &key), of: Some(key), operation }
    }

    /// Of a user who is identified.
    pub(in crate::flow) fn of_user(pool: Pool, user_id: &UserId, operation: OperationName) -> Self {
        Self::of_key(pool, user_id.key(), operation)
    }

    /// Of whoever a person says to be. A text that is no identifier is nobody's, and is counted all the same, so that
    /// it answers like somebody's.
    pub(in crate::flow) fn of_claimed(
        pool: Pool,
        claimed: &ClaimedIdentifier,
        experience: &Experience,
        operation: OperationName,
    ) -> Self {
        match claimed.parse() {
            Some(identifier) => Self::of_key(pool, identifier.key(experience.username_case()), operation),
            None => Self { counter: EntryKey::counter_of_text(pool, claimed), of: None, operation },
        }
    }

    /// The key of whoever they are of.
    pub(in crate::flow) fn key(&self) -> Option<&UserKey> {
        self.of.as_ref()
    }

    /// Where they are counted.
    pub(in crate::flow) fn counter(&self) -> EntryKey {
        self.counter
    }

    /// Asks for the counter now, together with what else the step reads first.
    pub(in crate::flow) fn ask(&self, step: &Step<'_>) {
        step.counter(&self.counter);
    }

    /// L-1: while a counter is blocked, every try is refused, right or wrong.
    pub(in crate::flow) fn check_not_blocked(&self, step: &Step<'_>) -> Result<(), Rejection> {
        match step.counter(&self.counter).retry_after(step.now()) {
            Some(retry_after) => Err(Rejection::VerificationBlocked(Blocked { retry_after })),
            None => Ok(()),
        }
    }

    /// L-1: counts a failed try, and keeps that although the step is about to be rejected.
    pub(in crate::flow) fn failed(&self, step: &mut Step<'_>) {
        let mut counter = step.counter(&self.counter);
        let locks = counter.count_failure(&step.experience().settings().sentinel_policy, step.now());
        step.write_counter(self.counter, counter);
        step.emit(AuditEvent::TryFailed { identifier: self.of.clone(), operation: self.operation });
        if locks {
            step.emit(AuditEvent::LockedOut { identifier: self.of.clone() });
        }
        step.savepoint();
    }

    /// L-2: a right try writes its counter too, so that one which others overtook is decided again, and finds the
    /// lock.
    pub(in crate::flow) fn succeeded(&self, step: &mut Step<'_>) {
        let mut counter = step.counter(&self.counter);
        counter.note_success(step.now());
        step.write_counter(self.counter, counter);
    }
}
