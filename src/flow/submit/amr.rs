//! How a person proved who they are, in the words of RFC 8176.

use serde::Serialize;

use crate::interaction::{Channel, Proof, Shown};
use crate::user::User;

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

/// The methods that proofs stand for, each once, sorted. Only proofs about this very user count: an interaction may hold
/// what a person proved of another account.
pub(super) fn methods(user: &User, proofs: &[Proof]) -> Vec<AuthenticationMethod> {
    let own = || proofs.iter().filter(|proof| proof.is_of(user));
    let channels = |is_factor| -> Vec<Channel> {
        let of_kind = own().filter(|proof| proof.factor().is_some() == is_factor);
        of_kind.map(|proof| proof.channel(user)).collect()
    };
    let (first, second) = (channels(false), channels(true));
    let several = second.iter().any(|second| first.iter().any(|first| first != second));
    let mut methods: Vec<_> = own().flat_map(of_proof).copied().collect();
    methods.extend(several.then_some(AuthenticationMethod::Mfa));
    methods.sort_unstable();
    methods.dedup();
    methods
}

fn of_proof(proof: &Proof) -> &'static [AuthenticationMethod] {
    use AuthenticationMethod::{Otp, Pop, Pwd, Sms};
    match proof.shown {
        Shown::Password { .. } | Shown::NewPasswordIdentity { .. } => &[Pwd],
        Shown::EmailVerificationCode { .. }
        | Shown::MfaEmailVerificationCode { .. }
        | Shown::OneTimeToken { .. }
        | Shown::Totp { .. }
        | Shown::BackupCode { .. } => &[Otp],
        Shown::PhoneVerificationCode { .. } | Shown::MfaPhoneVerificationCode { .. } => &[Otp, Sms],
        Shown::WebAuthn { .. } | Shown::SignInPasskey { .. } => &[Pop],
        // RFC 8176 has no value for what another provider asserts.
        Shown::Social { .. } | Shown::EnterpriseSso { .. } => &[],
    }
}
