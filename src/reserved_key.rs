//! Keys that an extra profile, and so a custom field, must not use (P-9).

use std::collections::BTreeSet;

/// What stands in the way of a key, in the order rule P-9 looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReservedKey {
    /// A claim with rules of its own.
    BuiltInProp,
    /// An identifier: those must be verified.
    SignInIdentifier,
    /// The operator keeps the key for other data.
    CustomData,
    /// Nothing.
    Free,
}

/// What stands in the way of a key.
pub(crate) fn kind(key: &str, reserved_by_operator: &BTreeSet<String>) -> ReservedKey {
    match key {
        "preferredUsername" => ReservedKey::BuiltInProp,
        "username" | "primaryEmail" | "primaryPhone" | "email" | "phone" => ReservedKey::SignInIdentifier,
        key if reserved_by_operator.contains(key) => ReservedKey::CustomData,
        _ => ReservedKey::Free,
    }
}

/// Whether a text can be a key at all: 1 to 128 ASCII letters and digits.
pub(crate) fn is_key(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}
