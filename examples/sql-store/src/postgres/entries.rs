//! Interactions, one-time tokens and counters in PostgreSQL.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use vestibule::store::aio::VerificationStore;
use vestibule::store::{CommitError, Entry, EntryChange, EntryKey};

use super::{Inner, PostgresStore, is_unique_violation, refused};
use crate::changes::{Write, in_order};
use crate::documents::{limit, micros};
use crate::error::StoreError;
use crate::schema::{safe, statement};

pub(super) struct EntryStatements {
    pub(super) load: Arc<str>,
    pub(super) commit: Arc<str>,
    purge: Arc<str>,
}

const LOAD: &str = "
    SELECT e.kind, e.digest, e.revision, e.document FROM {p}entries e WHERE (e.kind, e.digest) IN (
        SELECT w.kind, w.digest FROM unnest($1::text[], $2::bytea[]) AS w (kind, digest) LIMIT array_length($1, 1)
    )";

/// What is there is locked in order, each if its revision still is the expected one; if all are, what is new is made, in
/// order, and only then is anything changed or removed. An entry that somebody else makes meanwhile is a unique violation,
/// and undoes the statement.
const COMMIT: &str = "
    WITH wanted AS (
        SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[],
            $7::text[]) AS w (kind, digest, expected, revision, expires_at, document, user_id)
        LIMIT array_length($1, 1)
    ),
    held AS MATERIALIZED (
        SELECT e.kind, e.digest FROM {p}entries e JOIN wanted w ON e.kind = w.kind AND e.digest = w.digest
        WHERE w.expected <> 0 AND e.revision = w.expected
        ORDER BY e.kind, e.digest FOR UPDATE OF e
    ),
    guard AS MATERIALIZED (
        SELECT (SELECT count(*) FROM held) = (SELECT count(*) FROM wanted WHERE expected <> 0)
            AND NOT EXISTS (
                SELECT 1 FROM {p}entries e JOIN wanted w ON e.kind = w.kind AND e.digest = w.digest
                WHERE w.expected = 0
            ) AS holds
    ),
    made AS (
        INSERT INTO {p}entries (kind, digest, revision, expires_at, document, user_id)
        SELECT w.kind, w.digest, w.revision, w.expires_at, w.document, w.user_id FROM wanted w CROSS JOIN guard g
        WHERE g.holds AND w.expected = 0 AND w.document IS NOT NULL
        ORDER BY w.kind COLLATE \"C\", w.digest
        RETURNING 1
    ),
    changed AS (
        UPDATE {p}entries e SET revision = w.revision, expires_at = w.expires_at, document = w.document,
            user_id = w.user_id
        FROM wanted w CROSS JOIN guard g
        WHERE (SELECT count(*) FROM made) >= 0 AND g.holds AND w.document IS NOT NULL
        AND e.kind = w.kind AND e.digest = w.digest AND e.revision = w.expected
    ),
    removed AS (
        DELETE FROM {p}entries e USING wanted w CROSS JOIN guard g
        WHERE (SELECT count(*) FROM made) >= 0 AND g.holds AND w.document IS NULL
        AND e.kind = w.kind AND e.digest = w.digest AND e.revision = w.expected
    )
    SELECT holds FROM guard";

/// What somebody is just writing is left for the next time.
const PURGE: &str = "
    WITH doomed AS MATERIALIZED (
        SELECT kind, digest FROM {p}entries WHERE expires_at < $1
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
    )
    DELETE FROM {p}entries e USING doomed d WHERE e.kind = d.kind AND e.digest = d.digest";

impl EntryStatements {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            load: statement(LOAD, prefix),
            commit: statement(COMMIT, prefix),
            purge: statement(PURGE, prefix),
        }
    }
}

impl VerificationStore for PostgresStore {
    type Error = StoreError;

    async fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.call(async {
            let inner = &*self.0;
            let (kinds, digests): (Vec<_>, Vec<&[u8]>) =
                keys.iter().map(|key| (key.kind().as_str(), &key.digest()[..])).unzip();
            let query = sqlx::query_as(safe(&inner.entries.load)).bind(kinds).bind(digests);
            let rows = query.fetch_all(&inner.pool).await?;
            rows.into_iter().map(|row| inner.documents.entry(row)).collect()
        })
        .await
    }

    async fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<StoreError>> {
        if changes.is_empty() {
            return Ok(());
        }
        let writes = in_order(changes, &self.0.documents)?.ok_or(CommitError::Stale)?;
        self.call(write(&self.0, &writes)).await
    }

    async fn purge_expired(&self, now: DateTime<Utc>, at_most: usize) -> Result<usize, StoreError> {
        self.call(async {
            let inner = &*self.0;
            // A plan that is made for every limit reads the whole table: this one is made for the one at hand.
            let query = sqlx::query(safe(&inner.entries.purge)).persistent(false);
            let query = query.bind(micros(now)).bind(limit(at_most));
            let purged = query.execute(&inner.pool).await?.rows_affected();
            Ok(usize::try_from(purged).unwrap_or(usize::MAX))
        })
        .await
    }
}

async fn write(inner: &Inner, writes: &[Write]) -> Result<(), CommitError<StoreError>> {
    let rows = || writes.iter().map(|write| write.row.as_ref());
    let query = sqlx::query_scalar(safe(&inner.entries.commit))
        .bind(writes.iter().map(|write| write.kind).collect::<Vec<_>>())
        .bind(writes.iter().map(|write| &write.digest[..]).collect::<Vec<_>>())
        .bind(writes.iter().map(|write| write.expected).collect::<Vec<_>>())
        .bind(rows().map(|row| row.map(|row| row.revision)).collect::<Vec<_>>())
        .bind(rows().map(|row| row.map(|row| row.expires_at)).collect::<Vec<_>>())
        .bind(rows().map(|row| row.map(|row| &row.document[..])).collect::<Vec<_>>())
        .bind(rows().map(|row| row.and_then(|row| row.user_id.as_deref())).collect::<Vec<_>>());
    match query.fetch_one(&inner.pool).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(CommitError::Stale),
        Err(error) if is_unique_violation(&error) => Err(CommitError::Stale),
        Err(error) => Err(refused(error)),
    }
}
