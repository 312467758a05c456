-- When an account is to be deleted whose owner has closed it.
ALTER TABLE {p}users ADD COLUMN deletion_due_at INTEGER;

CREATE INDEX {p}users_deletion_due_at ON {p}users (deletion_due_at) WHERE deletion_due_at IS NOT NULL;
