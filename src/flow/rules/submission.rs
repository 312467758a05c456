//! What submitting asks, in the order of S-1 to S-6: asked by it, and by what remains (S-12).

use super::captcha::check_captcha;
use super::completeness::{check_fields, check_mandatory};
use super::enrolment::check_staged_are_on;
use super::method::check_still_identified;
use super::mfa::check_verified;
use super::own_account::{as_it_would_be, check_owner_gets_in};
use super::password::must_replace_expired;
use super::step_up::check_step_up;
use super::uniqueness::{check_available, check_not_in_profile, check_replaces, is_free};
use crate::interaction::{Managing, Recovering, Shown, Stage, Staged, StagedMfa, StagedProfile};
use crate::operation::Step;
use crate::rejection::{OperationName, Rejection};
use crate::secret::PasswordDigest;
use crate::user::{StepMark, User, WebAuthnCredential};

/// Something that submitting asks of the identified user.
type Check = fn(&Step<'_>, &User) -> Result<(), Rejection>;

/// S-1 and S-2, of every event.
pub(in crate::flow) const IDENTITY: &[Check] = &[
    |step, _| check_captcha(step),
    |_, user| if user.is_suspended { Err(Rejection::Suspended) } else { Ok(()) },
    |step, user| if replaced_the_expired(step, user) { Ok(()) } else { check_still_identified(step, user) },
    check_new_password,
];

/// S-3 to S-6, of every event but a recovery; S-7 to S-9 follow.
pub(in crate::flow) const PROFILE: &[Check] = &[
    check_verified_before,
    check_still_available,
    |step, user| check_mandatory(step, Some(user)),
    |step, user| check_fields(step, Some(user)),
];

/// C-1: what submitting asks of one's own account, in place of S-3 and S-5 to S-9.
pub(in crate::flow) const OWN_ACCOUNT: &[Check] = &[
    check_step_up_of_changes,
    |step, user| unless_written(step, user, check_own_still_available),
    |step, user| unless_written(step, user, check_staged_are_on),
    |step, user| {
        unless_written(step, user, |step, user| {
            // What takes nothing away locks nobody out.
            let managing = step.interaction().managing().filter(|managing| managing.takes_away());
            let Some(managing) = managing else { return Ok(()) };
            check_owner_gets_in(step, user, &as_it_would_be(step, user, managing))
        })
    },
];

/// What submitting wrote itself, before it was decided again, is asked no more: the proof that a removed password gave is
/// gone with it.
fn unless_written(step: &Step<'_>, user: &User, check: Check) -> Result<(), Rejection> {
    if has_written(step, user) { Ok(()) } else { check(step, user) }
}

/// S-3. A factor that this very step has bound, before a crash, is none that the person had to prove.
fn check_verified_before(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    if !has_written(step, user) {
        return check_verified(step, user);
    }
    let (_, Staged { mfa, .. }) = step.staged()?;
    check_verified(step, &User { mfa: mfa.unbound_from(&user.mfa), ..user.clone() })
}

/// C-2, once more: of whatever is staged that changes how the account is reached.
fn check_step_up_of_changes(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    let needs = step.interaction().managing().is_some_and(Managing::needs_step_up);
    if needs { unless_written(step, user, check_step_up) } else { Ok(()) }
}

/// P-6 and C-6, once more: somebody may have been faster.
fn check_own_still_available(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    let Some(managing) = step.interaction().managing() else { return Ok(()) };
    check_replaces(user, &managing.profile, &managing.removals)?;
    check_available(step, &managing.profile)?;
    check_credentials_are_free(step, &managing.mfa)
}

/// V-13, once more.
fn check_credentials_are_free(step: &Step<'_>, staged: &StagedMfa) -> Result<(), Rejection> {
    let mut credentials = staged.web_authn.iter().map(|own| WebAuthnCredential::key_of(&own.id));
    if credentials.all(|key| is_free(step, &key)) { Ok(()) } else { Err(Rejection::IdentityAlreadyInUse) }
}

/// The mark that submitting leaves on the account (V-16).
pub(in crate::flow) fn mark(step: &Step<'_>) -> StepMark {
    // Of one's own account what is written is not written a second time: so the mark is over what is staged, and of what is staged
    // after it there is none.
    let staged = step.interaction().managing().map(Managing::stamp);
    step.mark(OperationName::Submit, &staged.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Whether submitting wrote the account before: what it wrote is no change since (S-1), and no conflict (S-4).
pub(in crate::flow) fn has_written(step: &Step<'_>, user: &User) -> bool {
    step.has_written(user, &mark(step))
}

/// S-1: whether the user was identified by an expired password, which submitting itself replaced before it was decided again
/// (V-1): that is no change by somebody else. A password that was set since is one; and whoever was identified otherwise is
/// asked as ever.
fn replaced_the_expired(step: &Step<'_>, user: &User) -> bool {
    let staged = match step.interaction().stage() {
        Stage::ForgotPassword(_) | Stage::Account(_) => None,
        Stage::SignIn(_) | Stage::Register(_) => step.interaction().staged(),
    };
    let written = staged.and_then(|staged| staged.profile.password.as_ref());
    let is_current =
        |digest: &PasswordDigest| user.password.as_ref().is_some_and(|own| own.digest == *digest);
    let by_expired = |shown: &Shown| matches!(shown, Shown::Password { user_id, expired: true, .. } if *user_id == user.id);
    has_written(step, user)
        && written.is_some_and(is_current)
        && step.interaction().proofs().iter().any(|proof| by_expired(&proof.shown))
}

/// S-2: a recovery sets a password. So does whoever is identified by one that had expired (V-1).
fn check_new_password(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    let interaction = step.interaction();
    let is_set = match interaction.stage() {
        Stage::ForgotPassword(Recovering::Identified { new_password, .. }) => new_password.is_some(),
        Stage::ForgotPassword(Recovering::Anonymous) => false,
        Stage::Account(_) => true,
        Stage::SignIn(_) | Stage::Register(_) => {
            let is_staged = interaction.staged().is_some_and(|staged| staged.profile.password.is_some());
            is_staged || !must_replace_expired(interaction, user)
        }
    };
    if is_set { Ok(()) } else { Err(Rejection::NewPasswordRequired) }
}

/// S-4: somebody may have been faster. Of what is staged, what this very step wrote before it was decided again is no
/// conflict, nor is a password that replaces an expired one.
fn check_still_available(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    let (_, Staged { profile, mfa }) = step.staged()?;
    let mut staged: StagedProfile =
        if has_written(step, user) { profile.without_what_is_of(user) } else { profile.clone() };
    staged.password.take_if(|_| must_replace_expired(step.interaction(), user));
    check_not_in_profile(user, &staged)?;
    check_available(step, profile)?;
    check_credentials_are_free(step, mfa)?;
    // M-5 again: another interaction may have bound an authenticator app meanwhile. None is replaced unseen.
    match (&user.mfa.totp, &mfa.totp) {
        (Some(own), Some(staged)) if own.secret != staged.secret => Err(Rejection::TotpAlreadyInUse),
        _ => Ok(()),
    }
}
