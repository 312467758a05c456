//! Interactions, one-time tokens and counters in SQLite.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteConnection;
use vestibule::store::aio::VerificationStore;
use vestibule::store::{CommitError, Entry, EntryChange, EntryKey};

use super::{Inner, SqliteStore, failed, pairs};
use crate::changes::{Write, in_order};
use crate::documents::{limit, micros};
use crate::error::StoreError;
use crate::schema::{safe, statement};

pub(super) struct EntryStatements {
    pub(super) load: Arc<str>,
    make: Arc<str>,
    change: Arc<str>,
    remove: Arc<str>,
    count: Arc<str>,
    pub(super) purge: Arc<str>,
}

/// One statement sees one moment. `CROSS JOIN` keeps the order: each key is looked up.
const LOAD: &str = "
    SELECT e.kind, e.digest, e.revision, e.document FROM {p}entries e WHERE e.rowid IN (
        SELECT k.rowid FROM json_each(?1) w CROSS JOIN {p}entries k
        ON k.kind = w.value ->> 0 AND k.digest = unhex(w.value ->> 1)
    )";

const MAKE: &str = "
    INSERT INTO {p}entries (kind, digest, revision, expires_at, document, user_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (kind, digest) DO NOTHING";

const CHANGE: &str = "
    UPDATE {p}entries SET revision = ?3, expires_at = ?4, document = ?5, user_id = ?6
    WHERE kind = ?1 AND digest = ?2 AND revision = ?7";

const REMOVE: &str = "DELETE FROM {p}entries WHERE kind = ?1 AND digest = ?2 AND revision = ?3";

const COUNT: &str = "SELECT count(*) FROM {p}entries WHERE kind = ?1 AND digest = ?2";

const PURGE: &str = "
    DELETE FROM {p}entries WHERE rowid IN (
        SELECT rowid FROM {p}entries WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2
    )";

impl EntryStatements {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            load: statement(LOAD, prefix),
            make: statement(MAKE, prefix),
            change: statement(CHANGE, prefix),
            remove: statement(REMOVE, prefix),
            count: statement(COUNT, prefix),
            purge: statement(PURGE, prefix),
        }
    }
}

impl VerificationStore for SqliteStore {
    type Error = StoreError;

    async fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.call(async {
            let keys = pairs(keys.iter().map(|key| (key.kind().as_str(), key.digest())));
            let query = sqlx::query_as(safe(&self.0.entries.load)).bind(keys);
            let rows = query.fetch_all(&self.0.readers).await?;
            rows.into_iter().map(|row| self.0.documents.entry(row)).collect()
        })
        .await
    }

    async fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<StoreError>> {
        if changes.is_empty() {
            return Ok(());
        }
        let writes = in_order(changes, &self.0.documents)?.ok_or(CommitError::Stale)?;
        self.call(async {
            let mut transaction = self.0.write().await?;
            for write in &writes {
                if !put(&self.0, write, &mut transaction).await.map_err(failed)? {
                    return Err(CommitError::Stale);
                }
            }
            transaction.commit().await.map_err(failed)
        })
        .await
    }

    async fn purge_expired(&self, now: DateTime<Utc>, at_most: usize) -> Result<usize, StoreError> {
        self.call(async {
            let mut write = self.0.write().await?;
            let query = sqlx::query(safe(&self.0.entries.purge)).bind(micros(now)).bind(limit(at_most));
            let purged = query.execute(&mut *write).await?.rows_affected();
            write.commit().await?;
            Ok(usize::try_from(purged).unwrap_or(usize::MAX))
        })
        .await
    }
}

/// Whether the entry had the expected revision, and is written.
async fn put(inner: &Inner, write: &Write, connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let key = (write.kind, &write.digest[..]);
    let query = |text| sqlx::query(safe(text)).bind(key.0).bind(key.1);
    let statements = &inner.entries;
    let query = match (&write.row, write.expected) {
        (Some(row), expected) => {
            let query = query(if expected == 0 { &statements.make } else { &statements.change })
                .bind(row.revision)
                .bind(row.expires_at)
                .bind(&row.document[..])
                .bind(row.user_id.as_deref());
            if expected == 0 { query } else { query.bind(expected) }
        }
        (None, 0) => {
            let count = sqlx::query_scalar::<_, i64>(safe(&statements.count)).bind(key.0).bind(key.1);
            return Ok(count.fetch_one(connection).await? == 0);
        }
        (None, expected) => query(&statements.remove).bind(expected),
    };
    Ok(query.execute(connection).await?.rows_affected() > 0)
}
