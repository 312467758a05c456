//! Bugs in the store of entries in SQLite.

use crate::Bug;

const ENTRIES: &str = "src/sqlite/entries.rs";

const LOAD: &str = "        ON k.kind = w.value ->> 0 AND k.digest = unhex(w.value ->> 1)
    )\"";
const CHANGE: &str = "    UPDATE {p}entries SET revision = ?3, expires_at = ?4, document = ?5, user_id = ?6
    WHERE kind = ?1 AND digest = ?2 AND revision = ?7\"";
const IS_STALE: &str = "                if !put(&self.0, write, &mut transaction).await.map_err(failed)? {
                    return Err(CommitError::Stale);
                }
";
const EXPIRED: &str = "WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2";
const PURGED: &str = "Ok(usize::try_from(purged).unwrap_or(usize::MAX))";

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "entries are loaded without their kind",
        file: ENTRIES,
        from: LOAD,
        to: "        ON k.digest = unhex(w.value ->> 1)
    )\"",
    },
    Bug {
        name: "half a digest is compared",
        file: ENTRIES,
        from: LOAD,
        to: "        ON k.kind = w.value ->> 0 AND substr(k.digest, 1, 16) = substr(unhex(w.value ->> 1), 1, 16)
    )\"",
    },
    Bug {
        name: "what expired is not loaded",
        file: ENTRIES,
        from: LOAD,
        to: "        ON k.kind = w.value ->> 0 AND k.digest = unhex(w.value ->> 1)
        WHERE k.expires_at >= unixepoch() * 1000000
    )\"",
    },
    Bug {
        name: "ten entries are loaded at most",
        file: ENTRIES,
        from: LOAD,
        to: "        ON k.kind = w.value ->> 0 AND k.digest = unhex(w.value ->> 1)
    ) LIMIT 10\"",
    },
    Bug {
        name: "each entry is read in its own time",
        file: ENTRIES,
        from: "            let keys = pairs(keys.iter().map(|key| (key.kind().as_str(), key.digest())));
            let query = sqlx::query_as(safe(&self.0.entries.load)).bind(keys);
            let rows = query.fetch_all(&self.0.readers).await?;
            rows.into_iter().map(|row| self.0.documents.entry(row)).collect()
",
        to: "            let mut found = Vec::new();
            for key in keys {
                let keys = pairs(std::iter::once((key.kind().as_str(), key.digest())));
                let query = sqlx::query_as(safe(&self.0.entries.load)).bind(keys);
                let row = query.fetch_optional(&self.0.readers).await?;
                found.extend(row.map(|row| self.0.documents.entry(row)).transpose()?);
            }
            Ok(found)
",
    },
    Bug {
        name: "what is new replaces what is there",
        file: ENTRIES,
        from: "    ON CONFLICT (kind, digest) DO NOTHING",
        to: "    ON CONFLICT (kind, digest) DO UPDATE SET revision = excluded.revision,
    expires_at = excluded.expires_at, document = excluded.document, user_id = excluded.user_id",
    },
    Bug {
        name: "what expired is replaced by what is new",
        file: ENTRIES,
        from: "    ON CONFLICT (kind, digest) DO NOTHING",
        to: "    ON CONFLICT (kind, digest) DO UPDATE SET revision = excluded.revision,
    expires_at = excluded.expires_at, document = excluded.document, user_id = excluded.user_id
    WHERE expires_at < unixepoch() * 1000000",
    },
    Bug {
        name: "the revision is not looked at",
        file: ENTRIES,
        from: "AND digest = ?2 AND revision = ?7",
        to: "AND digest = ?2 AND ?7 = ?7",
    },
    Bug {
        name: "a revision of before will do",
        file: ENTRIES,
        from: "AND digest = ?2 AND revision = ?7",
        to: "AND digest = ?2 AND revision >= ?7",
    },
    Bug {
        name: "a revision to come will do",
        file: ENTRIES,
        from: "AND digest = ?2 AND revision = ?7",
        to: "AND digest = ?2 AND revision <= ?7",
    },
    Bug {
        name: "an update makes what is not there",
        file: ENTRIES,
        from: CHANGE,
        to: "    INSERT INTO {p}entries (kind, digest, revision, expires_at, document, user_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (kind, digest) DO UPDATE SET revision = excluded.revision, expires_at = excluded.expires_at,
    document = excluded.document, user_id = excluded.user_id WHERE revision = ?7\"",
    },
    Bug {
        name: "an update goes without the kind",
        file: ENTRIES,
        from: CHANGE,
        to: "    UPDATE {p}entries SET revision = ?3, expires_at = ?4, document = ?5, user_id = ?6
    WHERE ?1 = ?1 AND digest = ?2 AND revision = ?7\"",
    },
    Bug {
        name: "the first expiry stays",
        file: ENTRIES,
        from: CHANGE,
        to: "    UPDATE {p}entries SET revision = ?3, expires_at = coalesce(expires_at, ?4), document = ?5, user_id = ?6
    WHERE kind = ?1 AND digest = ?2 AND revision = ?7\"",
    },
    Bug {
        name: "the expiry is never earlier",
        file: ENTRIES,
        from: CHANGE,
        to: "    UPDATE {p}entries SET revision = ?3, expires_at = max(expires_at, ?4), document = ?5, user_id = ?6
    WHERE kind = ?1 AND digest = ?2 AND revision = ?7\"",
    },
    Bug {
        name: "the expiry is never later",
        file: ENTRIES,
        from: CHANGE,
        to: "    UPDATE {p}entries SET revision = ?3, expires_at = min(expires_at, ?4), document = ?5, user_id = ?6
    WHERE kind = ?1 AND digest = ?2 AND revision = ?7\"",
    },
    Bug {
        name: "any revision is removed",
        file: ENTRIES,
        from: "AND digest = ?2 AND revision = ?3",
        to: "AND digest = ?2 AND ?3 = ?3",
    },
    Bug {
        name: "removals go without the kind",
        file: ENTRIES,
        from: "WHERE kind = ?1 AND digest = ?2 AND revision = ?3",
        to: "WHERE ?1 = ?1 AND digest = ?2 AND revision = ?3",
    },
    Bug {
        name: "what is not there is removed",
        file: ENTRIES,
        from: "(None, expected) => query(&statements.remove).bind(expected),",
        to: "(None, expected) => {
            query(&statements.remove).bind(expected).execute(connection).await?;
            return Ok(true);
        }",
    },
    Bug {
        name: "removals do nothing",
        file: ENTRIES,
        from: "(None, expected) => query(&statements.remove).bind(expected),",
        to: "(None, _) => return Ok(true),",
    },
    Bug {
        name: "what was written before a stale one stays",
        file: ENTRIES,
        from: IS_STALE,
        to: "                if !put(&self.0, write, &mut transaction).await.map_err(failed)? {
                    transaction.commit().await.map_err(failed)?;
                    return Err(CommitError::Stale);
                }
