-- A person's account. The document is the library's own; of it the store reads nothing.
CREATE TABLE {p}users (
    id TEXT NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    document BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- What users are found by. Its primary key is what gives a name once.
CREATE TABLE {p}user_keys (
    kind TEXT NOT NULL,
    value BLOB NOT NULL,
    user_id TEXT NOT NULL REFERENCES {p}users (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX {p}user_keys_user_id ON {p}user_keys (user_id);

-- Interactions, one-time tokens and counters.
CREATE TABLE {p}entries (
    kind TEXT NOT NULL,
    digest BLOB NOT NULL,
    revision INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (kind, digest)
) STRICT;

CREATE INDEX {p}entries_expires_at ON {p}entries (expires_at);
