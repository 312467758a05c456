//! What a person decides about MFA (M-6).

use crate::interaction::Interaction;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};

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

impl Operation for DecideMfa {
    type Subject = Interaction;
    type Output = ();

    const NAME: OperationName = OperationName::DecideMfa;

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        let (user, _) = step.staged()?;
        if let Self::Skip = self {
            let user = user.ok_or(Rejection::IdentifierNotFound)?;
            let settings = &step.experience().settings().mfa;
            if settings.policy.is_no_skip() || user.is_mfa_required_by_organization(settings) {
                return Err(Rejection::MfaPolicyNotUserControlled);
            }
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
