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
    /// The verification records.
    pub verification_records: Vec<RecordView>,
    /// The captcha.
    pub captcha: CaptchaView,
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
}

/// The captcha of an interaction.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaptchaView {
    /// Whether it was passed.
    pub passed: bool,
    /// Whether a verified record stands in for it.
    pub skipped: bool,
}

/// One thing left to do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum RemainingStep {
    /// Start again with a captcha passed.
    PassCaptcha,
    /// Say who you are, in one of these ways.
    Identify {
        /// The ways that are on.
        by: Vec<IdentifyBy>,
    },
    /// Stage what an account must have.
    CompleteProfile {
        /// What is missing.
        missing: Vec<String>,
    },
    /// Fill the operator's form.
    FillExtraProfile {
        /// The fields that are not filled.
        fields: Vec<String>,
    },
    /// Make the account from what is staged.
    CreateAccount,
    /// Set the new password.
    ResetPassword,
    /// Verify one of these factors.
    VerifyMfa {
        /// The user's factors, in the order to show them.
        factors: Vec<MfaFactor>,
    },
    /// Bind a passkey, or skip it.
    BindPasskey,
    /// Bind one of these factors.
    BindMfa {
        /// The factors to choose from.
        factors: Vec<MfaFactor>,
        /// Whether the person may skip.
        skippable: bool,
    },
    /// Make backup codes, and bind them.
    BindBackupCodes,
    /// Nothing but to submit.
    Submit,
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
