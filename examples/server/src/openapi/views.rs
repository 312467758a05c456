//! What the library answers by itself: the schemas of its views, and of the settings.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};
use vestibule::experience::SignInExperience;

use super::bodies::{Identifier, IdentifierType, InteractionEvent, MfaFactor};

/// What a client may see of an interaction.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InteractionView {
    /// What the person came for.
    pub interaction_event: InteractionEvent,
    /// Who is identified.
    pub user_id: Option<String>,
    /// What is staged: `username`, `primaryEmail`, `primaryPhone`, `name`, `avatar`, `socialIdentity`,
    /// `enterpriseSsoIdentity`, `jitOrganizationIds`, `profile`, `customData`, each where there is one.
    #[schema(value_type = Object)]
    pub profile: Map<String, Value>,
    /// The factors that are staged, and what the person decided about them, where there is anything.
    pub mfa: Option<MfaView>,
    /// What is to be taken away from one's own account, where anything is.
    pub removals: Option<RemovalsView>,
    /// The verification records.
    pub verification_records: Vec<RecordView>,
    /// The captcha.
    pub captcha: CaptchaView,
}

/// What is to be taken away from one's own account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "each is there or not")]
pub struct RemovalsView {
    /// Whether the username goes.
    pub username: bool,
    /// Whether the email goes.
    pub primary_email: bool,
    /// Whether the phone goes.
    pub primary_phone: bool,
    /// Whether the password goes.
    pub password: bool,
    /// The social identities that go, by target.
    pub identities: Vec<String>,
    /// The enterprise identities that go, by issuer.
    pub sso_identities: Vec<String>,
    /// The factors that go.
    pub factors: Vec<String>,
}

/// One's own account, without its secrets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Whose it is.
    pub user_id: String,
    /// The username.
    pub username: Option<String>,
    /// The email.
    pub primary_email: Option<String>,
    /// Whether the email was ever proved.
    pub email_verified: bool,
    /// The phone, digits only.
    pub primary_phone: Option<String>,
    /// Whether the phone was ever proved.
    pub phone_verified: bool,
    /// Whether there is a password.
    pub has_password: bool,
    /// The social identities, each `{target, userId}`.
    #[schema(value_type = Vec<Object>)]
    pub identities: Vec<Value>,
    /// The enterprise identities, each `{issuer, userId}`.
    #[schema(value_type = Vec<Object>)]
    pub sso_identities: Vec<Value>,
    /// The factors.
    pub factors: Vec<FactorView>,
}

/// A factor, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FactorView {
    /// What names it.
    pub id: String,
    /// Its kind.
    pub r#type: MfaFactor,
    /// What its owner calls it.
    pub name: Option<String>,
    /// When it was bound, where that is known.
    pub created_at: Option<String>,
    /// When it was last used.
    pub last_used_at: Option<String>,
    /// Of backup codes: how many are left.
    pub left: Option<u32>,
}

/// Staged factors without their secrets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "independent decisions of the person")]
pub struct MfaView {
    /// Whether MFA is turned on.
    pub mfa_enabled: bool,
    /// Whether enrolling is skipped.
    pub mfa_skipped: bool,
    /// Whether the suggestion of a second factor is skipped.
    pub suggestion_skipped: bool,
    /// Whether the prompt for a passkey is skipped.
    pub passkey_skipped: bool,
    /// The factors that submitting will bind.
    pub factors: Vec<MfaFactor>,
}

/// A verification record without its secrets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordView {
    /// The id.
    pub id: String,
    /// The type.
    pub r#type: String,
    /// Whether it is verified.
    pub verified: Option<bool>,
    /// The identifier it is about.
    pub identifier: Option<Identifier>,
    /// The connector it goes through.
    pub connector_id: Option<String>,
    /// What a social provider told.
    pub social_user_info: Option<UserInfoView>,
    /// What an enterprise provider told.
    pub enterprise_sso_user_info: Option<UserInfoView>,
}

