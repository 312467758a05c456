//! How many messages one recipient may be sent (L-3).

use crate::identifier::{Contact, VerificationId};
use crate::operation::Step;
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

/// The counter of messages to a recipient.
pub(in crate::flow) fn counter(recipient: &Contact) -> EntryKey {
    EntryKey::counter(Pool::Message, &recipient.key())
}

/// L-3: counts a message, or refuses one too many.
pub(in crate::flow) fn count_message(step: &mut Step<'_>, recipient: &Contact) -> Result<(), Rejection> {
    let key = counter(recipient);
    let mut sent = step.counter(&key);
    if !sent.count_message(&step.experience().settings().message_rate_limit, step.now()) {
        return Err(Rejection::MessageRateLimited);
    }
    step.write_counter(key, sent);
    Ok(())
}
