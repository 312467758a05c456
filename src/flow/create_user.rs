//! Making the account of a registration (N-11 to N-13).

use super::captcha::check_captcha;
use super::event_allowed::check_event_allowed;
use super::identify::IdentifiedUser;
use super::mandatory_profile::check_complete;
use super::profile_uniqueness::check_available;
use super::proof::{check_gift, check_proof, stage_beside_identity};
use super::registered::by_id;
use crate::event::Event;
use crate::identifier::VerificationId;
use crate::interaction::{InteractionEvent, Stage, StagedProfile, apply_to_user};
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::user::User;
use crate::verification::Verification;

/// N-11, then N-12.
pub(super) fn create_user(
    step: &mut Step<'_>,
    verification_id: Option<VerificationId>,
) -> Result<IdentifiedUser, Rejection> {
    let proof = verification_id.map(|id| registering_proof(step, id)).transpose()?;
    if step.interaction.user_id().is_some() {
        // D-1: the account exists already.
        return Err(Rejection::IdentityConflict);
    }
    if let Some((verification, addition)) = proof {
        if let Some(staged) = step.interaction.profile_mut() {
            staged.stage(addition);
        }
        stage_beside_identity(step, verification);
        // What was staged stays staged even if what follows refuses.
        step.keep();
    }
    check_event_allowed(step, InteractionEvent::Register)?;
    check_captcha(step)?;
    check_complete(step, None)?;
    let staged = step.interaction.profile().cloned().unwrap_or_default();
    check_available(step, &staged)?;
    Ok(write(step, staged))
}

/// N-11: a record that can become part of an account, and what it adds.
fn registering_proof<'a>(
    step: &Step<'a>,
    id: VerificationId,
) -> Result<(&'a Verification, StagedProfile), Rejection> {
    let verification = &by_id(step, id)?.verification;
    check_proof(step, verification)?;
    let registers = match verification {
        Verification::NewPasswordIdentity(_)
        | Verification::EmailVerificationCode(_)
        | Verification::PhoneVerificationCode(_)
        | Verification::OneTimeToken(_)
        | Verification::EnterpriseSso(_)
        | Verification::Social(_) => true,
        Verification::Password(_)
        | Verification::MfaEmailVerificationCode(_)
        | Verification::MfaPhoneVerificationCode(_)
        | Verification::Totp(_)
        | Verification::WebAuthn(_)
        | Verification::SignInPasskey(_)
        | Verification::BackupCode(_) => false,
    };
    if !registers {
        return Err(Rejection::VerificationFailed);
    }
    let user = step.interaction.user_id().and_then(|id| step.user_by_id(id));
    let addition = check_gift(step, user, verification)?;
    Ok((verification, addition))
}

/// N-13: the account's id was fixed when the interaction began, so that a retry finds the account that an earlier try
/// made before its answer was lost.
fn write(step: &mut Step<'_>, staged: StagedProfile) -> IdentifiedUser {
    let user_id = step.interaction.new_user_id().clone();
    let created = step.user_by_id(&user_id).is_none();
    if created {
        let mut user = User::new(user_id.clone(), step.now());
        apply_to_user(&mut user, staged, step.now());
        user.mfa.enabled = Some(false);
        step.create_user(user);
        step.tell(Event::UserCreated { user_id: user_id.clone() });
    }
    let decided = step.interaction.mfa().cloned().unwrap_or_default();
    *step.interaction.stage_mut() = Stage::of(InteractionEvent::Register, Some(user_id.clone()));
    if let Some(mfa) = step.interaction.mfa_mut() {
        *mfa = decided;
    }
    IdentifiedUser { user_id, created }
}
