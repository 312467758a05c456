-- A person's account. The document is the library's own; of it the store reads nothing.
CREATE TABLE {p}users (
    id text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    document bytea NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

-- What users are found by. Its primary key is what gives a name once.
CREATE TABLE {p}user_keys (
    kind text COLLATE "C" NOT NULL,
    value bytea NOT NULL,
    user_id text COLLATE "C" NOT NULL REFERENCES {p}users (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, value)
);

CREATE INDEX {p}user_keys_user_id ON {p}user_keys (user_id);

-- Interactions, one-time tokens and counters.
CREATE TABLE {p}entries (
    kind text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    revision bigint NOT NULL,
    expires_at bigint NOT NULL,
    document bytea NOT NULL,
    PRIMARY KEY (kind, digest)
);

CREATE INDEX {p}entries_expires_at ON {p}entries (expires_at);
