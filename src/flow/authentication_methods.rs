//! How a person proved who they are, in the words of RFC 8176.

use serde::Serialize;

use crate::identifier::UserKey;
use crate::user::User;
use crate::verification::{Verification, VerificationRecord};

/// An authentication method reference (`amr`), RFC 8176, section 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AuthenticationMethod {
    /// `pwd`: a password.
    Pwd,
    /// `otp`: a one-time password, as a verification code is.
    Otp,
    /// `sms`: a confirmation by text message.
    Sms,
}

impl AuthenticationMethod {
    /// The registered value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pwd => "pwd",
            Self::Otp => "otp",
            Self::Sms => "sms",
        }
    }
}

/// The methods that verified records stand for, each once, sorted. Only records about this very user count: an
/// interaction may hold proofs that a person tried with another account.
pub(super) fn methods(user: &User, records: &[&VerificationRecord]) -> Vec<AuthenticationMethod> {
    let holds = |key: UserKey| user.keys(crate::identifier::UsernameCase::Sensitive).contains(&key);
    let mut methods: Vec<_> = records
        .iter()
        .filter(|record| record.verification.is_verified())
        .flat_map(|record| match &record.verification {
            Verification::Password(password) if password.user_id == user.id => {
                vec![AuthenticationMethod::Pwd]
            }
            Verification::NewPasswordIdentity(new) if user.username.as_ref() == Some(&new.username) => {
                vec![AuthenticationMethod::Pwd]
            }
            Verification::EmailVerificationCode(code) if holds(code.recipient().key()) => {
                vec![AuthenticationMethod::Otp]
            }
            Verification::PhoneVerificationCode(code) if holds(code.recipient().key()) => {
                vec![AuthenticationMethod::Otp, AuthenticationMethod::Sms]
            }
            // RFC 8176 has no value for what another provider asserts.
            _ => Vec::new(),
        })
        .collect();
    methods.sort_unstable();
    methods.dedup();
    methods
}
