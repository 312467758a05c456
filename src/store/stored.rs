//! The stored form: what the library keeps, to and from bytes.

use serde::{Deserialize, Serialize};

use super::Entry;
use crate::form::{Read, Written};
use crate::user::User;

/// The version this release writes, and the only one it reads. Raise it when the stored form changes so that old
/// code, or this code with old data, would misread it, and teach [`Stored::from_bytes`] to read the older one.
const VERSION: u32 = 1;

/// A [`User`] or an [`Entry`] in the form that a store keeps: JSON of the library's own, with a version.
///
/// It is the only door through which secrets are written down: the types themselves do not serialise.
///
/// ```
/// use vestibule::identifier::UserId;
/// use vestibule::store::Stored;
/// use vestibule::user::User;
///
/// let jane = User::new(UserId::parse("jane")?, chrono::DateTime::UNIX_EPOCH);
/// let bytes = Stored::new(&jane).to_bytes()?;
/// assert_eq!(Stored::<User>::from_bytes(&bytes)?, jane);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// ```compile_fail
/// # let jane = vestibule::user::User::new(vestibule::identifier::UserId::parse("jane").unwrap(), chrono::DateTime::UNIX_EPOCH);
/// serde_json::to_string(&jane); // a user holds a password's digest, and is nobody's to answer
/// ```
#[derive(Debug)]
pub struct Stored<'a, T>(&'a T);

impl<'a, T> Stored<'a, T> {
    /// Of this.
    pub fn new(value: &'a T) -> Self {
        Self(value)
    }
}

/// Why bytes are no stored form. It does not show them: they hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// They are not what this library wrote.
    #[error("line {line}, column {column} is not what this library wrote")]
    Malformed {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// Another release wrote them.
    #[error("this is stored in version {0}, and this release reads version {VERSION}")]
    UnknownVersion(u32),
    /// The value could not be written.
    #[error("the value has no stored form")]
    Unwritable,
}

impl From<serde_json::Error> for StoredError {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed { line: error.line(), column: error.column() }
    }
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    version: u32,
    data: T,
}

macro_rules! stored_forms {
    ($($type:ty),*) => {$(
        impl Stored<'_, $type> {
            /// The bytes to keep: UTF-8 text.
            ///
            /// # Errors
            /// [`StoredError::Unwritable`] if the value has no stored form, which none made by this library lacks.
            pub fn to_bytes(&self) -> Result<Vec<u8>, StoredError> {
                let versioned = Versioned { version: VERSION, data: Written(self.0) };
                serde_json::to_vec(&versioned).map_err(|_| StoredError::Unwritable)
            }

            /// What was kept as these bytes.
            ///
            /// # Errors
            /// [`StoredError`] if the bytes are not what this library wrote, or another version of it did.
            pub fn from_bytes(bytes: &[u8]) -> Result<$type, StoredError> {
                let Versioned { version, .. } =
                    serde_json::from_slice::<Versioned<serde::de::IgnoredAny>>(bytes)?;
                if version != VERSION {
                    return Err(StoredError::UnknownVersion(version));
                }
                Ok(serde_json::from_slice::<Versioned<Read<$type>>>(bytes)?.data.0)
            }
        }
    )*};
}

stored_forms!(User, Entry);
