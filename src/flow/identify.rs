//! Identifying (N-1 to N-13): using a verified record to establish which user this is; in a registration, making the
//! account.

mod existing_user;
mod new_user;

use serde::Deserialize;

use crate::identifier::{UserId, VerificationId};
use crate::interaction::{Interaction, InteractionEvent};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};

/// Uses a verified record to say who this is; in a registration, makes the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Identify {
    verification_id: Option<VerificationId>,
    link_social_identity: bool,
}

/// Who is identified now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentifiedUser {
    /// Who.
    pub user_id: UserId,
    /// Whether the account was made by this step.
    pub created: bool,
}

impl Identify {
    /// By a verified record.
    pub fn by(verification_id: VerificationId) -> Self {
        Self { verification_id: Some(verification_id), link_social_identity: false }
    }

    /// Makes the account of a registration from what is staged, without a record.
    pub fn from_staged_profile() -> Self {
        Self::default()
    }

    /// As the user related to a social identity that nobody has, to whom it is then linked (N-7).
    #[must_use]
    pub fn linking_social_identity(self) -> Self {
        Self { link_social_identity: true, ..self }
    }
}

impl Operation for Identify {
    type Subject = Interaction;
    type Output = IdentifiedUser;

    const NAME: OperationName = OperationName::Identify;

    fn decide(&self, step: &mut Step<'_>) -> Result<IdentifiedUser, Rejection> {
        let (user_id, created) = match step.interaction().event() {
            // C-1: who it is was known from the start.
            InteractionEvent::Account => return Err(Rejection::InvalidInteractionType),
            InteractionEvent::Register => (new_user::create(step, self.verification_id)?, true),
            InteractionEvent::SignIn | InteractionEvent::ForgotPassword => {
                let id = self.verification_id.ok_or_else(|| {
                    Rejection::invalid_input("verificationId", "expected the id of a verification")
                })?;
                (existing_user::identify(step, id, self.link_social_identity)?, false)
            }
        };
        step.moves();
        Ok(IdentifiedUser { user_id, created })
    }
}
