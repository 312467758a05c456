//! The accounts that are there before anybody comes. They differ in a text of eight characters alone, so that SQL can copy one
//! of them.

use chrono::{DateTime, TimeDelta};
use sqlx::AssertSqlSafe;
use vestibule::identifier::{Email, UserId, Username};
use vestibule::secret::PasswordDigest;
use vestibule::user::User;

/// What stands where the others have their number.
pub(crate) const SEED: &str = "seedling";

/// As long as a digest is. Nobody's password is hashed here.
const DIGEST: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c2VlZGxpbmctc2VlZGxpbg$S7kP0cW1u4Yd5o9hV2xQ8mJ3tB6nR0aLzE4fG7iC1yU";

/// What an account has in place of the seed.
pub(crate) fn mark(number: usize) -> String {
    format!("{number:08}")
}

pub(crate) fn username(mark: &str) -> String {
    format!("person_{mark}")
}

pub(crate) fn account(mark: &str) -> User {
    let made = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
    let id = UserId::parse(&format!("018f3c5e-7a00-7000-8000-0000{mark}")).unwrap();
    let mut user = User::new(id, made);
    user.username = Some(Username::parse(&username(mark)).unwrap());
    user.primary_email = Some(Email::parse(&format!("person.{mark}@example.com")).unwrap());
    user.name = Some("Jane Doe".into());
    user.set_password(PasswordDigest::new(DIGEST), made);
    user
}

/// Puts so many copies in the place of the one account that there is.
pub(crate) fn copy_in_sqlite(accounts: usize) -> AssertSqlSafe<String> {
    let number = "printf('%08d', n.number)";
    AssertSqlSafe(format!(
        "CREATE TEMP TABLE one_user AS SELECT * FROM main.users;
        CREATE TEMP TABLE its_keys AS SELECT * FROM main.user_keys;
        CREATE TEMP TABLE n AS
            WITH RECURSIVE n (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM n LIMIT {accounts}) SELECT * FROM n;
        DELETE FROM main.users;
        BEGIN;
        INSERT INTO main.users (id, revision, document, created_at, updated_at)
            SELECT replace(id, '{SEED}', {number}), revision,
                CAST(replace(CAST(document AS TEXT), '{SEED}', {number}) AS BLOB), created_at, updated_at
            FROM n CROSS JOIN one_user;
        INSERT INTO main.user_keys (kind, value, user_id)
            SELECT kind, CAST(replace(CAST(value AS TEXT), '{SEED}', {number}) AS BLOB),
                replace(user_id, '{SEED}', {number})
            FROM its_keys CROSS JOIN n;
        COMMIT;
        PRAGMA wal_checkpoint(TRUNCATE)"
    ))
}

/// The same, in the schema of the connection. The statistics are what a server that has stood for a while has.
pub(crate) fn copy_in_postgres(accounts: usize) -> [AssertSqlSafe<String>; 3] {
    let number = "lpad(n.number::text, 8, '0')";
    let copied = |bytes: &str| {
        format!("convert_to(replace(convert_from({bytes}, 'UTF8'), '{SEED}', {number}), 'UTF8')")
    };
    let copy = format!(
        "CREATE TEMP TABLE one_user AS SELECT * FROM users;
        CREATE TEMP TABLE its_keys AS SELECT * FROM user_keys;
        DELETE FROM users;
        INSERT INTO users (id, revision, document, created_at, updated_at)
            SELECT replace(id, '{SEED}', {number}), revision, {}, created_at, updated_at
            FROM generate_series(0, {accounts} - 1) AS n (number) CROSS JOIN one_user;
        INSERT INTO user_keys (kind, value, user_id)
            SELECT kind, {}, replace(user_id, '{SEED}', {number})
            FROM generate_series(0, {accounts} - 1) AS n (number) CROSS JOIN its_keys",
        copied("document"),
        copied("value"),
    );
    [copy, "VACUUM ANALYZE users, user_keys".into(), "CHECKPOINT".into()].map(AssertSqlSafe)
}
