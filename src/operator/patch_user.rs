//! Changing a user.

use super::named_user::named;
use super::user_patch::UserPatch;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::User;

/// Changes what a user has: what is given is set, `null` removes it, the rest stays. Claims and custom data are merged (RFC 7396).
///
/// It is the operator's act: nothing keeps the user from being locked out by it. A new password ends all sessions.
#[derive(Clone, Debug)]
pub struct PatchUser {
    user_id: String,
    patch: UserPatch,
}

impl PatchUser {
    /// Of the user that a path names.
    pub fn new(user_id: impl Into<String>, patch: UserPatch) -> Self {
        Self { user_id: user_id.into(), patch }
    }
}

impl Operation for PatchUser {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::PatchUser;

    /// # Errors
    /// [`Rejection::EntityNotFound`] if there is no such user; else as [`CreateUser`](super::CreateUser).
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        let user = named(step, &self.user_id)?;
        let changed = self.patch.apply(step, user)?;
        Ok(step.update_if_changed(user, changed))
    }
}
