//! Codes to the identified user's own email or phone (V-6).

use serde::Deserialize;

use super::super::rules::lockout::Tries;
use super::super::rules::messages::{Message, SentCode, check_sender, count_message};
use super::try_code::try_code;
use crate::audit::AuditAction;
use crate::identifier::{Contact, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::User;
use crate::verification::{CodeVerification, MessageTemplate, Pool, Verification, record_type};

/// Which of the user's contacts a code goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MfaContact {
    /// The email.
    Email,
    /// The phone.
    Phone,
}

impl MfaContact {
    fn of(self, user: &User) -> Option<Contact> {
        match self {
            Self::Email => user.primary_email.clone().map(Contact::Email),
            Self::Phone => user.primary_phone.clone().map(Contact::Phone),
        }
    }
}

/// Sends a code to the identified user's own email or phone. The person does not say which address: it is the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendMfaCode {
    identifier_type: MfaContact,
}

impl SendMfaCode {
    /// To this contact.
    pub fn to(identifier_type: MfaContact) -> Self {
        Self { identifier_type }
    }
}

impl Operation for SendMfaCode {
    type Subject = Interaction;
    type Output = SentCode;

    const NAME: OperationName = OperationName::SendMfaCode;

    fn decide(&self, step: &mut Step<'_>) -> Result<SentCode, Rejection> {
        let user = step.identified_user().map_err(|_| Rejection::MfaIdentifierNotFound)?;
        let contact = self.identifier_type.of(user).ok_or(Rejection::MfaFactorNotEnabled)?;
        count_message(step, &contact)?;
        check_sender(step, &contact)?;
        let (code, now) = (step.new_code(), step.now());
        let verification_id = step.add_record(match &contact {
            Contact::Email(email) => Verification::MfaEmailVerificationCode(CodeVerification::sent(
                email.clone(),
                None,
                Some(code.clone()),
                now,
            )),
            Contact::Phone(phone) => Verification::MfaPhoneVerificationCode(CodeVerification::sent(
                phone.clone(),
                None,
                Some(code.clone()),
                now,
            )),
        });
        let template = MessageTemplate::MfaVerification;
        step.emit(&user.id, AuditAction::CodeSent { template, withheld: false });
        Ok(SentCode { verification_id, message: Some(Message { recipient: contact, template, code }) })
    }
}

/// Tries a code that went to the user's own email or phone.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyMfaCode {
    verification_id: VerificationId,
    code: Secret,
    identifier_type: MfaContact,
}

impl VerifyMfaCode {
    /// The code of a record.
    pub fn new(
        identifier_type: MfaContact,
        verification_id: VerificationId,
        code: impl Into<String>,
    ) -> Self {
        Self { verification_id, code: Secret::new(code), identifier_type }
    }
}

impl Operation for VerifyMfaCode {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyMfaCode;

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let user_id = step.interaction().user_id().ok_or(Rejection::VerificationSessionNotFound)?;
        // The tries are counted per user: whose code it is, the person did not say.
        let pool = match self.identifier_type {
            MfaContact::Email => Pool::EmailCode,
            MfaContact::Phone => Pool::PhoneCode,
        };
        let tries = Tries::of_user(pool, user_id, step.context());
        let (id, code) = (self.verification_id, self.code.expose());
        match self.identifier_type {
            MfaContact::Email => {
                try_code::<record_type::MfaEmailVerificationCode, _>(step, id, code, None, &tries)
            }
            MfaContact::Phone => {
                try_code::<record_type::MfaPhoneVerificationCode, _>(step, id, code, None, &tries)
            }
        }
    }
}
