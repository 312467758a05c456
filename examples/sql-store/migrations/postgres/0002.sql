-- Whom an interaction has identified, for whoever asks which of theirs are open.
ALTER TABLE {p}entries ADD COLUMN user_id text COLLATE "C";

CREATE INDEX {p}entries_user_id ON {p}entries (user_id) WHERE user_id IS NOT NULL;

-- Who is signed in, by the digest of the id in their cookie.
CREATE TABLE {p}sessions (
    digest bytea PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL,
    shown_as text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE INDEX {p}sessions_user_id ON {p}sessions (user_id);

CREATE INDEX {p}sessions_expires_at ON {p}sessions (expires_at);

-- The operator's settings: one row at most.
CREATE TABLE {p}settings (
    only_one boolean PRIMARY KEY CHECK (only_one),
    revision bigint NOT NULL,
    document bytea NOT NULL
);
