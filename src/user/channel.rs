//! What a proof comes through (rules.md, section 1).

use std::fmt;

use crate::form::stored;
use crate::identifier::{Email, Phone};
use crate::mfa_factor::MfaFactor;

stored! {
    /// What a proof came through. Two proofs through one channel are one factor (M-3).
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Channel {
        /// Something the person knows: a password.
        Knowledge,
        /// A mailbox.
        Email(Email),
        /// A phone number.
        Phone(Phone),
        /// An authenticator app.
        App,
        /// A WebAuthn credential.
        Key,
        /// A backup code.
        Paper,
        /// Another provider's word, by the connector it came through.
        IdentityProvider(String),
    }
}

impl Channel {
    /// Whether a factor of this kind comes through this channel: an email's code through any mailbox, say. Of one user
    /// that is the same mailbox, for a proof counts only while its contact is the user's (V-17).
    pub(crate) fn is_of_factor(&self, factor: MfaFactor) -> bool {
        matches!(
            (self, factor),
            (Self::Email(_), MfaFactor::EmailVerificationCode)
                | (Self::Phone(_), MfaFactor::PhoneVerificationCode)
                | (Self::App, MfaFactor::Totp)
                | (Self::Key, MfaFactor::WebAuthn)
                | (Self::Paper, MfaFactor::BackupCode)
        )
    }
}

/// As the rule book writes it: `email:jane@example.com`.
impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Knowledge => f.write_str("knowledge"),
            Self::Email(email) => write!(f, "email:{email}"),
            Self::Phone(phone) => write!(f, "phone:{}", phone.digits()),
            Self::App => f.write_str("app"),
            Self::Key => f.write_str("key"),
            Self::Paper => f.write_str("paper"),
            Self::IdentityProvider(connector) => write!(f, "idp:{connector}"),
        }
    }
}
