//! Users in SQLite.

use std::sync::Arc;

use vestibule::identifier::UserKey;
use vestibule::store::aio::UserStore;
use vestibule::store::{CommitError, UserChange};
use vestibule::user::User;

use super::{Inner, SqliteStore, failed, pairs};
use crate::documents::{self, micros, revision};
use crate::error::StoreError;
use crate::schema::{safe, statement};

pub(super) struct UserStatements {
    pub(super) find: Arc<str>,
    revision: Arc<str>,
    pub(super) taken: Arc<str>,
    put: Arc<str>,
    pub(super) free: Arc<str>,
    claim: Arc<str>,
    delete: Arc<str>,
}

/// One statement sees one moment. `CROSS JOIN` keeps the order: each key is looked up.
const FIND: &str = "
    SELECT u.id, u.revision, u.document FROM {p}users u WHERE u.id IN (
        SELECT k.user_id FROM json_each(?1) w CROSS JOIN {p}user_keys k
        ON k.kind = w.value ->> 0 AND k.value = unhex(w.value ->> 1)
    )";

const REVISION: &str = "SELECT revision FROM {p}users WHERE id = ?1";

/// Where in the list the first key is that another user holds, from 0.
const TAKEN: &str = "
    SELECT w.key FROM json_each(?1) w CROSS JOIN {p}user_keys k
    ON k.kind = w.value ->> 0 AND k.value = unhex(w.value ->> 1)
    WHERE k.user_id <> ?2 ORDER BY w.key LIMIT 1";

const PUT: &str = "
    INSERT INTO {p}users (id, revision, document, created_at, updated_at, deletion_due_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, document = excluded.document,
    created_at = excluded.created_at, updated_at = excluded.updated_at,
    deletion_due_at = excluded.deletion_due_at";

const FREE: &str = "
    DELETE FROM {p}user_keys WHERE user_id = ?2 AND (kind, value) NOT IN (
        SELECT w.value ->> 0, unhex(w.value ->> 1) FROM json_each(?1) w
    )";

/// Those that conflict are the user's own.
const CLAIM: &str = "
    INSERT INTO {p}user_keys (kind, value, user_id)
    SELECT w.value ->> 0, unhex(w.value ->> 1), ?2 FROM json_each(?1) w WHERE true
    ON CONFLICT (kind, value) DO NOTHING";

/// Its keys go with it.
const DELETE: &str = "DELETE FROM {p}users WHERE id = ?1";

impl UserStatements {
    pub(super) fn new(prefix: &str) -> Self {
        Self {
            find: statement(FIND, prefix),
            revision: statement(REVISION, prefix),
            taken: statement(TAKEN, prefix),
            put: statement(PUT, prefix),
            free: statement(FREE, prefix),
            claim: statement(CLAIM, prefix),
            delete: statement(DELETE, prefix),
        }
    }
}

/// Keys as one parameter.
fn list(keys: &[UserKey]) -> String {
    pairs(keys.iter().map(|key| (key.kind().as_str(), documents::value(key))))
}

impl UserStore for SqliteStore {
    type Error = StoreError;

    async fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.call(async {
            let query = sqlx::query_as(safe(&self.0.users.find)).bind(list(keys));
            let rows = query.fetch_all(&self.0.readers).await?;
            rows.into_iter().map(|row| self.0.documents.user(row)).collect()
        })
        .await
    }

    async fn commit(&self, change: &UserChange) -> Result<(), CommitError<StoreError>> {
        self.call(commit(&self.0, change)).await
    }
}

async fn commit(inner: &Inner, change: &UserChange) -> Result<(), CommitError<StoreError>> {
    let (own, statements) = (change.id().as_str(), &inner.users);
    let document = change.user().map(|user| inner.documents.of_user(user)).transpose()?;
    let keys = list(change.keys());
    let mut write = inner.write().await?;
    let found = sqlx::query_scalar(safe(&statements.revision)).bind(own);
    let found: Option<i64> = found.fetch_optional(&mut *write).await.map_err(failed)?;
    if found != change.expected().map(revision) {
        return Err(CommitError::Stale);
    }
    let (Some(user), Some(document)) = (change.user(), document) else {
        sqlx::query(safe(&statements.delete)).bind(own).execute(&mut *write).await.map_err(failed)?;
        return write.commit().await.map_err(failed);
    };
    let taken = sqlx::query_scalar::<_, i64>(safe(&statements.taken)).bind(&keys).bind(own);
    if let Some(at) = taken.fetch_optional(&mut *write).await.map_err(failed)? {
        let key = usize::try_from(at).ok().and_then(|at| change.keys().get(at));
        return Err(key.map_or(CommitError::Stale, |key| CommitError::Taken(key.clone())));
    }
    let put = sqlx::query(safe(&statements.put))
        .bind(own)
        .bind(revision(user.revision))
        .bind(document)
        .bind(micros(user.created_at))
        .bind(micros(user.updated_at))
        .bind(user.deletion_due_at.map(micros));
    put.execute(&mut *write).await.map_err(failed)?;
    for text in [&statements.free, &statements.claim] {
        sqlx::query(safe(text)).bind(&keys).bind(own).execute(&mut *write).await.map_err(failed)?;
    }
    write.commit().await.map_err(failed)
}
