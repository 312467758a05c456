//! What a host keeps beside the library's accounts and entries, and asks of these that no rule does.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use vestibule::identifier::UserId;
use vestibule::store::{Entry, EntryKey};

/// Sessions and settings, and what a host asks of accounts and interactions.
pub trait HostStore: Send + Sync {
    /// What can go wrong in the backend.
    type Error: Send;

    /// Opens a session, in place of the one that the browser had.
    ///
    /// # Errors
    /// The backend's own.
    fn open_session(
        &self,
        session: &Session,
        replaced: Option<&SessionDigest>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Ends a session; one that is none as well.
    ///
    /// # Errors
    /// The backend's own.
    fn close_session(&self, digest: &SessionDigest) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// All open sessions of whoever's this is, itself among them, the oldest first: none if it is not open. Whether the
    /// account keeps them, [`User::keeps_session`](vestibule::user::User::keeps_session) says.
    ///
    /// # Errors
    /// The backend's own.
    fn sessions_beside(
        &self,
        digest: &SessionDigest,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Vec<Session>, Self::Error>> + Send;

    /// Forgets sessions that ended before `now`, `limit` at most, and says how many that were.
    ///
    /// # Errors
    /// The backend's own.
    fn purge_sessions(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> impl Future<Output = Result<usize, Self::Error>> + Send;

    /// The interactions that have identified a user; and the one under this key, whomever it has identified. In any order, also
    /// past their time.
    ///
    /// # Errors
    /// The backend's own.
    fn interactions(
        &self,
        user_id: &UserId,
        own: Option<EntryKey>,
    ) -> impl Future<Output = Result<Vec<Arc<Entry>>, Self::Error>> + Send;

    /// The ids of all users, in any order. For a host that must write each user once more: see
    /// [`UsernameCase`](vestibule::identifier::UsernameCase).
    ///
    /// # Errors
    /// The backend's own.
    fn user_ids(&self) -> impl Future<Output = Result<Vec<UserId>, Self::Error>> + Send;

    /// The ids of users who are to be deleted by `now`, `limit` at most (C-10). Whether one still is, the operation that
    /// deletes them says.
    ///
    /// # Errors
    /// The backend's own.
    fn due_for_deletion(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<UserId>, Self::Error>> + Send;

    /// The operator's settings as they were last written; `None` if they never were.
    ///
    /// # Errors
    /// The backend's own.
    fn settings(&self) -> impl Future<Output = Result<Option<Settings>, Self::Error>> + Send;

    /// Writes the settings, if their revision still is the one before the new one's. Says whether they are written.
    ///
    /// # Errors
    /// The backend's own.
    fn put_settings(&self, settings: &Settings) -> impl Future<Output = Result<bool, Self::Error>> + Send;
}

/// Under what a session is kept: the SHA-256 of its cookie's text. Whoever reads the table is nobody by it.
pub type SessionDigest = [u8; 32];

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Under what it is kept.
    pub digest: SessionDigest,
    /// Who.
    pub user_id: UserId,
    /// What it is called where it is shown: the cookie's text is a secret.
    pub shown_as: String,
    /// When it was opened. Kept to the microsecond.
    pub created_at: DateTime<Utc>,
    /// From when it is over. Kept to the microsecond.
    pub expires_at: DateTime<Utc>,
}

/// The operator's settings, in a form that is the host's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How often they were written, from 1.
    pub revision: u32,
    /// The settings.
    pub document: Vec<u8>,
}
