//! Bugs in the store of users in SQLite.

use crate::Bug;

const USERS: &str = "src/sqlite/users.rs";

const IS_STALE: &str = "if found != change.expected().map(revision) {";

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "the revision is not looked at",
        file: USERS,
        from: IS_STALE,
        to: "if found.is_some() != change.expected().is_some() {",
    },
    Bug {
        name: "a revision to come will do",
        file: USERS,
        from: IS_STALE,
        to: "if found > change.expected().map(revision) || (found.is_none() && change.expected().is_some()) {",
    },
    Bug {
        name: "a revision of before will do",
        file: USERS,
        from: IS_STALE,
        to: "if found < change.expected().map(revision) || (found.is_some() && change.expected().is_none()) {",
    },
    Bug {
        name: "a new user replaces the one of the same id",
        file: USERS,
        from: IS_STALE,
        to: "if change.expected().is_some() && found != change.expected().map(revision) {",
    },
    Bug {
        name: "an update makes who is not there",
        file: USERS,
        from: IS_STALE,
        to: "if found != change.expected().map(revision) && (found.is_some() || change.user().is_none()) {",
    },
    Bug {
        name: "any revision is deleted",
        file: USERS,
        from: IS_STALE,
        to: "if found != change.expected().map(revision) && (found.is_none() || change.user().is_some()) {",
    },
    Bug {
        name: "who is not there is deleted",
        file: USERS,
        from: IS_STALE,
        to: "if found != change.expected().map(revision) && (found.is_some() || change.user().is_some()) {",
    },
    Bug {
        name: "the revision is read before the file is locked",
        file: USERS,
        from: "    let mut write = inner.write().await?;
    let found = sqlx::query_scalar(safe(&statements.revision)).bind(own);
    let found: Option<i64> = found.fetch_optional(&mut *write).await.map_err(failed)?;
",
        to: "    let found = sqlx::query_scalar(safe(&statements.revision)).bind(own);
    let found: Option<i64> = found.fetch_optional(&inner.readers).await.map_err(failed)?;
    let mut write = inner.write().await?;
",
    },
    Bug {
        name: "what is taken is looked up before the file is locked",
        file: USERS,
        from: "    let mut write = inner.write().await?;
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
",
        to: "    let taken = sqlx::query_scalar::<_, i64>(safe(&statements.taken)).bind(&keys).bind(own);
    let taken = taken.fetch_optional(&inner.readers).await.map_err(failed)?;
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
    if let Some(at) = taken {
",
    },
    Bug {
        name: "nothing is taken",
        file: USERS,
        from: "WHERE k.user_id <> ?2 ORDER BY",
        to: "WHERE k.user_id <> ?2 AND false ORDER BY",
    },
    Bug {
        name: "emails are not taken",
        file: USERS,
        from: "WHERE k.user_id <> ?2 ORDER BY",
        to: "WHERE k.user_id <> ?2 AND k.kind <> 'email' ORDER BY",
    },
    Bug {
        name: "the last that is taken is named",
        file: USERS,
        from: "ORDER BY w.key LIMIT 1",
        to: "ORDER BY w.key DESC LIMIT 1",
    },
    Bug {
        name: "the first in the alphabet is named",
        file: USERS,
        from: "ORDER BY w.key LIMIT 1",
        to: "ORDER BY k.kind, k.value LIMIT 1",
    },
    Bug {
        name: "one's own email is taken",
        file: USERS,
        from: "WHERE k.user_id <> ?2 ORDER BY",
        to: "WHERE (k.user_id <> ?2 OR k.kind = 'email') ORDER BY",
    },
    Bug {
        name: "what is taken is looked for without its kind",
        file: USERS,
        from: "    ON k.kind = w.value ->> 0 AND k.value = unhex(w.value ->> 1)
    WHERE",
        to: "    ON k.value = unhex(w.value ->> 1)
    WHERE",
    },
    Bug {
        name: "who is refused is written without the keys",
        file: USERS,
        from: "        let key = usize::try_from(at).ok().and_then(|at| change.keys().get(at));
",
        to: "        let key = usize::try_from(at).ok().and_then(|at| change.keys().get(at));
        let put = sqlx::query(safe(&statements.put)).bind(own).bind(revision(user.revision)).bind(&document);
        let put = put.bind(micros(user.created_at)).bind(micros(user.updated_at));
        let put = put.bind(user.deletion_due_at.map(micros));
        put.execute(&mut *write).await.map_err(failed)?;
        write.commit().await.map_err(failed)?;
",
    },
    Bug {
        name: "who is refused keeps the keys that are free",
        file: USERS,
        from: "        let key = usize::try_from(at).ok().and_then(|at| change.keys().get(at));
",
        to: "        let key = usize::try_from(at).ok().and_then(|at| change.keys().get(at));
        if found.is_some() {
            let claim = sqlx::query(safe(&statements.claim)).bind(&keys).bind(own);
            claim.execute(&mut *write).await.map_err(failed)?;
            write.commit().await.map_err(failed)?;
        }
",
    },
    Bug {
        name: "what is given up stays one's own",
        file: USERS,
        from: "for text in [&statements.free, &statements.claim] {",
        to: "for text in [&statements.claim] {",
    },
    Bug {
        name: "a phone that is given up stays one's own",
        file: USERS,
        from: "WHERE user_id = ?2 AND (kind, value) NOT IN",
        to: "WHERE user_id = ?2 AND kind <> 'phone' AND (kind, value) NOT IN",
    },
    Bug {
        name: "others lose their keys",
        file: USERS,
        from: "WHERE user_id = ?2 AND (kind, value) NOT IN",
        to: "WHERE user_id >= ?2 AND (kind, value) NOT IN",
    },
    Bug {
        name: "new keys are not claimed by an update",
        file: USERS,
        from: "for text in [&statements.free, &statements.claim] {",
        to: "for text in if found.is_some() { [&statements.free; 2] } else { [&statements.claim; 2] } {",
    },
    Bug {
        name: "an update writes nothing",
        file: USERS,
        from: "    ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, document = excluded.document,
    created_at = excluded.created_at, updated_at = excluded.updated_at,
    deletion_due_at = excluded.deletion_due_at\"",
        to: "    ON CONFLICT (id) DO NOTHING\"",
    },
    Bug {
        name: "keys are found without their kind",
        file: USERS,
        from: "        ON k.kind = w.value ->> 0 AND k.value = unhex(w.value ->> 1)
    )\"",
        to: "        ON k.value = unhex(w.value ->> 1)
    )\"",
    },
    Bug {
        name: "keys are found in any case",
        file: USERS,
        from: "        ON k.kind = w.value ->> 0 AND k.value = unhex(w.value ->> 1)
    )\"",
        to: "        ON k.kind = w.value ->> 0
        AND lower(CAST(k.value AS TEXT)) = lower(CAST(unhex(w.value ->> 1) AS TEXT))
    )\"",
    },
    Bug {
        name: "keys are found by a pattern",
        file: USERS,
        from: "        ON k.kind = w.value ->> 0 AND k.value = unhex(w.value ->> 1)
    )\"",
        to: "        ON k.kind = w.value ->> 0
        AND replace(CAST(k.value AS TEXT), '_', '%') = replace(CAST(unhex(w.value ->> 1) AS TEXT), '_', '%')
    )\"",
    },
    Bug {
        name: "a user is found for each key",
        file: USERS,
        from: "FROM {p}users u WHERE u.id IN (
        SELECT k.user_id FROM json_each(?1) w CROSS JOIN {p}user_keys k
        ON k.kind = w.value ->> 0 AND k.value = unhex(w.value ->> 1)
    )",
        to: "FROM json_each(?1) w CROSS JOIN {p}user_keys k
        ON k.kind = w.value ->> 0 AND k.value = unhex(w.value ->> 1) JOIN {p}users u ON u.id = k.user_id",
    },
    Bug {
        name: "one user is found",
        file: USERS,
        from: "        ON k.kind = w.value ->> 0 AND k.value = unhex(w.value ->> 1)
    )\"",
        to: "        ON k.kind = w.value ->> 0 AND k.value = unhex(w.value ->> 1)
    ) LIMIT 1\"",
    },
    Bug {
        name: "each key is read in its own time",
        file: USERS,
        from: "            let query = sqlx::query_as(safe(&self.0.users.find)).bind(list(keys));
            let rows = query.fetch_all(&self.0.readers).await?;
            rows.into_iter().map(|row| self.0.documents.user(row)).collect()
",
        to: "            let mut found = std::collections::BTreeMap::new();
            for key in keys {
                let query = sqlx::query_as(safe(&self.0.users.find)).bind(list(std::slice::from_ref(key)));
                for row in query.fetch_all(&self.0.readers).await? {
                    let user = self.0.documents.user(row)?;
                    found.insert(user.id.clone(), user);
                }
            }
            Ok(found.into_values().collect())
",
    },
    Bug {
        name: "keys outlive their user",
        file: "src/sqlite.rs",
        from: ".foreign_keys(true)",
        to: ".foreign_keys(false)",
    },
    Bug {
        name: "the deleted stay",
        file: USERS,
        from: "\"DELETE FROM {p}users WHERE id = ?1\"",
        to: "\"DELETE FROM {p}user_keys WHERE user_id = ?1 AND kind <> 'id'\"",
    },
    Bug {
        name: "no keys find everybody",
        file: USERS,
        from: "        if keys.is_empty() {
            return Ok(Vec::new());
        }
",
        to: "        if keys.is_empty() {
            let all = statement(\"SELECT id, revision, document FROM {p}users\", &self.0.prefix);
            let all = sqlx::query_as(safe(&all)).fetch_all(&self.0.readers).await?;
            return all.into_iter().map(|row| self.0.documents.user(row)).collect();
        }
",
    },
];

/// What the library's suite does not see, since it never asks for it: when an account is due.
pub(crate) const DUE: &[Bug] = &[Bug {
    name: "who came back is still due for deletion",
    file: USERS,
    from: "    deletion_due_at = excluded.deletion_due_at\"",
    to: "    deletion_due_at = coalesce(deletion_due_at, excluded.deletion_due_at)\"",
}];
