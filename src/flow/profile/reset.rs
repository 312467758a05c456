//! Setting a new password in a recovery (P-13).

use serde::Deserialize;

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
        let user = step.identified_user()?;
        // P-7, without P-5: a recovery replaces the password the user has.
        check_policy(step, &self.password, user.user_info())?;
        check_not_current(step, &self.password, user)?;
        let digest = step.hash_password(&self.password);
        step.recovering()?.set_password(digest)
    }
}
