//! Usernames.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use super::key::{UserKey, UserKeyKind};

/// Whether usernames that differ only in case are different names: the operator's `caseSensitive` (rules.md, 9.1).
///
/// Changing the setting changes the canonical key of every user. Write each user once more under the new setting
/// ([`UserChange::update`](crate::store::UserChange::update) computes the keys) before anyone signs in under it; a
/// clash of two names that now are one shows as [`Taken`](crate::store::CommitError::Taken).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsernameCase {
    /// `Jane` and `jane` are two users.
    Sensitive,
    /// `Jane` and `jane` are the same.
    Insensitive,
}

/// A username that satisfies the hard floor: `^[A-Za-z_][A-Za-z0-9_]*$`.
///
/// An operator's policy narrows this further, its length above all, before an account gets it:
/// [`UsernamePolicy::accept`](crate::experience::UsernamePolicy::accept).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(Arc<str>);

impl Username {
    /// The longest username that a policy can allow, in characters.
    pub const MAX_LENGTH: usize = 128;

    /// The longest text that is read as one. Between the two, a name can be proposed (V-7), and is refused by every
    /// policy when it is staged (P-6).
    const MAX_TEXT: usize = 1024;

    /// Reads a username.
    ///
    /// # Errors
    /// [`InvalidUsername`], the first violation of the hard floor (rules.md, 9.1).
    pub fn parse(text: &str) -> Result<Self, InvalidUsername> {
        let first = text.bytes().next().ok_or(InvalidUsername::Empty)?;
        if first.is_ascii_digit() {
            return Err(InvalidUsername::StartsWithNumber);
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(InvalidUsername::InvalidCharacter);
        }
        if text.len() > Self::MAX_TEXT {
            return Err(InvalidUsername::TooLong);
        }
        Ok(Self(text.into()))
    }

    /// The text as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The unique key of this name.
    pub fn key(&self, case: UsernameCase) -> UserKey {
        let folded = case == UsernameCase::Insensitive && self.0.bytes().any(|b| b.is_ascii_uppercase());
        let value = if folded { self.0.to_ascii_lowercase().into() } else { Arc::clone(&self.0) };
        UserKey::new(UserKeyKind::Username, value)
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for Username {
    type Error = InvalidUsername;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Username> for String {
    fn from(username: Username) -> Self {
        username.0.as_ref().into()
    }
}

/// Why a text cannot be a username.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUsername {
    /// There is no text.
    #[error("a username is required")]
    Empty,
    /// The first character is a digit.
    #[error("a username cannot start with a number")]
    StartsWithNumber,
    /// Some character is no ASCII letter, digit or underscore.
    #[error("a username has only letters, digits and underscores")]
    InvalidCharacter,
    /// There are more characters than anybody keeps.
    #[error("the username is too long")]
    TooLong,
}

/// Reads a username's text at the API: the hard floor holds (9.1). Its length is the policy's to judge.
pub(crate) fn username_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match Username::parse(&text) {
        Ok(_) | Err(InvalidUsername::TooLong) => Ok(text),
        Err(error) => Err(serde::de::Error::custom(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hard_floor_answers_its_first_violation() {
        for (text, error) in [
            ("", InvalidUsername::Empty),
            ("1abc", InvalidUsername::StartsWithNumber),
            ("1-", InvalidUsername::StartsWithNumber),
            ("a-b", InvalidUsername::InvalidCharacter),
            ("ä", InvalidUsername::InvalidCharacter),
            ("-", InvalidUsername::InvalidCharacter),
            (&"-".repeat(200), InvalidUsername::InvalidCharacter),
            (&"x".repeat(1025), InvalidUsername::TooLong),
        ] {
            assert_eq!(Username::parse(text), Err(error), "{text}");
        }
        for text in ["a", "_", "_1", "Jane_2024", &"x".repeat(128)] {
            assert_eq!(Username::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn keys_follow_the_case_setting() {
        let (upper, lower) = (Username::parse("JANE").unwrap(), Username::parse("jane").unwrap());
        assert_ne!(upper.key(UsernameCase::Sensitive), lower.key(UsernameCase::Sensitive));
        assert_eq!(upper.key(UsernameCase::Insensitive), lower.key(UsernameCase::Insensitive));
        assert_eq!(upper.as_str(), "JANE");
    }
}
