//! Adding to the profile (P-1 to P-12).

use serde::Deserialize;

use super::super::rules::contribution::{contribution, stage_behind_profile};
use super::super::rules::email::check_can_contribute;
use super::super::rules::lockout::Tries;
use super::super::rules::mfa;
use super::super::rules::password::{
    check_not_current, check_not_expired_one, check_policy, must_replace_expired,
};
use super::super::rules::step_up;
use super::super::rules::uniqueness::{check_available, check_can_have, check_replaces};
use super::extra_profile::split;
use super::payload::ProfilePayload;
use crate::experience::MfaFactor;
use crate::identifier::{Username, VerificationId};
use crate::interaction::{Interaction, Staged, StagedProfile};
use crate::operation::{Context, Operation, Questions, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::User;
use crate::verification::{RecordType, SocialVerification, Verification, record_type};

/// Stages profile data: what a new account will be made from, or what submitting will add to the identified user.
///
/// Staging the same kind again overwrites what was staged (P-12).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct UpdateProfile {
    payload: ProfilePayload,
}

impl UpdateProfile {
    /// With this payload.
    pub fn new(payload: ProfilePayload) -> Self {
        Self { payload }
    }

    /// P-3: a social identity may be staged; submit still asks. An email or a phone whose factor is on is a factor by being
    /// there, so that staging one is asked what binding one is (M-5).
    fn check_factor(&self, step: &Step<'_>, user: &User) -> Result<(), Rejection> {
        if step_up::is_account(step) {
            // C-2, but for what changes no way to reach the account.
            return match self.payload {
                ProfilePayload::ExtraProfile { .. } => Ok(()),
                _ => step_up::check_step_up(step, user),
            };
        }
        let factor = match self.payload {
            ProfilePayload::Social { .. } | ProfilePayload::Sso { .. } => return Ok(()),
            ProfilePayload::Email { .. } => Some(MfaFactor::EmailVerificationCode),
            ProfilePayload::Phone { .. } => Some(MfaFactor::PhoneVerificationCode),
            _ => None,
        };
        match factor {
            Some(factor) if step.experience().settings().mfa.is_on(factor) => mfa::check_may_bind(step, user),
            _ => mfa::check_verified(step, user),
        }
    }

    /// C-6: what is staged for one's own account takes the place of what is there, and of a removal of it.
    fn replace(&self, step: &mut Step<'_>, user: &User, addition: &StagedProfile) -> Result<(), Rejection> {
        if !step_up::is_account(step) {
            return Ok(());
        }
        let removals = &mut step.managing()?.removals;
        match self.payload {
            ProfilePayload::Social { replace, .. } => removals.replaces_identity = replace,
            ProfilePayload::Sso { replace, .. } => removals.replaces_sso_identity = replace,
            _ => {}
        }
        check_replaces(user, addition, removals)
    }

    /// What the payload adds, checked; and for a social identity the record, which brings more.
    fn addition(
        &self,
        step: &Step<'_>,
        user: Option<&User>,
        staged: &StagedProfile,
    ) -> Result<(StagedProfile, Option<Verification>), Rejection> {
        match &self.payload {
            ProfilePayload::Username { value } => Ok((username(step, user, value)?, None)),
            ProfilePayload::Password { value } => Ok((password(step, user, staged, value)?, None)),
            ProfilePayload::Email { verification_id } => {
                let (given, _) =
                    contributed::<record_type::EmailVerificationCode>(step, user, *verification_id)?;
                Ok((given, None))
            }
            ProfilePayload::Phone { verification_id } => {
                let (given, _) =
                    contributed::<record_type::PhoneVerificationCode>(step, user, *verification_id)?;
                Ok((given, None))
            }
            ProfilePayload::Social { verification_id, .. } => {
                let (given, social) = contributed::<record_type::Social>(step, user, *verification_id)?;
                if !step_up::is_account(step) {
                    check_not_linked(user, &given)?;
                }
                Ok((given, Some(social)))
            }
            ProfilePayload::Sso { verification_id, .. } => {
                if !step_up::is_account(step) {
                    return Err(Rejection::invalid_input(
                        "type",
                        "an enterprise identity signs in by itself",
                    ));
                }
                Ok((enterprise_identity(step, user, *verification_id)?, None))
            }
            ProfilePayload::ExtraProfile { values } => Ok((split(values, step.experience(), user)?, None)),
        }
    }
}

/// P-4 to P-6: what the record of an id gives, if it is of the type and the user can have it.
fn contributed<T: RecordType>(
    step: &Step<'_>,
    user: Option<&User>,
    id: VerificationId,
) -> Result<(StagedProfile, Verification), Rejection> {
    step.registered::<T>(id)?;
    let verification = &step.by_id(id)?.verification;
    check_can_contribute(step, verification)?;
    let given = contribution(verification);
    check_can_have(step, user, &given)?;
    Ok((given, verification.clone()))
}

