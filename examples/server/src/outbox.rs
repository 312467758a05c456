//! The outbox of `--dev`: what would have been sent, for whoever tries the server out.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use vestibule::flow::Message;
use vestibule::identifier::{ClaimedIdentifier, Contact, IdentifierType, UserKey};
use vestibule::verification::MessageTemplate;

/// How many messages are kept: the oldest go first.
const CAPACITY: usize = 10_000;

/// The messages that were not sent.
#[derive(Debug, Default)]
pub struct Outbox {
    messages: Mutex<VecDeque<(UserKey, Unsent)>>,
}

/// A message that would have been sent.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unsent {
    /// To whom: an email, or the digits of a phone.
    pub to: String,
    /// Which message.
    #[schema(value_type = String, example = "Register")]
    pub template: MessageTemplate,
    /// The verification code.
    pub code: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The code is as good as the account: it does not show.
impl std::fmt::Debug for Unsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unsent")
            .field("template", &self.template)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Outbox {
    /// Keeps a message.
    pub fn put(&self, message: &Message, at: DateTime<Utc>) {
        let to = match &message.recipient {
            Contact::Email(email) => email.as_str().into(),
            Contact::Phone(phone) => phone.digits().into(),
        };
        let unsent = Unsent { to, template: message.template, code: message.code.expose().into(), at };
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() == CAPACITY {
            messages.pop_front();
        }
        messages.push_back((message.recipient.key(), unsent));
    }

    /// The messages to an address, oldest first. The address may be written in any form that means it.
    pub fn to(&self, address: &str) -> Vec<Unsent> {
        let kind = if address.contains('@') { IdentifierType::Email } else { IdentifierType::Phone };
        let Ok(recipient) = Contact::try_from(ClaimedIdentifier::new(kind, address.trim())) else {
            return Vec::new();
        };
        let key = recipient.key();
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.iter().filter(|(own, _)| *own == key).map(|(_, unsent)| unsent.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use vestibule::identifier::{Email, Phone};
    use vestibule::secret::Secret;

    use super::*;

    fn message(recipient: Contact, code: &str) -> Message {
        Message { recipient, template: MessageTemplate::SignIn, code: Secret::new(code) }
    }

    #[test]
    fn an_address_is_found_in_any_form_that_means_it() {
        let outbox = Outbox::default();
        let phone = Contact::Phone(Phone::parse("61412345678").unwrap());
        outbox.put(&message(phone, "111111"), Utc::now());
        let email = Contact::Email(Email::parse("Jane@example.com").unwrap());
        outbox.put(&message(email.clone(), "222222"), Utc::now());
        outbox.put(&message(email, "333333"), Utc::now());
        for to in ["61412345678", "+61412345678", " 61412345678", "610412345678", "61 412 345 678"] {
            assert_eq!(outbox.to(to).len(), 1, "{to}");
        }
        let codes: Vec<_> = outbox.to("JANE@EXAMPLE.COM").into_iter().map(|unsent| unsent.code).collect();
        assert_eq!(codes, ["222222", "333333"]);
        assert!(outbox.to("").is_empty() && outbox.to("joe@example.com").is_empty());
    }
}
