//! Verification records: proof, or an attempt at proof, that a person controls something. Plain data with their own
//! small rules; what a proof is good for is the flows' to say.

mod attempts;
mod backup_code;
mod code;
mod one_time_token;
mod social;
mod sso;
mod totp;
mod web_authn;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::attempts::{AttemptKey, AttemptLog, AttemptPool};
pub use self::backup_code::BackupCodeVerification;
pub use self::code::{CodeRefused, CodeVerification, MessageTemplate};
pub use self::one_time_token::{OneTimeTokenVerification, TokenRefused};
pub use self::social::{ConnectorSession, SocialVerification};
pub use self::sso::{SsoAnswer, SsoVerification};
pub use self::totp::TotpVerification;
pub use self::web_authn::{PendingChallenge, SignInPasskeyVerification, WebAuthnState, WebAuthnVerification};

use crate::identifier::{Contact, Email, Identifier, Phone, Revision, UserId, Username, VerificationId};
use crate::secret::{PasswordDigest, Secret};

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
    /// A code sent to the identified user's own email.
    MfaEmailVerificationCode,
    /// A code sent to the identified user's own phone.
    MfaPhoneVerificationCode,
    /// A social identity.
    Social,
    /// An enterprise identity.
    EnterpriseSso,
    /// An authenticator app.
    Totp,
    /// A WebAuthn credential as a factor.
    WebAuthn,
    /// A passkey to sign in with.
    SignInPasskey,
    /// Backup codes.
    BackupCode,
    /// A username and a password for a new account.
    NewPasswordIdentity,
    /// A token that an operator made.
    OneTimeToken,
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
    /// A code sent to the identified user's own email.
    MfaEmailVerificationCode(CodeVerification<Email>),
    /// A code sent to the identified user's own phone.
    MfaPhoneVerificationCode(CodeVerification<Phone>),
    /// A social identity.
    Social(SocialVerification),
    /// An enterprise identity.
    EnterpriseSso(SsoVerification),
    /// An authenticator app.
    Totp(TotpVerification),
    /// A WebAuthn credential as a factor.
    WebAuthn(WebAuthnVerification),
    /// A passkey to sign in with.
    SignInPasskey(SignInPasskeyVerification),
    /// Backup codes.
    BackupCode(BackupCodeVerification),
    /// A username and a password for a new account.
    NewPasswordIdentity(NewPasswordVerification),
    /// A token that an operator made.
    OneTimeToken(OneTimeTokenVerification),
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
    pub(crate) fn code_sent_to(contact: &Contact, code: Option<Secret>, sent_at: DateTime<Utc>) -> Self {
        match contact {
            Contact::Email(email) => {
                Self::EmailVerificationCode(CodeVerification::sent(email.clone(), code, sent_at))
            }
            Contact::Phone(phone) => {
                Self::PhoneVerificationCode(CodeVerification::sent(phone.clone(), code, sent_at))
            }
        }
    }

    /// A new, unverified record of a code on its way to the user's own contact.
    pub(crate) fn mfa_code_sent_to(contact: &Contact, code: Secret, sent_at: DateTime<Utc>) -> Self {
        match contact {
            Contact::Email(email) => {
                Self::MfaEmailVerificationCode(CodeVerification::sent(email.clone(), Some(code), sent_at))
            }
            Contact::Phone(phone) => {
                Self::MfaPhoneVerificationCode(CodeVerification::sent(phone.clone(), Some(code), sent_at))
            }
        }
    }

    /// Which type of record this is.
    pub fn verification_type(&self) -> VerificationType {
        match self {
            Self::Password(_) => VerificationType::Password,
            Self::EmailVerificationCode(_) => VerificationType::EmailVerificationCode,
            Self::PhoneVerificationCode(_) => VerificationType::PhoneVerificationCode,
            Self::MfaEmailVerificationCode(_) => VerificationType::MfaEmailVerificationCode,
            Self::MfaPhoneVerificationCode(_) => VerificationType::MfaPhoneVerificationCode,
            Self::Social(_) => VerificationType::Social,
            Self::EnterpriseSso(_) => VerificationType::EnterpriseSso,
            Self::Totp(_) => VerificationType::Totp,
            Self::WebAuthn(_) => VerificationType::WebAuthn,
            Self::SignInPasskey(_) => VerificationType::SignInPasskey,
            Self::BackupCode(_) => VerificationType::BackupCode,
            Self::OneTimeToken(_) => VerificationType::OneTimeToken,
            Self::NewPasswordIdentity(_) => VerificationType::NewPasswordIdentity,
        }
    }

    /// Whether the proof is complete.
    pub fn is_verified(&self) -> bool {
        match self {
            Self::Password(_) | Self::NewPasswordIdentity(_) => true,
            Self::EmailVerificationCode(code) | Self::MfaEmailVerificationCode(code) => code.is_verified(),
            Self::PhoneVerificationCode(code) | Self::MfaPhoneVerificationCode(code) => code.is_verified(),
            Self::Social(social) => social.user_info.is_some(),
            Self::EnterpriseSso(sso) => sso.answer.is_some(),
            Self::Totp(totp) => totp.is_verified(),
            Self::WebAuthn(web_authn) => web_authn.is_verified(),
            Self::SignInPasskey(passkey) => passkey.user_id.is_some(),
            Self::BackupCode(backup) => backup.is_verified(),
            Self::OneTimeToken(token) => token.is_verified(),
        }
    }

    /// The identifier that the record is about, if it is about one.
    pub fn identifier(&self) -> Option<Identifier> {
        match self {
            Self::Password(password) => Some(password.identifier.clone()),
            Self::EmailVerificationCode(code) | Self::MfaEmailVerificationCode(code) => {
                Some(Identifier::Email(code.recipient().clone()))
            }
            Self::PhoneVerificationCode(code) | Self::MfaPhoneVerificationCode(code) => {
                Some(Identifier::Phone(code.recipient().clone()))
            }
            Self::OneTimeToken(token) => Some(Identifier::Email(token.email.clone())),
            Self::NewPasswordIdentity(new) => Some(Identifier::Username(new.username.clone())),
            Self::Social(_)
            | Self::EnterpriseSso(_)
            | Self::Totp(_)
            | Self::WebAuthn(_)
            | Self::SignInPasskey(_)
            | Self::BackupCode(_) => None,
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
