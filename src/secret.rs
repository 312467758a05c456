//! Text that must never be shown.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::form::Form;
use crate::nfc::nfc;

/// A text that is wiped from memory when dropped, compared in constant time, and never shown by `Debug`.
///
/// It has no `Display` and does not serialise: a store writes it down through [`Stored`](crate::store::Stored), and
/// what a person is shown once is a [`ShownOnce`]. What a client may see of an interaction is
/// [`InteractionView`](crate::interaction::InteractionView), which holds no secret at all.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text that must not be shown.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The same text in Unicode NFC: what a password is checked, hashed and compared in (rules.md, 9.2). One keyboard
    /// sends `\u{e9}` where another sends `e` and an accent, and its owner typed the same password on both.
    pub(crate) fn normalized(&self) -> Cow<'_, Self> {
        match nfc(self.expose()) {
            Cow::Borrowed(_) => Cow::Borrowed(self),
            Cow::Owned(text) => Cow::Owned(Self::new(text)),
        }
    }

    /// Compares in a time that depends on the lengths alone.
    pub fn matches(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

/// Reads a text. An error about anything else does not show it: a code sent as a number is a secret too.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret::new(text))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Secret, E> {
                Ok(Secret::new(text))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Secret, E> {
                Err(E::custom(EXPECTED))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Secret, E> {
                Err(E::custom(EXPECTED))
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Secret, E> {
                Err(E::custom(EXPECTED))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Secret, E> {
                Err(E::custom(EXPECTED))
            }
        }

        deserializer.deserialize_any(Text)
    }
}

const EXPECTED: &str = "expected a string";

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other.expose())
    }
}

impl Eq for Secret {}

impl Form for Secret {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// A secret that is shown once, to whom it belongs: a new authenticator app's secret, backup codes, a token.
///
/// It serialises as its text, because it is made to be answered. No store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownOnce(Secret);

impl ShownOnce {
    /// Takes what was just made.
    pub fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// The text, to show.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Serialize for ShownOnce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

/// The digest of a password, in the text form of the hasher that made it (a PHC string for Argon2id).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordDigest(Secret);

impl Form for PasswordDigest {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Secret::read(deserializer).map(Self)
    }
}

impl PasswordDigest {
    /// Takes the text a [`PasswordHasher`](crate::password::PasswordHasher) made.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Secret::new(text))
    }

    /// The text, for storing it and for verifying a password against it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Reads a secret that has at least one character, as passwords have at the API (V-1).
pub(crate) fn non_empty_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let secret = Secret::deserialize(deserializer)?;
    if secret.expose().is_empty() {
        return Err(D::Error::custom("expected at least one character"));
    }
    Ok(secret)
}

/// SHA-256 of some texts in order. Each text's length goes in first, so that no two sequences of texts meet.
pub(crate) fn sha256<'a>(texts: impl IntoIterator<Item = &'a str>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().into()
}

/// As [`sha256`], in lower-case hexadecimal.
pub(crate) fn sha256_hex(texts: &[&str]) -> String {
    hex(&sha256(texts.iter().copied()))
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 });
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        hex.extend([digit(byte >> 4), digit(byte & 0xF)]);
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_compared_but_never_shown() {
        let secret = Secret::new("hunter2");
        assert!(secret.matches("hunter2"));
        assert!(!secret.matches("hunter") && !secret.matches("hunter3") && !secret.matches(""));
        assert_eq!(
            format!("{secret:?} {:?}", PasswordDigest::new("$argon2id$x")),
            "[secret] PasswordDigest([secret])"
        );
    }

    #[test]
    fn a_secret_in_normal_form_is_not_copied() {
        assert!(matches!(Secret::new("p\u{e9}z").normalized(), Cow::Borrowed(_)));
        assert_eq!(Secret::new("pe\u{301}z").normalized().expose(), "p\u{e9}z");
    }

    #[test]
    fn what_is_no_text_is_not_shown_either() {
        for json in ["123456", "-123456", "1234.56", "true", "[123456]", r#"{"a":123456}"#, "null"] {
            let error = serde_json::from_str::<Secret>(json).unwrap_err().to_string();
            assert!(!error.contains("1234") && error.contains("string"), "{error}");
        }
        assert_eq!(serde_json::from_str::<Secret>(r#""1\n""#).unwrap().expose(), "1\n");
    }

    #[test]
    fn digests_of_different_sequences_differ() {
        assert_ne!(sha256_hex(&["ab", "c"]), sha256_hex(&["a", "bc"]));
        assert_eq!(sha256_hex(&["a"]).len(), 64);
    }
}
