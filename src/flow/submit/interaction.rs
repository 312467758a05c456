//! Submitting (S-1 to S-11): the interaction's result is written.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::rules::captcha::check_captcha;
use super::super::rules::completeness::check_complete;
use super::super::rules::enrolment::check_enrolment;
use super::super::rules::mfa::check_verified;
use super::super::rules::uniqueness::{check_available, check_not_in_profile};
use super::amr::{AuthenticationMethod, methods};
use crate::audit::{AuditEvent, UserField};
use crate::identifier::UserId;
use crate::interaction::{
    Interaction, InteractionEvent, Recovering, Stage, Staged, StagedMfa, StagedProfile, apply_to_user,
};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::PasswordDigest;
use crate::user::User;

/// Ends the interaction and writes its result to the user, in one write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Submit;

/// An interaction's result (S-10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Submitted {
    /// Whose interaction it was.
    pub user_id: UserId,
    /// What it was for. A host opens a session for [`SignIn`](InteractionEvent::SignIn) and
    /// [`Register`](InteractionEvent::Register), not for [`ForgotPassword`](InteractionEvent::ForgotPassword).
    pub event: InteractionEvent,
    /// When it ended: the `auth_time` of OpenID Connect.
    pub at: DateTime<Utc>,
    /// How the person proved who they are: the `amr` of OpenID Connect (RFC 8176).
    pub amr: Vec<AuthenticationMethod>,
}

impl Operation for Submit {
    type Subject = Interaction;
    type Output = Submitted;

    const NAME: OperationName = OperationName::Submit;

    fn decide(&self, step: &mut Step<'_>) -> Result<Submitted, Rejection> {
        // S-1
        check_captcha(step)?;
        let user = step.identified_user()?;
        // N-8 still holds: a user may have been suspended since they were identified.
        if user.is_suspended {
            return Err(Rejection::Suspended);
        }
        let changed = match step.interaction().stage() {
            Stage::ForgotPassword(Recovering::Identified { new_password: Some(digest), .. }) => {
                let digest = digest.clone();
                with_new_password(step, user, digest)
            }
            // S-2
            Stage::ForgotPassword(_) => return Err(Rejection::NewPasswordRequired),
            Stage::SignIn(_) | Stage::Register(_) => with_staged_profile(step, user)?,
        };
        let amr = methods(&changed, step.interaction().proofs());
        let submitted =
            Submitted { user_id: user.id.clone(), event: step.interaction().event(), at: step.now(), amr };
        let mark = step.mark(Self::NAME, &[]);
        step.update_user(changed, mark);
        step.closes();
        Ok(submitted)
    }
}

fn with_new_password(step: &mut Step<'_>, user: &User, digest: PasswordDigest) -> User {
    let mut user = user.clone();
    user.set_password(digest, step.now());
    user.updated_at = step.now();
    step.emit(AuditEvent::PasswordChanged { user_id: user.id.clone() });
    user
}

/// S-3 to S-9, then what S-10 writes.
fn with_staged_profile(step: &mut Step<'_>, user: &User) -> Result<User, Rejection> {
    check_verified(step, user)?;
    let (_, Staged { profile, mfa }) = step.staged()?;
    let (profile, mfa) = (profile.clone(), mfa.clone());
    check_still_available(step, user, &profile, &mfa)?;
    check_complete(step, Some(user))?;
    let becomes_enabled = check_enrolment(step, user)?;
    let mut user = user.clone();
    let mut fields = apply_to_user(&mut user, profile, step.now());
    fields.extend(bind_factors(step, &mut user, mfa, becomes_enabled));
    user.last_sign_in_at = Some(step.now());
    if fields.contains(&UserField::Password) {
        step.emit(AuditEvent::PasswordChanged { user_id: user.id.clone() });
    }
    if !fields.is_empty() {
        step.emit(AuditEvent::UserUpdated { user_id: user.id.clone(), fields });
    }
    step.emit(AuditEvent::SignedIn { user_id: user.id.clone() });
    Ok(user)
}

/// S-4: somebody may have been faster. What this very step wrote to the account before it was decided again is no
/// conflict (V-16): of what is staged, only what the user has otherwise is one.
fn check_still_available(
    step: &Step<'_>,
    user: &User,
    profile: &StagedProfile,
    mfa: &StagedMfa,
) -> Result<(), Rejection> {
    let mark = step.mark(Submit::NAME, &[]);
    if step.has_written(user, &mark) {
        check_not_in_profile(user, &profile.without_what_is_of(user))?;
    } else {
        check_not_in_profile(user, profile)?;
    }
    check_available(step, profile)?;
    // M-5 again: another interaction may have bound an authenticator app meanwhile. None is replaced unseen.
    match (&user.mfa.totp, &mfa.totp) {
        (Some(own), Some(staged)) if own.secret != staged.secret => Err(Rejection::TotpAlreadyInUse),
        _ => Ok(()),
    }
}

/// Binds the staged factors, and keeps what the person decided about them.
fn bind_factors(
    step: &mut Step<'_>,
    user: &mut User,
    staged: StagedMfa,
    becomes_enabled: bool,
) -> Option<UserField> {
    let before = user.mfa.clone();
    for factor in staged.factors() {
        step.emit(AuditEvent::FactorBound { user_id: user.id.clone(), factor });
    }
    staged.apply(&mut user.mfa, step.interaction().event(), step.now());
    if becomes_enabled {
        user.mfa.enabled = Some(true);
    }
    if user.mfa == before {
        return None;
    }
    user.updated_at = step.now();
    Some(UserField::Mfa)
}
