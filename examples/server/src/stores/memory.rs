//! Stores in memory, awaited. They answer at once: nobody waits for them, and no thread is blocked.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use vestibule::identifier::{UserId, UserKey};
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{CommitError, Entry, EntryChange, EntryContent, EntryKey, UserChange, aio};
use vestibule::store::{UserStore as _, VerificationStore as _};
use vestibule::user::User;
use vestibule_sql_store::{HostStore, Session, SessionDigest, Settings};

/// A store of the library's.
pub(super) struct InMemory<S>(pub(super) Arc<S>);

impl aio::UserStore for InMemory<MemoryUserStore> {
    type Error = Infallible;

    async fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, Infallible> {
        self.0.find(keys)
    }

    async fn commit(&self, change: &UserChange) -> Result<(), CommitError<Infallible>> {
        self.0.commit(change)
    }
}

impl aio::VerificationStore for InMemory<MemoryVerificationStore> {
    type Error = Infallible;

    async fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, Infallible> {
        self.0.load(keys)
    }

    async fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<Infallible>> {
        self.0.commit(changes)
    }

    async fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, Infallible> {
        self.0.purge_expired(now, limit)
    }
}

/// Sessions and settings.
pub(super) struct MemoryHost {
    users: Arc<MemoryUserStore>,
    verifications: Arc<MemoryVerificationStore>,
    sessions: Mutex<Sessions>,
    settings: Mutex<Option<Settings>>,
}

#[derive(Default)]
struct Sessions {
    by_digest: HashMap<SessionDigest, Session>,
    of: HashMap<UserId, HashSet<SessionDigest>>,
}

impl Sessions {
    fn insert(&mut self, session: Session) {
        self.of.entry(session.user_id.clone()).or_default().insert(session.digest);
        self.by_digest.insert(session.digest, session);
    }

    fn remove(&mut self, digest: &SessionDigest) {
        let Some(session) = self.by_digest.remove(digest) else { return };
        if let Some(own) = self.of.get_mut(&session.user_id) {
            own.remove(digest);
            if own.is_empty() {
                self.of.remove(&session.user_id);
            }
        }
    }
}

impl MemoryHost {
    pub(super) fn new(users: Arc<MemoryUserStore>, verifications: Arc<MemoryVerificationStore>) -> Self {
        Self { users, verifications, sessions: Mutex::default(), settings: Mutex::default() }
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HostStore for MemoryHost {
    type Error = Infallible;

    async fn open_session(
        &self,
        session: &Session,
        replaced: Option<&SessionDigest>,
    ) -> Result<(), Infallible> {
        let mut sessions = self.sessions();
        if let Some(replaced) = replaced {
            sessions.remove(replaced);
        }
        sessions.insert(session.clone());
        Ok(())
    }

    async fn close_session(&self, digest: &SessionDigest) -> Result<(), Infallible> {
        self.sessions().remove(digest);
        Ok(())
    }

    async fn sessions_beside(
        &self,
        digest: &SessionDigest,
        now: DateTime<Utc>,
    ) -> Result<Vec<Session>, Infallible> {
        let sessions = self.sessions();
        let open = |digest| sessions.by_digest.get(digest).filter(|session| now < session.expires_at);
        let of_user = open(digest).and_then(|own| sessions.of.get(&own.user_id));
        let mut beside: Vec<Session> = of_user.into_iter().flatten().filter_map(open).cloned().collect();
        drop(sessions);
        beside
            .sort_by(|one, other| (one.created_at, &one.shown_as).cmp(&(other.created_at, &other.shown_as)));
        Ok(beside)
    }

    async fn purge_sessions(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, Infallible> {
        let mut sessions = self.sessions();
        let over = sessions.by_digest.values().filter(|session| session.expires_at < now);
        let over: Vec<SessionDigest> = over.map(|session| session.digest).take(limit).collect();
        for digest in &over {
            sessions.remove(digest);
        }
        Ok(over.len())
    }

    async fn interactions(
        &self,
        user_id: &UserId,
        own: Option<EntryKey>,
    ) -> Result<Vec<Arc<Entry>>, Infallible> {
        Ok(self.verifications.entries(|entry| match &entry.content {
            EntryContent::Interaction(interaction) => {
                interaction.user_id() == Some(user_id) || own == Some(entry.key)
            }
            _ => false,
        }))
    }

    async fn user_ids(&self) -> Result<Vec<UserId>, Infallible> {
        Ok(self.users.ids())
    }

    async fn due_for_deletion(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<UserId>, Infallible> {
        let is_due = |user: &User| user.deletion_due_at.is_some_and(|due| due <= now);
        Ok(self.users.users(is_due).iter().map(|user| user.id.clone()).take(limit).collect())
    }

    async fn settings(&self) -> Result<Option<Settings>, Infallible> {
        Ok(self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn put_settings(&self, settings: &Settings) -> Result<bool, Infallible> {
        let mut own = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        let is_next = own.as_ref().map_or(0, |own| own.revision).checked_add(1) == Some(settings.revision);
        if is_next {
            *own = Some(settings.clone());
        }
        Ok(is_next)
    }
}
