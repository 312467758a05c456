//! What rejections carry beside their code.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::identifier::{Contact, Identifier};
use crate::mfa_factor::MfaFactor;
use crate::verification::VerificationType;

/// What was wrong with a request that does not have the documented form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvalidInput {
    /// One entry for each place that is wrong.
    pub issues: Vec<InputIssue>,
}

/// One place of a malformed request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputIssue {
    /// Where: member names joined by dots.
    pub path: String,
    /// What is expected there.
    pub message: String,
}

/// How long an identifier stays blocked (L-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Blocked {
    /// Seconds until the next try is looked at.
    pub retry_after: u64,
}

/// One reason why a password is refused (rules.md, 9.2). Serialises as `{code, …}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "code")]
#[non_exhaustive]
pub enum PasswordIssue {
    /// Fewer characters than the policy's minimum.
    #[serde(rename = "password_rejected.too_short")]
    TooShort {
        /// The policy's minimum.
        min: usize,
    },
    /// More characters than the policy's maximum.
    #[serde(rename = "password_rejected.too_long")]
    TooLong {
        /// The policy's maximum.
        max: usize,
    },
    /// A control character: it cannot be typed everywhere.
    #[serde(rename = "password_rejected.unsupported_characters")]
    UnsupportedCharacters,
    /// Fewer kinds of characters than the policy asks for.
    #[serde(rename = "password_rejected.character_types")]
    CharacterTypes {
        /// The policy's minimum.
        min: usize,
    },
    /// It is among the most common ones, or the host's breach list knows it.
    #[serde(rename = "password_rejected.pwned")]
    Pwned,
    /// Mostly repeated characters.
    #[serde(rename = "password_rejected.restricted.repetition")]
    Repetition,
    /// Mostly sequences of characters.
    #[serde(rename = "password_rejected.restricted.sequence")]
    Sequence,
    /// Mostly words the operator listed.
    #[serde(rename = "password_rejected.restricted.words")]
    Words,
    /// Mostly the person's own name, username, email or phone.
    #[serde(rename = "password_rejected.restricted.user_info")]
    UserInfo,
}

/// The enterprise connectors that an email's domain belongs to (N-4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SsoEnabled {
    /// Ids of the connectors.
    pub sso_connectors: Vec<String>,
}

/// The identifier that nobody has (N-6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserNotExist {
    /// As it was verified.
    pub identifier: Identifier,
}

/// Who might be meant by a social identity that nobody has (N-6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityNotExist {
    /// The owner of the phone or email that the provider reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_user: Option<RelatedUser>,
}

/// A user who owns the phone (asked first) or the email in the provider's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RelatedUser(pub Contact);

/// What an account must still be given (S-5, S-6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingProfile {
    /// In the order of the operator's settings.
    pub missing_profile: Vec<MissingProfileItem>,
}

/// One thing an account must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum MissingProfileItem {
    /// A username.
    Username,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
    /// An email address or a phone number.
    EmailOrPhone,
    /// A password.
    Password,
    /// The operator's custom profile fields.
    ExtraProfile,
}

/// The reserved keys that an extra profile must not use (P-9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NameConflict {
    /// All offenders of this kind.
    pub names: Vec<String>,
}

/// The profile values that cannot be taken (P-10, P-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvalidProfile {
    /// One entry for each offending field.
    pub fields: Vec<InvalidField>,
}

/// One profile value that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvalidField {
    /// The field's name; a part of an address or a full name as `address.country`.
    pub name: String,
    /// What is wrong with its value.
    pub reason: FieldProblem,
}

/// What is wrong with a profile value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldProblem {
    /// Not the JSON type the field has.
    WrongType,
    /// A text shorter than its minimum.
    TooShort,
    /// A text longer than its maximum, or a value larger than anybody may store.
    TooLong,
    /// A number below its minimum.
    TooSmall,
    /// A number above its maximum.
    TooLarge,
    /// Not a date in the field's format.
    InvalidDate,
    /// Not one of the field's options.
    NotAnOption,
    /// Not an absolute `http` or `https` URL.
    InvalidUrl,
    /// A text with control characters or bidirectional controls.
    NotPlainText,
    /// Does not match the field's pattern.
    PatternMismatch,
}

/// The address that the operator's blocklist refuses (9.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EmailNotAllowed {
    /// As it was typed.
    pub email: String,
}

/// The factors of which a sign-in must prove one (P-3, S-3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequireMfaVerification {
    /// The user's factors, in the order to show them.
    pub available_factors: Vec<MfaFactor>,
    /// Where codes would go, masked (M-4).
    pub masked_identifiers: BTreeMap<MfaFactor, String>,
}

/// What somebody who is signed in must prove before they change how their account is reached (C-2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepUpRequired {
    /// The types of records of which one is still needed, in the order to show them.
    pub available_methods: Vec<VerificationType>,
    /// Where codes would go, masked (M-4): as factors of this kind.
    pub masked_identifiers: BTreeMap<MfaFactor, String>,
}

/// The factors of which one must be bound (S-9b).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingMfa {
    /// The factors that are on, backup codes aside.
    pub available_factors: Vec<MfaFactor>,
    /// Whether the person may skip; left out where not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skippable: bool,
}

/// The factors of which a second one is suggested (S-9c).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SuggestAdditionalMfa {
    /// The factors that are on, held ones too, backup codes aside.
    pub available_factors: Vec<MfaFactor>,
    /// Where codes of the held factors go, masked (M-4).
    pub masked_identifiers: BTreeMap<MfaFactor, String>,
    /// Whether the user's WebAuthn credential serves to sign in, not as a factor.
    pub is_web_authn_used_as_sign_in_passkey: bool,
    /// Always: a suggestion can be skipped.
    pub skippable: bool,
    /// Always: it is one.
    pub suggestion: bool,
}
