//! The attempts that `/me` shows: which interactions are open, and for whom.
//!
//! The interactions themselves are the library's to keep. This table has of each what a person is shown, and is for
//! nothing else. It finds an attempt by the digest of the interaction's id, as the store does: who reads it can go on
//! with none.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use uuid::Uuid;
use vestibule::identifier::UserId;
use vestibule::interaction::{DEFAULT_LIFETIME, InteractionEvent, InteractionId};
use vestibule::me::OpenInteraction;
use vestibule::store::EntryKey;

/// All attempts under way.
#[derive(Debug, Default)]
pub struct Attempts {
    open: Mutex<HashMap<EntryKey, Attempt>>,
}

/// An open interaction, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    event: InteractionEvent,
    user_id: Option<UserId>,
    /// What it is called: the interaction's own id is a secret, and changes.
    shown_as: Uuid,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl Attempt {
    fn new(event: InteractionEvent, now: DateTime<Utc>) -> Self {
        let expires_at = now + DEFAULT_LIFETIME;
        Self { event, user_id: None, shown_as: Uuid::now_v7(), created_at: now, expires_at }
    }

    /// Somebody is identified.
    #[must_use]
    pub fn identified(self, user_id: UserId) -> Self {
        Self { user_id: Some(user_id), ..self }
    }

    /// It goes on with another event.
    #[must_use]
    pub fn switched(self, event: InteractionEvent) -> Self {
        Self { event, ..self }
    }

    fn shown(&self) -> OpenInteraction {
        let prefix = match self.event {
            InteractionEvent::SignIn => "signin_attempt",
            InteractionEvent::Register => "signup_attempt",
            InteractionEvent::ForgotPassword => "recovery",
        };
        OpenInteraction {
            id: format!("{prefix}_{}", self.shown_as.simple()),
            event: self.event,
            user_id: self.user_id.clone(),
            created_at: self.created_at,
        }
    }
}

impl Attempts {
    /// An interaction started, in place of the one the browser had.
    pub fn begin(
        &self,
        id: &InteractionId,
        event: InteractionEvent,
        replaced: Option<&InteractionId>,
        now: DateTime<Utc>,
    ) {
        let mut open = self.attempts();
        if let Some(replaced) = replaced {
            open.remove(&EntryKey::interaction(replaced));
        }
        open.insert(EntryKey::interaction(id), Attempt::new(event, now));
    }

    /// A step was done: what became of the attempt, `None` if it is over; and the interaction's new id, if it got one.
    pub fn go_on(
        &self,
        id: &InteractionId,
        new_id: Option<&InteractionId>,
        becomes: impl FnOnce(Attempt) -> Option<Attempt>,
    ) {
        let mut open = self.attempts();
        if let Some(attempt) = open.remove(&EntryKey::interaction(id)).and_then(becomes) {
            open.insert(EntryKey::interaction(new_id.unwrap_or(id)), attempt);
        }
    }

    /// The open interactions of a user, the oldest first: those that have identified the user, and the browser's own
    /// if it has identified nobody yet.
    pub fn of(
        &self,
        user_id: &UserId,
        own: Option<&InteractionId>,
        now: DateTime<Utc>,
    ) -> Vec<OpenInteraction> {
        let own = own.map(EntryKey::interaction);
        let mut open: Vec<_> = self
            .attempts()
            .iter()
            .filter(|(_, attempt)| now < attempt.expires_at)
            .filter(|(key, attempt)| match &attempt.user_id {
                Some(identified) => identified == user_id,
                None => own == Some(**key),
            })
            .map(|(_, attempt)| attempt.shown())
            .collect();
        open.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        open
    }

    /// Forgets what timed out, and says how many that were.
    pub fn purge(&self, now: DateTime<Utc>) -> usize {
        let mut open = self.attempts();
        let before = open.len();
        open.retain(|_, attempt| now < attempt.expires_at);
        before - open.len()
    }

    fn attempts(&self) -> MutexGuard<'_, HashMap<EntryKey, Attempt>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> InteractionId {
        InteractionId::from_client(text)
    }

    #[test]
    fn an_attempt_keeps_its_name_while_its_interaction_changes_ids() {
        let (attempts, now, jane) = (Attempts::default(), Utc::now(), UserId::parse("u1").unwrap());
        let of = |own: &str| attempts.of(&jane, Some(&id(own)), now);
        attempts.begin(&id("a"), InteractionEvent::SignIn, None, now);
        let before = of("a");
        assert_eq!((before.len(), before[0].user_id.clone()), (1, None));
        assert!(of("another browser's").is_empty());
        attempts.go_on(&id("a"), Some(&id("b")), |attempt| Some(attempt.identified(jane.clone())));
        let after = of("another browser's");
        assert_eq!((&after[0].id, &after[0].user_id), (&before[0].id, &Some(jane.clone())));
        attempts.go_on(&id("a"), None, |_| panic!("the old id names nothing"));
        attempts.go_on(&id("b"), None, |_| None);
        assert!(of("b").is_empty());
    }

    #[test]
    fn starting_again_replaces_and_time_ends_all() {
        let (attempts, now, jane) = (Attempts::default(), Utc::now(), UserId::parse("u1").unwrap());
        attempts.begin(&id("a"), InteractionEvent::SignIn, None, now);
        attempts.begin(&id("b"), InteractionEvent::Register, Some(&id("a")), now);
        let of = |own: &str, now| attempts.of(&jane, Some(&id(own)), now);
        assert!(of("a", now).is_empty());
        assert!(of("b", now)[0].id.starts_with("signup_attempt_"));
        let later = now + DEFAULT_LIFETIME;
        assert!(of("b", later).is_empty());
        assert_eq!((attempts.purge(now), attempts.purge(later)), (0, 1));
    }
}