",
    },
    Bug {
        name: "a stale one is passed over",
        file: ENTRIES,
        from: IS_STALE,
        to: "                put(&self.0, write, &mut transaction).await.map_err(failed)?;
",
    },
    Bug {
        name: "a stale one is passed over unless it is the first",
        file: ENTRIES,
        from: IS_STALE,
        to: "                if !put(&self.0, write, &mut transaction).await.map_err(failed)?
                    && write.digest == writes[0].digest
                {
                    return Err(CommitError::Stale);
                }
",
    },
    Bug {
        name: "each write is a transaction",
        file: ENTRIES,
        from: "            let mut transaction = self.0.write().await?;
            for write in &writes {
                if !put(&self.0, write, &mut transaction).await.map_err(failed)? {
                    return Err(CommitError::Stale);
                }
            }
            transaction.commit().await.map_err(failed)
",
        to: "            for write in &writes {
                let mut transaction = self.0.write().await?;
                if !put(&self.0, write, &mut transaction).await.map_err(failed)? {
                    return Err(CommitError::Stale);
                }
                transaction.commit().await.map_err(failed)?;
            }
            Ok(())
",
    },
    Bug {
        name: "all are checked, and then each write is a transaction",
        file: ENTRIES,
        from: "            transaction.commit().await.map_err(failed)
        })
        .await
    }

    async fn purge_expired",
        to: "            transaction.rollback().await.map_err(failed)?;
            for write in &writes {
                let mut transaction = self.0.write().await?;
                put(&self.0, write, &mut transaction).await.map_err(failed)?;
                transaction.commit().await.map_err(failed)?;
            }
            Ok(())
        })
        .await
    }

    async fn purge_expired",
    },
    Bug {
        name: "nothing to write is stale",
        file: ENTRIES,
        from: "        if changes.is_empty() {
            return Ok(());
        }
