//! Verifying a code (V-5).

use serde::Deserialize;

use super::super::rules::lockout::Tries;
use super::try_code::try_code;
use crate::identifier::{Contact, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Context, Operation, Questions, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::verification::{Pool, record_type};

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

    fn tries(&self, context: &Context<'_>) -> Tries {
        let pool = match self.identifier {
            Contact::Email(_) => Pool::EmailCode,
            Contact::Phone(_) => Pool::PhoneCode,
        };
        Tries::of_key(pool, self.identifier.key(), context)
    }
}

impl Operation for VerifyCode {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyCode;

    fn prefetch(&self, context: &Context<'_>) -> Questions {
        self.tries(context).questions()
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let tries = self.tries(step.context()).after_identification(step);
        let (id, code) = (self.verification_id, self.code.expose());
        match &self.identifier {
            Contact::Email(email) => {
                let recipient = Some((email, Rejection::CodeEmailMismatch));
                try_code::<record_type::EmailVerificationCode, _>(step, id, code, recipient, &tries)
            }
            Contact::Phone(phone) => {
                let recipient = Some((phone, Rejection::CodePhoneMismatch));
                try_code::<record_type::PhoneVerificationCode, _>(step, id, code, recipient, &tries)
            }
        }
    }
}
