//! How many messages may be sent (L-3, L-4), and whether any can.

use crate::identifier::{Contact, VerificationId};
use crate::operation::{Context, Questions, Step};
use crate::rejection::Rejection;
use crate::secret::Secret;
use crate::store::EntryKey;
use crate::verification::{MessageTemplate, Pool};

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

/// The counters of messages to a recipient, and how many each allows (L-3): from the source that the host names, and from
/// all; from all alone, where it names none.
fn counters(context: &Context<'_>, recipient: &Contact) -> Vec<(EntryKey, u32)> {
    let limit = &context.experience.settings().message_rate_limit;
    let key = |source| EntryKey::counter(Pool::Message, &recipient.key(), source);
    match context.source {
        None => vec![(key(None), limit.max_messages)],
        Some(_) => {
            vec![(key(context.source), limit.max_messages), (key(None), limit.max_messages_from_all_sources)]
        }
    }
}

/// What counting a message reads.
pub(in crate::flow) fn questions(context: &Context<'_>, recipient: &Contact) -> Questions {
    Questions::none().entries(counters(context, recipient).into_iter().map(|(key, _)| key))
}

/// L-3, L-4: counts a message, or refuses one too many. A withheld one counts as well (V-4).
pub(in crate::flow) fn count_message(step: &mut Step<'_>, recipient: &Contact) -> Result<(), Rejection> {
    let limit = &step.experience().settings().message_rate_limit;
    let (window, at_most, now) = (limit.duration(), limit.max_messages_of_interaction, step.now());
    let mut counted = Vec::new();
    for (key, at_most) in counters(step.context(), recipient) {
        let mut sent = step.counter(&key);
        if !sent.count_message(at_most, window, now) {
            return Err(Rejection::MessageRateLimited);
        }
        counted.push((key, sent));
    }
    if !step.interaction_mut().count_message(at_most) {
        return Err(Rejection::MessageRateLimited);
    }
    for (key, sent) in counted {
        step.write_counter(key, sent);
    }
    Ok(())
}

/// Whether the operator can send to this type of contact at all.
pub(in crate::flow) fn check_sender(step: &Step<'_>, recipient: &Contact) -> Result<(), Rejection> {
    if step.experience().settings().senders.reach(recipient.identifier_type()) {
        Ok(())
    } else {
        Err(Rejection::ConnectorNotFound)
    }
}
