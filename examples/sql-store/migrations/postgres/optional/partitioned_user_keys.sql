-- Makes `user_keys` sixteen tables, by a hash of the key. In one transaction, while no server runs.
ALTER TABLE {p}user_keys RENAME TO {p}user_keys_whole;

CREATE TABLE {p}user_keys (
    kind text COLLATE "C" NOT NULL,
    value bytea NOT NULL,
    user_id text COLLATE "C" NOT NULL REFERENCES {p}users (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, value)
) PARTITION BY HASH (kind, value);

CREATE TABLE {p}user_keys_00 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 0);
CREATE TABLE {p}user_keys_01 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 1);
CREATE TABLE {p}user_keys_02 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 2);
CREATE TABLE {p}user_keys_03 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 3);
CREATE TABLE {p}user_keys_04 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 4);
CREATE TABLE {p}user_keys_05 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 5);
CREATE TABLE {p}user_keys_06 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 6);
CREATE TABLE {p}user_keys_07 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 7);
CREATE TABLE {p}user_keys_08 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 8);
CREATE TABLE {p}user_keys_09 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 9);
CREATE TABLE {p}user_keys_10 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 10);
CREATE TABLE {p}user_keys_11 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 11);
CREATE TABLE {p}user_keys_12 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 12);
CREATE TABLE {p}user_keys_13 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 13);
CREATE TABLE {p}user_keys_14 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 14);
CREATE TABLE {p}user_keys_15 PARTITION OF {p}user_keys FOR VALUES WITH (MODULUS 16, REMAINDER 15);

INSERT INTO {p}user_keys (kind, value, user_id) SELECT kind, value, user_id FROM {p}user_keys_whole;

DROP TABLE {p}user_keys_whole;

CREATE INDEX {p}user_keys_user_id ON {p}user_keys (user_id);
