//! A host's own store of any backend as one type.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use vestibule::identifier::UserId;
use vestibule::store::{Entry, EntryKey};
use vestibule_sql_store::{HostStore, Session, SessionDigest, Settings};

use super::StoreFailure;
use super::erased::{Awaited, Found};

/// Sessions and settings, of any backend.
#[derive(Clone)]
pub struct Host(Arc<dyn AnyHost>);

trait AnyHost: Send + Sync {
    fn open_session<'a>(
        &'a self,
        session: &'a Session,
        replaced: Option<&'a SessionDigest>,
    ) -> Awaited<'a, Found<()>>;
    fn close_session<'a>(&'a self, digest: &'a SessionDigest) -> Awaited<'a, Found<()>>;
    fn sessions_beside<'a>(
        &'a self,
        digest: &'a SessionDigest,
        now: DateTime<Utc>,
    ) -> Awaited<'a, Found<Vec<Session>>>;
    fn purge_sessions(&self, now: DateTime<Utc>, limit: usize) -> Awaited<'_, Found<usize>>;
    fn interactions<'a>(
        &'a self,
        user_id: &'a UserId,
        own: Option<EntryKey>,
    ) -> Awaited<'a, Found<Vec<Arc<Entry>>>>;
    fn user_ids(&self) -> Awaited<'_, Found<Vec<UserId>>>;
    fn due_for_deletion(&self, now: DateTime<Utc>, limit: usize) -> Awaited<'_, Found<Vec<UserId>>>;
    fn settings(&self) -> Awaited<'_, Found<Option<Settings>>>;
    fn put_settings<'a>(&'a self, settings: &'a Settings) -> Awaited<'a, Found<bool>>;
}

impl<S: HostStore<Error: std::error::Error + Sync + 'static>> AnyHost for S {
    fn open_session<'a>(
        &'a self,
        session: &'a Session,
        replaced: Option<&'a SessionDigest>,
    ) -> Awaited<'a, Found<()>> {
        Box::pin(
            async move { HostStore::open_session(self, session, replaced).await.map_err(StoreFailure::new) },
        )
    }

    fn close_session<'a>(&'a self, digest: &'a SessionDigest) -> Awaited<'a, Found<()>> {
        Box::pin(async move { HostStore::close_session(self, digest).await.map_err(StoreFailure::new) })
    }

    fn sessions_beside<'a>(
        &'a self,
        digest: &'a SessionDigest,
        now: DateTime<Utc>,
    ) -> Awaited<'a, Found<Vec<Session>>> {
        Box::pin(
            async move { HostStore::sessions_beside(self, digest, now).await.map_err(StoreFailure::new) },
        )
    }

    fn purge_sessions(&self, now: DateTime<Utc>, limit: usize) -> Awaited<'_, Found<usize>> {
        Box::pin(async move { HostStore::purge_sessions(self, now, limit).await.map_err(StoreFailure::new) })
    }

    fn interactions<'a>(
        &'a self,
        user_id: &'a UserId,
        own: Option<EntryKey>,
    ) -> Awaited<'a, Found<Vec<Arc<Entry>>>> {
        Box::pin(async move { HostStore::interactions(self, user_id, own).await.map_err(StoreFailure::new) })
    }

    fn user_ids(&self) -> Awaited<'_, Found<Vec<UserId>>> {
        Box::pin(async move { HostStore::user_ids(self).await.map_err(StoreFailure::new) })
    }

    fn due_for_deletion(&self, now: DateTime<Utc>, limit: usize) -> Awaited<'_, Found<Vec<UserId>>> {
        Box::pin(
            async move { HostStore::due_for_deletion(self, now, limit).await.map_err(StoreFailure::new) },
        )
    }

    fn settings(&self) -> Awaited<'_, Found<Option<Settings>>> {
        Box::pin(async move { HostStore::settings(self).await.map_err(StoreFailure::new) })
    }

    fn put_settings<'a>(&'a self, settings: &'a Settings) -> Awaited<'a, Found<bool>> {
        Box::pin(async move { HostStore::put_settings(self, settings).await.map_err(StoreFailure::new) })
    }
}

impl Host {
    pub(super) fn new<S>(store: S) -> Self
    where
        S: HostStore<Error: std::error::Error + Sync + 'static> + 'static,
    {
        Self(Arc::new(store))
    }
}

impl HostStore for Host {
    type Error = StoreFailure;

    async fn open_session(&self, session: &Session, replaced: Option<&SessionDigest>) -> Found<()> {
        self.0.open_session(session, replaced).await
    }

    async fn close_session(&self, digest: &SessionDigest) -> Found<()> {
        self.0.close_session(digest).await
    }

    async fn sessions_beside(&self, digest: &SessionDigest, now: DateTime<Utc>) -> Found<Vec<Session>> {
        self.0.sessions_beside(digest, now).await
    }

    async fn purge_sessions(&self, now: DateTime<Utc>, limit: usize) -> Found<usize> {
        self.0.purge_sessions(now, limit).await
    }

    async fn interactions(&self, user_id: &UserId, own: Option<EntryKey>) -> Found<Vec<Arc<Entry>>> {
        self.0.interactions(user_id, own).await
    }

    async fn user_ids(&self) -> Found<Vec<UserId>> {
        self.0.user_ids().await
    }

    async fn due_for_deletion(&self, now: DateTime<Utc>, limit: usize) -> Found<Vec<UserId>> {
        self.0.due_for_deletion(now, limit).await
    }

    async fn settings(&self) -> Found<Option<Settings>> {
        self.0.settings().await
    }

    async fn put_settings(&self, settings: &Settings) -> Found<bool> {
        self.0.put_settings(settings).await
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Host")
    }
}
