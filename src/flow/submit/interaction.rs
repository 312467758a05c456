//! Submitting (S-1 to S-11): the interaction's result is written.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::rules::captcha::check_captcha;
use super::super::rules::enrolment::check_enrolment;
use super::super::rules::mfa::{frees_password, strength_of_new_password};
use super::super::rules::organizations::join_organizations;
use super::super::rules::submission::{self, IDENTITY, PROFILE};
use super::account::{changes_password, with_own_changes};
use super::amr::{AuthenticationMethod, methods};
use super::proved_contacts::note_proved_contacts;
use super::tell_changes::tell_changes;
use crate::audit::AuditAction;
use crate::identifier::UserId;
use crate::interaction::{
    Interaction, InteractionEvent, Proof, Recovering, Stage, Staged, StagedMfa, apply_to_user,
};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::PasswordDigest;
use crate::user::{Channel, User};

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
    /// [`Register`](InteractionEvent::Register), not for [`ForgotPassword`](InteractionEvent::ForgotPassword). After
    /// [`Account`](InteractionEvent::Account) there is one, which it opens anew where the others end.
    pub event: InteractionEvent,
    /// When it ended: the `auth_time` of OpenID Connect.
    pub at: DateTime<Utc>,
    /// How the person proved who they are: the `amr` of OpenID Connect (RFC 8176). Of what the user had before.
    pub amr: Vec<AuthenticationMethod>,
    /// Whether the user's other sessions must end: the password is another.
    pub ends_other_sessions: bool,
}

impl Operation for Submit {
    type Subject = Interaction;
    type Output = Submitted;

    const NAME: OperationName = OperationName::Submit;

    fn decide(&self, step: &mut Step<'_>) -> Result<Submitted, Rejection> {
        let user = match step.identified_user() {
            Ok(user) => user,
            Err(nobody) => {
                // S-1 asks for the captcha first, of whoever it is.
                check_captcha(step)?;
                return Err(nobody);
            }
        };
        IDENTITY.iter().try_for_each(|check| check(step, user))?;
        let changed = match step.interaction().stage() {
            Stage::ForgotPassword(Recovering::Identified { new_password: Some(digest), .. }) => {
                let digest = digest.clone();
                with_new_password(step, user, digest)
            }
            // S-2 has refused it.
            Stage::ForgotPassword(_) => return Err(Rejection::NewPasswordRequired),
            Stage::SignIn(_) | Stage::Register(_) => with_staged_profile(step, user)?,
            Stage::Account(_) => with_own_changes(step, user)?,
        };
        let mark = submission::mark(step);
        let staged = step.interaction().staged().map(|staged| staged.profile);
        let new = |proof: &&Proof| staged.is_some_and(|staged| proof.is_of_what_is_new(staged));
        let had: Vec<Proof> =
            step.interaction().proofs().iter().filter(|proof| !new(proof)).cloned().collect();
        let before = if step.has_written(user, &mark) { &changed } else { user };
        let submitted = Submitted {
            user_id: user.id.clone(),
            event: step.interaction().event(),
            at: step.now(),
            amr: methods(before, &had),
            ends_other_sessions: sets_password(step.interaction()),
        };
        step.update_user(changed, mark);
        step.closes();
        Ok(submitted)
    }
}

/// Whether the password becomes another: of the own account, it is the first.
fn sets_password(interaction: &Interaction) -> bool {
    match interaction.stage() {
        Stage::ForgotPassword(_) => true,
        Stage::Account(managing) => changes_password(managing),
        Stage::SignIn(_) | Stage::Register(_) => {
            interaction.staged().is_some_and(|staged| staged.profile.password.is_some())
        }
    }
}

/// S-2: only the password is written, with the channel that recovered it.
fn with_new_password(step: &mut Step<'_>, user: &User, digest: PasswordDigest) -> User {
    let strength = strength_of_new_password(step.interaction(), step.experience(), user);
    let mut changed = user.clone();
    changed.set_password(digest, step.now());
    remember_strength(&mut changed, strength);
    note_proved_contacts(step.interaction(), &mut changed);
    changed.updated_at = step.now();
    tell_changes(step, user, &changed);
    changed
}

/// S-3 to S-9, then what S-10 writes.
fn with_staged_profile(step: &mut Step<'_>, user: &User) -> Result<User, Rejection> {
    PROFILE.iter().try_for_each(|check| check(step, user))?;
    let (_, Staged { profile, mfa }) = step.staged()?;
    let (profile, mfa) = (profile.clone(), mfa.clone());
    let becomes_enabled = check_enrolment(step, user)?;
    let strength = strength_of_new_password(step.interaction(), step.experience(), user);
    let before = user;
    let mut user = user.clone();
    if frees_password(step.interaction(), before)
        && let Some(password) = &mut user.password
    {
        password.set_through = None;
    }
    let changes = apply_to_user(&mut user, profile, step.now());
    if changes.contains(&AuditAction::PasswordSet) {
        remember_strength(&mut user, strength);
    }
    join_organizations(step.experience(), Some(before), &mut user);
    note_proved_contacts(step.interaction(), &mut user);
    bind_factors(step, &mut user, mfa, becomes_enabled);
    user.last_sign_in_at = Some(step.now());
    // C-10
    user.deletion_due_at = None;
    tell_changes(step, before, &user);
    step.emit(&user.id, AuditAction::SignedIn);
    Ok(user)
}

/// M-3: a password that was set on the strength of one channel is worth no more than that channel.
fn remember_strength(user: &mut User, strength: Option<Channel>) {
    if let Some(password) = &mut user.password {
        password.set_through = strength;
    }
}

/// Binds the staged factors, and keeps what the person decided about them.
fn bind_factors(step: &Step<'_>, user: &mut User, staged: StagedMfa, becomes_enabled: bool) {
    let before = user.mfa.clone();
    staged.apply(&mut user.mfa, step.interaction().event(), step.now());
    if becomes_enabled {
        user.mfa.enabled = Some(true);
    }
    if user.mfa != before {
        user.updated_at = step.now();
    }
}
