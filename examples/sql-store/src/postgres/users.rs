//! Users in PostgreSQL.

use std::sync::Arc;

use vestibule::identifier::UserKey;
use vestibule::store::aio::UserStore;
use vestibule::store::{CommitError, UserChange};
use vestibule::user::User;

use super::{Inner, PostgresStore, is_unique_violation, refused};
use crate::documents::{self, micros, revision};
use crate::error::StoreError;
use crate::schema::{safe, statement};

pub(super) struct UserStatements {
    pub(super) find: Arc<str>,
    create: Arc<str>,
    pub(super) update: Arc<str>,
    delete: Arc<str>,
    taken: Arc<str>,
}

/// One statement sees one moment.
const FIND: &str = "
    SELECT u.id, u.revision, u.document FROM {p}users u WHERE u.id IN (
        SELECT k.user_id FROM (
            SELECT * FROM unnest($1::text[], $2::bytea[]) AS w (kind, value) LIMIT array_length($1, 1)
        ) w JOIN {p}user_keys k ON k.kind = w.kind AND k.value = w.value
    )";

/// Who waits for a user who is just being made, or unmade, waits in the guard, before it holds anything. What is new is
/// claimed in order.
const CREATE: &str = "
    WITH guard AS (
        INSERT INTO {p}users (id, revision, document, created_at, updated_at, deletion_due_at)
        VALUES ($1, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO NOTHING RETURNING id
    ),
    claimed AS (
        INSERT INTO {p}user_keys (kind, value, user_id)
        SELECT DISTINCT w.kind COLLATE \"C\", w.value, g.id
        FROM unnest($2::text[], $3::bytea[]) AS w (kind, value) CROSS JOIN guard g
        ORDER BY 1, 2
    )
    SELECT count(*) FROM guard";

/// Whoever is past the guard has the user's row, and with it all its keys: they are written only by who has the row, so those
/// that the statement sees are the present ones. What is new is claimed in order, and what is given up is given up after
/// that: so nobody who waits for a key has given up one that the other waits for.
const UPDATE: &str = "
    WITH guard AS (
        UPDATE {p}users SET revision = $4, document = $5, created_at = $6, updated_at = $7,
            deletion_due_at = $8
        WHERE id = $1 AND revision = $9 RETURNING id
    ),
    wanted AS (
        SELECT DISTINCT w.kind, w.value FROM unnest($2::text[], $3::bytea[]) AS w (kind, value)
        LIMIT array_length($2, 1)
    ),
    claimed AS (
        INSERT INTO {p}user_keys (kind, value, user_id)
        SELECT w.kind, w.value, g.id FROM wanted w CROSS JOIN guard g
        WHERE NOT EXISTS (
            SELECT 1 FROM {p}user_keys k WHERE k.kind = w.kind AND k.value = w.value AND k.user_id = g.id
        )
        ORDER BY w.kind COLLATE \"C\", w.value
        RETURNING 1
    ),
    freed AS (
        DELETE FROM {p}user_keys k USING guard g
        WHERE (SELECT count(*) FROM claimed) >= 0 AND k.user_id = g.id
        AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.kind = k.kind AND w.value = k.value)
    )
    SELECT count(*) FROM guard";

/// Its keys go with it.
const DELETE: &str = "DELETE FROM {p}users WHERE id = $1 AND revision = $2";

/// Where in the list the first key is that another user holds, from 1.
const TAKEN: &str = "
    SELECT w.at FROM unnest($2::text[], $3::bytea[]) WITH ORDINALITY AS w (kind, value, at)
    JOIN {p}user_keys k ON k.kind = w.kind AND k.value = w.value
    WHERE k.user_id <> $1 ORDER BY w.at LIMIT 1";

impl UserStatements {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            find: statement(FIND, prefix),
            create: statement(CREATE, prefix),
            update: statement(UPDATE, prefix),
            delete: statement(DELETE, prefix),
            taken: statement(TAKEN, prefix),
        }
    }
}

/// Keys as two arrays.
fn columns(keys: &[UserKey]) -> (Vec<&'static str>, Vec<Vec<u8>>) {
    keys.iter().map(|key| (key.kind().as_str(), documents::value(key))).unzip()
}

impl UserStore for PostgresStore {
    type Error = StoreError;

    async fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.call(async {
            let inner = &*self.0;
            let (kinds, values) = columns(keys);
            let query = sqlx::query_as(safe(&inner.users.find)).bind(kinds).bind(values);
            let rows = query.fetch_all(&inner.pool).await?;
            rows.into_iter().map(|row| inner.documents.user(row)).collect()
        })
        .await
    }

    async fn commit(&self, change: &UserChange) -> Result<(), CommitError<StoreError>> {
        self.call(async {
            match change.user() {
                Some(user) => put(&self.0, change, user).await,
                None => delete(&self.0, change).await,
            }
        })
        .await
    }
}

async fn put(inner: &Inner, change: &UserChange, user: &User) -> Result<(), CommitError<StoreError>> {
    let expected = change.expected().map(revision);
    let text = if expected.is_some() { &inner.users.update } else { &inner.users.create };
    let (kinds, values) = columns(change.keys());
    let document = inner.documents.of_user(user)?;
    let mut query = sqlx::query_scalar::<_, i64>(safe(text))
        .bind(change.id().as_str())
        .bind(&kinds)
        .bind(&values)
        .bind(revision(user.revision))
        .bind(document)
        .bind(micros(user.created_at))
        .bind(micros(user.updated_at))
        .bind(user.deletion_due_at.map(micros));
    if let Some(expected) = expected {
        query = query.bind(expected);
    }
    match query.fetch_one(&inner.pool).await {
        Ok(0) => Err(CommitError::Stale),
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => Err(taken(inner, change, &kinds, &values).await),
        Err(error) => Err(refused(error)),
    }
}

/// The first key that another user holds. If none does any more, it was given up meanwhile: the caller reads again.
async fn taken(
    inner: &Inner,
    change: &UserChange,
    kinds: &[&'static str],
    values: &[Vec<u8>],
) -> CommitError<StoreError> {
    let query = sqlx::query_scalar::<_, i64>(safe(&inner.users.taken));
    let query = query.bind(change.id().as_str()).bind(kinds).bind(values);
    match query.fetch_optional(&inner.pool).await {
        Ok(at) => {
            let at = at.and_then(|at| usize::try_from(at).ok()).and_then(|at| at.checked_sub(1));
            let key = at.and_then(|at| change.keys().get(at));
            key.map_or(CommitError::Stale, |key| CommitError::Taken(key.clone()))
        }
        Err(error) => refused(error),
    }
}

async fn delete(inner: &Inner, change: &UserChange) -> Result<(), CommitError<StoreError>> {
    let query = sqlx::query(safe(&inner.users.delete)).bind(change.id().as_str());
    let done = query.bind(change.expected().map(revision)).execute(&inner.pool).await.map_err(refused)?;
    if done.rows_affected() == 0 { Err(CommitError::Stale) } else { Ok(()) }
}