/// C-6: what is linked is the identity. The contact is changed by a code to it (C-3): what the provider tells of an email is
/// not staged, so that nothing is asked of it either.
fn enterprise_identity(
    step: &Step<'_>,
    user: Option<&User>,
    id: VerificationId,
) -> Result<StagedProfile, Rejection> {
    step.registered::<record_type::EnterpriseSso>(id)?;
    let verification = &step.by_id(id)?.verification;
    if !verification.is_verified() {
        return Err(Rejection::VerificationFailed);
    }
    let given = StagedProfile { primary_email: None, ..contribution(verification) };
    check_can_have(step, user, &given)?;
    Ok(given)
}

/// P-6: an identity that the user already has is in use too, their own as it is. To link it anew changes nothing, and is
/// answered as the reference answers it.
fn check_not_linked(user: Option<&User>, given: &StagedProfile) -> Result<(), Rejection> {
    let linked = given.social_identity.as_ref().zip(user).is_some_and(|(social, user)| {
        user.identities.get(&social.target).is_some_and(|own| own.user_id == social.user_info.id)
    });
    if linked { Err(Rejection::IdentityAlreadyInUse) } else { Ok(()) }
}

/// P-5, then P-6: the policy, and uniqueness.
fn username(step: &Step<'_>, user: Option<&User>, text: &str) -> Result<StagedProfile, Rejection> {
    if user.is_some_and(|user| user.username.is_some()) && !step_up::is_account(step) {
        return Err(Rejection::UsernameExistsInProfile);
    }
    let username = step.experience().settings().username_policy.accept(text)?;
    let addition = StagedProfile { username: Some(username), ..StagedProfile::default() };
    check_available(step, &addition)?;
    Ok(addition)
}

/// P-7: the policy, then P-5, which is not asked of a password that expired and nothing else replaces (V-1): there it must
/// be another. Elsewhere nothing is compared: the answer would tell the current password (D-10).
fn password(
    step: &Step<'_>,
    user: Option<&User>,
    staged: &StagedProfile,
    text: &Secret,
) -> Result<StagedProfile, Rejection> {
    check_policy(step, text, staged.user_info(user))?;
    match user {
        Some(user) if must_replace_expired(step.interaction(), user) => {
            check_not_expired_one(step, text, user)?;
        }
        Some(User { password: Some(_), .. }) if !step_up::is_account(step) => {
            return Err(Rejection::PasswordExistsInProfile);
        }
        Some(_) | None => {}
    }
    Ok(StagedProfile { password: Some(step.hash_password(text)), ..StagedProfile::default() })
}

impl Operation for UpdateProfile {
    type Subject = Interaction;
    type Output = ();

    const NAME: OperationName = OperationName::UpdateProfile;

    fn prefetch(&self, context: &Context<'_>) -> Questions {
        let username = match &self.payload {
            ProfilePayload::Username { value } => Username::parse(value).ok(),
            _ => None,
        };
        Questions::none().users(username.map(|username| username.key(context.experience.username_case())))
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        if let ProfilePayload::Social { verification_id, .. } = self.payload
            && let Ok(SocialVerification { target, user_info: Some(info), .. }) =
                step.registered::<record_type::Social>(verification_id)
        {
            // Who has the identity is asked for together with who is identified.
            step.user(&info.key(target));
        }
        if let (ProfilePayload::Password { .. }, Some(managing)) =
            (&self.payload, step.interaction().managing())
        {
            // Asked for together with the account (C-5).
            Tries::comparisons_of(&managing.user_id).ask(step);
        }
        // P-1, P-2
        let (user, Staged { profile, .. }) = step.staged()?;
        if let Some(user) = user {
            self.check_factor(step, user)?;
        }
        if let (ProfilePayload::Password { value }, Some(user), true) =
            (&self.payload, user, step_up::is_account(step))
        {
            // C-5: the comparison is a try. What comes of it is kept.
            check_policy(step, value, profile.user_info(Some(user)))?;
            check_not_current(step, value, user)?;
        }
        let (user, Staged { profile, .. }) = step.staged()?;
        let (addition, social) = self.addition(step, user, profile)?;
        if let Some(user) = user {
            self.replace(step, user, &addition)?;
        }
        let staged = step.staging()?.profile;
        match self.payload {
            ProfilePayload::ExtraProfile { .. } => {
                staged.stage_form(addition);
                step.interaction_mut().mark_extra_profile_submitted();
            }
            _ => staged.stage(addition),
        }
        if let Ok(managing) = step.managing() {
            managing.keep_what_is_staged();
        }
        match social {
            Some(social) => stage_behind_profile(step, &social),
            None => Ok(()),
        }
    }
}
