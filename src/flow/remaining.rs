//! What is left to do, so that a client can ask instead of learning from rejections.

use serde::Serialize;

use super::rules::captcha;
use super::rules::completeness::{Owned, missing, missing_fields};
use super::rules::enrolment::Enrolment;
use super::rules::mfa;
use crate::experience::{Experience, ForgotPasswordMethod, MfaFactor, SignInMode};
use crate::identifier::IdentifierType;
use crate::interaction::{Interaction, Recovering, Registering, SigningIn, Stage};
use crate::operation::{Operation, Step};
use crate::rejection::{MissingProfileItem, OperationName, Rejection};
use crate::user::User;

/// What is left to do, in the order in which a person should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Remaining {
    /// The steps; the last is [`RemainingStep::Submit`].
    pub steps: Vec<RemainingStep>,
}

/// One thing left to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
#[non_exhaustive]
pub enum RemainingStep {
    /// Start again with a captcha passed, or verify something that stands in for it (I-5).
    PassCaptcha,
    /// Say who you are, in one of these ways; none if the sign-in mode does not allow the event (N-2, N-3).
    Identify {
        /// The ways that are on.
        by: Vec<IdentifyBy>,
    },
    /// Stage what an account must have (S-5).
    CompleteProfile {
        /// What is missing.
        missing: Vec<MissingProfileItem>,
    },
    /// Fill the operator's form (S-6).
    FillExtraProfile {
        /// The names of the fields that are not filled.
        fields: Vec<String>,
    },
    /// Make the account from what is staged (N-12).
    CreateAccount,
    /// Set the new password (P-13).
    ResetPassword,
    /// Verify one of these factors (S-3).
    VerifyMfa {
        /// The user's factors, in the order to show them.
        factors: Vec<MfaFactor>,
    },
    /// Bind a passkey, or skip it (S-7).
    BindPasskey,
    /// Bind one of these factors (S-9a to S-9c).
    BindMfa {
        /// The factors to choose from.
        factors: Vec<MfaFactor>,
        /// Whether the person may skip.
        skippable: bool,
    },
    /// Make backup codes, and bind them (S-9d).
    BindBackupCodes,
    /// Nothing but to submit.
    Submit,
}

/// A way to say who you are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
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
    /// With an enterprise identity.
    EnterpriseSso {
        /// Through which connector.
        connector_id: String,
    },
    /// With an identity at a social provider.
    Social {
        /// Through which connector.
        connector_id: String,
    },
}

/// What is left to do in an interaction, whose identified user is this.
fn remaining(interaction: &Interaction, user: Option<&User>, experience: &Experience) -> Vec<RemainingStep> {
    let mut steps = Vec::new();
    if captcha::is_asked(interaction, experience) && !interaction.captcha_skipped() {
        steps.push(RemainingStep::PassCaptcha);
    }
    match interaction.stage() {
        Stage::SignIn(SigningIn::Anonymous) => {
            steps.push(RemainingStep::Identify { by: ways_to_sign_in(experience) });
        }
        Stage::ForgotPassword(recovery) => steps.extend(recovery_steps(recovery, experience)),
        Stage::Register(Registering::Draft(_)) => {
            steps.extend(profile_steps(interaction, experience, None));
            steps.push(RemainingStep::CreateAccount);
        }
        Stage::SignIn(SigningIn::Identified(_)) | Stage::Register(Registering::Account(_)) => {
            steps.extend(user.and_then(|user| factor_to_verify(interaction, experience, user)));
            steps.extend(profile_steps(interaction, experience, user));
            steps.extend(user.and_then(|user| enrolment_step(interaction, experience, user)));
        }
    }
    steps.push(RemainingStep::Submit);
    steps
}

