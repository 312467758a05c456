//! What a user has decided about multi-factor authentication, as an operator changes it.

use serde::Deserialize;

use super::named_user::named;
use crate::change::Change;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::User;

/// Changes what a user has decided about multi-factor authentication. The factors stay.
#[derive(Clone, Debug)]
pub struct PatchMfa {
    user_id: String,
    patch: MfaPatch,
}

/// What becomes of a user's decisions. It is read from JSON; an absent member stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct MfaPatch {
    /// Whether it is on; `null` for a user whom nobody has asked yet.
    pub enabled: Change<bool>,
    /// Whether the user skipped enrolling (M-6).
    pub skipped: Option<bool>,
    /// Whether the user is not asked for a factor when signing in (M-2).
    pub skip_mfa_on_sign_in: Option<bool>,
    /// Whether the user skipped the suggestion of a second factor (M-6).
    pub additional_suggestion_skipped: Option<bool>,
}

impl PatchMfa {
    /// Of the user that a path names.
    pub fn new(user_id: impl Into<String>, patch: MfaPatch) -> Self {
        Self { user_id: user_id.into(), patch }
    }
}

impl Operation for PatchMfa {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::PatchMfa;

    /// # Errors
    /// [`Rejection::EntityNotFound`] if there is no such user.
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        let user = named(step, &self.user_id)?;
        let mut changed = user.clone();
        let mfa = &mut changed.mfa;
        self.patch.enabled.clone().apply(&mut mfa.enabled);
        for (given, own) in [
            (self.patch.skipped, &mut mfa.skipped),
            (self.patch.skip_mfa_on_sign_in, &mut mfa.skip_mfa_on_sign_in),
            (self.patch.additional_suggestion_skipped, &mut mfa.suggestion_skipped),
        ] {
            *own = given.unwrap_or(*own);
        }
        Ok(step.update_if_changed(user, changed))
    }
}
