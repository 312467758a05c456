//! Failed tries lock an identifier (L-1).

use crate::event::Event;
use crate::identifier::UserKey;
use crate::operation::Step;
use crate::rejection::{Blocked, OperationName, Rejection};
use crate::verification::AttemptKey;

/// L-1: while an identifier is blocked, every try is refused, right or wrong.
pub(super) fn check_not_blocked(step: &Step<'_>, key: &AttemptKey) -> Result<(), Rejection> {
    match step.attempts(key).retry_after(step.now()) {
        Some(retry_after) => Err(Rejection::VerificationBlocked(Blocked { retry_after })),
        None => Ok(()),
    }
}

/// L-1: counts a failed try, and keeps that although the step is about to be rejected.
pub(super) fn count_failure(
    step: &mut Step<'_>,
    key: &AttemptKey,
    identifier: Option<UserKey>,
    operation: OperationName,
) {
    let mut log = step.attempts(key);
    let locks = log.count_failure(&step.experience().settings().sentinel_policy, step.now());
    step.write_attempts(log);
    step.tell(Event::TryFailed { identifier: identifier.clone(), operation });
    if locks {
        step.tell(Event::LockedOut { identifier });
    }
    step.keep();
}