fn ways_to_sign_in(experience: &Experience) -> Vec<IdentifyBy> {
    let settings = experience.settings();
    if settings.sign_in_mode == SignInMode::Register {
        return Vec::new();
    }
    let methods = settings.sign_in.methods.iter().flat_map(|method| {
        let identifier = method.identifier;
        let password = method.password.then_some(IdentifyBy::Password { identifier });
        let coded = method.verification_code && identifier != IdentifierType::Username;
        [password, coded.then_some(IdentifyBy::VerificationCode { identifier })].into_iter().flatten()
    });
    let social = settings
        .social_connectors
        .iter()
        .map(|connector| IdentifyBy::Social { connector_id: connector.id.clone() });
    let sso = settings
        .enterprise_sso_connectors
        .iter()
        .filter(|_| settings.single_sign_on_enabled)
        .map(|connector| IdentifyBy::EnterpriseSso { connector_id: connector.id.clone() });
    let passkey = settings.passkey_sign_in.enabled.then_some(IdentifyBy::Passkey);
    methods.chain(social).chain(sso).chain(passkey).collect()
}

fn factor_to_verify(
    interaction: &Interaction,
    experience: &Experience,
    user: &User,
) -> Option<RemainingStep> {
    let factors = mfa::factors_to_verify(experience, user);
    (mfa::is_asked(interaction, &factors) && !mfa::is_verified(interaction, user, &factors))
        .then_some(RemainingStep::VerifyMfa { factors })
}

fn enrolment_step(interaction: &Interaction, experience: &Experience, user: &User) -> Option<RemainingStep> {
    match Enrolment::of(interaction, experience, user).check() {
        Err(Rejection::PasskeyPreferred) => Some(RemainingStep::BindPasskey),
        Err(Rejection::BackupCodeRequired) => Some(RemainingStep::BindBackupCodes),
        Err(Rejection::MissingMfa(missing)) => {
            Some(RemainingStep::BindMfa { factors: missing.available_factors, skippable: missing.skippable })
        }
        Err(Rejection::SuggestAdditionalMfa(suggested)) => {
            Some(RemainingStep::BindMfa { factors: suggested.available_factors, skippable: true })
        }
        Err(Rejection::SuggestMfa) => {
            let factors = experience.settings().mfa.factors.clone();
            Some(RemainingStep::BindMfa { factors, skippable: true })
        }
        Ok(_) | Err(_) => None,
    }
}

fn recovery_steps(recovery: &Recovering, experience: &Experience) -> Vec<RemainingStep> {
    match recovery {
        Recovering::Anonymous => {
            let all =
                [ForgotPasswordMethod::EmailVerificationCode, ForgotPasswordMethod::PhoneVerificationCode];
            let methods = experience.settings().forgot_password_methods.as_deref().unwrap_or(&all);
            let by = methods
                .iter()
                .map(|method| match method {
                    ForgotPasswordMethod::EmailVerificationCode => IdentifierType::Email,
                    ForgotPasswordMethod::PhoneVerificationCode => IdentifierType::Phone,
                })
                .map(|identifier| IdentifyBy::VerificationCode { identifier })
                .collect();
            vec![RemainingStep::Identify { by }, RemainingStep::ResetPassword]
        }
        Recovering::Identified { new_password: None, .. } => vec![RemainingStep::ResetPassword],
        Recovering::Identified { new_password: Some(_), .. } => Vec::new(),
    }
}

fn profile_steps(
    interaction: &Interaction,
    experience: &Experience,
    user: Option<&User>,
) -> Option<RemainingStep> {
    let owned = Owned::new(interaction, user);
    let missing = missing(interaction, experience, owned);
    if missing == [MissingProfileItem::ExtraProfile] {
        let fields = missing_fields(interaction, experience, owned).map(String::from).collect();
        return Some(RemainingStep::FillExtraProfile { fields });
    }
    (!missing.is_empty()).then_some(RemainingStep::CompleteProfile { missing })
}

/// Asks what is left to do. It changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WhatRemains;

impl Operation for WhatRemains {
    type Subject = Interaction;
    type Output = Remaining;

    const NAME: OperationName = OperationName::WhatRemains;

    fn decide(&self, step: &mut Step<'_>) -> Result<Remaining, Rejection> {
        // Nobody, also where the identified user is gone meanwhile.
        let user = step.identified_user().ok();
        Ok(Remaining { steps: remaining(step.interaction(), user, step.experience()) })
    }
}
