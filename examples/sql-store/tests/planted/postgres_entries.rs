//! Bugs in the store of entries in PostgreSQL.

use crate::Bug;

const ENTRIES: &str = "src/postgres/entries.rs";

const LOAD: &str = "WHERE (e.kind, e.digest) IN (
        SELECT w.kind, w.digest FROM";
const HELD: &str = "        WHERE w.expected <> 0 AND e.revision = w.expected
        ORDER BY e.kind, e.digest FOR UPDATE OF e
";
const ALL_HELD: &str =
    "SELECT (SELECT count(*) FROM held) = (SELECT count(*) FROM wanted WHERE expected <> 0)";
const MADE: &str = "        ORDER BY w.kind COLLATE \\\"C\\\", w.digest
        RETURNING 1
";
const CHANGED: &str =
    "        UPDATE {p}entries e SET revision = w.revision, expires_at = w.expires_at, document = w.document,
";
const CHANGED_IF: &str =
    "        WHERE (SELECT count(*) FROM made) >= 0 AND g.holds AND w.document IS NOT NULL
        AND e.kind = w.kind AND e.digest = w.digest AND e.revision = w.expected
";
const REMOVED_IF: &str = "        WHERE (SELECT count(*) FROM made) >= 0 AND g.holds AND w.document IS NULL
        AND e.kind = w.kind AND e.digest = w.digest AND e.revision = w.expected
";
const EXPIRED: &str = "WHERE expires_at < $1
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED";
const PURGED: &str = "Ok(usize::try_from(purged).unwrap_or(usize::MAX))";

pub(crate) const BUGS: &[Bug] = &[
    Bug {
        name: "entries are loaded without their kind",
        file: ENTRIES,
        from: LOAD,
        to: "WHERE e.digest IN (
        SELECT w.digest FROM",
    },
    Bug {
        name: "what expired is not loaded",
        file: ENTRIES,
        from: LOAD,
        to: "WHERE e.expires_at >= extract(epoch FROM now()) * 1000000 AND (e.kind, e.digest) IN (
        SELECT w.kind, w.digest FROM",
    },
    Bug {
        name: "each entry is read in its own time",
        file: ENTRIES,
        from: "            let (kinds, digests): (Vec<_>, Vec<&[u8]>) =
                keys.iter().map(|key| (key.kind().as_str(), &key.digest()[..])).unzip();
            let query = sqlx::query_as(safe(&inner.entries.load)).bind(kinds).bind(digests);
            let rows = query.fetch_all(&inner.pool).await?;
            rows.into_iter().map(|row| inner.documents.entry(row)).collect()
",
        to: "            let mut found = Vec::new();
            for key in keys {
                let query = sqlx::query_as(safe(&inner.entries.load));
                let query = query.bind(vec![key.kind().as_str()]).bind(vec![&key.digest()[..]]);
                let row = query.fetch_optional(&inner.pool).await?;
                found.extend(row.map(|row| inner.documents.entry(row)).transpose()?);
            }
            Ok(found)
",
    },
    Bug {
        name: "the revision is not looked at",
        file: ENTRIES,
        from: HELD,
        to: "        WHERE w.expected <> 0
        ORDER BY e.kind, e.digest FOR UPDATE OF e
",
    },
    Bug {
        name: "a revision of before will do",
        file: ENTRIES,
        from: HELD,
        to: "        WHERE w.expected <> 0 AND e.revision >= w.expected
        ORDER BY e.kind, e.digest FOR UPDATE OF e
",
    },
    Bug {
        name: "what is read is not locked",
        file: ENTRIES,
        from: "        ORDER BY e.kind, e.digest FOR UPDATE OF e
",
        to: "",
    },
    Bug {
        name: "one that is current is enough",
        file: ENTRIES,
        from: ALL_HELD,
        to: "SELECT (SELECT count(*) FROM held) >= least(1, (SELECT count(*) FROM wanted WHERE expected <> 0))",
    },
    Bug {
        name: "removals need not be current",
        file: ENTRIES,
        from: ALL_HELD,
        to: "SELECT (SELECT count(*) FROM held)
            >= (SELECT count(*) FROM wanted WHERE expected <> 0 AND document IS NOT NULL)",
    },
    Bug {
        name: "what is not there need not be current",
        file: ENTRIES,
        from: ALL_HELD,
        to: "SELECT (SELECT count(*) FROM held) = (SELECT count(*) FROM wanted w JOIN {p}entries e
                ON e.kind = w.kind AND e.digest = w.digest WHERE w.expected <> 0)",
    },
    Bug {
        name: "what somebody else just made is left as it is",
        file: ENTRIES,
        from: MADE,
        to: "        ORDER BY w.kind COLLATE \\\"C\\\", w.digest
        ON CONFLICT (kind, digest) DO NOTHING
        RETURNING 1
",
    },
    Bug {
        name: "what somebody else just made is replaced",
        file: ENTRIES,
        from: MADE,
        to: "        ORDER BY w.kind COLLATE \\\"C\\\", w.digest
        ON CONFLICT (kind, digest) DO UPDATE SET document = excluded.document
        RETURNING 1
",
    },
    Bug {
        name: "what is new is made whatever else is stale",
        file: ENTRIES,
        from: "        WHERE g.holds AND w.expected = 0 AND w.document IS NOT NULL
",
        to: "        WHERE (g.holds OR NOT EXISTS (SELECT 1 FROM {p}entries e WHERE e.digest = w.digest))
        AND w.expected = 0 AND w.document IS NOT NULL
",
    },
    Bug {
        name: "what is current is changed whatever else is stale",
        file: ENTRIES,
        from: CHANGED_IF,
        to:
            "        WHERE (SELECT count(*) FROM made) >= 0 AND g.holds IS NOT NULL AND w.document IS NOT NULL
        AND e.kind = w.kind AND e.digest = w.digest AND e.revision = w.expected
",
    },
    Bug {
        name: "what is current is removed whatever else is stale",
        file: ENTRIES,
        from: REMOVED_IF,
        to: "        WHERE (SELECT count(*) FROM made) >= 0 AND g.holds IS NOT NULL AND w.document IS NULL
        AND e.kind = w.kind AND e.digest = w.digest AND e.revision = w.expected
",
    },
    Bug {
        name: "an update goes without the kind",
        file: ENTRIES,
        from: CHANGED_IF,
        to: "        WHERE (SELECT count(*) FROM made) >= 0 AND g.holds AND w.document IS NOT NULL
        AND e.digest = w.digest AND e.revision = w.expected
",
    },
    Bug {
        name: "removals go without the kind",
        file: ENTRIES,
        from: REMOVED_IF,
        to: "        WHERE (SELECT count(*) FROM made) >= 0 AND g.holds AND w.document IS NULL
        AND e.digest = w.digest AND e.revision = w.expected
",
    },
    Bug {
        name: "removals do nothing",
        file: ENTRIES,
        from: REMOVED_IF,
        to: "        WHERE (SELECT count(*) FROM made) < 0 AND g.holds AND w.document IS NULL
        AND e.kind = w.kind AND e.digest = w.digest AND e.revision = w.expected
",
    },
    Bug {
        name: "removals do nothing where something is made",
        file: ENTRIES,
        from: REMOVED_IF,
        to: "        WHERE (SELECT count(*) FROM made) = 0 AND g.holds AND w.document IS NULL
        AND e.kind = w.kind AND e.digest = w.digest AND e.revision = w.expected
",
    },
    Bug {
        name: "the first expiry stays",
        file: ENTRIES,
        from: CHANGED,
        to: "        UPDATE {p}entries e SET revision = w.revision, document = w.document,
",
    },
    Bug {
        name: "the expiry is never earlier",
        file: ENTRIES,
        from: CHANGED,
        to: "        UPDATE {p}entries e SET revision = w.revision, document = w.document,
            expires_at = greatest(e.expires_at, w.expires_at),
",
    },
    Bug {
        name: "the expiry is never later",
        file: ENTRIES,
        from: CHANGED,
        to: "        UPDATE {p}entries e SET revision = w.revision, document = w.document,
            expires_at = least(e.expires_at, w.expires_at),
",
    },
    Bug {
        name: "each write is a statement",
        file: ENTRIES,
        from: "        self.call(write(&self.0, &writes)).await
",
        to: "        self.call(async {
            for one in &writes {
                write(&self.0, std::slice::from_ref(one)).await?;
            }
            Ok(())
        })
        .await
