//! Setting a new password in a recovery (P-13).

use serde::Deserialize;

use super::super::rules::lockout::Tries;
use super::super::rules::password::{check_not_current, check_policy};
use crate::interaction::{Interaction, InteractionEvent};
use crate::operation::{Operation, Step};
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
    type Subject = Interaction;
    type Output = ();

    const NAME: OperationName = OperationName::ResetPassword;

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        if step.interaction().event() != InteractionEvent::ForgotPassword {
            return Err(Rejection::InvalidInteractionType);
        }
        if let Some(user_id) = step.interaction().user_id() {
            // Asked for together with the account.
            Tries::comparisons_of(user_id).ask(step);
        }
        let user = step.identified_user()?;
        check_policy(step, &self.password, user.user_info())?;
        check_not_current(step, &self.password, user)?;
        let digest = step.hash_password(&self.password);
        step.recovering()?.set_password(digest)
    }
}
