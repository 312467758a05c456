//! The factors of multi-factor authentication.

use serde::{Deserialize, Serialize};

/// A factor of multi-factor authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MfaFactor {
    /// A WebAuthn credential.
    WebAuthn,
    /// Time-based one-time passwords (RFC 6238).
    Totp,
    /// A code sent to the user's phone.
    PhoneVerificationCode,
    /// A code sent to the user's email.
    EmailVerificationCode,
    /// Single-use codes kept for the day the others are lost.
    BackupCode,
}
