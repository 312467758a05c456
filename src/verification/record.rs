//! A verification record, and its thirteen types (rules.md, section 4).

use serde::{Deserialize, Serialize};

use super::{
    BackupCodeVerification, CodeVerification, NewPasswordVerification, OneTimeTokenVerification,
    PasswordVerification, SignInPasskeyVerification, SocialVerification, SsoVerification, TotpVerification,
    WebAuthnVerification,
};
use crate::form::stored;
use crate::identifier::{Email, Identifier, Phone, VerificationId};

stored! {
    /// A verification record of an interaction.
    #[derive(Clone, Debug, PartialEq)]
    pub struct VerificationRecord {
        /// The id.
        pub id: VerificationId,
        /// What it proves, or is to prove.
        pub verification: Verification,
    }
}

/// A type of record, by which one is fetched from a registry: its variants are in [`record_type`].
pub trait RecordType {
    /// What such a record holds.
    type Record;

    /// Its name.
    const TYPE: VerificationType;

    /// The record, if it is of this type.
    fn of(verification: &Verification) -> Option<&Self::Record>;

    /// The record to change, if it is of this type.
    fn of_mut(verification: &mut Verification) -> Option<&mut Self::Record>;
}

macro_rules! record_types {
    ($($(#[$doc:meta])* $name:ident($record:ty),)*) => {
        /// The types of verification records (rules.md, section 4).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum VerificationType { $($(#[$doc])* $name),* }

        stored! {
            /// What a record proves, or is to prove.
            #[derive(Clone, Debug, PartialEq)]
            #[non_exhaustive]
            pub enum Verification { $($(#[$doc])* $name($record)),* }
        }

        impl Verification {
            /// Which type of record this is.
            pub fn verification_type(&self) -> VerificationType {
                match self { $(Self::$name(_) => VerificationType::$name),* }
            }
        }

        /// The types of records, each a [`RecordType`].
        pub mod record_type {
            use super::*;

            $(
                $(#[$doc])*
                #[derive(Clone, Copy, Debug)]
                pub struct $name;

                impl RecordType for $name {
                    type Record = $record;

                    const TYPE: VerificationType = VerificationType::$name;

                    fn of(verification: &Verification) -> Option<&Self::Record> {
                        match verification {
                            Verification::$name(record) => Some(record),
                            _ => None,
                        }
                    }

                    fn of_mut(verification: &mut Verification) -> Option<&mut Self::Record> {
                        match verification {
                            Verification::$name(record) => Some(record),
                            _ => None,
                        }
                    }
                }
            )*
        }
    };
}

record_types! {
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

impl Verification {
    /// Whether the proof is complete.
    pub fn is_verified(&self) -> bool {
        match self {
            Self::Password(_) | Self::NewPasswordIdentity(_) | Self::OneTimeToken(_) => true,
            Self::EmailVerificationCode(code) | Self::MfaEmailVerificationCode(code) => code.is_verified(),
            Self::PhoneVerificationCode(code) | Self::MfaPhoneVerificationCode(code) => code.is_verified(),
            Self::Social(social) => social.user_info.is_some(),
            Self::EnterpriseSso(sso) => sso.answer.is_some(),
            Self::Totp(totp) => totp.is_verified(),
            Self::WebAuthn(web_authn) => web_authn.is_verified(),
            Self::SignInPasskey(passkey) => passkey.user_id.is_some(),
            Self::BackupCode(backup) => backup.is_verified(),
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
