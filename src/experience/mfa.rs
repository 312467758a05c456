//! Which factors are on, and how strongly people are asked for them (rules.md, sections 2 and 7).

use serde::{Deserialize, Serialize};

use super::{Senders, SettingsError};
use crate::mfa_factor::MfaFactor;

/// The multi-factor settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MfaSettings {
    /// The factors that are on.
    pub factors: Vec<MfaFactor>,
    /// How strongly people are asked to enrol.
    pub policy: MfaPolicy,
    /// What it means that an organisation of the user asks for MFA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_required_mfa_policy: Option<OrganizationRequiredMfaPolicy>,
}

/// How strongly people are asked to enrol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MfaPolicy {
    /// Whoever signs in or up is asked, and may skip. `UserControlled` is its old name.
    #[default]
    #[serde(alias = "UserControlled")]
    PromptAtSignInAndSignUp,
    /// Whoever signs in is asked, and may skip.
    PromptOnlyAtSignIn,
    /// Nobody is asked.
    NoPrompt,
    /// Everybody must.
    Mandatory,
    /// Whoever signs in or up must.
    PromptAtSignInAndSignUpMandatory,
    /// Whoever signs in must.
    PromptOnlyAtSignInMandatory,
}

/// What it means that an organisation of the user asks for MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrganizationRequiredMfaPolicy {
    /// Nothing.
    NoPrompt,
    /// The user must.
    Mandatory,
}

impl MfaPolicy {
    /// All policies.
    pub const ALL: [Self; 6] = [
        Self::PromptAtSignInAndSignUp,
        Self::PromptOnlyAtSignIn,
        Self::NoPrompt,
        Self::Mandatory,
        Self::PromptAtSignInAndSignUpMandatory,
        Self::PromptOnlyAtSignInMandatory,
    ];

    /// Whether nobody may skip.
    pub fn is_no_skip(self) -> bool {
        matches!(
            self,
            Self::Mandatory | Self::PromptAtSignInAndSignUpMandatory | Self::PromptOnlyAtSignInMandatory
        )
    }

    /// Whether registrations are not asked.
    pub fn is_sign_in_only(self) -> bool {
        matches!(self, Self::PromptOnlyAtSignIn | Self::PromptOnlyAtSignInMandatory)
    }
}

impl MfaSettings {
    /// Whether a factor is on.
    pub fn is_on(&self, factor: MfaFactor) -> bool {
        self.factors.contains(&factor)
    }

    /// The factors that stand alone, as backup codes do not, and that the operator can send for.
    pub(super) fn usable_alone(&self, senders: Senders) -> impl Iterator<Item = MfaFactor> {
        let alone = |factor: &MfaFactor| *factor != MfaFactor::BackupCode;
        self.factors.iter().copied().filter(alone).filter(move |&factor| senders.serve(factor))
    }

    pub(super) fn check_consistency(&self, senders: Senders) -> Result<(), SettingsError> {
        for (at, factor) in self.factors.iter().enumerate() {
            if self.factors.iter().skip(at + 1).any(|other| other == factor) {
                return Err(SettingsError::Duplicate { setting: "mfa.factors", name: format!("{factor:?}") });
            }
        }
        if self.policy.is_no_skip() && self.usable_alone(senders).next().is_none() {
            return Err(SettingsError::NoFactorToHave);
        }
        Ok(())
    }
}

/// Whether people sign in with a passkey alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PasskeySignIn {
    /// Off by default.
    pub enabled: bool,
    /// Whether a client shows a button for it. No rule reads it.
    pub show_passkey_button: bool,
    /// Whether a client offers passkeys by autofill. No rule reads it.
    pub allow_autofill: bool,
}

/// Whether a host's signals may ask for more than the policy does (M-7).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AdaptiveMfa {
    /// Off by default.
    pub enabled: bool,
}
