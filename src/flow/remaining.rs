//! What is left to do (S-12), so that a client can ask instead of learning from rejections.

use serde::Serialize;
use serde_json::Value;

use super::rules::captcha::check_captcha;
use super::rules::completeness::{check_fields, check_mandatory};
use super::rules::enrolment::Enrolment;
use super::rules::mode::check_registration_open;
use super::rules::step_up::check_step_up;
use super::rules::submission::{IDENTITY, OWN_ACCOUNT, PROFILE};
use crate::experience::{Experience, ForgotPasswordMethod, SignInMode};
use crate::identifier::IdentifierType;
use crate::interaction::{Interaction, InteractionEvent, Managing, Registering, Stage};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::User;

/// What is left to do before the interaction can be submitted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
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
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RemainingStep {
    /// The rejection's code.
    pub code: &'static str,
    /// Its data; of `session.identifier_not_found`, `{by: […]}` with the ways to identify.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// Whether the person may skip it (M-6).
    pub skippable: bool,
}

impl RemainingStep {
    /// Whether it is this rejection.
    pub fn is(&self, rejection: &Rejection) -> bool {
        self.code == rejection.code()
    }
}

impl From<Rejection> for RemainingStep {
    fn from(rejection: Rejection) -> Self {
        let skippable = match &rejection {
            Rejection::PasskeyPreferred | Rejection::SuggestMfa | Rejection::SuggestAdditionalMfa(_) => true,
            Rejection::MissingMfa(missing) => missing.skippable,
            _ => false,
        };
        Self { code: rejection.code(), data: rejection.data(), skippable }
    }
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
    /// By making the account from what is staged: nothing is missing for it.
    StagedProfile,
}

/// While nobody is identified: one step, with the ways to identify.
fn nobody_identified(by: &[IdentifyBy]) -> RemainingStep {
    let by = serde_json::to_value(by).unwrap_or_default();
    RemainingStep {
        data: Some(Value::Object([("by".to_owned(), by)].into_iter().collect())),
        ..Rejection::IdentifierNotFound.into()
    }
}

/// What N-12 asks of a registration that is no account yet.
fn draft_steps(step: &Step<'_>, email: Option<&crate::identifier::Email>) -> Vec<RemainingStep> {
    let checks = [
        check_registration_open(step, email),
        check_captcha(step),
        check_mandatory(step, None),
        check_fields(step, None),
    ];
    let steps: Vec<RemainingStep> = checks.into_iter().filter_map(Result::err).map(Into::into).collect();
    if steps.is_empty() { vec![nobody_identified(&[IdentifyBy::StagedProfile])] } else { steps }
}

/// S-1 to S-9 of the identified user, each asked as if those before it were met.
fn submission_steps(step: &Step<'_>, user: &User) -> Vec<RemainingStep> {
    let is_recovery = step.interaction().event() == InteractionEvent::ForgotPassword;
    if let Some(managing) = step.interaction().managing() {
        return own_account_steps(step, user, managing);
    }
    let profile = PROFILE.iter().filter(|_| !is_recovery);
    let refused = IDENTITY.iter().chain(profile).filter_map(|check| check(step, user).err());
    let enrolment = Enrolment::of(step.interaction(), step.experience(), user);
    let enrolment = enrolment.refusals().filter(|_| !is_recovery);
    refused.chain(enrolment).map(Into::into).collect()
}

/// C-2's, with its data: while nothing is staged that needs it, for whoever wants to know beforehand. Then what else
/// submitting would refuse.
fn own_account_steps(step: &Step<'_>, user: &User, managing: &Managing) -> Vec<RemainingStep> {
    let ahead = if managing.needs_step_up() { Ok(()) } else { check_step_up(step, user) };
    let ahead = ahead.err().map(|rejection| RemainingStep { skippable: true, ..rejection.into() });
    let refused = IDENTITY.iter().chain(OWN_ACCOUNT).filter_map(|check| check(step, user).err());
    ahead.into_iter().chain(refused.map(Into::into)).collect()
}

fn ways_to_identify(experience: &Experience, event: InteractionEvent) -> Vec<IdentifyBy> {
    match event {
        InteractionEvent::ForgotPassword => ways_to_recover(experience),
        InteractionEvent::SignIn | InteractionEvent::Register => ways_to_sign_in(experience),
        // C-1: there is nobody whose account it could be.
        InteractionEvent::Account => Vec::new(),
    }
}

fn ways_to_sign_in(experience: &Experience) -> Vec<IdentifyBy> {
    let settings = experience.settings();
    if settings.sign_in_mode == SignInMode::Register {
        return Vec::new();
    }
    let methods = settings.sign_in.methods.iter().flat_map(|method| {
        let identifier = method.identifier;
        let password = method.password.then_some(IdentifyBy::Password { identifier });
        let coded = method.verification_code && settings.senders.reach(identifier);
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

fn ways_to_recover(experience: &Experience) -> Vec<IdentifyBy> {
    let settings = experience.settings();
    let all = [ForgotPasswordMethod::EmailVerificationCode, ForgotPasswordMethod::PhoneVerificationCode];
    let methods = settings.forgot_password_methods.as_deref().unwrap_or(&all);
    let identifiers = methods.iter().map(|method| match method {
        ForgotPasswordMethod::EmailVerificationCode => IdentifierType::Email,
        ForgotPasswordMethod::PhoneVerificationCode => IdentifierType::Phone,
    });
    identifiers
        .filter(|&identifier| settings.senders.reach(identifier))
        .map(|identifier| IdentifyBy::VerificationCode { identifier })
        .collect()
}

/// Asks what is left to do. It changes nothing, and tells a stranger nothing but the settings and what they proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WhatRemains;

impl Operation for WhatRemains {
    type Subject = Interaction;
    type Output = Remaining;

    const NAME: OperationName = OperationName::WhatRemains;

    fn decide(&self, step: &mut Step<'_>) -> Result<Remaining, Rejection> {
        let event = step.interaction().event();
        // Nobody, also where the identified user is gone meanwhile.
        let user = step.identified_user().ok();
        let steps = match (user, step.interaction().stage()) {
            (Some(user), _) => submission_steps(step, user),
            (None, Stage::Register(Registering::Draft(draft))) => {
                draft_steps(step, draft.profile.primary_email.as_ref())
            }
            (None, _) => vec![nobody_identified(&ways_to_identify(step.experience(), event))],
        };
        let identified = user.is_some();
        // Of one's own account, what is told ahead stops nobody.
        let is_own = event == InteractionEvent::Account;
        let stops = |remaining: &RemainingStep| !(is_own && remaining.skippable);
        Ok(Remaining { event, identified, can_submit: identified && !steps.iter().any(stops), steps })
    }
}
