//! Setting a new password in a recovery (P-13).

use serde::Deserialize;

use super::new_password::{check_not_current, check_policy};
use crate::experience::Experience;
use crate::identifier::UserId;
use crate::interaction::{ForgotPassword, Interaction, InteractionEvent, Stage};
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;

/// Stages the new password of a recovery.
#[derive(Clone, Debug, Deserialize)]
pub struct ResetPassword {
    password: Secret,
}

impl ResetPassword {
    /// To this password.
    pub fn new(password: impl Into<String>) -> Self {
        Self { password: Secret::new(password) }
    }
}

impl Operation for ResetPassword {
    type Output = ();

    const NAME: OperationName = OperationName::ResetPassword;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let recovery = interaction.event() == InteractionEvent::ForgotPassword;
        Needs::none().users(interaction.user_id().filter(|_| recovery).map(UserId::key)).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        let user_id = match step.interaction.stage() {
            Stage::ForgotPassword(ForgotPassword::Identified { user_id, .. }) => user_id,
            Stage::ForgotPassword(ForgotPassword::Anonymous) => return Err(Rejection::IdentifierNotFound),
            _ => return Err(Rejection::InvalidInteractionType),
        };
        let user = step.user_by_id(user_id).ok_or(Rejection::IdentifierNotFound)?;
        // P-7, without P-5: a recovery replaces the password the user has.
        check_policy(step, &self.password, user.user_info())?;
        check_not_current(step, &self.password, user)?;
        let digest = step.hash_password(self.password.expose());
        if let Stage::ForgotPassword(ForgotPassword::Identified { new_password, .. }) =
            step.interaction.stage_mut()
        {
            *new_password = Some(digest);
        }
        Ok(())
    }
}
