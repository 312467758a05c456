//! What a person decides about MFA (M-6).

use super::super::rules::mfa;
use super::super::rules::step_up;
use crate::interaction::Interaction;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::User;

/// What a person decides about MFA. Submitting keeps it. A registration may decide before there is an account, but for
/// [`Skip`](Self::Skip).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecideMfa {
    /// Turns it on.
    Enable,
    /// Skips enrolling, where the policy and the user's organisations let them.
    Skip,
    /// Skips the suggestion of a second factor.
    SkipSuggestion,
    /// Skips the prompt for a passkey; kept on the user only from a sign-in.
    SkipPasskey,
}

/// M-6, M-7: neither the policy, nor an organisation, nor the host's signals want a factor all the same.
fn check_may_skip(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    let (interaction, experience) = (step.interaction(), step.experience());
    let raised =
        mfa::is_risk_elevated(interaction, experience) && mfa::usable_factors(experience, user).is_empty();
    let policy = experience.settings().mfa.policy;
    if policy.is_no_skip() || raised || mfa::is_required_by_organization(experience, user) {
        return Err(Rejection::MfaPolicyNotUserControlled);
    }
    Ok(())
}

impl Operation for DecideMfa {
    type Subject = Interaction;
    type Output = ();

    const NAME: OperationName = OperationName::DecideMfa;

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        let (user, _) = step.staged()?;
        if let Some(user) = user {
            if step_up::is_account(step) {
                step_up::check_step_up(step, user)?;
            } else {
                mfa::check_verified(step, user)?;
            }
        }
        if let Self::Skip = self {
            check_may_skip(step, user.ok_or(Rejection::IdentifierNotFound)?)?;
        }
        let staged = step.staging()?.mfa;
        match self {
            Self::Enable => staged.enabled = true,
            Self::Skip => staged.skipped = true,
            Self::SkipSuggestion => staged.suggestion_skipped = true,
            Self::SkipPasskey => staged.passkey_skipped = true,
        }
        Ok(())
    }
}
