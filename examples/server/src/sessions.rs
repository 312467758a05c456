//! Sessions: who is signed in, by the id in the browser's cookie.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use vestibule::identifier::UserId;
use vestibule::me::SessionEntry;

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
    /// What it is called where it is shown: the cookie's id is a secret.
    shown_as: Uuid,
}

impl Session {
    /// A session of a user, from now on.
    pub fn new(user_id: UserId, created_at: DateTime<Utc>) -> Self {
        Self { user_id, created_at, shown_as: Uuid::now_v7() }
    }

    /// The session, as it is shown to whom it belongs.
    pub fn entry(&self) -> SessionEntry {
        SessionEntry::new(format!("signin_{}", self.shown_as.simple()), self.user_id.clone(), self.created_at)
    }

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

    /// The sign-ins of a user whose sessions are open, the oldest first.
    pub fn sign_ins_of(&self, user_id: &UserId, now: DateTime<Utc>) -> Vec<SessionEntry> {
        let mut sign_ins: Vec<_> = self
            .sessions()
            .values()
            .filter(|session| session.user_id == *user_id && session.is_open(now))
            .map(Session::entry)
            .collect();
        sign_ins.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        sign_ins
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
        let session = Session::new(UserId::parse("u1").unwrap(), now);
        let (first, second) = (CookieId::random().unwrap(), CookieId::random().unwrap());
        sessions.open(first.clone(), session.clone(), None);
        assert_eq!(sessions.find(&first, now), Some(session.clone()));
        sessions.open(second.clone(), session.clone(), Some(&first));
        assert_eq!(sessions.find(&first, now), None);
        assert_eq!(sessions.find(&second, now + LIFETIME), None);
        assert_eq!(sessions.sign_ins_of(&session.user_id, now), [session.entry()]);
        assert!(!session.entry().id.contains(second.expose()));
        sessions.close_all_of(&session.user_id);
        assert_eq!(sessions.sign_ins_of(&session.user_id, now), []);
    }
}
