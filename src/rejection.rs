//! Every documented answer that is not a success.
//!
//! A [`Rejection`] is what a rule answers when it does not hold. It knows its stable [`code`](Rejection::code), its
//! HTTP [`status`](Rejection::status) and its [`data`](Rejection::data), and serialises as `{code, message, data?}`.
//! The whole catalogue is one table in code, `catalogue.rs`; [`Code::ALL`] walks it, and this is what it says:
//!
#![doc = include_str!("rejection/catalogue.md")]

mod catalogue;
mod data;
mod operation_name;

use serde::ser::SerializeStruct;

pub use self::catalogue::{Code, Rejection};
pub use self::data::{
    Blocked, EmailNotAllowed, FieldProblem, IdentityNotExist, InputIssue, InvalidField, InvalidInput,
    InvalidProfile, MissingMfa, MissingProfile, MissingProfileItem, NameConflict, PasswordIssue, RelatedUser,
    RequireMfaVerification, SsoEnabled, StepUpRequired, SuggestAdditionalMfa, UserNotExist,
};
pub use self::operation_name::{Actor, OperationName};

use crate::identifier::InvalidUsername;

impl Rejection {
    /// The stable code, `group.name`.
    pub fn code(&self) -> &'static str {
        self.entry().as_str()
    }

    /// The HTTP status the contract gives this answer.
    pub fn status(&self) -> u16 {
        self.entry().status()
    }

    /// One English sentence. It never contains a secret, nor anything the client sent.
    pub fn message(&self) -> &'static str {
        self.entry().message()
    }

    /// What a client needs beside the code, as JSON.
    pub fn data(&self) -> Option<serde_json::Value> {
        let data = match self {
            Self::InvalidInput(data) => serde_json::to_value(data),
            Self::VerificationBlocked(data) => serde_json::to_value(data),
            Self::PasswordRejected(data) => serde_json::to_value(data),
            Self::SsoEnabled(data) => serde_json::to_value(data),
            Self::UserNotExist(data) => serde_json::to_value(data),
            Self::IdentityNotExist(data) => serde_json::to_value(data),
            Self::MissingProfile(data) => serde_json::to_value(data),
            Self::NameConflictBuiltInProp(data)
            | Self::NameConflictSignInIdentifier(data)
            | Self::NameConflictCustomData(data) => serde_json::to_value(data),
            Self::InvalidProfile(data) => serde_json::to_value(data),
            Self::EmailNotAllowed(data) => serde_json::to_value(data),
            Self::RequireMfaVerification(data) => serde_json::to_value(data),
            Self::StepUpRequired(data) => serde_json::to_value(data),
            Self::MissingMfa(data) => serde_json::to_value(data),
            Self::SuggestAdditionalMfa(data) => serde_json::to_value(data),
            _ => return None,
        };
        data.ok()
    }

    /// A malformed request: one issue at one path of it.
    pub fn invalid_input(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::InvalidInput(InvalidInput {
            issues: vec![InputIssue { path: path.into(), message: message.into() }],
        })
    }
}

/// A username that breaks the hard floor, in the library (rules.md, 9.1).
impl From<InvalidUsername> for Rejection {
    fn from(error: InvalidUsername) -> Self {
        match error {
            InvalidUsername::Empty => Self::UsernameRequired,
            InvalidUsername::StartsWithNumber => Self::UsernameStartsWithNumber,
            InvalidUsername::InvalidCharacter => Self::UsernameInvalidCharset,
            InvalidUsername::TooLong => Self::UsernameTooLong,
        }
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Rejection {}

/// The HTTP-ready form: `{code, message, data?}`.
impl serde::Serialize for Rejection {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let data = self.data();
        let mut form = serializer.serialize_struct("Rejection", if data.is_some() { 3 } else { 2 })?;
        form.serialize_field("code", self.code())?;
        form.serialize_field("message", self.message())?;
        match &data {
            Some(data) => form.serialize_field("data", data)?,
            None => form.skip_field("data")?,
        }
        form.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_grouped_and_messages_are_sentences_in_lower_case() {
        let groups = [
            "guard",
            "auth",
            "session",
            "verification_code",
            "one_time_token",
            "password",
            "user",
            "custom_profile_fields",
            "request",
            "entity",
            "connector",
        ];
        for code in Code::ALL {
            let (group, name) = code.as_str().split_once('.').unwrap();
            assert!(groups.contains(&group) && !name.is_empty(), "{code:?}");
            assert!(code.message().starts_with(|c: char| c.is_lowercase()), "{code:?}");
            // 501: the operator's doing, not the person's.
            assert!((400..500).contains(&code.status()) || code.status() == 501, "{code:?}");
            assert!(!code.operations().is_empty(), "{code:?}");
        }
    }

    #[test]
    fn a_code_and_a_status_together_name_one_row() {
        let mut rows: Vec<_> = Code::ALL.iter().map(|code| (code.as_str(), code.status())).collect();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), Code::ALL.len());
    }

    #[test]
    fn the_http_form_is_code_message_and_data() {
        let rejection = Rejection::MissingProfile(MissingProfile {
            missing_profile: vec![MissingProfileItem::EmailOrPhone, MissingProfileItem::ExtraProfile],
        });
        assert_eq!(
            serde_json::to_value(&rejection).unwrap(),
            serde_json::json!({
                "code": "user.missing_profile",
                "message": rejection.message(),
                "data": {"missingProfile": ["emailOrPhone", "extraProfile"]},
            })
        );
        assert_eq!(
            serde_json::to_string(&Rejection::Suspended).unwrap(),
            r#"{"code":"user.suspended","message":"this account is suspended"}"#
        );
    }
}
