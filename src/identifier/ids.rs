//! Ids: of users, of verification records, and the revision that every stored thing carries.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::key::{UserKey, UserKeyKind};

/// The id of a user: an opaque text of 1 to 128 visible ASCII characters. Ids made here are UUIDs, version 7.
///
/// Cloning is cheap: the text is shared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(Arc<str>);

impl UserId {
    /// Reads an id as a host knows it.
    ///
    /// # Errors
    /// [`InvalidUserId`] if the text is empty, longer than 128 characters, or not visible ASCII.
    pub fn parse(text: &str) -> Result<Self, InvalidUserId> {
        let valid = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if valid { Ok(Self(text.into())) } else { Err(InvalidUserId) }
    }

    pub(crate) fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid.to_string().into())
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key under which a [`UserStore`](crate::store::UserStore) finds this user.
    pub fn key(&self) -> UserKey {
        UserKey::new(UserKeyKind::Id, Arc::clone(&self.0))
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for UserId {
    type Error = InvalidUserId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.0.as_ref().into()
    }
}

/// A text that cannot be a user id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a user id is 1 to 128 visible ASCII characters")]
pub struct InvalidUserId;

/// The id of a verification record: a UUID, version 7.
///
/// Clients name records by text. A text that is no UUID names no record, and is answered as an unknown id is (404
/// `session.verification_session_not_found`), not as a malformed request: [`named_by`](Self::named_by) reads it as
/// the nil UUID, which no record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct VerificationId(Uuid);

impl VerificationId {
    /// The id that a client's text names.
    pub fn named_by(text: &str) -> Self {
        Self(Uuid::try_parse(text).unwrap_or(Uuid::nil()))
    }

    pub(crate) fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The id as a UUID, for a store's native column type.
    pub fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl fmt::Display for VerificationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for VerificationId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::named_by(&text))
    }
}

/// How often a stored thing was written: the base of compare-and-set. A thing that was never written has revision 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision after one more write.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_are_bounded_visible_text() {
        assert_eq!(UserId::parse("user_456789123").unwrap().as_str(), "user_456789123");
        for bad in ["", "a b", "a\n", "ü", &"x".repeat(129)] {
            assert_eq!(UserId::parse(bad), Err(InvalidUserId), "{bad:?}");
        }
    }

    #[test]
    fn a_text_that_is_no_id_names_no_record() {
        let id = VerificationId::from_uuid(Uuid::from_u128(7));
        assert_eq!(VerificationId::named_by(&id.to_string()), id);
        assert_eq!(VerificationId::named_by("no-such-verification"), VerificationId(Uuid::nil()));
    }
}
