//! What happened, as the log tells it: whose account it was about, and never what somebody typed.
//!
//! People type their password where the username belongs. So an identifier shows as a digest, under a key that the
//! process makes and forgets with its end: lines about one identifier can be told to be about one, by nobody to be about
//! which.

use std::fmt;

use sha2::{Digest as _, Sha256};
use vestibule::audit::AuditEvent;
use vestibule::identifier::{UserKey, UserKeyKind};

/// How many bytes of a digest are shown: enough to tell the identifiers of one log apart.
const SHOWN: usize = 8;

/// Writes events into the log.
pub struct Journal {
    /// Without randomness there is none, and of an identifier nothing but its kind is shown.
    key: Option<[u8; 32]>,
}

impl Default for Journal {
    fn default() -> Self {
        let mut key = [0; 32];
        Self { key: getrandom::fill(&mut key).is_ok().then_some(key) }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}

impl Journal {
    /// Writes what happened. Of an event that it does not know it writes the name alone.
    pub fn note(&self, event: &AuditEvent) {
        let name = name(event);
        match event {
            AuditEvent::UserCreated { user_id, .. }
            | AuditEvent::UserDeleted { user_id, .. }
            | AuditEvent::PasswordChanged { user_id, .. }
            | AuditEvent::SignedIn { user_id, .. } => tracing::info!(event = name, %user_id, "it happened"),
            AuditEvent::UserUpdated { user_id, fields, .. } => {
                tracing::info!(event = name, %user_id, ?fields, "it happened");
            }
            AuditEvent::FactorBound { user_id, factor, .. } => {
                tracing::info!(event = name, %user_id, ?factor, "it happened");
            }
            AuditEvent::CodeSent { recipient, template, withheld, .. } => {
                let recipient = self.masked(recipient);
                tracing::info!(event = name, recipient, ?template, withheld, "it happened");
            }
            AuditEvent::TryFailed { identifier, operation, .. } => {
                let identifier = identifier.as_ref().map(|key| self.masked(key));
                tracing::info!(event = name, identifier, ?operation, "it happened");
            }
            AuditEvent::LockedOut { identifier, .. } => {
                let identifier = identifier.as_ref().map(|key| self.masked(key));
                tracing::info!(event = name, identifier, "it happened");
            }
            _ => tracing::info!(event = name, "it happened"),
        }
    }

    /// What is shown of a key: its kind, and its digest. A user's id is nothing that is typed, and is shown.
    fn masked(&self, key: &UserKey) -> String {
        let kind = key.kind().as_str();
        match self.key {
            _ if key.kind() == UserKeyKind::Id => format!("{kind}:{}", key.value()),
            None => kind.to_owned(),
            Some(own) => {
                let digest = Sha256::new().chain_update(own).chain_update(kind).chain_update([0]);
                let digest = digest.chain_update(key.value()).finalize();
                digest.iter().take(SHOWN).fold(format!("{kind}#"), |text, byte| format!("{text}{byte:02x}"))
            }
        }
    }
}

/// What an event is called: how its debug text begins. The rest may quote a client.
fn name(event: &AuditEvent) -> String {
    let text = format!("{event:?}");
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use vestibule::identifier::{ClaimedIdentifier, Contact, IdentifierType, UserId};
    use vestibule::rejection::OperationName;

    use super::*;

    fn key(email: &str) -> UserKey {
        Contact::try_from(ClaimedIdentifier::new(IdentifierType::Email, email)).unwrap().key()
    }

    #[test]
    fn an_identifier_shows_as_the_same_digest_in_one_process_only() {
        let (journal, other) = (Journal::default(), Journal::default());
        let shown = journal.masked(&key("jane@example.com"));
        assert_eq!(shown, journal.masked(&key("JANE@example.com")));
        assert_ne!(shown, journal.masked(&key("joe@example.com")));
        assert_ne!(shown, other.masked(&key("jane@example.com")));
        assert_eq!((shown.split_once('#').unwrap().0, shown.len()), ("email", "email#".len() + 2 * SHOWN));
        let without = Journal { key: None };
        assert_eq!(without.masked(&key("jane@example.com")), "email");
        assert_eq!(journal.masked(&UserId::parse("u1").unwrap().key()), "id:u1");
    }

    #[test]
    fn of_what_was_typed_the_name_of_an_event_has_nothing() {
        let event = AuditEvent::TryFailed {
            identifier: Some(key("jane@example.com")),
            operation: OperationName::VerifyPassword,
        };
        assert_eq!(name(&event), "TryFailed");
    }
}
