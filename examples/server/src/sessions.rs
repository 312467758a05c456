//! Sessions: who is signed in, by the id in the browser's cookie.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use vestibule::identifier::UserId;

use crate::cookies::CookieId;

/// How long a person stays signed in.
const LIFETIME: TimeDelta = TimeDelta::days(14);

/// All open sessions.
#[derive(Debug, Default)]
pub struct Sessions {
    open: Mutex<HashMap<CookieId, Session>>,
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub user_id: UserId,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl Session {
    fn is_open(&self, now: DateTime<Utc>) -> bool {
        now < self.created_at + LIFETIME
    }
}

impl Sessions {
    /// Opens a session in place of the one the browser had: signing in anew gives a new id, so that an id that
    /// somebody else may have planted is worth nothing.
    pub fn open(&self, id: CookieId, session: Session, replaced: Option<&CookieId>) {
        let mut open = self.sessions();
        if let Some(replaced) = replaced {
            open.remove(replaced);
        }
        open.insert(id, session);
    }

    /// The session of an id, if it is open.
    pub fn find(&self, id: &CookieId, now: DateTime<Utc>) -> Option<Session> {
        self.sessions().get(id).filter(|session| session.is_open(now)).cloned()
    }

    /// How many sessions a user has.
    pub fn count_of(&self, user_id: &UserId, now: DateTime<Utc>) -> usize {
        self.sessions().values().filter(|session| session.user_id == *user_id && session.is_open(now)).count()
    }

    /// Ends every session of a user: one who was suspended or deleted is not signed in any more.
    pub fn close_all_of(&self, user_id: &UserId) {
        self.sessions().retain(|_, session| session.user_id != *user_id);
    }

    /// Forgets what timed out, and says how many that were.
    pub fn purge(&self, now: DateTime<Utc>) -> usize {
        let mut open = self.sessions();
        let before = open.len();
        open.retain(|_, session| session.is_open(now));
        before - open.len()
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<CookieId, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_with_time_with_a_new_one_and_with_its_user() {
        let (sessions, now) = (Sessions::default(), Utc::now());
        let session = Session { user_id: UserId::parse("u1").unwrap(), created_at: now };
        let (first, second) = (CookieId::random().unwrap(), CookieId::random().unwrap());
        sessions.open(first.clone(), session.clone(), None);
        assert_eq!(sessions.find(&first, now), Some(session.clone()));
        sessions.open(second.clone(), session.clone(), Some(&first));
        assert_eq!(sessions.find(&first, now), None);
        assert_eq!(sessions.find(&second, now + LIFETIME), None);
        assert_eq!(sessions.count_of(&session.user_id, now), 1);
        sessions.close_all_of(&session.user_id);
        assert_eq!(sessions.count_of(&session.user_id, now), 0);
    }
}
