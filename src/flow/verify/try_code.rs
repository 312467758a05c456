//! Trying a code that was sent (V-5), whichever record it belongs to.

use super::super::rules::lockout::Tries;
use crate::identifier::VerificationId;
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::verification::{CodeRefused, CodeVerification, RecordType};

/// V-5, once the record is found: the lock; no live code; another recipient, where the person said which; then what the
/// code itself refuses. The right code is spent; a wrong one is counted, and that stands.
pub(super) fn try_code<T, R>(
    step: &mut Step<'_>,
    id: VerificationId,
    given: &str,
    recipient: Option<(&R, Rejection)>,
    tries: &Tries,
) -> Result<VerificationId, Rejection>
where
    T: RecordType<Record = CodeVerification<R>>,
    R: PartialEq,
{
    let code = step.registered::<T>(id)?;
    tries.check_not_blocked(step)?;
    if code.is_verified() {
        return Err(Rejection::CodeNotFound);
    }
    match recipient {
        Some((recipient, mismatch)) if recipient != code.recipient() => return Err(mismatch),
        _ => {}
    }
    let (policy, now) = (&step.experience().settings().verification_code_policy, step.now());
    match step.registered_mut::<T>(id)?.try_code(given, policy, now) {
        Ok(()) => {
            tries.succeeded(step);
            step.verified(id)
        }
        Err(CodeRefused::Spent) => Err(Rejection::CodeNotFound),
        Err(CodeRefused::Expired) => Err(Rejection::CodeExpired),
        Err(CodeRefused::TooManyTries) => Err(Rejection::CodeExceedMaxTry),
        Err(CodeRefused::Wrong) => Err(tries.failed(step, Rejection::CodeMismatch)),
    }
}
