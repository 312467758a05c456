//! Codes to the identified user's own email or phone (V-6).

use serde::Deserialize;

use super::registered::by_type_and_id;
use super::send_code::{Message, SentCode, count_message, message_counter};
use super::verify_code::{Tries, counter_of_tries, try_sent_code};
use crate::event::Event;
use crate::experience::Experience;
use crate::identifier::{Contact, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::User;
use crate::verification::{MessageTemplate, Verification, VerificationType};

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

    fn verification_type(self) -> VerificationType {
        match self {
            Self::Email => VerificationType::MfaEmailVerificationCode,
            Self::Phone => VerificationType::MfaPhoneVerificationCode,
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
    type Output = SentCode;

    const NAME: OperationName = OperationName::SendMfaCode;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let Some(user_id) = interaction.user_id() else { return Needs::none() };
        let user = Needs::none().users([user_id.key()]).unless_known(facts);
        if !user.is_empty() {
            return user;
        }
        let user = facts.user(&user_id.key()).ok().flatten();
        let counter = user.and_then(|user| self.identifier_type.of(user)).as_ref().map(message_counter);
        Needs::none().attempts(counter).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<SentCode, Rejection> {
        let user = step.identified_user().map_err(|_| Rejection::MfaIdentifierNotFound)?;
        let contact = self.identifier_type.of(user).ok_or(Rejection::MfaFactorNotEnabled)?;
        count_message(step, &contact)?;
        let code = step.new_code();
        let verification = Verification::mfa_code_sent_to(&contact, code.clone(), step.now());
        let verification_id = step.add_record(verification);
        let template = MessageTemplate::MfaVerification;
        step.tell(Event::CodeSent { recipient: contact.key(), template, withheld: false });
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
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyMfaCode;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let Some(user_id) = interaction.user_id() else { return Needs::none() };
        let registered = interaction.registry().has_id(self.verification_id).then_some(self.verification_id);
        Needs::none().records(registered).attempts([counter_of_tries(&user_id.key())]).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let record = by_type_and_id(step, self.identifier_type.verification_type(), self.verification_id)?;
        let user_id = step.interaction.user_id().ok_or(Rejection::VerificationSessionNotFound)?;
        // The tries are counted per user: whose code it is, the person did not say.
        let tries = Tries { of: user_id.key(), operation: Self::NAME };
        try_sent_code(step, record.clone(), self.code.expose(), None, &tries)?;
        Ok(self.verification_id)
    }
}
