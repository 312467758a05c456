//! The schemas of `/me`, whose members are in `snake_case`.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// `PATCH /me`: what is left out stays; `null` or an empty text clears.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"first_name": "Jane", "last_name": "Smith"}))]
pub struct MePatch {
    /// At most 128 characters.
    pub first_name: Option<String>,
    /// At most 128 characters.
    pub last_name: Option<String>,
    /// A username that pleases the policy. To clear it needs fresh proofs in an account's interaction.
    pub username: Option<String>,
    /// Whether the picture goes.
    pub remove_profile_picture: Option<bool>,
    /// How much to be asked for a second factor. To lower it needs fresh proofs in an account's interaction.
    pub second_factor_policy: Option<SecondFactorPolicy>,
}

/// How much a person wants to be asked for a second factor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactorPolicy {
    /// Not at all, where the operator lets one.
    None,
    /// For a factor that is bound.
    Optional,
    /// Always.
    Enforced,
}

/// What `/me` answers, whether it is a success or not.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeEnvelope {
    /// The HTTP status.
    pub status: u16,
    /// Empty on success.
    pub message: String,
    /// The account, on success.
    pub data: Option<Me>,
    /// The person's sessions, where somebody is signed in.
    pub session: Option<MeSession>,
    /// Every problem; none on success.
    pub errors: Vec<MeError>,
}

/// A person's own account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The id.
    pub id: String,
    /// The claim `givenName`.
    pub first_name: Option<String>,
    /// The claim `familyName`.
    pub last_name: Option<String>,
    /// The username.
    pub username: Option<String>,
    /// The email.
    pub email: Option<String>,
    /// The phone, with `+`.
    pub phone_number: Option<String>,
    /// The picture's URL.
    pub image_url: Option<String>,
    /// Whether signing in asks for a second factor.
    pub two_factor_enabled: bool,
    /// Whether there is an email.
    pub email_verified: bool,
    /// Whether there is a phone.
    pub phone_verified: bool,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A person's sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeSession {
    /// Open sign-in interactions.
    pub signin_attempts: Vec<MeSessionEntry>,
    /// Completed sign-ins.
    pub signins: Vec<MeSessionEntry>,
    /// Open registrations.
    pub signup_attempts: Vec<MeSessionEntry>,
    /// The sign-in that the request belongs to.
    pub active_signin: Option<MeSessionEntry>,
}

/// A sign-in, or an attempt at one or at a registration.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeSessionEntry {
    /// The id to show: no key to anything.
    pub id: String,
    /// Whose it is.
    pub user_id: Option<String>,
    /// When it started.
    pub created_at: DateTime<Utc>,
}

/// One problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeError {
    /// The stable code.
    pub code: MeErrorCode,
    /// One English sentence.
    pub message: String,
}

/// What can be wrong with a request to `/me`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
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
}
