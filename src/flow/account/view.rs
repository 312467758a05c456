//! Looking at one's own account (C-7).

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::experience::MfaFactor;
use crate::identifier::{Email, Phone, UserId, Username};
use crate::interaction::{Interaction, SocialIdentityView, SsoIdentityView};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::{FactorId, User};

/// Shows one's own account as it is, without its secrets. What is staged, [`ViewInteraction`](super::super::ViewInteraction)
/// shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ViewAccount;

/// An account, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccountView {
    /// Whose it is.
    pub user_id: UserId,
    /// The username.
    pub username: Option<Username>,
    /// The email.
    pub primary_email: Option<Email>,
    /// Whether the email was ever proved.
    pub email_verified: bool,
    /// The phone.
    pub primary_phone: Option<Phone>,
    /// Whether the phone was ever proved.
    pub phone_verified: bool,
    /// Whether there is a password.
    pub has_password: bool,
    /// The social identities.
    pub identities: Vec<SocialIdentityView>,
    /// The enterprise identities.
    pub sso_identities: Vec<SsoIdentityView>,
    /// The factors.
    pub factors: Vec<FactorView>,
}

/// A factor, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FactorView {
    /// What names it.
    pub id: FactorId,
    /// Its kind.
    #[serde(rename = "type")]
    pub factor: MfaFactor,
    /// What its owner calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was bound, where that is known.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<DateTime<Utc>>,
    /// Of backup codes: how many are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<usize>,
}

impl FactorView {
    /// The factors of a user, keys first, backup codes last.
    pub fn of(user: &User) -> Vec<Self> {
        let view =
            |id, factor| Self { id, factor, name: None, created_at: None, last_used_at: None, left: None };
        let keys = user.mfa.web_authn.iter().map(|own| Self {
            name: own.name.clone(),
            created_at: own.created_at,
            last_used_at: own.last_used_at,
            ..view(FactorId::WebAuthn(own.id.clone()), MfaFactor::WebAuthn)
        });
        let app = user.mfa.totp.iter().map(|own| Self {
            created_at: own.created_at,
            last_used_at: own.last_used_at,
            ..view(FactorId::Totp, MfaFactor::Totp)
        });
        let codes = &user.mfa.backup_codes;
        let backup = (!codes.is_empty()).then(|| Self {
            created_at: user.mfa.backup_codes_made_at,
            last_used_at: codes.iter().filter_map(|code| code.used_at).max(),
            left: Some(codes.iter().filter(|code| code.used_at.is_none()).count()),
            ..view(FactorId::BackupCodes, MfaFactor::BackupCode)
        });
        keys.chain(app).chain(backup).collect()
    }
}

impl From<&User> for AccountView {
    fn from(user: &User) -> Self {
        let social = user.identities.iter();
        let social = social
            .map(|(target, own)| SocialIdentityView { target: target.clone(), user_id: own.user_id.clone() });
        let sso = user.sso_identities.iter();
        let sso = sso.map(|own| SsoIdentityView { issuer: own.issuer.clone(), user_id: own.user_id.clone() });
        Self {
            user_id: user.id.clone(),
            username: user.username.clone(),
            primary_email: user.primary_email.clone(),
            email_verified: user.email_verified_at.is_some(),
            primary_phone: user.primary_phone.clone(),
            phone_verified: user.phone_verified_at.is_some(),
            has_password: user.password.is_some(),
            identities: social.collect(),
            sso_identities: sso.collect(),
            factors: FactorView::of(user),
        }
    }
}

impl Operation for ViewAccount {
    type Subject = Interaction;
    type Output = AccountView;

    const NAME: OperationName = OperationName::ViewAccount;

    fn decide(&self, step: &mut Step<'_>) -> Result<AccountView, Rejection> {
        if step.interaction().managing().is_none() {
            return Err(Rejection::InvalidInteractionType);
        }
        step.identified_user().map(AccountView::from)
    }
}
