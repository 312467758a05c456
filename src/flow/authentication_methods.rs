//! How a person proved who they are, in the words of RFC 8176.

use serde::Serialize;

use super::mfa::proved_factor;
use super::proof::told_by_provider;
use crate::experience::MfaFactor;
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
    /// `pop`: proof of possession of a key, as a WebAuthn credential gives.
    Pop,
    /// `mfa`: more than one factor.
    Mfa,
}

impl AuthenticationMethod {
    /// The registered value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pwd => "pwd",
            Self::Otp => "otp",
            Self::Sms => "sms",
            Self::Pop => "pop",
            Self::Mfa => "mfa",
        }
    }
}

/// The methods that verified records stand for, each once, sorted. Only records about this very user count: an
/// interaction may hold proofs that a person tried with another account.
pub(super) fn methods(user: &User, records: &[&VerificationRecord]) -> Vec<AuthenticationMethod> {
    let verified = || records.iter().filter(|record| record.verification.is_verified());
    let first: Vec<_> =
        verified().flat_map(|record| first_factor(user, &record.verification)).copied().collect();
    let second: Vec<_> =
        verified().filter_map(|record| proved_factor(record, user)).flat_map(of_factor).copied().collect();
    // Another provider's word is a first factor too, though RFC 8176 has no value for it.
    let vouched = verified().any(|record| told_by_provider(&record.verification).is_some());
    let several = !second.is_empty() && (vouched || !first.is_empty());
    let mut methods = [first, second].concat();
    methods.extend(several.then_some(AuthenticationMethod::Mfa));
    methods.sort_unstable();
    methods.dedup();
    methods
}

fn first_factor(user: &User, verification: &Verification) -> &'static [AuthenticationMethod] {
    use AuthenticationMethod::{Otp, Pop, Pwd, Sms};
    let email = |email| user.primary_email.as_ref() == Some(email);
    let phone = |phone| user.primary_phone.as_ref() == Some(phone);
    match verification {
        Verification::Password(password) if password.user_id == user.id => &[Pwd],
        Verification::NewPasswordIdentity(new) if user.username.as_ref() == Some(&new.username) => &[Pwd],
        Verification::EmailVerificationCode(code) if email(code.recipient()) => &[Otp],
        Verification::PhoneVerificationCode(code) if phone(code.recipient()) => &[Otp, Sms],
        Verification::OneTimeToken(token) if email(&token.email) => &[Otp],
        Verification::SignInPasskey(passkey) if passkey.user_id.as_ref() == Some(&user.id) => &[Pop],
        _ => &[],
    }
}

fn of_factor(factor: MfaFactor) -> &'static [AuthenticationMethod] {
    use AuthenticationMethod::{Otp, Pop, Sms};
    match factor {
        MfaFactor::WebAuthn => &[Pop],
        MfaFactor::PhoneVerificationCode => &[Otp, Sms],
        MfaFactor::Totp | MfaFactor::EmailVerificationCode | MfaFactor::BackupCode => &[Otp],
    }
}
