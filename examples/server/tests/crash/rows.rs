//! The tables themselves: no account is half written, whatever the server says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use vestibule::identifier::{UserKey, UsernameCase};
use vestibule::store::{Entry, EntryContent, Stored};
use vestibule::user::User;

type UserRow = (String, i64, Vec<u8>);
type KeyRow = (String, Vec<u8>, String);
type EntryRow = (String, Vec<u8>, i64, Vec<u8>, Option<String>);

/// Where the tables are. Each look opens the database anew: a file that somebody holds open is not mended by who opens it after
/// a crash.
pub(crate) enum Rows {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

macro_rules! look {
    ($connection:expr, $begin:expr) => {{
        let mut connection = $connection;
        let mut look = connection.begin_with($begin).await.unwrap();
        let users: Vec<UserRow> =
            sqlx::query_as("SELECT id, revision, document FROM users").fetch_all(&mut *look).await.unwrap();
        let keys: Vec<KeyRow> =
            sqlx::query_as("SELECT kind, value, user_id FROM user_keys").fetch_all(&mut *look).await.unwrap();
        let entries: Vec<EntryRow> =
            sqlx::query_as("SELECT kind, digest, revision, document, user_id FROM entries")
                .fetch_all(&mut *look)
                .await
                .unwrap();
        look.rollback().await.unwrap();
        connection.close().await.unwrap();
        (users, keys, entries)
    }};
}

impl Rows {
    /// All rows, as of one moment.
    async fn all(&self) -> (Vec<UserRow>, Vec<KeyRow>, Vec<EntryRow>) {
        match self {
            Self::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).pragma("query_only", "ON");
                look!(options.connect().await.unwrap(), "BEGIN")
            }
            Self::Postgres(options) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                look!(options.connect().await.unwrap(), begin)
            }
        }
    }

    /// Whether somebody holds a key.
    pub(crate) async fn holds(&self, key: &UserKey) -> bool {
        let (_, keys, _) = self.all().await;
        keys.iter().any(|(kind, value, _)| kind == key.kind().as_str() && *value == key.value().as_bytes())
    }

    /// Every account has its keys and no other, no key is without its account, and everything can be read.
    pub(crate) async fn check(&self) {
        let (users, keys, entries) = self.all().await;
        let mut of_keys: BTreeMap<String, BTreeSet<(String, Vec<u8>)>> = BTreeMap::new();
        for (kind, value, user_id) in keys {
            of_keys.entry(user_id).or_default().insert((kind, value));
        }
        for (id, revision, document) in users {
            let user = Stored::<User>::from_bytes(&document).unwrap();
            assert_eq!((user.id.as_str(), user.revision.0.cast_signed()), (&*id, revision));
            let own = user.keys(UsernameCase::Sensitive).into_iter();
            let own: BTreeSet<_> =
                own.map(|key| (key.kind().as_str().to_owned(), key.value().as_bytes().to_vec())).collect();
            assert_eq!(of_keys.remove(&id), Some(own), "the keys of {id}");
            // Whoever registers with a username here does so with a password and a nickname.
            if user.username.is_some() {
                assert!(
                    user.password.is_some() && user.profile.text("nickname").is_some(),
                    "{id} is half made"
                );
            } else {
                assert!(user.primary_email.is_some(), "{id} cannot be reached");
            }
        }
        assert!(of_keys.is_empty(), "keys without an account: {of_keys:?}");
        for (kind, digest, revision, document, user_id) in entries {
            let entry = Stored::<Entry>::from_bytes(&document).unwrap();
            assert_eq!(entry.revision.0.cast_signed(), revision);
            assert_eq!((entry.key.kind().as_str(), &entry.key.digest()[..]), (&*kind, &*digest));
            let identified = match &entry.content {
                EntryContent::Interaction(interaction) => interaction.user_id().map(ToString::to_string),
                _ => None,
            };
            assert_eq!(user_id, identified, "whose interaction it is");
        }
    }
}
