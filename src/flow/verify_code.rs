//! Verifying a code (V-5).

use serde::Deserialize;

use super::failed_tries::{check_not_blocked, count_failure};
use super::registered::by_type_and_id;
use crate::experience::Experience;
use crate::identifier::{Contact, VerificationId};
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

    fn counter(&self) -> AttemptKey {
        AttemptKey::new(AttemptPool::Identifier, &self.identifier.key())
    }

    /// V-5, in its order: no live code; another recipient; then what the code itself refuses.
    fn try_record(&self, step: &Step<'_>, record: &mut VerificationRecord) -> Result<(), Rejection> {
        match (&mut record.verification, &self.identifier) {
            (Verification::EmailVerificationCode(code), Contact::Email(email)) => {
                self.try_code(step, code, email, Rejection::CodeEmailMismatch)
            }
            (Verification::PhoneVerificationCode(code), Contact::Phone(phone)) => {
                self.try_code(step, code, phone, Rejection::CodePhoneMismatch)
            }
            _ => Err(Rejection::VerificationSessionNotFound),
        }
    }

    fn try_code<R: PartialEq>(
        &self,
        step: &Step<'_>,
        code: &mut CodeVerification<R>,
        recipient: &R,
        mismatch: Rejection,
    ) -> Result<(), Rejection> {
        if code.is_verified() {
            return Err(Rejection::CodeNotFound);
        }
        if code.recipient() != recipient {
            return Err(mismatch);
        }
        let policy = &step.experience().settings().verification_code_policy;
        code.try_code(self.code.expose(), policy, step.now()).map_err(|refused| match refused {
            CodeRefused::Spent => Rejection::CodeNotFound,
            CodeRefused::Expired => Rejection::CodeExpired,
            CodeRefused::TooManyTries => Rejection::CodeExceedMaxTry,
            CodeRefused::Wrong => Rejection::CodeMismatch,
        })
    }
}

impl Operation for VerifyCode {
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyCode;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let registered = interaction.registry().has_id(self.verification_id).then_some(self.verification_id);
        Needs::none().records(registered).attempts([self.counter()]).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let verification_type = VerificationType::from(&self.identifier);
        let mut record = by_type_and_id(step, verification_type, self.verification_id)?.clone();
        check_not_blocked(step, &self.counter())?;
        let tried = self.try_record(step, &mut record);
        match tried {
            Ok(()) => step.write_record(record),
            Err(Rejection::CodeMismatch) => {
                step.write_record(record);
                count_failure(step, &self.counter(), Some(self.identifier.key()), Self::NAME);
            }
            Err(_) => {}
        }
        tried.map(|()| self.verification_id)
    }
}
