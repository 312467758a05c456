//! From what the library keeps to columns, and back.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use vestibule::identifier::{Revision, UserId, UserKey};
#[cfg(feature = "seal")]
use vestibule::store::seal::{NONCE_LENGTH, SealError, SealingKeys, is_sealed};
use vestibule::store::{Entry, Stored};
use vestibule::user::User;
#[cfg(feature = "seal")]
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::host::{Session, Settings};
use crate::options::StoreOptions;

/// Above this, the SHA-256 of a key's value stands for it: an index of PostgreSQL's holds at most 2.7 KB.
const LONGEST_VALUE: usize = 1024;

/// The value of a key as it is kept: its bytes, or a byte that no text begins with and a digest.
pub(crate) fn value(key: &UserKey) -> Vec<u8> {
    let text = key.value().as_bytes();
    if text.len() <= LONGEST_VALUE {
        return text.into();
    }
    [&[0xff][..], &Sha256::digest(text)].concat()
}

/// A revision as a column has it: every one has its own.
pub(crate) fn revision(revision: Revision) -> i64 {
    revision.0.cast_signed()
}

/// A time as a column has it, rounded down: all that a time can be are fewer than 2^63 microseconds away from 1970.
pub(crate) fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// A limit as a statement takes it.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A user's id from its column.
pub(crate) fn id(text: &str) -> Result<UserId, StoreError> {
    UserId::parse(text).map_err(|_| StoreError::Inconsistent)
}

/// A session from its row.
pub(crate) fn session(
    (digest, user_id, shown_as, created_at, expires_at): (Vec<u8>, String, String, i64, i64),
) -> Result<Session, StoreError> {
    let time = |micros| DateTime::from_timestamp_micros(micros).ok_or(StoreError::Inconsistent);
    Ok(Session {
        digest: digest.try_into().map_err(|_| StoreError::Inconsistent)?,
        user_id: id(&user_id)?,
        shown_as,
        created_at: time(created_at)?,
        expires_at: time(expires_at)?,
    })
}

/// The settings from their row.
pub(crate) fn settings((revision, document): (i64, Vec<u8>)) -> Result<Settings, StoreError> {
    let revision = u32::try_from(revision).map_err(|_| StoreError::Inconsistent)?;
    Ok(Settings { revision, document })
}

/// A user's row.
pub(crate) type UserRow = (String, i64, Vec<u8>);

/// An entry's row.
pub(crate) type EntryRow = (String, Vec<u8>, i64, Vec<u8>);

/// How documents are written and read: as the library has them, or sealed.
pub(crate) struct Documents {
    #[cfg(feature = "seal")]
    keys: Option<SealingKeys>,
}

impl Documents {
    #[cfg_attr(not(feature = "seal"), allow(unused_variables, reason = "there is nothing to choose"))]
    pub(crate) fn new(options: &StoreOptions) -> Self {
        Self {
            #[cfg(feature = "seal")]
            keys: options.sealing_keys.clone(),
        }
    }

    /// A user's document.
    pub(crate) fn of_user(&self, user: &User) -> Result<Vec<u8>, StoreError> {
        self.close(Stored::new(user).to_bytes()?, &place_of_user(user.id.as_str()))
    }

    /// A user from its row.
    pub(crate) fn user(&self, (id, of_row, document): UserRow) -> Result<Arc<User>, StoreError> {
        let user = Stored::<User>::from_bytes(&self.open(document, &place_of_user(&id))?)?;
        if revision(user.revision) == of_row { Ok(Arc::new(user)) } else { Err(StoreError::Inconsistent) }
    }

    /// An entry's document.
    pub(crate) fn of_entry(&self, entry: &Entry) -> Result<Vec<u8>, StoreError> {
        let place = place_of_entry(entry.key.kind().as_str(), entry.key.digest());
        self.close(Stored::new(entry).to_bytes()?, &place)
    }

    /// An entry from its row.
    pub(crate) fn entry(&self, (kind, digest, of_row, document): EntryRow) -> Result<Arc<Entry>, StoreError> {
        let entry = Stored::<Entry>::from_bytes(&self.open(document, &place_of_entry(&kind, &digest))?)?;
        if revision(entry.revision) == of_row { Ok(Arc::new(entry)) } else { Err(StoreError::Inconsistent) }
    }
}

/// Where a user's document belongs: sealed, it opens nowhere else.
pub(crate) fn place_of_user(id: &str) -> Vec<u8> {
    [b"users/", id.as_bytes()].concat()
}

/// Where an entry's document belongs.
pub(crate) fn place_of_entry(kind: &str, digest: &[u8]) -> Vec<u8> {
    [b"entries/", kind.as_bytes(), b"/", digest].concat()
}

#[cfg(not(feature = "seal"))]
#[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "as where documents are sealed")]
impl Documents {
    fn close(&self, document: Vec<u8>, _: &[u8]) -> Result<Vec<u8>, StoreError> {
        Ok(document)
    }

    fn open(&self, document: Vec<u8>, _: &[u8]) -> Result<Vec<u8>, StoreError> {
        Ok(document)
    }
}

#[cfg(feature = "seal")]
impl Documents {
    /// Sealed, if there are keys.
    pub(crate) fn close(&self, document: Vec<u8>, place: &[u8]) -> Result<Vec<u8>, StoreError> {
        let Some(keys) = &self.keys else { return Ok(document) };
        let mut nonce = [0; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(|_| StoreError::NoRandomness)?;
        Ok(keys.seal(&document, place, &nonce)?)
    }

    /// What is not sealed is left as it is: a host may have begun to seal today.
    pub(crate) fn open(&self, document: Vec<u8>, place: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        match &self.keys {
            Some(keys) if is_sealed(&document) => Ok(keys.unseal(&document, place)?),
            None if is_sealed(&document) => Err(SealError::UnknownKey.into()),
            _ => Ok(Zeroizing::new(document)),
        }
    }

    /// The document under the current key, if it is not already.
    pub(crate) fn anew(&self, document: Vec<u8>, place: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if self.keys.as_ref().is_none_or(|keys| keys.is_current(&document)) {
            return Ok(None);
        }
        self.close(self.open(document, place)?.to_vec(), place).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn long_values_stay_apart_and_are_no_text() {
        let longs: BTreeSet<_> =
            ["a", "b"].map(|last| value(&UserKey::social_identity(&"x".repeat(5000), last))).into();
        assert_eq!(longs.len(), 2);
        assert!(longs.iter().all(|long| long.len() == 33 && std::str::from_utf8(long).is_err()));
        assert_eq!(value(&UserKey::social_identity("x", " É\u{301} ")), "1:x: É\u{301} ".as_bytes());
    }

    #[test]
    fn the_farthest_times_and_revisions_have_a_column_each() {
        assert!(micros(DateTime::<Utc>::MIN_UTC) < micros(DateTime::<Utc>::MAX_UTC));
        assert_eq!(micros(DateTime::UNIX_EPOCH - chrono::TimeDelta::nanoseconds(1)), -1);
        assert_ne!(revision(Revision(u64::MAX)), revision(Revision(u64::MAX - 1)));
    }
}
