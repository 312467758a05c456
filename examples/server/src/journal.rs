//! What happened, as the log tells it: whose account it was about, and never what somebody typed.
//!
//! People type their password where the username belongs. So an identifier shows as a digest, under a key that the
//! process makes and forgets with its end: lines about one identifier can be told to be about one, by nobody to be about
//! which.

use std::fmt;

use sha2::{Digest as _, Sha256};
use vestibule::audit::{AuditEvent, AuditSubject};

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
    /// Writes what happened: to whom, by whom, and how.
    pub fn note(&self, event: &AuditEvent) {
        let subject = self.masked(&event.subject);
        let (name, how) = (event.action.event_type(), &event.action);
        let (operation, actor) = (event.operation.as_str(), event.actor);
        tracing::info!(event = name, subject, ?actor, operation, ?how, "it happened");
    }

    /// What is shown of whom an event is about: an account's id; of an unknown identifier its digest, keyed once more, so
    /// that nobody finds it by guessing.
    fn masked(&self, subject: &AuditSubject) -> String {
        match (subject, self.key) {
            (AuditSubject::User(id), _) => id.to_string(),
            (AuditSubject::Unknown { digest, .. }, Some(own)) => {
                let digest = Sha256::new().chain_update(own).chain_update(digest).finalize();
                digest.iter().take(SHOWN).fold("#".to_owned(), |text, byte| format!("{text}{byte:02x}"))
            }
            _ => "unknown".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use vestibule::identifier::UserId;

    use super::*;

    #[test]
    fn an_account_shows_by_its_id() {
        let jane = AuditSubject::User(UserId::parse("u1").unwrap());
        assert_eq!(Journal::default().masked(&jane), "u1");
    }
}
