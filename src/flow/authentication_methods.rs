//! How a person proved who they are, in the words of RFC 8176.

use serde::Serialize;

use super::mfa::proved_factor;
use super::profile_uniqueness::unique_keys;
use super::proof::gift;
use crate::experience::MfaFactor;
use crate::identifier::UsernameCase;
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

/// What a proof came through. Two proofs through one are one factor.
#[derive(Clone, Copy, PartialEq)]
enum Channel {
    Password,
    Email,
    Phone,
    Key,
    App,
    BackupCode,
    Provider,
}

/// The methods that verified records stand for, each once, sorted. Only records about this very user count: an
/// interaction may hold proofs that a person tried with another account.
pub(super) fn methods(user: &User, records: &[&VerificationRecord]) -> Vec<AuthenticationMethod> {
    let verified = || records.iter().filter(|record| record.verification.is_verified());
    let first: Vec<Channel> =
        verified().filter_map(|record| first_factor(user, &record.verification)).collect();
    let second: Vec<Channel> =
        verified().filter_map(|record| proved_factor(record, user)).map(of_factor).collect();
    let several = second.iter().any(|second| first.iter().any(|first| first != second));
    let mut methods: Vec<_> =
        first.iter().chain(&second).flat_map(|channel| of_channel(*channel)).copied().collect();
    methods.extend(several.then_some(AuthenticationMethod::Mfa));
    methods.sort_unstable();
    methods.dedup();
    methods
}

fn first_factor(user: &User, verification: &Verification) -> Option<Channel> {
    let email = |email| user.primary_email.as_ref() == Some(email);
    let phone = |phone| user.primary_phone.as_ref() == Some(phone);
    let (own, channel) = match verification {
        Verification::Password(password) => (password.user_id == user.id, Channel::Password),
        Verification::NewPasswordIdentity(new) => {
            let set = user.password.as_ref().is_some_and(|own| own.digest == new.password);
            (set && user.username.as_ref() == Some(&new.username), Channel::Password)
        }
        Verification::EmailVerificationCode(code) => (email(code.recipient()), Channel::Email),
        Verification::PhoneVerificationCode(code) => (phone(code.recipient()), Channel::Phone),
        Verification::OneTimeToken(token) => (email(&token.email), Channel::Email),
        Verification::SignInPasskey(passkey) => (passkey.user_id.as_ref() == Some(&user.id), Channel::Key),
        Verification::Social(_) | Verification::EnterpriseSso(_) => {
            let given = gift(verification);
            let mut keys = unique_keys(&given, UsernameCase::Sensitive);
            (keys.any(|key| user.holds(&key, UsernameCase::Sensitive)), Channel::Provider)
        }
        _ => return None,
    };
    own.then_some(channel)
}

fn of_factor(factor: MfaFactor) -> Channel {
    match factor {
        MfaFactor::WebAuthn => Channel::Key,
        MfaFactor::Totp => Channel::App,
        MfaFactor::PhoneVerificationCode => Channel::Phone,
        MfaFactor::EmailVerificationCode => Channel::Email,
        MfaFactor::BackupCode => Channel::BackupCode,
    }
}

fn of_channel(channel: Channel) -> &'static [AuthenticationMethod] {
    use AuthenticationMethod::{Otp, Pop, Pwd, Sms};
    match channel {
        Channel::Password => &[Pwd],
        Channel::Email | Channel::App | Channel::BackupCode => &[Otp],
        Channel::Phone => &[Otp, Sms],
        Channel::Key => &[Pop],
        // RFC 8176 has no value for what another provider asserts.
        Channel::Provider => &[],
    }
}