",
    },
    Bug {
        name: "what somebody else just made is an error",
        file: ENTRIES,
        from: "        Err(error) if is_unique_violation(&error) => Err(CommitError::Stale),
",
        to: "",
    },
    Bug {
        name: "what is stale is done, as is said",
        file: ENTRIES,
        from: "        Ok(false) => Err(CommitError::Stale),
",
        to: "        Ok(false) => Ok(()),
",
    },
    Bug {
        name: "what expires now is purged",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at <= $1
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    },
    Bug {
        name: "purging is a second early",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < $1 + 1000000
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    },
    Bug {
        name: "purging is a microsecond late",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < $1 - 1
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    },
    Bug {
        name: "purging goes by the second",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at / 1000000 < $1 / 1000000
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    },
    Bug {
        name: "interactions alone are purged",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < $1 AND kind = 'interaction'
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    },
    Bug {
        name: "purging has no limit",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < $1 AND $2::bigint > 0
        ORDER BY expires_at FOR UPDATE SKIP LOCKED",
    },
    Bug {
        name: "purging removes one more",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < $1
        ORDER BY expires_at LIMIT least($2, 1000000) + 1 FOR UPDATE SKIP LOCKED",
    },
    Bug {
        name: "purging removes one less",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < $1
        ORDER BY expires_at LIMIT greatest($2 - 1, 0) FOR UPDATE SKIP LOCKED",
    },
    Bug {
        name: "what somebody is just writing is purged",
        file: ENTRIES,
        from: EXPIRED,
        to: "WHERE expires_at < $1
        ORDER BY expires_at LIMIT $2",
    },
    Bug {
        name: "purging goes without the kind",
        file: ENTRIES,
        from: "USING doomed d WHERE e.kind = d.kind AND e.digest = d.digest",
        to: "USING doomed d WHERE e.digest = d.digest",
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
];

/// What the library's suite does not see, since it never asks for it: whom an interaction has identified.
pub(crate) const WHOSE: &[Bug] = &[Bug {
    name: "with its next step an interaction is nobody's",
    file: ENTRIES,
    from: "user_id = w.user_id",
    to: "user_id = NULL",
}];
