//! The answer of `/me`: `{status, message, data, session, errors}` (rules.md, 11.1).

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Session;
use crate::identifier::{Phone, UserId};
use crate::user::User;

/// The answer of `/me`, in the document's shape.
///
/// | `status` | `message` | `data` | `session` | `errors` |
/// |---|---|---|---|---|
/// | 200 | empty | the account, after the change | what the host knows | empty |
/// | 400 | what stood in the way | `null`: nothing was written | what the host knows | every problem |
/// | 401 | `Not authenticated` | `null` | `null` | one |
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Envelope {
    /// The HTTP status to answer with.
    pub status: u16,
    /// Empty on success, else what the first of `errors` comes to.
    pub message: String,
    /// The account, on success.
    pub data: Option<Me>,
    /// The person's sessions, where somebody is signed in.
    pub session: Option<Session>,
    /// Every problem; of the username first, then of the request's fields by name. Empty on success.
    pub errors: Vec<MeError>,
}

/// A person's own account, as `/me` shows it. Absent values are `null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Me {
    /// The id.
    pub id: UserId,
    /// The claim `givenName`.
    pub first_name: Option<String>,
    /// The claim `familyName`.
    pub last_name: Option<String>,
    /// The username, as it was typed.
    pub username: Option<String>,
    /// The email, as it was typed.
    pub email: Option<String>,
    /// The phone, in E.164 form with `+`.
    pub phone_number: Option<String>,
    /// The picture's URL.
    pub image_url: Option<String>,
    /// Whether signing in asks for a second factor.
    pub two_factor_enabled: bool,
    /// Whether the email was ever proved to be the user's: one that an operator typed was not.
    pub email_verified: bool,
    /// Whether the phone was, likewise.
    pub phone_verified: bool,
    /// When the account was made: RFC 3339, in UTC.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// One problem with a request to `/me`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeError {
    /// The stable code.
    pub code: MeErrorCode,
    /// One English sentence.
    pub message: String,
}

/// What can be wrong with a request to `/me`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum MeErrorCode {
    /// Nobody is signed in.
    NotAuthenticated,
    /// A field is unknown, of the wrong type, or not what it must be.
    ValidationError,
    /// A mandatory username cannot be cleared.
    UsernameRequired,
    /// The username policy refuses it.
    UsernameInvalid,
    /// The username is somebody else's.
    UsernameTaken,
    /// The username is the only way to sign in (A-2, C-8).
    LastSignInMethod,
    /// The operator, or an organisation, asks everybody for a second factor.
    MfaRequired,
    /// The person must prove once more that the account is theirs (A-2, C-2).
    StepUpRequired,
}

impl MeErrorCode {
    /// All codes.
    pub const ALL: &'static [Self] = &[
        Self::NotAuthenticated,
        Self::ValidationError,
        Self::UsernameRequired,
        Self::UsernameInvalid,
        Self::UsernameTaken,
        Self::LastSignInMethod,
        Self::MfaRequired,
        Self::StepUpRequired,
    ];

    /// The code, as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAuthenticated => "NOT_AUTHENTICATED",
            Self::ValidationError => "VALIDATION_ERROR",
            Self::UsernameRequired => "USERNAME_REQUIRED",
            Self::UsernameInvalid => "USERNAME_INVALID",
            Self::UsernameTaken => "USERNAME_TAKEN",
            Self::LastSignInMethod => "LAST_SIGN_IN_METHOD",
            Self::MfaRequired => "MFA_REQUIRED",
            Self::StepUpRequired => "STEP_UP_REQUIRED",
        }
    }

    /// The HTTP status of an answer with this code.
    pub fn status(self) -> u16 {
        match self {
            Self::NotAuthenticated => 401,
            Self::StepUpRequired => 403,
            Self::ValidationError
            | Self::UsernameRequired
            | Self::UsernameInvalid
            | Self::UsernameTaken
            | Self::LastSignInMethod
            | Self::MfaRequired => 400,
        }
    }

    /// The `message` of an envelope whose first error has this code. dictate two of them, and the style.
    pub fn title(self) -> &'static str {
        match self {
            Self::NotAuthenticated => "Not authenticated",
            Self::ValidationError => "Validation failed",
            Self::UsernameRequired => "Username required",
            Self::UsernameInvalid => "Username not valid",
            Self::UsernameTaken => "Username not available",
            Self::LastSignInMethod => "Last way to sign in",
            Self::MfaRequired => "Second factor required",
            Self::StepUpRequired => "Verification required",
        }
    }
}

