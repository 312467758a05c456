//! The bodies that the library reads by itself. The library knows no OpenAPI, so their schemas are written down here;
//! a test sends every example to its route, which must understand it.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What a person came for.
#[derive(Debug, Serialize, ToSchema)]
pub enum InteractionEvent {
    /// To sign in.
    SignIn,
    /// To make an account.
    Register,
    /// To set a new password without the old one.
    ForgotPassword,
    /// To change the account that one is signed in to.
    Account,
}

/// The kind of an identifier.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum IdentifierType {
    /// A username.
    Username,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
}

/// Who somebody says they are.
#[derive(Debug, Serialize, ToSchema)]
pub struct Identifier {
    /// Which kind.
    pub r#type: IdentifierType,
    /// The text; a phone is digits only, country code first.
    pub value: String,
}

/// `POST /api/experience/verification/password`
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"identifier": {"type": "username", "value": "jane"}, "password": "Zk7vQw9pLm"}))]
pub struct VerifyPassword {
    /// Whose password it is.
    pub identifier: Identifier,
    /// At least one character.
    #[schema(min_length = 1, format = Password)]
    pub password: String,
}

/// `POST /api/experience/verification/verification-code`
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "identifier": {"type": "email", "value": "jane@example.com"}, "interactionEvent": "SignIn"
}))]
pub struct SendCode {
    /// An email or a phone.
    pub identifier: Identifier,
    /// What the code is for.
    pub interaction_event: InteractionEvent,
}

/// `POST /api/experience/verification/verification-code/verify`
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "identifier": {"type": "email", "value": "jane@example.com"},
    "verificationId": "0192f0c4-0000-7000-8000-000000000000",
    "code": "123456"
}))]
pub struct VerifyCode {
    /// Where the code went.
    pub identifier: Identifier,
    /// What sending it answered.
    pub verification_id: String,
    /// Six digits.
    pub code: String,
}

/// `POST /api/experience/verification/new-password-identity`
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"identifier": {"type": "username", "value": "jane"}, "password": "Zk7vQw9pLm"}))]
pub struct NewPasswordIdentity {
    /// A username.
    pub identifier: Identifier,
    /// The password of the account to be.
    #[schema(format = Password)]
    pub password: String,
}

/// Which of the user's contacts a code goes to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum MfaContact {
    /// The email.
    Email,
    /// The phone.
    Phone,
}

/// `POST /api/experience/verification/mfa-verification-code`
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"identifierType": "email"}))]
pub struct SendMfaCode {
    /// Which contact: the address is the user's.
    pub identifier_type: MfaContact,
}

/// `POST /api/experience/verification/mfa-verification-code/verify`
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "verificationId": "0192f0c4-0000-7000-8000-000000000000", "code": "123456", "identifierType": "email"
}))]
pub struct VerifyMfaCode {
    /// What sending it answered.
    pub verification_id: String,
    /// Six digits.
    pub code: String,
    /// Which contact it went to.
    pub identifier_type: MfaContact,
}

/// `POST /api/experience/verification/totp/verify`
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"code": "123456"}))]
pub struct VerifyTotp {
    /// Six digits.
    pub code: String,
    /// The record of a new secret; without it the code is of the user's own.
    pub verification_id: Option<String>,
}

/// `POST /api/experience/verification/backup-code/verify`
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"code": "0123456789"}))]
pub struct VerifyBackupCode {
    /// Ten hexadecimal digits.
    pub code: String,
}

/// `POST /api/experience/verification/one-time-token/verify`
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "identifier": {"type": "email", "value": "jane@example.com"}, "token": "what-the-operator-sent"
}))]
pub struct VerifyOneTimeToken {
    /// The email that it was made for.
    pub identifier: Identifier,
    /// The token.
    pub token: String,
}

/// A factor of multi-factor authentication.
#[derive(Debug, Serialize, ToSchema)]
pub enum MfaFactor {
    /// A WebAuthn credential.
    WebAuthn,
    /// An authenticator app.
    Totp,
    /// A code sent to the user's phone.
    PhoneVerificationCode,
    /// A code sent to the user's email.
    EmailVerificationCode,
    /// Single-use codes kept for the day the others are lost.
    BackupCode,
}

/// `POST /api/experience/profile/mfa`
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"type": "Totp", "verificationId": "0192f0c4-0000-7000-8000-000000000000"}))]
pub struct BindMfa {
    /// The factor.
    pub r#type: MfaFactor,
    /// The record that proves it.
    pub verification_id: String,
}

/// `POST /api/experience/identification`
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"verificationId": "0192f0c4-0000-7000-8000-000000000000"}))]
pub struct Identify {
    /// The verified record; a registration can do without, from what is staged.
    pub verification_id: Option<String>,
    /// Whether to become the user who owns the provider's phone or email, and link the identity.
    pub link_social_identity: Option<bool>,
}

