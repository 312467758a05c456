//! What a person decides about MFA (M-6).

use crate::experience::Experience;
use crate::identifier::UserId;
use crate::interaction::{Interaction, InteractionEvent};
use crate::operation::{Facts, Needs, Operation, Step};
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
    type Output = ();

    const NAME: OperationName = OperationName::DecideMfa;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let asked = interaction.event() != InteractionEvent::ForgotPassword;
        Needs::none().users(interaction.user_id().filter(|_| asked).map(UserId::key)).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        match (self, step.interaction.event()) {
            (_, InteractionEvent::ForgotPassword) => return Err(Rejection::NotSupportedForForgotPassword),
            (Self::Skip, _) => {
                let user = step.identified_user()?;
                let settings = &step.experience().settings().mfa;
                if settings.policy.is_no_skip() || user.is_mfa_required_by_organization(settings) {
                    return Err(Rejection::MfaPolicyNotUserControlled);
                }
            }
            (_, InteractionEvent::SignIn | InteractionEvent::Register) => {}
        }
        let staged = step.interaction.mfa_mut().ok_or(Rejection::IdentifierNotFound)?;
        match self {
            Self::Enable => staged.enabled = true,
            Self::Skip => staged.skipped = true,
            Self::SkipSuggestion => staged.suggestion_skipped = true,
            Self::SkipPasskey => staged.passkey_skipped = true,
        }
        Ok(())
    }
}
