-- Whom an interaction has identified, for whoever asks which of theirs are open.
ALTER TABLE {p}entries ADD COLUMN user_id TEXT;

CREATE INDEX {p}entries_user_id ON {p}entries (user_id) WHERE user_id IS NOT NULL;

-- Who is signed in, by the digest of the id in their cookie.
CREATE TABLE {p}sessions (
    digest BLOB NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    shown_as TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX {p}sessions_user_id ON {p}sessions (user_id);

CREATE INDEX {p}sessions_expires_at ON {p}sessions (expires_at);

-- The operator's settings: one row at most.
CREATE TABLE {p}settings (
    only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    revision INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT;
