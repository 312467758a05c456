//! What a factor of a user is called.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::form::plain;

/// What names one of a user's factors: `Totp`, `BackupCode`, or the id of a WebAuthn credential. Of each of the first two
/// there is at most one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactorId {
    /// The authenticator app.
    Totp,
    /// The backup codes.
    BackupCodes,
    /// A WebAuthn credential, by its id.
    WebAuthn(String),
}

plain!(FactorId);

impl FactorId {
    /// The factor that a text names: every text names one, if only a credential that nobody has.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        match text.as_str() {
            "Totp" => Self::Totp,
            "BackupCode" => Self::BackupCodes,
            _ => Self::WebAuthn(text),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Totp => "Totp",
            Self::BackupCodes => "BackupCode",
            Self::WebAuthn(id) => id,
        }
    }
}

impl fmt::Display for FactorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FactorId {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

impl Serialize for FactorId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for FactorId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}
