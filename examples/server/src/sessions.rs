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

/// For how long a sign-in that was decided may be on its way to its session.
const UNDER_WAY: TimeDelta = TimeDelta::hours(1);

/// All open sessions.
#[derive(Debug, Default)]
pub struct Sessions {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    open: HashMap<CookieId, Session>,
    /// When all sessions of a user were ended: a sign-in that was decided before opens none after.
    ended: HashMap<UserId, DateTime<Utc>>,
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
    /// somebody else may have planted is worth nothing. `ended_others`: whether this very sign-in ended the others.
    ///
    /// Says whether it is open: not if all sessions of the user were ended since the sign-in was decided, by a new
    /// password, say.
    pub fn open(
        &self,
        id: CookieId,
        session: Session,
        replaced: Option<&CookieId>,
        ended_others: bool,
    ) -> bool {
        let mut held = self.held();
        if let Some(replaced) = replaced {
            held.open.remove(replaced);
        }
        let since = held.ended.get(&session.user_id).is_some_and(|ended| *ended >= session.created_at);
        let opens = ended_others || !since;
        if opens {
            held.open.insert(id, session);
        }
        opens
    }

    /// Ends a session: its person signs out.
    pub fn close(&self, id: &CookieId) {
        self.held().open.remove(id);
    }

    /// The session of an id, if it is open.
    pub fn find(&self, id: &CookieId, now: DateTime<Utc>) -> Option<Session> {
        self.held().open.get(id).filter(|session| session.is_open(now)).cloned()
    }

    /// The sign-ins of a user whose sessions are open, the oldest first.
    pub fn sign_ins_of(&self, user_id: &UserId, now: DateTime<Utc>) -> Vec<SessionEntry> {
        let mut sign_ins: Vec<_> = self
            .held()
            .open
            .values()
            .filter(|session| session.user_id == *user_id && session.is_open(now))
            .map(Session::entry)
            .collect();
        sign_ins.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        sign_ins
    }

    /// Ends every session of a user: one who was suspended or deleted is not signed in any more, and a new password ends
    /// what the old one opened.
    pub fn close_all_of(&self, user_id: &UserId, now: DateTime<Utc>) {
        let mut held = self.held();
        held.open.retain(|_, session| session.user_id != *user_id);
        held.ended.insert(user_id.clone(), now);
    }

    /// Forgets what timed out, and says how many that were.
    pub fn purge(&self, now: DateTime<Utc>) -> usize {
        let mut held = self.held();
        let before = held.open.len();
        held.open.retain(|_, session| session.is_open(now));
        held.ended.retain(|_, ended| now - *ended < UNDER_WAY);
        before - held.open.len()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
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
        assert!(sessions.open(first.clone(), session.clone(), None, false));
        assert_eq!(sessions.find(&first, now), Some(session.clone()));
        assert!(sessions.open(second.clone(), session.clone(), Some(&first), false));
        assert_eq!(sessions.find(&first, now), None);
        assert_eq!(sessions.find(&second, now + LIFETIME), None);
        assert_eq!(sessions.sign_ins_of(&session.user_id, now), [session.entry()]);
        assert!(!session.entry().id.contains(second.expose()));
        sessions.close(&second);
        assert_eq!(sessions.find(&second, now), None);
        assert!(sessions.open(second.clone(), session.clone(), None, false));
        sessions.close_all_of(&session.user_id, now);
        assert_eq!(sessions.sign_ins_of(&session.user_id, now), []);
        assert!(!sessions.open(first, session.clone(), None, false), "it was decided before");
        assert!(sessions.open(second, session, None, true), "but for the sign-in that ended the others");
    }
}
