//! From what the library keeps to columns, and back.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use vestibule::identifier::{Revision, UserId, UserKey};
use vestibule::store::{Entry, Stored};
use vestibule::user::User;

use crate::error::StoreError;

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

/// A user from its row.
pub(crate) fn user((of_row, document): (i64, Vec<u8>)) -> Result<Arc<User>, StoreError> {
    let user = Stored::<User>::from_bytes(&document)?;
    if revision(user.revision) == of_row { Ok(Arc::new(user)) } else { Err(StoreError::Inconsistent) }
}

/// A user's id from its column.
pub(crate) fn id(text: &str) -> Result<UserId, StoreError> {
    UserId::parse(text).map_err(|_| StoreError::Inconsistent)
}

/// An entry from its row.
pub(crate) fn entry((of_row, document): (i64, Vec<u8>)) -> Result<Arc<Entry>, StoreError> {
    let entry = Stored::<Entry>::from_bytes(&document)?;
    if revision(entry.revision) == of_row { Ok(Arc::new(entry)) } else { Err(StoreError::Inconsistent) }
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