",
        to: "        if changes.is_empty() {
            return Err(CommitError::Stale);
        }
",
    },
    Bug {
        name: "what expires now is purged",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2",
    },
    Bug {
        name: "purging is a second early",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < ?1 + 1000000 ORDER BY expires_at LIMIT ?2",
    },
    Bug {
        name: "purging is a microsecond late",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < ?1 - 1 ORDER BY expires_at LIMIT ?2",
    },
    Bug {
        name: "purging goes by the second",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at / 1000000 < ?1 / 1000000 ORDER BY expires_at LIMIT ?2",
    },
    Bug {
        name: "purging goes by the clock",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < unixepoch() * 1000000 + (?1 - ?1) ORDER BY expires_at LIMIT ?2",
    },
    Bug {
        name: "everything is purged",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE ?1 = ?1 ORDER BY expires_at LIMIT ?2",
    },
    Bug {
        name: "counters are not purged",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < ?1 AND kind <> 'counter' ORDER BY expires_at LIMIT ?2",
    },
    Bug {
        name: "what was written once only is purged",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < ?1 AND revision = 1 ORDER BY expires_at LIMIT ?2",
    },
    Bug {
        name: "purging has no limit",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < ?1 AND ?2 > 0",
    },
    Bug {
        name: "purging removes one more",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < ?1 LIMIT min(?2, 1000000) + 1",
    },
    Bug {
        name: "purging removes one less",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < ?1 LIMIT max(?2 - 1, 0)",
    },
    Bug {
        name: "purging takes the limit from all there is",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE rowid IN (SELECT rowid FROM {p}entries ORDER BY rowid LIMIT ?2) AND expires_at < ?1",
    },
    Bug {
        name: "purging says its limit",
        file: ENTRIES,
        from: PURGED,
        to: "Ok(at_most.min(usize::try_from(purged).unwrap_or(usize::MAX).max(1)))",
    },
    Bug {
        name: "purging says nothing",
        file: ENTRIES,
        from: PURGED,
        to: "Ok(usize::try_from(purged).unwrap_or(usize::MAX).min(1))",
    },
    Bug {
        name: "purging is not committed",
        file: ENTRIES,
        from: "            write.commit().await?;
            Ok(usize",
        to: "            write.rollback().await?;
            Ok(usize",
    },
    Bug {
        name: "what is purged is looked up before the file is locked",
        file: ENTRIES,
        from: "            let mut write = self.0.write().await?;
            let query = sqlx::query(safe(&self.0.entries.purge)).bind(micros(now)).bind(limit(at_most));
            let purged = query.execute(&mut *write).await?.rows_affected();
            write.commit().await?;
",
        to: "            let doomed = \"SELECT kind, digest FROM {p}entries WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2\";
            let doomed = statement(doomed, &self.0.prefix);
            let doomed = sqlx::query_as::<_, (String, Vec<u8>)>(safe(&doomed)).bind(micros(now)).bind(limit(at_most));
            let doomed = doomed.fetch_all(&self.0.readers).await?;
            let mut write = self.0.write().await?;
            let mut purged = 0_u64;
            for (kind, digest) in doomed {
                let delete = \"DELETE FROM {p}entries WHERE kind = ?1 AND digest = ?2\";
                let delete = statement(delete, &self.0.prefix);
                let delete = sqlx::query(safe(&delete)).bind(kind).bind(digest);
                purged += delete.execute(&mut *write).await?.rows_affected();
            }
            write.commit().await?;
",
    },
];

/// What the library's suite does not see, since it never asks for it: whom an interaction has identified.
pub(crate) const WHOSE: &[Bug] = &[Bug {
    name: "with its next step an interaction is nobody's",
    file: ENTRIES,
    from: "document = ?5, user_id = ?6",
    to: "document = ?5, user_id = nullif(?6, ?6)",
}];
