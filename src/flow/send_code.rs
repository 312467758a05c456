//! Sending a verification code (V-3, V-4).

use serde::Deserialize;

use super::captcha;
use super::email_rules::check_blocklist;
use crate::event::Event;
use crate::experience::{Experience, SignInMode};
use crate::identifier::{Contact, VerificationId};
use crate::interaction::{Interaction, InteractionEvent};
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::verification::{AttemptKey, AttemptPool, MessageTemplate, Verification};

/// Makes a code for an email or a phone.
///
/// The event is what the person is about to do, as the documented request says it: it chooses the message, whether the
/// blocklist is asked (V-3), and whether delivery is withheld (V-4). It may differ from the interaction's, say while a
/// client offers to register somebody who came to sign in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendCode {
    identifier: Contact,
    interaction_event: InteractionEvent,
}

/// A code was made, and is to be sent unless delivery is withheld. A client is told the id alone, either way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCode {
    /// The record's id.
    pub verification_id: VerificationId,
    /// What the host must send now; `None` if delivery is withheld (V-4).
    pub message: Option<Message>,
}

/// A message with a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// To whom.
    pub recipient: Contact,
    /// Which message.
    pub template: MessageTemplate,
    /// The code, six digits.
    pub code: Secret,
}

impl SendCode {
    /// A code to a contact, for what the person is about to do.
    pub fn new(identifier: Contact, interaction_event: InteractionEvent) -> Self {
        Self { identifier, interaction_event }
    }

    /// V-4: whether the code is for somebody who must exist already.
    fn needs_owner(&self, interaction: &Interaction, experience: &Experience) -> bool {
        match self.interaction_event {
            InteractionEvent::ForgotPassword => true,
            InteractionEvent::SignIn => {
                interaction.user_id().is_none() && experience.settings().sign_in_mode == SignInMode::SignIn
            }
            InteractionEvent::Register => false,
        }
    }

    /// V-3: the event's message, or one about a factor where the contact is no identifier to sign up with.
    fn template(&self, interaction: &Interaction, experience: &Experience) -> MessageTemplate {
        let is_identifier = experience.settings().sign_up.covers(self.identifier.identifier_type());
        match self.interaction_event {
            _ if interaction.user_id().is_some() && !is_identifier => MessageTemplate::BindMfa,
            InteractionEvent::SignIn => MessageTemplate::SignIn,
            InteractionEvent::Register => MessageTemplate::Register,
            InteractionEvent::ForgotPassword => MessageTemplate::ForgotPassword,
        }
    }
}

/// The counter of messages to a recipient (L-3).
pub(super) fn message_counter(recipient: &Contact) -> AttemptKey {
    AttemptKey::new(AttemptPool::Message, &recipient.key())
}

/// L-3: counts a message, or refuses one too many.
pub(super) fn count_message(step: &mut Step<'_>, recipient: &Contact) -> Result<(), Rejection> {
    let mut sent = step.attempts(&message_counter(recipient));
    if !sent.count_message(&step.experience().settings().message_rate_limit, step.now()) {
        return Err(Rejection::MessageRateLimited);
    }
    step.write_attempts(sent);
    Ok(())
}

impl Operation for SendCode {
    type Output = SentCode;

    const NAME: OperationName = OperationName::SendCode;

    fn needs(&self, interaction: &Interaction, facts: &Facts, experience: &Experience) -> Needs {
        let owner = self.needs_owner(interaction, experience).then(|| self.identifier.key());
        let unidentified = interaction.user_id().is_none();
        let records = captcha::needed_records(interaction, experience).filter(|_| unidentified);
        Needs::none()
            .attempts([message_counter(&self.identifier)])
            .records(records)
            .users(owner)
            .unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<SentCode, Rejection> {
        if step.interaction.user_id().is_none() {
            captcha::check_captcha(step)?;
        }
        if let (Contact::Email(email), InteractionEvent::Register) =
            (&self.identifier, self.interaction_event)
        {
            check_blocklist(step, email)?;
        }
        count_message(step, &self.identifier)?;
        let withheld = self.needs_owner(&step.interaction, step.experience())
            && step.user(&self.identifier.key()).is_none();
        let template = self.template(&step.interaction, step.experience());
        let code = step.new_code();
        let live = (!withheld).then(|| code.clone());
        let verification_id = step.add_record(Verification::code_sent_to(&self.identifier, live, step.now()));
        step.tell(Event::CodeSent { recipient: self.identifier.key(), template, withheld });
        let message = (!withheld).then(|| Message { recipient: self.identifier.clone(), template, code });
        Ok(SentCode { verification_id, message })
    }
}
