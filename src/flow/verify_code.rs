//! Verifying a code (V-5).

use serde::Deserialize;

use super::failed_tries::{check_not_blocked, count_failure};
use super::registered::by_type_and_id;
use crate::experience::Experience;
use crate::identifier::{Contact, UserKey, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::verification::{
    AttemptKey, AttemptPool, CodeRefused, CodeVerification, Verification, VerificationRecord,
    VerificationType,
};

/// Tries a code. The right one is spent by that; a wrong one is counted, for the code and for the identifier.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyCode {
    identifier: Contact,
    verification_id: VerificationId,
    code: Secret,
}

impl VerifyCode {
    /// The code that a contact got for a record.
    pub fn new(identifier: Contact, verification_id: VerificationId, code: impl Into<String>) -> Self {
        Self { identifier, verification_id, code: Secret::new(code) }
    }
}

/// Whose tries they are, and at what.
pub(super) struct Tries {
    pub(super) of: UserKey,
    pub(super) operation: OperationName,
}

/// The counter of tries with a code (L-1).
pub(super) fn counter_of_tries(of: &UserKey) -> AttemptKey {
    AttemptKey::new(AttemptPool::Identifier, of)
}

/// V-5, once the record is found: the lock; no live code; another recipient, where the person said which; then what the
/// code itself refuses. The right code is spent; a wrong one is counted, and that stands.
pub(super) fn try_sent_code(
    step: &mut Step<'_>,
    mut record: VerificationRecord,
    given: &str,
    recipient: Option<&Contact>,
    tries: &Tries,
) -> Result<(), Rejection> {
    let counter = counter_of_tries(&tries.of);
    check_not_blocked(step, &counter)?;
    let tried = match &mut record.verification {
        Verification::EmailVerificationCode(code) | Verification::MfaEmailVerificationCode(code) => {
            let mismatch = matches!(recipient, Some(Contact::Email(email)) if email != code.recipient());
            try_code(step, code, given, mismatch.then_some(Rejection::CodeEmailMismatch))
        }
        Verification::PhoneVerificationCode(code) | Verification::MfaPhoneVerificationCode(code) => {
            let mismatch = matches!(recipient, Some(Contact::Phone(phone)) if phone != code.recipient());
            try_code(step, code, given, mismatch.then_some(Rejection::CodePhoneMismatch))
        }
        _ => Err(Rejection::VerificationSessionNotFound),
    };
    match tried {
        Ok(()) => step.write_record(record),
        Err(Rejection::CodeMismatch) => {
            step.write_record(record);
            count_failure(step, &counter, Some(tries.of.clone()), tries.operation);
        }
        Err(_) => {}
    }
    tried
}

fn try_code<R>(
    step: &Step<'_>,
    code: &mut CodeVerification<R>,
    given: &str,
    mismatch: Option<Rejection>,
) -> Result<(), Rejection> {
    if code.is_verified() {
        return Err(Rejection::CodeNotFound);
    }
    if let Some(mismatch) = mismatch {
        return Err(mismatch);
    }
    let policy = &step.experience().settings().verification_code_policy;
    code.try_code(given, policy, step.now()).map_err(|refused| match refused {
        CodeRefused::Spent => Rejection::CodeNotFound,
        CodeRefused::Expired => Rejection::CodeExpired,
        CodeRefused::TooManyTries => Rejection::CodeExceedMaxTry,
        CodeRefused::Wrong => Rejection::CodeMismatch,
    })
}

impl Operation for VerifyCode {
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyCode;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let registered = interaction.registry().has_id(self.verification_id).then_some(self.verification_id);
        Needs::none()
            .records(registered)
            .attempts([counter_of_tries(&self.identifier.key())])
            .unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let verification_type = VerificationType::from(&self.identifier);
        let record = by_type_and_id(step, verification_type, self.verification_id)?.clone();
        let tries = Tries { of: self.identifier.key(), operation: Self::NAME };
        try_sent_code(step, record, self.code.expose(), Some(&self.identifier), &tries)?;
        Ok(self.verification_id)
    }
}
