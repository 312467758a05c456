//! Submitting (S-1 to S-11): the interaction's result is written.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::authentication_methods::{AuthenticationMethod, methods};
use super::captcha::check_captcha;
use super::mandatory_profile::check_complete;
use super::mfa::check_verified;
use super::mfa_enrolment::check_enrolment;
use super::profile_uniqueness::{check_available, check_not_in_profile, unique_keys};
use super::registered;
use crate::event::{Event, UserField};
use crate::experience::Experience;
use crate::identifier::UserId;
use crate::interaction::{ForgotPassword, Interaction, InteractionEvent, Stage, apply_to_user};
use crate::operation::{Facts, Needs, Operation, Step};
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
    type Output = Submitted;

    const NAME: OperationName = OperationName::Submit;

    fn needs(&self, interaction: &Interaction, facts: &Facts, experience: &Experience) -> Needs {
        let staged = interaction.profile().filter(|_| interaction.user_id().is_some());
        let keys = staged.into_iter().flat_map(|staged| unique_keys(staged, experience.username_case()));
        Needs::none()
            .records(interaction.registry().ids())
            .users(interaction.user_id().map(UserId::key))
            .users(keys)
            .unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<Submitted, Rejection> {
        // S-1
        check_captcha(step)?;
        let user = step.identified_user()?;
        // N-8 still holds: a user may have been suspended since they were identified.
        if user.is_suspended {
            return Err(Rejection::Suspended);
        }
        let changed = match step.interaction.stage() {
            Stage::ForgotPassword(ForgotPassword::Identified { new_password, .. }) => {
                // S-2
                let digest = new_password.clone().ok_or(Rejection::NewPasswordRequired)?;
                with_new_password(step, user.clone(), digest)
            }
            _ => with_staged_profile(step, user)?,
        };
        let amr = methods(&changed, &registered::all(step));
        let submitted =
            Submitted { user_id: user.id.clone(), event: step.interaction.event(), at: step.now(), amr };
        step.update_user(changed);
        step.interaction.mark_submitted();
        Ok(submitted)
    }
}

fn with_new_password(step: &mut Step<'_>, mut user: User, digest: PasswordDigest) -> User {
    user.set_password(digest, step.now());
    user.updated_at = step.now();
    step.tell(Event::PasswordChanged { user_id: user.id.clone() });
    user
}

/// S-3 to S-9, then what S-10 writes.
fn with_staged_profile(step: &mut Step<'_>, user: &User) -> Result<User, Rejection> {
    check_verified(step, user)?;
    let staged = step.interaction.profile().cloned().unwrap_or_default();
    check_not_in_profile(user, &staged)?;
    check_available(step, &staged)?;
    check_complete(step, Some(user))?;
    check_app_not_replaced(step, user)?;
    let becomes_enabled = check_enrolment(step, user)?;
    let mut user = user.clone();
    let mut fields = apply_to_user(&mut user, staged, step.now());
    fields.extend(bind_factors(step, &mut user, becomes_enabled));
    user.last_sign_in_at = Some(step.now());
    if fields.contains(&UserField::Password) {
        step.tell(Event::PasswordChanged { user_id: user.id.clone() });
    }
    if !fields.is_empty() {
        step.tell(Event::UserUpdated { user_id: user.id.clone(), fields });
    }
    step.tell(Event::SignedIn { user_id: user.id.clone() });
    Ok(user)
}

/// S-4 for what M-5 asked: another interaction may have bound an authenticator app meanwhile. None is replaced unseen.
fn check_app_not_replaced(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    let staged = step.interaction.mfa().and_then(|staged| staged.totp.as_ref());
    match (&user.mfa.totp, staged) {
        (Some(own), Some(staged)) if own.secret != staged.secret => Err(Rejection::TotpAlreadyInUse),
        _ => Ok(()),
    }
}

/// Binds the staged factors, and keeps what the person decided about them.
fn bind_factors(step: &mut Step<'_>, user: &mut User, becomes_enabled: bool) -> Option<UserField> {
    let before = user.mfa.clone();
    let staged = step.interaction.mfa().cloned().unwrap_or_default();
    for factor in staged.factors() {
        step.tell(Event::FactorBound { user_id: user.id.clone(), factor });
    }
    staged.apply(&mut user.mfa, step.interaction.event(), step.now());
    if becomes_enabled {
        user.mfa.enabled = Some(true);
    }
    if user.mfa == before {
        return None;
    }
    user.updated_at = step.now();
    Some(UserField::Mfa)
}
