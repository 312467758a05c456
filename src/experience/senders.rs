//! Whether codes can be sent.

use serde::{Deserialize, Serialize};

use crate::identifier::IdentifierType;
use crate::mfa_factor::MfaFactor;

/// Whether the operator can send codes at all. Where it cannot, V-3 and V-6 answer 501 `connector.not_found`, and no rule
/// asks anybody for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Senders {
    /// To emails. On by default.
    pub email: bool,
    /// To phones. On by default.
    pub phone: bool,
}

impl Default for Senders {
    fn default() -> Self {
        Self { email: true, phone: true }
    }
}

impl Senders {
    /// Whether a code can be sent to this type of identifier; none is sent to a username.
    pub fn reach(self, identifier: IdentifierType) -> bool {
        match identifier {
            IdentifierType::Email => self.email,
            IdentifierType::Phone => self.phone,
            IdentifierType::Username => false,
        }
    }

    /// Whether a factor works as far as sending goes: those that nothing is sent for always do.
    pub fn serve(self, factor: MfaFactor) -> bool {
        match factor {
            MfaFactor::EmailVerificationCode => self.email,
            MfaFactor::PhoneVerificationCode => self.phone,
            MfaFactor::Totp | MfaFactor::WebAuthn | MfaFactor::BackupCode => true,
        }
    }
}