/// `POST /api/experience/profile`
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
#[schema(example = json!({"type": "username", "value": "jane"}))]
pub enum UpdateProfile {
    /// A username.
    Username {
        /// Letters, digits and underscores, no digit first.
        #[schema(pattern = "^[A-Za-z_][A-Za-z0-9_]*$")]
        value: String,
    },
    /// A password.
    Password {
        /// The text.
        #[schema(format = Password)]
        value: String,
    },
    /// A verified email.
    Email {
        /// The record that proves it.
        #[serde(rename = "verificationId")]
        verification_id: String,
    },
    /// A verified phone.
    Phone {
        /// The record that proves it.
        #[serde(rename = "verificationId")]
        verification_id: String,
    },
    /// A verified social identity.
    Social {
        /// The record that proves it.
        #[serde(rename = "verificationId")]
        verification_id: String,
        /// Whether it may take the place of another one at this provider: in one's own account.
        replace: Option<bool>,
    },
    /// A verified enterprise identity: in one's own account.
    Sso {
        /// The record that proves it.
        #[serde(rename = "verificationId")]
        verification_id: String,
        /// Whether it may take the place of another one of this provider.
        replace: Option<bool>,
    },
    /// Names, claims and custom data.
    ExtraProfile {
        /// By key: letters and digits.
        #[schema(value_type = Object)]
        values: Map<String, Value>,
    },
}

/// `PUT /api/experience/profile/password`
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"password": "Zk7vQw9pLm"}))]
pub struct ResetPassword {
    /// The new password.
    #[schema(format = Password)]
    pub password: String,
}

/// A custom profile field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"name": "company", "type": "Text", "required": true, "config": {"maxLength": 80}}))]
pub struct CustomProfileField {
    /// Letters and digits.
    pub name: String,
    /// What kind of value it takes.
    pub r#type: CustomFieldType,
    /// What a form calls it.
    pub label: Option<String>,
    /// What a form says about it.
    pub description: Option<String>,
    /// Whether a registration cannot do without it.
    #[schema(default = false)]
    pub required: Option<bool>,
    /// What its type can be told: lengths, bounds, a format, options, parts.
    #[schema(value_type = Object)]
    pub config: Option<Map<String, Value>>,
}

/// What kind of value a custom field takes.
#[derive(Debug, Serialize, ToSchema)]
pub enum CustomFieldType {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A date, as text in a format.
    Date,
    /// True or false.
    Checkbox,
    /// One of some options.
    Select,
    /// A web address.
    Url,
    /// A text that matches a pattern.
    Regex,
    /// The `address` claim.
    Address,
    /// The claims `givenName`, `middleName`, `familyName`.
    Fullname,
}

/// `POST` and `PATCH /api/users`: any of these; `null` removes. Claims and custom data are merged (RFC 7396).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"username": "jane", "primaryEmail": "jane@example.com", "password": "Zk7vQw9pLm"}))]
pub struct UserPatch {
    /// A username that pleases the policy.
    pub username: Option<String>,
    /// An email address that is not on the blocklist.
    pub primary_email: Option<String>,
    /// A phone number: digits only, country code first.
    pub primary_phone: Option<String>,
    /// A password; the policy is for people, not for operators.
    #[schema(min_length = 1, format = Password)]
    pub password: Option<String>,
    /// In place of a password: its digest, which another system made, in PHC or modular crypt form.
    #[schema(format = Password)]
    pub digest: Option<String>,
    /// With a digest: its scheme.
    #[schema(example = "bcrypt")]
    pub scheme: Option<String>,
    /// The name to show: 1 to 128 characters.
    pub name: Option<String>,
    /// A picture's URL.
    pub avatar: Option<String>,
    /// OpenID Connect claims.
    #[schema(value_type = Option<Object>)]
    pub profile: Option<Map<String, Value>>,
    /// What the operator's own code keeps: 64 KiB at most.
    #[schema(value_type = Option<Object>)]
    pub custom_data: Option<Map<String, Value>>,
}

/// `PATCH /api/users/{id}/password`: a password, or a digest and its scheme; whether it is marked expired; or both.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"password": "Zk7vQw9pLm", "isExpired": true}))]
pub struct PasswordPatch {
    /// A password; the policy is for people, not for operators.
    #[schema(min_length = 1, format = Password)]
    pub password: Option<String>,
    /// In place of a password: its digest, which another system made, in PHC or modular crypt form.
    #[schema(format = Password)]
    pub digest: Option<String>,
    /// With a digest: its scheme.
    pub scheme: Option<String>,
    /// Whether its owner must replace it.
    pub is_expired: Option<bool>,
}

/// `PATCH /api/users/{id}/mfa`: any of these.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"enabled": true, "skipMfaOnSignIn": false}))]
pub struct MfaPatch {
    /// Whether it is on; `null` for a user whom nobody has asked yet.
    pub enabled: Option<bool>,
    /// Whether the user skipped enrolling.
    pub skipped: Option<bool>,
    /// Whether the user is not asked for a factor when signing in.
    pub skip_mfa_on_sign_in: Option<bool>,
    /// Whether the user skipped the suggestion of a second factor.
    pub additional_suggestion_skipped: Option<bool>,
}
