//! Making the account of a registration (N-11 to N-13).

use super::super::rules::captcha::check_captcha;
use super::super::rules::completeness::{check_fields, check_mandatory};
use super::super::rules::contribution::{contribution, stage_for_new_account};
use super::super::rules::email::check_can_contribute;
use super::super::rules::method::check_not_of_recovery;
use super::super::rules::mode::check_registration_open;
use super::super::rules::organizations::join_organizations;
use super::super::rules::uniqueness::{check_available, check_can_have};
use super::existing_user::check_token_event;
use crate::audit::AuditAction;
use crate::identifier::{UserId, VerificationId};
use crate::interaction::{InteractionEvent, StagedProfile, apply_to_user};
use crate::operation::Step;
use crate::rejection::{OperationName, Rejection};
use crate::user::User;
use crate::verification::Verification;

/// N-11, then N-12.
pub(super) fn create(
    step: &mut Step<'_>,
    verification_id: Option<VerificationId>,
) -> Result<UserId, Rejection> {
    let contributed = verification_id.map(|id| registering_proof(step, id)).transpose()?;
    if step.interaction().user_id().is_some() {
        // D-1: the account exists already.
        return Err(Rejection::IdentityConflict);
    }
    if let Some((verification, given)) = contributed {
        step.staging()?.profile.stage(given);
        stage_for_new_account(step, &verification)?;
        // What was staged stays staged even if what follows refuses.
        step.savepoint();
    }
    check_registration_open(step, step.staged()?.1.profile.primary_email.as_ref())?;
    check_captcha(step)?;
    check_mandatory(step, None)?;
    check_fields(step, None)?;
    let staged = step.staged()?.1.profile.clone();
    check_available(step, &staged)?;
    write(step, staged)
}

/// N-11: a record that can become part of an account, and what it adds.
fn registering_proof(
    step: &Step<'_>,
    id: VerificationId,
) -> Result<(Verification, StagedProfile), Rejection> {
    let verification = step.by_id(id)?.verification.clone();
    check_token_event(&verification, InteractionEvent::Register)?;
    check_can_contribute(step, &verification)?;
    check_not_of_recovery(&verification)?;
    let registers = match verification {
        Verification::EnterpriseSso(_) => step.experience().settings().single_sign_on_enabled,
        Verification::NewPasswordIdentity(_)
        | Verification::EmailVerificationCode(_)
        | Verification::PhoneVerificationCode(_)
        | Verification::OneTimeToken(_)
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
    let given = contribution(&verification);
    let user = step.interaction().user_id().and_then(|id| step.user_by_id(id));
    check_can_have(step, user, &given)?;
    Ok((verification, given))
}

/// N-13: the account's id was fixed when the interaction began. An account that is there already was made by this
/// interaction before it lost a race or a crash came: nobody was granted anything for it, so it becomes what is
/// proposed now.
fn write(step: &mut Step<'_>, staged: StagedProfile) -> Result<UserId, Rejection> {
    let user_id = step.interaction().new_user_id().clone();
    let unfinished = step.user_by_id(&user_id);
    let mut user = User::new(user_id.clone(), step.now());
    apply_to_user(&mut user, staged, step.now());
    join_organizations(step.experience(), None, &mut user);
    user.mfa.enabled = Some(false);
    let mark = step.mark(OperationName::Identify, &[]);
    match unfinished {
        None => step.create_user(user, mark),
        Some(unfinished) if unfinished.marks() == [mark.clone()] && !unfinished.is_suspended => {
            user.revision = unfinished.revision;
            step.update_user(user, mark);
        }
        // Somebody went on with it elsewhere: signed in, say, with the password it has.
        Some(_) => return Err(Rejection::IdentityConflict),
    }
    step.emit(&user_id, AuditAction::UserCreated);
    step.interaction_mut().identify(user_id.clone(), StagedProfile::default());
    Ok(user_id)
}
