//! What a client may see of an interaction (I-7). Its own types: a secret has no place in them.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Interaction, InteractionEvent, Removals, StagedMfa, StagedProfile};
use crate::experience::MfaFactor;
use crate::identifier::{Email, Identifier, Phone, UserId, Username, VerificationId};
use crate::user::{Claims, FactorId, SocialUserInfo};
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
    /// The factors that are staged, and what the person decided about them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa: Option<MfaView>,
    /// What is to be taken away from one's own account (C-3 to C-7).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removals: Option<RemovalsView>,
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
    pub verified: bool,
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
    /// The enterprise identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise_sso_identity: Option<SsoIdentityView>,
    /// The organisations to join.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jit_organization_ids: Vec<String>,
    /// The claims.
    #[serde(skip_serializing_if = "Claims::is_empty")]
    pub profile: Claims,
    /// The custom data.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub custom_data: Map<String, Value>,
}

/// Staged factors, without their secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "independent decisions of the person")]
#[non_exhaustive]
pub struct MfaView {
    /// MFA is turned on.
    pub mfa_enabled: bool,
    /// Enrolling is skipped.
    pub mfa_skipped: bool,
    /// The suggestion of a second factor is skipped.
    pub suggestion_skipped: bool,
    /// The prompt for a passkey is skipped.
    pub passkey_skipped: bool,
    /// The factors that submitting will bind.
    pub factors: Vec<MfaFactor>,
}

/// What is to be taken away from one's own account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "each is there or not")]
#[non_exhaustive]
pub struct RemovalsView {
    /// The username.
    pub username: bool,
    /// The email.
    pub primary_email: bool,
    /// The phone.
    pub primary_phone: bool,
    /// The password.
    pub password: bool,
    /// Social identities, by target.
    pub identities: Vec<String>,
    /// Enterprise identities, by issuer.
    pub sso_identities: Vec<String>,
    /// Factors.
    pub factors: Vec<FactorId>,
}

/// A staged enterprise identity, without what the provider told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SsoIdentityView {
    /// The provider.
    pub issuer: String,
    /// The id there.
    pub user_id: String,
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
    /// Whether it is verified; left out for social, enterprise, new-password and backup-code records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// The identifier it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Identifier>,
    /// The connector it goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector_id: Option<String>,
    /// What a social provider told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social_user_info: Option<UserInfoView>,
    /// What an enterprise provider told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enterprise_sso_user_info: Option<UserInfoView>,
}

/// What a provider told about a person, raw data and tokens aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserInfoView {
    /// The id there.
    pub id: String,
    /// The email.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the provider has verified the email.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// The phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Whether the provider has verified the phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_verified: Option<bool>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
}

impl From<&SocialUserInfo> for UserInfoView {
    fn from(info: &SocialUserInfo) -> Self {
        Self {
            id: info.id.clone(),
            email: info.email.as_ref().map(|email| email.value.clone()),
            email_verified: info.email.as_ref().map(|email| email.verified),
            phone: info.phone.as_ref().map(|phone| phone.value.clone()),
            phone_verified: info.phone.as_ref().map(|phone| phone.verified),
            name: info.name.clone(),
            avatar: info.avatar.clone(),
        }
    }
}

impl InteractionView {
    /// The view of an interaction. `captcha_skipped`: whether a proof stands in for a captcha that is asked for.
    pub(crate) fn new(interaction: &Interaction, captcha_skipped: bool) -> Self {
        let staged = interaction.staged();
        let decided = staged.map(|staged| staged.mfa).filter(|mfa| **mfa != StagedMfa::default());
        Self {
            interaction_event: interaction.event(),
            user_id: interaction.user_id().cloned(),
            profile: staged.map(|staged| ProfileView::from(staged.profile)).unwrap_or_default(),
            mfa: decided.map(MfaView::from),
            removals: interaction
                .managing()
                .map(|managing| &*managing.removals)
                .filter(|removals| **removals != Removals::default())
                .map(RemovalsView::from),
            verification_records: interaction.registry().records().iter().map(RecordView::from).collect(),
            captcha: CaptchaView { verified: interaction.captcha_passed(), skipped: captcha_skipped },
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
            enterprise_sso_identity: staged
                .sso_identity
                .as_ref()
                .map(|sso| SsoIdentityView { issuer: sso.issuer.clone(), user_id: sso.user_id.clone() }),
            jit_organization_ids: staged.jit_organization_ids.clone(),
            profile: staged.profile.clone(),
            custom_data: staged.custom_data.clone(),
        }
    }
}

impl From<&Removals> for RemovalsView {
    fn from(removals: &Removals) -> Self {
        Self {
            username: removals.username,
            primary_email: removals.email,
            primary_phone: removals.phone,
            password: removals.password,
            identities: removals.identities.iter().cloned().collect(),
            sso_identities: removals.sso_identities.iter().cloned().collect(),
            factors: removals.factors.iter().cloned().collect(),
        }
    }
}

impl From<&StagedMfa> for MfaView {
    fn from(staged: &StagedMfa) -> Self {
        Self {
            mfa_enabled: staged.enabled,
            mfa_skipped: staged.skipped,
            suggestion_skipped: staged.suggestion_skipped,
            passkey_skipped: staged.passkey_skipped,
            factors: staged.factors().collect(),
        }
    }
}

impl From<&VerificationRecord> for RecordView {
    fn from(record: &VerificationRecord) -> Self {
        let connector_id = match &record.verification {
            Verification::Social(social) => Some(social.connector_id.clone()),
            Verification::EnterpriseSso(sso) => Some(sso.connector_id.clone()),
            _ => None,
        };
        // The contract's views say it of proofs that are tried; the others tell by what they hold.
        let says_verified = !matches!(
            record.verification,
            Verification::Social(_)
                | Verification::EnterpriseSso(_)
                | Verification::NewPasswordIdentity(_)
                | Verification::BackupCode(_)
        );
        Self {
            id: record.id,
            verification_type: record.verification.verification_type(),
            verified: says_verified.then(|| record.verification.is_verified()),
            identifier: record.verification.identifier(),
            connector_id,
            social_user_info: match &record.verification {
                Verification::Social(social) => social.user_info.as_ref().map(UserInfoView::from),
                _ => None,
            },
            enterprise_sso_user_info: match &record.verification {
                Verification::EnterpriseSso(sso) => {
                    sso.answer.as_ref().map(|answer| UserInfoView::from(&answer.user_info))
                }
                _ => None,
            },
        }
    }
}
