//! Sealing anew what older keys sealed, or none: alike in both databases.

/// How many documents are read at once.
pub(crate) const AT_ONCE: i64 = 200;

pub(crate) const USERS: &str =
    "SELECT id, revision, document FROM {p}users WHERE id > $1 ORDER BY id LIMIT $2";

/// What somebody wrote meanwhile is sealed under the current key already.
pub(crate) const SEAL_USER: &str = "UPDATE {p}users SET document = $1 WHERE id = $2 AND revision = $3";

pub(crate) const ENTRIES: &str = "
    SELECT kind, digest, revision, document FROM {p}entries WHERE (kind, digest) > ($1, $2)
    ORDER BY kind, digest LIMIT $3";

pub(crate) const SEAL_ENTRY: &str =
    "UPDATE {p}entries SET document = $1 WHERE kind = $2 AND digest = $3 AND revision = $4";

macro_rules! seals_anew {
    ($store:ty, $readers:ident, $writer:ident) => {
        use $crate::documents::{EntryRow, UserRow, place_of_entry, place_of_user};
        use $crate::schema::{safe, statement};
        use $crate::sealing::{AT_ONCE, ENTRIES, SEAL_ENTRY, SEAL_USER, USERS};

        impl $store {
            /// Seals every document under the current key that is not, and says how many that were. Then no older key is
            /// needed any more, once every server that still seals under one has been stopped.
            ///
            /// It reads all documents, some at a time, and may run beside whatever else is done.
            ///
            /// # Errors
            /// [`StoreError`] if the database fails, or a document does not open: what was sealed until then stays so.
            pub async fn seal_anew(&self) -> Result<usize, StoreError> {
                Ok(self.seal_users().await? + self.seal_entries().await?)
            }

            async fn seal_users(&self) -> Result<usize, StoreError> {
                let (users, seal) = (statement(USERS, &self.0.prefix), statement(SEAL_USER, &self.0.prefix));
                let (mut after, mut sealed) = (String::new(), 0);
                loop {
                    let rows: Vec<UserRow> = self
                        .call(async {
                            let query = sqlx::query_as(safe(&users)).bind(&after).bind(AT_ONCE);
                            Ok::<_, StoreError>(query.fetch_all(&self.0.$readers).await?)
                        })
                        .await?;
                    let Some((last, ..)) = rows.last() else { return Ok(sealed) };
                    after.clone_from(last);
                    for (id, revision, document) in rows {
                        let Some(anew) = self.0.documents.anew(document, &place_of_user(&id))? else {
                            continue;
                        };
                        let query = sqlx::query(safe(&seal)).bind(anew).bind(&id).bind(revision);
                        self.call(async {
                            Ok::<_, StoreError>(query.execute(&self.0.$writer).await.map(drop)?)
                        })
                        .await?;
                        sealed += 1;
                    }
                }
            }

            async fn seal_entries(&self) -> Result<usize, StoreError> {
                let (entries, seal) =
                    (statement(ENTRIES, &self.0.prefix), statement(SEAL_ENTRY, &self.0.prefix));
                let (mut after, mut sealed) = ((String::new(), Vec::new()), 0);
                loop {
                    let rows: Vec<EntryRow> = self
                        .call(async {
                            let query = sqlx::query_as(safe(&entries)).bind(&after.0).bind(&after.1);
                            Ok::<_, StoreError>(query.bind(AT_ONCE).fetch_all(&self.0.$readers).await?)
                        })
                        .await?;
                    let Some((kind, digest, ..)) = rows.last() else { return Ok(sealed) };
                    after = (kind.clone(), digest.clone());
                    for (kind, digest, revision, document) in rows {
                        let place = place_of_entry(&kind, &digest);
                        let Some(anew) = self.0.documents.anew(document, &place)? else { continue };
                        let query =
                            sqlx::query(safe(&seal)).bind(anew).bind(&kind).bind(&digest).bind(revision);
                        self.call(async {
                            Ok::<_, StoreError>(query.execute(&self.0.$writer).await.map(drop)?)
                        })
                        .await?;
                        sealed += 1;
                    }
                }
            }
        }
    };
}

pub(crate) use seals_anew;
