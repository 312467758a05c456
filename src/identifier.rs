//! Who a person says they are: usernames, emails, phones, and the canonical keys that make them unique.
//!
//! A value that exists is valid: [`Username`], [`Email`] and [`Phone`] can only be made by parsing, and each knows
//! its canonical [`UserKey`], so no storage backend has to normalise anything.

mod email;
mod ids;
mod key;
mod phone;
mod username;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::email::{Email, InvalidEmail};
pub(crate) use self::email::{canonical_domain, canonical_local_part, same_domain};
pub use self::ids::{InvalidUserId, Revision, UserId, VerificationId};
pub use self::key::{UserKey, UserKeyKind};
pub use self::phone::{InvalidPhone, Phone};
pub(crate) use self::username::username_text;
pub use self::username::{InvalidUsername, Username, UsernameCase};

/// The three kinds of identifier (rules.md, section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum IdentifierType {
    /// A username.
    Username,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
}

impl IdentifierType {
    /// The name, as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }
}

impl fmt::Display for IdentifierType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A valid identifier: what a person types to say who they are. Unique across users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "camelCase")]
pub enum Identifier {
    /// A username.
    Username(Username),
    /// An email address.
    Email(Email),
    /// A phone number.
    Phone(Phone),
}

impl Identifier {
    /// Which kind of identifier this is.
    pub fn identifier_type(&self) -> IdentifierType {
        match self {
            Self::Username(_) => IdentifierType::Username,
            Self::Email(_) => IdentifierType::Email,
            Self::Phone(_) => IdentifierType::Phone,
        }
    }

    /// The unique key of this identifier, under the operator's `caseSensitive` setting.
    pub fn key(&self, case: UsernameCase) -> UserKey {
        match self {
            Self::Username(username) => username.key(case),
            Self::Email(email) => email.key(),
            Self::Phone(phone) => phone.key(),
        }
    }

    /// The email, if this is one.
    pub fn email(&self) -> Option<&Email> {
        match self {
            Self::Email(email) => Some(email),
            Self::Username(_) | Self::Phone(_) => None,
        }
    }
}

/// An email or a phone: where a verification code can be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ClaimedIdentifier", into = "Identifier")]
pub enum Contact {
    /// An email address.
    Email(Email),
    /// A phone number.
    Phone(Phone),
}

impl Contact {
    /// Which kind of identifier this is.
    pub fn identifier_type(&self) -> IdentifierType {
        match self {
            Self::Email(_) => IdentifierType::Email,
            Self::Phone(_) => IdentifierType::Phone,
        }
    }

    /// The unique key of this contact.
    pub fn key(&self) -> UserKey {
        match self {
            Self::Email(email) => email.key(),
            Self::Phone(phone) => phone.key(),
        }
    }
}

impl From<Contact> for Identifier {
    fn from(contact: Contact) -> Self {
        match contact {
            Contact::Email(email) => Self::Email(email),
            Contact::Phone(phone) => Self::Phone(phone),
        }
    }
}

impl TryFrom<ClaimedIdentifier> for Contact {
    type Error = InvalidContact;

    fn try_from(claimed: ClaimedIdentifier) -> Result<Self, Self::Error> {
        match claimed.parse() {
            Some(Identifier::Email(email)) => Ok(Self::Email(email)),
            Some(Identifier::Phone(phone)) => Ok(Self::Phone(phone)),
            Some(Identifier::Username(_)) | None => Err(InvalidContact(claimed.identifier_type)),
        }
    }
}

/// A text that is not an email or a phone to which a code could be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this {0} is no address that a code can be sent to")]
pub struct InvalidContact(IdentifierType);

/// What somebody typed to say who they are, before anybody knows whether it could be anyone.
///
/// A text that is no valid identifier belongs to nobody. Signing in with it answers as it does for an unknown
/// person (rule V-1), so the text is kept and [`parse`](Self::parse) says what it could mean.
///
/// Deserialised from a document's `{type, value}`, a phone must be digits only (rules.md, 9.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawIdentifier")]
pub struct ClaimedIdentifier {
    /// Which kind of identifier it claims to be.
    #[serde(rename = "type")]
    pub identifier_type: IdentifierType,
    /// The text as it was typed.
    pub value: String,
}

impl ClaimedIdentifier {
    /// A claim to be the holder of `value`.
    pub fn new(identifier_type: IdentifierType, value: impl Into<String>) -> Self {
        Self { identifier_type, value: value.into() }
    }

    /// The identifier this text stands for, if it is a valid one.
    pub fn parse(&self) -> Option<Identifier> {
        match self.identifier_type {
            IdentifierType::Username => Username::parse(&self.value).ok().map(Identifier::Username),
            IdentifierType::Email => Email::parse(&self.value).ok().map(Identifier::Email),
            IdentifierType::Phone => Phone::parse(&self.value).ok().map(Identifier::Phone),
        }
    }
}

#[derive(Deserialize)]

struct RawIdentifier {
    r#type: IdentifierType,
    value: String,
}

impl TryFrom<RawIdentifier> for ClaimedIdentifier {
    type Error = InvalidPhone;

    fn try_from(raw: RawIdentifier) -> Result<Self, Self::Error> {
        if raw.r#type == IdentifierType::Phone && !phone::is_digits(&raw.value) {
            return Err(InvalidPhone);
        }
        Ok(Self { identifier_type: raw.r#type, value: raw.value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(json: &str) -> Result<Contact, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn a_contact_is_read_from_the_documents_json() {
        let email = contact(r#"{"type":"email","value":"jane@example.com"}"#).unwrap();
        assert_eq!(email, Contact::Email(Email::parse("jane@example.com").unwrap()));
        let phone = contact(r#"{"type":"phone","value":"610412345678"}"#).unwrap();
        assert_eq!(phone, Contact::Phone(Phone::parse("+61 412 345 678").unwrap()));
        assert_eq!(serde_json::to_string(&phone).unwrap(), r#"{"type":"phone","value":"61412345678"}"#);
    }

    #[test]
    fn what_no_code_can_be_sent_to_is_no_contact() {
        for json in [
            r#"{"type":"username","value":"jane"}"#,
            r#"{"type":"email","value":"nope"}"#,
            r#"{"type":"phone","value":"+61412345678"}"#,
            r#"{"type":"phone","value":"12"}"#,
            r#"{"type":"fax","value":"61412345678"}"#,
        ] {
            assert!(contact(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_claim_that_could_be_nobody_is_kept_but_means_nothing() {
        let claimed = ClaimedIdentifier::new(IdentifierType::Email, "nope");
        assert_eq!(claimed.parse(), None);
        let claimed = ClaimedIdentifier::new(IdentifierType::Username, "jane");
        assert_eq!(claimed.parse().unwrap().identifier_type(), IdentifierType::Username);
    }
}