/// What a provider told about a person, raw data and tokens aside.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserInfoView {
    /// The id there.
    pub id: String,
    /// The email.
    pub email: Option<String>,
    /// Whether the provider has verified the email.
    pub email_verified: Option<bool>,
    /// The phone.
    pub phone: Option<String>,
    /// Whether the provider has verified the phone.
    pub phone_verified: Option<bool>,
    /// The name.
    pub name: Option<String>,
    /// The picture.
    pub avatar: Option<String>,
}

/// The captcha of an interaction.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaptchaView {
    /// Whether it was passed.
    pub verified: bool,
    /// Whether a verified record stands in for it.
    pub skipped: bool,
}

/// What is left to do before the interaction can be submitted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Remaining {
    /// What the person came for.
    pub event: InteractionEvent,
    /// Whether somebody is identified.
    pub identified: bool,
    /// Whether submitting would succeed now.
    pub can_submit: bool,
    /// What submitting would refuse, in the order of the rules.
    pub steps: Vec<RemainingStep>,
}

/// One thing left to do, by the rejection that it would be.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemainingStep {
    /// The rejection's code.
    pub code: String,
    /// Its data; of `session.identifier_not_found`, the ways to identify.
    pub data: Option<RemainingData>,
    /// Whether the person may skip it.
    pub skippable: bool,
}

/// What a step that is left carries.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum RemainingData {
    /// The ways to identify.
    By {
        /// Those that are on.
        by: Vec<IdentifyBy>,
    },
    /// A rejection's data.
    OfRejection(Value),
}

/// A way to say who you are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum IdentifyBy {
    /// With an identifier and its password.
    Password {
        /// Which identifier.
        identifier: IdentifierType,
    },
    /// With a code sent to an identifier.
    VerificationCode {
        /// Which identifier.
        identifier: IdentifierType,
    },
    /// With a passkey.
    Passkey,
    /// With an identity at an enterprise provider.
    EnterpriseSso {
        /// Through which connector.
        #[serde(rename = "connectorId")]
        connector_id: String,
    },
    /// With an identity at a social provider.
    Social {
        /// Through which connector.
        #[serde(rename = "connectorId")]
        connector_id: String,
    },
    /// By making the account from what is staged.
    StagedProfile,
}

/// All settings, or those to replace. Their schema is that of the library's defaults, as they serialise.
#[derive(Debug)]
pub struct OperatorSettings;

impl PartialSchema for OperatorSettings {
    fn schema() -> RefOr<Schema> {
        let defaults = serde_json::to_value(SignInExperience::default()).unwrap_or_default();
        let mut schema = schema_of(&defaults);
        if let Schema::Object(schema) = &mut schema {
            schema.example = Some(json!({"passwordPolicy": {"length": {"min": 10}}}));
        }
        schema.into()
    }
}

impl ToSchema for OperatorSettings {}

fn anything() -> Schema {
    Schema::Object(ObjectBuilder::new().schema_type(SchemaType::AnyValue).build())
}

/// The schema that a value is an example of. A `null` may be anything.
fn schema_of(value: &Value) -> Schema {
    let plain = |of| Schema::Object(ObjectBuilder::new().schema_type(of).build());
    match value {
        Value::Null => anything(),
        Value::Bool(_) => plain(Type::Boolean),
        Value::Number(_) => plain(Type::Number),
        Value::String(_) => plain(Type::String),
        Value::Array(items) => {
            let items = items.first().map_or_else(anything, schema_of);
            Schema::Array(ArrayBuilder::new().items(RefOr::T(items)).build())
        }
        Value::Object(members) => Schema::Object(
            members
                .iter()
                .fold(ObjectBuilder::new().schema_type(Type::Object), |object, (name, value)| {
                    object.property(name, schema_of(value))
                })
                .build(),
        ),
    }
}
