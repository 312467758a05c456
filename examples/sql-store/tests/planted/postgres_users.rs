//! Bugs in the store of users in PostgreSQL.

use crate::Bug;

const USERS: &str = "src/postgres/users.rs";

const FIND: &str = "        ) w JOIN {p}user_keys k ON k.kind = w.kind AND k.value = w.value
    )\"";
const TAKEN: &str = "WHERE k.user_id <> $1 ORDER BY w.at LIMIT 1";
const FREED: &str = "        WHERE (SELECT count(*) FROM claimed) >= 0 AND k.user_id = g.id
";

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "the revision is not looked at",
        file: USERS,
        from: "WHERE id = $1 AND revision = $9",
        to: "WHERE id = $1 AND $9::bigint = $9",
    },
    Bug {
        name: "a revision of before will do",
        file: USERS,
        from: "WHERE id = $1 AND revision = $9",
        to: "WHERE id = $1 AND revision >= $9",
    },
    Bug {
        name: "a revision to come will do",
        file: USERS,
        from: "WHERE id = $1 AND revision = $9",
        to: "WHERE id = $1 AND revision <= $9",
    },
    Bug {
        name: "the revision is read before it is written",
        file: USERS,
        from: "    match query.fetch_one(&inner.pool).await {
        Ok(0)",
        to: "    let stored = statement(\"SELECT revision FROM {p}users WHERE id = $1\", &inner.prefix);
    let stored = sqlx::query_scalar::<_, i64>(safe(&stored)).bind(change.id().as_str());
    if stored.fetch_optional(&inner.pool).await.map_err(refused)? != expected {
        return Err(CommitError::Stale);
    }
    let blind = text.replace(\"AND revision = $9\", \"AND $9::bigint = $9\").into();
    let mut query = sqlx::query_scalar::<_, i64>(safe(&blind))
        .bind(change.id().as_str())
        .bind(&kinds)
        .bind(&values)
        .bind(revision(user.revision))
        .bind(inner.documents.of_user(user)?)
        .bind(micros(user.created_at))
        .bind(micros(user.updated_at))
        .bind(user.deletion_due_at.map(micros));
    if let Some(expected) = expected {
        query = query.bind(expected);
    }
    match query.fetch_one(&inner.pool).await {
        Ok(0)",
    },
    Bug {
        name: "any revision is deleted",
        file: USERS,
        from: "WHERE id = $1 AND revision = $2",
        to: "WHERE id = $1 AND $2::bigint = $2",
    },
    Bug {
        name: "who is not there is deleted",
        file: USERS,
        from: "if done.rows_affected() == 0 { Err(CommitError::Stale) } else { Ok(()) }",
        to: "drop(done); Ok(())",
    },
    Bug {
        name: "what is refused is done, as is said",
        file: USERS,
        from: "        Ok(0) => Err(CommitError::Stale),
        Ok(_) => Ok(()),
",
        to: "        Ok(_) => Ok(()),
",
    },
    Bug {
        name: "what is taken is stale",
        file: USERS,
        from: "Err(error) if is_unique_violation(&error) => Err(taken(inner, change, &kinds, &values).await),",
        to: "Err(error) if is_unique_violation(&error) => Err(CommitError::Stale),",
    },
    Bug {
        name: "a new user claims nothing that is taken",
        file: USERS,
        from: "        ORDER BY 1, 2
",
        to: "        ORDER BY 1, 2 ON CONFLICT DO NOTHING
",
    },
    Bug {
        name: "an update claims nothing that is taken",
        file: USERS,
        from: "        ORDER BY w.kind COLLATE \\\"C\\\", w.value
        RETURNING 1
",
        to: "        ORDER BY w.kind COLLATE \\\"C\\\", w.value ON CONFLICT DO NOTHING
        RETURNING 1
",
    },
    Bug {
        name: "an update takes what another holds",
        file: USERS,
        from: "        ORDER BY w.kind COLLATE \\\"C\\\", w.value
        RETURNING 1
",
        to: "        ORDER BY w.kind COLLATE \\\"C\\\", w.value
        ON CONFLICT (kind, value) DO UPDATE SET user_id = excluded.user_id
        RETURNING 1
",
    },
    Bug {
        name: "the last that is taken is named",
        file: USERS,
        from: TAKEN,
        to: "WHERE k.user_id <> $1 ORDER BY w.at DESC LIMIT 1",
    },
    Bug {
        name: "the first in the alphabet is named",
        file: USERS,
        from: TAKEN,
        to: "WHERE k.user_id <> $1 ORDER BY k.kind DESC, k.value LIMIT 1",
    },
    Bug {
        name: "one's own key is named",
        file: USERS,
        from: TAKEN,
        to: "WHERE k.user_id <> $1 OR k.user_id = $1 ORDER BY w.at LIMIT 1",
    },
    Bug {
        name: "the key after it is named",
        file: USERS,
        from: ".and_then(|at| at.checked_sub(1));",
        to: ";",
    },
    Bug {
        name: "what is given up stays one's own",
        file: USERS,
        from: FREED,
        to: "        WHERE (SELECT count(*) FROM claimed) >= 0 AND k.user_id = g.id AND false
",
    },
    Bug {
        name: "a credential that is given up stays one's own",
        file: USERS,
        from: FREED,
        to: "        WHERE (SELECT count(*) FROM claimed) >= 0 AND k.user_id = g.id
        AND k.kind <> 'web_authn_credential'
",
    },
    Bug {
        name: "what is given up is freed if something is claimed",
        file: USERS,
        from: FREED,
        to: "        WHERE (SELECT count(*) FROM claimed) > 0 AND k.user_id = g.id
",
    },
    Bug {
        name: "others lose their keys",
        file: USERS,
        from: FREED,
        to: "        WHERE (SELECT count(*) FROM claimed) >= 0 AND g.id IS NOT NULL
",
    },
    Bug {
        name: "all keys are freed",
        file: USERS,
        from: "        AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.kind = k.kind AND w.value = k.value)
",
        to: "",
    },
    Bug {
        name: "new keys are not claimed by an update",
        file: USERS,
        from: "SELECT w.kind, w.value, g.id FROM wanted w CROSS JOIN guard g
        WHERE NOT EXISTS (",
        to: "SELECT w.kind, w.value, g.id FROM wanted w CROSS JOIN guard g
        WHERE false AND NOT EXISTS (",
    },
    Bug {
        name: "keys are found without their kind",
        file: USERS,
        from: FIND,
        to: "        ) w JOIN {p}user_keys k ON k.value = w.value
    )\"",
    },
    Bug {
        name: "keys are found in any case",
        file: USERS,
        from: FIND,
        to: "        ) w JOIN {p}user_keys k ON k.kind = w.kind
        AND lower(encode(k.value, 'escape')) = lower(encode(w.value, 'escape'))
    )\"",
    },
    Bug {
        name: "keys are found without the spaces at their end",
        file: USERS,
        from: FIND,
        to: "        ) w JOIN {p}user_keys k ON k.kind = w.kind AND rtrim(k.value, ' ') = rtrim(w.value, ' ')
    )\"",
    },
    Bug {
        name: "keys are found by a pattern",
        file: USERS,
        from: FIND,
        to: "        ) w JOIN {p}user_keys k ON k.kind = w.kind AND w.value LIKE k.value
    )\"",
    },
    Bug {
        name: "a user is found for each key",
        file: USERS,
        from: "FROM {p}users u WHERE u.id IN (
        SELECT k.user_id FROM (
            SELECT * FROM unnest($1::text[], $2::bytea[]) AS w (kind, value) LIMIT array_length($1, 1)
        ) w JOIN {p}user_keys k ON k.kind = w.kind AND k.value = w.value
    )",
        to: "FROM (
            SELECT * FROM unnest($1::text[], $2::bytea[]) AS w (kind, value) LIMIT array_length($1, 1)
        ) w JOIN {p}user_keys k ON k.kind = w.kind AND k.value = w.value JOIN {p}users u ON u.id = k.user_id",
    },
    Bug {
        name: "each key is read in its own time",
        file: USERS,
        from: "            let (kinds, values) = columns(keys);
            let query = sqlx::query_as(safe(&inner.users.find)).bind(kinds).bind(values);
            let rows = query.fetch_all(&inner.pool).await?;
            rows.into_iter().map(|row| inner.documents.user(row)).collect()
",
        to: "            let mut found = std::collections::BTreeMap::new();
            for key in keys {
                let (kinds, values) = columns(std::slice::from_ref(key));
                let query = sqlx::query_as(safe(&inner.users.find)).bind(kinds).bind(values);
                for row in query.fetch_all(&inner.pool).await? {
                    let user = inner.documents.user(row)?;
                    found.insert(user.id.clone(), user);
                }
            }
            Ok(found.into_values().collect())
",
    },
    Bug {
        name: "keys and users are read one after the other",
        file: USERS,
        from: "            let query = sqlx::query_as(safe(&inner.users.find)).bind(kinds).bind(values);
            let rows = query.fetch_all(&inner.pool).await?;
            rows.into_iter().map(|row| inner.documents.user(row)).collect()
",
        to: "            let ids = \"SELECT DISTINCT k.user_id FROM unnest($1::text[], $2::bytea[]) AS w (kind, value)
                JOIN {p}user_keys k ON k.kind = w.kind AND k.value = w.value\";
            let ids = statement(ids, &inner.prefix);
            let ids = sqlx::query_scalar::<_, String>(safe(&ids)).bind(kinds).bind(values);
            let ids = ids.fetch_all(&inner.pool).await?;
            let users = \"SELECT id, revision, document FROM {p}users WHERE id = ANY ($1)\";
            let users = statement(users, &inner.prefix);
            let users = sqlx::query_as(safe(&users)).bind(ids).fetch_all(&inner.pool).await?;
            users.into_iter().map(|row| inner.documents.user(row)).collect()
",
    },
    Bug {
        name: "keys outlive their user",
        file: "migrations/postgres/0001.sql",
        from: " REFERENCES {p}users (id) ON DELETE CASCADE",
        to: "",
    },
    Bug {
        name: "the first name is for whoever comes last",
        file: "migrations/postgres/0001.sql",
        from: "    PRIMARY KEY (kind, value)
",
        to: "    PRIMARY KEY (kind, value, user_id)
",
    },
];

/// What the library's suite does not see, since it never asks for it: when an account is due.
pub(crate) const DUE: &[Bug] = &[Bug {
    name: "who came back is still due for deletion",
    file: USERS,
    from: "deletion_due_at = $8",
    to: "deletion_due_at = coalesce(deletion_due_at, $8)",
}];