impl fmt::Display for MeErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl MeError {
    pub(super) fn new(code: MeErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl Envelope {
    /// 200.
    pub(super) fn success(user: &User, session: Session) -> Self {
        Self {
            status: 200,
            message: String::new(),
            data: Some(Me::of(user)),
            session: Some(session),
            errors: Vec::new(),
        }
    }

    /// 400 with every problem.
    pub(super) fn refused(errors: Vec<MeError>, session: Session) -> Self {
        let first = errors.first().map_or(MeErrorCode::ValidationError, |error| error.code);
        Self {
            status: first.status(),
            message: first.title().into(),
            data: None,
            session: Some(session),
            errors,
        }
    }

    /// 401. `wish` is what the person must be signed in to do.
    pub(super) fn not_authenticated(wish: &str) -> Self {
        let code = MeErrorCode::NotAuthenticated;
        Self {
            status: code.status(),
            message: code.title().into(),
            data: None,
            session: None,
            errors: vec![MeError::new(code, format!("User must be signed in to {wish}"))],
        }
    }

    /// Whether it tells of a success.
    pub fn is_success(&self) -> bool {
        self.errors.is_empty()
    }
}

impl Me {
    ///
    pub fn of(user: &User) -> Self {
        Self {
            id: user.id.clone(),
            first_name: user.profile.given_name.clone(),
            last_name: user.profile.family_name.clone(),
            username: user.username.as_ref().map(ToString::to_string),
            email: user.primary_email.as_ref().map(ToString::to_string),
            phone_number: user.primary_phone.as_ref().map(Phone::e164),
            // An avatar can be set to nothing (P-10).
            image_url: user.avatar.clone().filter(|avatar| !avatar.is_empty()),
            two_factor_enabled: two_factor_enabled(user),
            email_verified: user.email_verified_at.is_some(),
            phone_verified: user.phone_verified_at.is_some(),
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// Turned on; or never decided, with an authenticator app or a credential bound (M-1, M-2).
fn two_factor_enabled(user: &User) -> bool {
    let bound = user.mfa.totp.is_some() || !user.mfa.web_authn.is_empty();
    user.mfa.enabled.unwrap_or(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_serialise_as_they_are_written() {
        for &code in MeErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert_eq!(code.to_string(), code.as_str());
            assert!(code.title().starts_with(char::is_uppercase), "in the document's style");
        }
    }

    #[test]
    fn a1_an_answer_to_nobody_shows_nothing() {
        assert_eq!(
            serde_json::to_value(Envelope::not_authenticated("update profile")).unwrap(),
            serde_json::json!({
                "status": 401,
                "message": "Not authenticated",
                "data": null,
                "session": null,
                "errors": [{"code": "NOT_AUTHENTICATED", "message": "User must be signed in to update profile"}],
            })
        );
    }

    #[test]
    fn a5_what_a_user_lacks_is_null() {
        let mut user = User::new(UserId::parse("u").unwrap(), DateTime::UNIX_EPOCH);
        user.avatar = Some(String::new());
        assert_eq!(
            serde_json::to_value(Me::of(&user)).unwrap(),
            serde_json::json!({
                "id": "u", "first_name": null, "last_name": null, "username": null, "email": null,
                "phone_number": null, "image_url": null, "two_factor_enabled": false, "email_verified": false,
                "phone_verified": false, "created_at": "1970-01-01T00:00:00Z", "updated_at": "1970-01-01T00:00:00Z",
            })
        );
    }
}
