//! What is left to do, so that a client can ask instead of learning from rejections.

use serde::Serialize;

use super::captcha::{is_open, stands_in_for_captcha};
use super::mandatory_profile::{Owned, missing, missing_fields};
use super::mfa;
use super::mfa_enrolment::Enrolment;
use super::registered;
use crate::experience::{Experience, ForgotPasswordMethod, InteractionEvent, MfaFactor, SignInMode};
use crate::identifier::{IdentifierType, UserId};
use crate::interaction::{ForgotPassword, Interaction, Register, SignIn, Stage};
use crate::operation::{Facts, Misuse, Needs, Operation, Step};
use crate::rejection::{MissingProfileItem, OperationName, Rejection};
use crate::user::User;
use crate::verification::VerificationRecord;

/// What is left to do, in the order in which a person should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Remaining {
    /// The steps; the last is [`RemainingStep::Submit`], or nothing if the interaction is over.
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

/// What is left to do in an interaction.
///
/// # Errors
/// [`Misuse::UnaskedFact`] if the facts lack what [`WhatRemains`] needs: the records of the registry, and the
/// identified user.
pub fn remaining(
    interaction: &Interaction,
    facts: &Facts,
    experience: &Experience,
) -> Result<Remaining, Misuse> {
    let records = registered::all_of(interaction, facts)?;
    let user = match interaction.user_id() {
        Some(id) => facts.user(&id.key())?,
        None => None,
    };
    let mut steps = Vec::new();
    if is_open(interaction, experience) && !records.iter().any(|record| stands_in_for_captcha(record)) {
        steps.push(RemainingStep::PassCaptcha);
    }
    match interaction.stage() {
        Stage::Submitted(_) => steps.clear(),
        Stage::SignIn(SignIn::Anonymous) => {
            steps.push(RemainingStep::Identify { by: ways_to_sign_in(experience) });
            steps.push(RemainingStep::Submit);
        }
        Stage::ForgotPassword(recovery) => {
            steps.extend(recovery_steps(recovery, experience));
            steps.push(RemainingStep::Submit);
        }
        Stage::Register(Register::Draft(_)) => {
            steps.extend(profile_steps(interaction, experience, None, &records));
            steps.push(RemainingStep::CreateAccount);
            steps.push(RemainingStep::Submit);
        }
        Stage::SignIn(SignIn::Identified(_)) | Stage::Register(Register::Account(_)) => {
            steps.extend(user.and_then(|user| factor_to_verify(interaction, experience, user, &records)));
            steps.extend(profile_steps(interaction, experience, user, &records));
            steps.extend(user.and_then(|user| enrolment_step(interaction, experience, user, &records)));
            steps.push(RemainingStep::Submit);
        }
    }
    Ok(Remaining { steps })
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
    records: &[&VerificationRecord],
) -> Option<RemainingStep> {
    let factors = mfa::factors_to_verify(experience, user);
    let asked = interaction.event() == InteractionEvent::SignIn && !factors.is_empty();
    (asked && !mfa::is_verified(interaction, user, &factors, records))
        .then_some(RemainingStep::VerifyMfa { factors })
}

fn enrolment_step(
    interaction: &Interaction,
    experience: &Experience,
    user: &User,
    records: &[&VerificationRecord],
) -> Option<RemainingStep> {
    match Enrolment::of(interaction, experience, user, records).check() {
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

fn recovery_steps(recovery: &ForgotPassword, experience: &Experience) -> Vec<RemainingStep> {
    match recovery {
        ForgotPassword::Anonymous => {
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
        ForgotPassword::Identified { new_password: None, .. } => vec![RemainingStep::ResetPassword],
        ForgotPassword::Identified { new_password: Some(_), .. } => Vec::new(),
    }
}

fn profile_steps(
    interaction: &Interaction,
    experience: &Experience,
    user: Option<&User>,
    records: &[&VerificationRecord],
) -> Option<RemainingStep> {
    let owned = Owned::new(interaction, user);
    let missing = missing(interaction, experience, owned, records);
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
    type Output = Remaining;

    const NAME: OperationName = OperationName::WhatRemains;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        Needs::none()
            .records(interaction.registry().ids())
            .users(interaction.user_id().map(UserId::key))
            .unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<Remaining, Rejection> {
        let found = remaining(&step.interaction, step.facts(), step.experience());
        Ok(step.known(found).unwrap_or(Remaining { steps: Vec::new() }))
    }
}
