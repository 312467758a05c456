//! Sessions and settings in PostgreSQL.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use vestibule::identifier::UserId;
use vestibule::store::{Entry, EntryKey};

use super::PostgresStore;
use crate::documents::{self, limit, micros};
use crate::error::StoreError;
use crate::host::{HostStore, Session, SessionDigest, Settings};
use crate::schema::{safe, statement};

pub(super) struct HostStatements {
    open: Arc<str>,
    close: Arc<str>,
    pub(super) beside: Arc<str>,
    purge: Arc<str>,
    pub(super) interactions: Arc<str>,
    ids: Arc<str>,
    due: Arc<str>,
    settings: Arc<str>,
    put_settings: Arc<str>,
}

const OPEN: &str = "
    WITH replaced AS (DELETE FROM {p}sessions WHERE digest = $6)
    INSERT INTO {p}sessions (digest, user_id, shown_as, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";

const CLOSE: &str = "DELETE FROM {p}sessions WHERE digest = $1";

const BESIDE: &str = "
    SELECT s.digest, s.user_id, s.shown_as, s.created_at, s.expires_at FROM {p}sessions s
    WHERE s.user_id = (SELECT own.user_id FROM {p}sessions own WHERE own.digest = $1 AND own.expires_at > $2)
    AND s.expires_at > $2 ORDER BY s.created_at, s.shown_as";

const PURGE: &str = "
    WITH doomed AS MATERIALIZED (
        SELECT digest FROM {p}sessions WHERE expires_at < $1
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM {p}sessions s USING doomed d WHERE s.digest = d.digest";

/// No interaction is without a digest: where none is asked for, none is found.
const INTERACTIONS: &str = "
    SELECT e.kind, e.digest, e.revision, e.document FROM {p}entries e
    WHERE e.user_id = $1 OR (e.kind = 'interaction' AND e.digest = $2)";

const IDS: &str = "SELECT id FROM {p}users";

const DUE: &str = "
    SELECT id FROM {p}users WHERE deletion_due_at <= $1 ORDER BY deletion_due_at LIMIT $2";

const SETTINGS: &str = "SELECT revision, document FROM {p}settings";

const PUT_SETTINGS: &str = "
    INSERT INTO {p}settings AS s (only_one, revision, document)
    SELECT true, $1, $2 WHERE $1 = 1 OR EXISTS (SELECT 1 FROM {p}settings)
    ON CONFLICT (only_one) DO UPDATE SET revision = excluded.revision, document = excluded.document
    WHERE s.revision = excluded.revision - 1";

impl HostStatements {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            open: statement(OPEN, prefix),
            close: statement(CLOSE, prefix),
            beside: statement(BESIDE, prefix),
            purge: statement(PURGE, prefix),
            interactions: statement(INTERACTIONS, prefix),
            ids: statement(IDS, prefix),
            due: statement(DUE, prefix),
            settings: statement(SETTINGS, prefix),
            put_settings: statement(PUT_SETTINGS, prefix),
        }
    }
}

impl HostStore for PostgresStore {
    type Error = StoreError;

    async fn open_session(
        &self,
        session: &Session,
        replaced: Option<&SessionDigest>,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(safe(&self.0.host.open))
            .bind(&session.digest[..])
            .bind(session.user_id.as_str())
            .bind(&session.shown_as)
            .bind(micros(session.created_at))
            .bind(micros(session.expires_at))
            .bind(replaced.map(|digest| &digest[..]));
        self.call(async { Ok(query.execute(&self.0.pool).await.map(drop)?) }).await
    }

    async fn close_session(&self, digest: &SessionDigest) -> Result<(), StoreError> {
        let query = sqlx::query(safe(&self.0.host.close)).bind(&digest[..]);
        self.call(async { Ok(query.execute(&self.0.pool).await.map(drop)?) }).await
    }

    async fn sessions_beside(
        &self,
        digest: &SessionDigest,
        now: DateTime<Utc>,
    ) -> Result<Vec<Session>, StoreError> {
        let query = sqlx::query_as(safe(&self.0.host.beside)).bind(&digest[..]).bind(micros(now));
        self.call(async {
            query.fetch_all(&self.0.pool).await?.into_iter().map(documents::session).collect()
        })
        .await
    }

    async fn purge_sessions(&self, now: DateTime<Utc>, at_most: usize) -> Result<usize, StoreError> {
        // As with entries: the plan for this very limit.
        let query = sqlx::query(safe(&self.0.host.purge)).persistent(false);
        let query = query.bind(micros(now)).bind(limit(at_most));
        self.call(async {
            let purged = query.execute(&self.0.pool).await?.rows_affected();
            Ok(usize::try_from(purged).unwrap_or(usize::MAX))
        })
        .await
    }

    async fn interactions(
        &self,
        user_id: &UserId,
        own: Option<EntryKey>,
    ) -> Result<Vec<Arc<Entry>>, StoreError> {
        let query = sqlx::query_as(safe(&self.0.host.interactions))
            .bind(user_id.as_str())
            .bind(own.as_ref().map(|own| &own.digest()[..]));
        self.call(async {
            let rows = query.fetch_all(&self.0.pool).await?;
            rows.into_iter().map(|row| self.0.documents.entry(row)).collect()
        })
        .await
    }

    async fn user_ids(&self) -> Result<Vec<UserId>, StoreError> {
        self.call(async {
            let query = sqlx::query_scalar(safe(&self.0.host.ids));
            let ids: Vec<String> = query.fetch_all(&self.0.pool).await?;
            ids.iter().map(|id| documents::id(id)).collect()
        })
        .await
    }

    async fn due_for_deletion(&self, now: DateTime<Utc>, at_most: usize) -> Result<Vec<UserId>, StoreError> {
        self.call(async {
            let query = sqlx::query_scalar(safe(&self.0.host.due)).bind(micros(now)).bind(limit(at_most));
            let ids: Vec<String> = query.fetch_all(&self.0.pool).await?;
            ids.iter().map(|id| documents::id(id)).collect()
        })
        .await
    }

    async fn settings(&self) -> Result<Option<Settings>, StoreError> {
        self.call(async {
            let row = sqlx::query_as(safe(&self.0.host.settings)).fetch_optional(&self.0.pool).await?;
            row.map(documents::settings).transpose()
        })
        .await
    }

    async fn put_settings(&self, settings: &Settings) -> Result<bool, StoreError> {
        let query = sqlx::query(safe(&self.0.host.put_settings))
            .bind(i64::from(settings.revision))
            .bind(&settings.document[..]);
        self.call(async { Ok(query.execute(&self.0.pool).await?.rows_affected() > 0) }).await
    }
}
