//! Sending a verification code (V-3, V-4).

use serde::Deserialize;

use super::super::rules::captcha::check_captcha;
use super::super::rules::email::check_blocklist;
use super::super::rules::messages::{Message, SentCode, check_sender, count_message, questions};
use crate::audit::{AuditAction, AuditSubject};
use crate::experience::{Experience, SignInMode};
use crate::identifier::{Contact, Email};
use crate::interaction::{Interaction, InteractionEvent};
use crate::operation::{Context, Operation, Questions, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::User;
use crate::verification::{CodeVerification, MessageTemplate, Verification};

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

impl SendCode {
    /// A code to a contact, for what the person is about to do.
    pub fn new(identifier: Contact, interaction_event: InteractionEvent) -> Self {
        Self { identifier, interaction_event }
    }

    /// V-4: whether the code is for somebody who must exist already: in a recovery, whether the request or the
    /// interaction says that it is one; to sign in, where nobody new can register.
    fn needs_owner(&self, interaction: &Interaction, experience: &Experience) -> bool {
        let events = [self.interaction_event, interaction.event()];
        let closed = experience.settings().sign_in_mode == SignInMode::SignIn;
        events.contains(&InteractionEvent::ForgotPassword)
            || (self.interaction_event == InteractionEvent::SignIn
                && closed
                && interaction.user_id().is_none())
    }

    /// V-3: the contact as its owner's account has it. Where a mailbox is told apart by how its name is written, the message
    /// goes to the owner's, not to the one that looks like it.
    fn as_owned_by(&self, owner: &User) -> Option<Contact> {
        match self.identifier {
            Contact::Email(_) => owner.primary_email.clone().map(Contact::Email),
            Contact::Phone(_) => owner.primary_phone.clone().map(Contact::Phone),
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
            InteractionEvent::Account => MessageTemplate::Account,
        }
    }
}

/// C-3: whether it is sent to prove an email that the account is to get.
fn is_new_to_account(step: &Step<'_>, email: &Email) -> bool {
    let user_id = step.interaction().managing().map(|managing| &managing.user_id);
    let user = user_id.and_then(|id| step.user_by_id(id));
    user.is_some_and(|user| user.primary_email.as_ref() != Some(email))
}

impl Operation for SendCode {
    type Subject = Interaction;
    type Output = SentCode;

    const NAME: OperationName = OperationName::SendCode;

    fn prefetch(&self, context: &Context<'_>) -> Questions {
        questions(context, &self.identifier).users([self.identifier.key()])
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<SentCode, Rejection> {
        let is_for_account = self.interaction_event == InteractionEvent::Account;
        if is_for_account && step.interaction().managing().is_none() {
            // C-1: there is no account to change here.
            return Err(Rejection::InvalidInteractionType);
        }
        if step.interaction().user_id().is_none() {
            check_captcha(step)?;
        }
        if let Contact::Email(email) = &self.identifier
            && (self.interaction_event == InteractionEvent::Register || is_new_to_account(step, email))
        {
            check_blocklist(step, email)?;
        }
        count_message(step, &self.identifier)?;
        // Asked of everybody, so that a stranger causes what an owner does.
        let owner = step.user(&self.identifier.key());
        check_sender(step, &self.identifier)?;
        let withheld = self.needs_owner(step.interaction(), step.experience()) && owner.is_none();
        let template = self.template(step.interaction(), step.experience());
        let code = step.new_code();
        let live = (!withheld).then(|| code.clone());
        let (event, now) = (Some(self.interaction_event), step.now());
        let verification_id = step.add_record(match &self.identifier {
            Contact::Email(email) => {
                Verification::EmailVerificationCode(CodeVerification::sent(email.clone(), event, live, now))
            }
            Contact::Phone(phone) => {
                Verification::PhoneVerificationCode(CodeVerification::sent(phone.clone(), event, live, now))
            }
        });
        let key = self.identifier.key();
        let nobody = || AuditSubject::unknown(key.kind().as_str(), key.value());
        let recipient = owner.map_or_else(nobody, |owner| AuditSubject::User(owner.id.clone()));
        step.emit(recipient, AuditAction::CodeSent { template, withheld });
        let recipient = owner.and_then(|owner| self.as_owned_by(owner)).unwrap_or(self.identifier.clone());
        let message = (!withheld).then_some(Message { recipient, template, code });
        Ok(SentCode { verification_id, message })
    }
}
