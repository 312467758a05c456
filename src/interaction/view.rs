//! What a client may see of an interaction (I-7). Its own types: a secret has no place in them.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Interaction, InteractionEvent, StagedProfile};
use crate::identifier::{Email, Identifier, Phone, UserId, Username, VerificationId};
use crate::user::Claims;
use crate::verification::{Verification, VerificationRecord, VerificationType};

/// The sanitised view of an interaction.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InteractionView {
    /// What the person came for.
    pub interaction_event: InteractionEvent,
    /// Who is identified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// What is staged.
    pub profile: ProfileView,
    /// The records.
    pub verification_records: Vec<RecordView>,
    /// The captcha.
    pub captcha: CaptchaView,
}

/// The captcha of an interaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaptchaView {
    /// Whether it was passed.
    pub passed: bool,
    /// Whether a verified record stands in for it (I-5).
    pub skipped: bool,
}

/// A staged profile, without the password's digest and without what the provider told beyond the profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProfileView {
    /// The username.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<Username>,
    /// The email.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_email: Option<Email>,
    /// The phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_phone: Option<Phone>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// The social identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social_identity: Option<SocialIdentityView>,
    /// The claims.
    #[serde(skip_serializing_if = "Claims::is_empty")]
    pub profile: Claims,
    /// The custom data.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub custom_data: Map<String, Value>,
}

/// A staged social identity, without the provider's raw data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SocialIdentityView {
    /// The provider.
    pub target: String,
    /// The id there.
    pub user_id: String,
}

/// A verification record, without codes, digests and connector sessions.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RecordView {
    /// The id.
    pub id: VerificationId,
    /// The type.
    #[serde(rename = "type")]
    pub verification_type: VerificationType,
    /// Whether it is verified; left out for a social record, which is so when its identity is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// The identifier it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Identifier>,
    /// The connector it goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector_id: Option<String>,
}

impl InteractionView {
    /// The view of an interaction and its records. `captcha_skipped`: whether a record stands in for the captcha.
    pub(crate) fn new<'a>(
        interaction: &Interaction,
        records: impl Iterator<Item = &'a VerificationRecord>,
        captcha_skipped: bool,
    ) -> Self {
        Self {
            interaction_event: interaction.event(),
            user_id: interaction.user_id().cloned(),
            profile: interaction.profile().map(ProfileView::from).unwrap_or_default(),
            verification_records: records.map(RecordView::from).collect(),
            captcha: CaptchaView { passed: interaction.captcha_passed(), skipped: captcha_skipped },
        }
    }
}

impl From<&StagedProfile> for ProfileView {
    fn from(staged: &StagedProfile) -> Self {
        Self {
            username: staged.username.clone(),
            primary_email: staged.primary_email.clone(),
            primary_phone: staged.primary_phone.clone(),
            name: staged.name.clone(),
            avatar: staged.avatar.clone(),
            social_identity: staged.social_identity.as_ref().map(|social| SocialIdentityView {
                target: social.target.clone(),
                user_id: social.user_info.id.clone(),
            }),
            profile: staged.profile.clone(),
            custom_data: staged.custom_data.clone(),
        }
    }
}

impl From<&VerificationRecord> for RecordView {
    fn from(record: &VerificationRecord) -> Self {
        let connector_id = match &record.verification {
            Verification::Social(social) => Some(social.connector_id.clone()),
            _ => None,
        };
        Self {
            id: record.id,
            verification_type: record.verification.verification_type(),
            verified: connector_id.is_none().then(|| record.verification.is_verified()),
            identifier: record.verification.identifier(),
            connector_id,
        }
    }
}
