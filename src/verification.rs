//! Verification records: proof, or an attempt at proof, that a person controls something. Plain data with their own
//! small rules; what a proof is good for is the flows' to say.

mod attempts;
mod code;
mod social;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::attempts::{AttemptKey, AttemptLog, AttemptPool};
pub use self::code::{CodeRefused, CodeVerification, MessageTemplate};
pub use self::social::{ConnectorSession, SocialVerification};

use crate::identifier::{Contact, Email, Identifier, Phone, Revision, UserId, Username, VerificationId};
use crate::secret::PasswordDigest;

/// The types of verification records (rules.md, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum VerificationType {
    /// A user's password.
    Password,
    /// A code sent to an email.
    EmailVerificationCode,
    /// A code sent to a phone.
    PhoneVerificationCode,
    /// A social identity.
    Social,
    /// A username and a password for a new account.
    NewPasswordIdentity,
}

/// A verification record, as a [`VerificationStore`](crate::store::VerificationStore) keeps it.
///
/// A record belongs to the interaction whose registry holds its id; no other can use it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationRecord {
    /// The id.
    pub id: VerificationId,
    /// How often the record was written.
    pub revision: Revision,
    /// When it is of no more use: the interaction it was made in is over by then.
    pub expires_at: DateTime<Utc>,
    /// What it proves, or is to prove.
    pub verification: Verification,
}

/// What a record proves, or is to prove.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum Verification {
    /// A user's password, verified.
    Password(PasswordVerification),
    /// A code sent to an email.
    EmailVerificationCode(CodeVerification<Email>),
    /// A code sent to a phone.
    PhoneVerificationCode(CodeVerification<Phone>),
    /// A social identity.
    Social(SocialVerification),
    /// A username and a password for a new account.
    NewPasswordIdentity(NewPasswordVerification),
}

/// The right password for an identifier (V-1). It exists only verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordVerification {
    /// Whose password it was. The proof is about this user, whoever holds the identifier later.
    pub user_id: UserId,
    /// What the person typed to say who they are.
    pub identifier: Identifier,
}

/// A username and a password that a new account may have (V-7). It exists only verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPasswordVerification {
    /// The username.
    pub username: Username,
    /// The password's digest.
    pub password: PasswordDigest,
}

impl Verification {
    /// A new, unverified record of a code on its way to a contact.
    pub(crate) fn code_sent_to(
        contact: &Contact,
        code: Option<crate::secret::Secret>,
        sent_at: DateTime<Utc>,
    ) -> Self {
        match contact {
            Contact::Email(email) => {
                Self::EmailVerificationCode(CodeVerification::sent(email.clone(), code, sent_at))
            }
            Contact::Phone(phone) => {
                Self::PhoneVerificationCode(CodeVerification::sent(phone.clone(), code, sent_at))
            }
        }
    }

    /// Which type of record this is.
    pub fn verification_type(&self) -> VerificationType {
        match self {
            Self::Password(_) => VerificationType::Password,
            Self::EmailVerificationCode(_) => VerificationType::EmailVerificationCode,
            Self::PhoneVerificationCode(_) => VerificationType::PhoneVerificationCode,
            Self::Social(_) => VerificationType::Social,
            Self::NewPasswordIdentity(_) => VerificationType::NewPasswordIdentity,
        }
    }

    /// Whether the proof is complete.
    pub fn is_verified(&self) -> bool {
        match self {
            Self::Password(_) | Self::NewPasswordIdentity(_) => true,
            Self::EmailVerificationCode(code) => code.is_verified(),
            Self::PhoneVerificationCode(code) => code.is_verified(),
            Self::Social(social) => social.user_info.is_some(),
        }
    }

    /// The identifier that the record is about, if it is about one.
    pub fn identifier(&self) -> Option<Identifier> {
        match self {
            Self::Password(password) => Some(password.identifier.clone()),
            Self::EmailVerificationCode(code) => Some(Identifier::Email(code.recipient().clone())),
            Self::PhoneVerificationCode(code) => Some(Identifier::Phone(code.recipient().clone())),
            Self::NewPasswordIdentity(new) => Some(Identifier::Username(new.username.clone())),
            Self::Social(_) => None,
        }
    }
}

impl From<&Contact> for VerificationType {
    /// The type of record of a code sent to this contact.
    fn from(contact: &Contact) -> Self {
        match contact {
            Contact::Email(_) => Self::EmailVerificationCode,
            Contact::Phone(_) => Self::PhoneVerificationCode,
        }
    }
}
