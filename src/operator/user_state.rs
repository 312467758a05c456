//! Suspending and deleting users.

use super::named_user::named;
use crate::audit::AuditEvent;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::User;

/// Suspends a user, whose sessions are over by it ([`User::keeps_session`]), or lets one in again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspendUser {
    user_id: String,
    is_suspended: bool,
}

impl SuspendUser {
    /// The user that a path names.
    pub fn new(user_id: impl Into<String>, is_suspended: bool) -> Self {
        Self { user_id: user_id.into(), is_suspended }
    }
}

impl Operation for SuspendUser {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::SuspendUser;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        let user = named(step, &self.user_id)?;
        let mut changed = user.clone();
        changed.suspend(self.is_suspended, step.now());
        Ok(step.update_if_changed(user, changed))
    }
}

/// Deletes a user, and frees the keys. A host ends the sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteUser {
    user_id: String,
}

impl DeleteUser {
    /// The user that a path names.
    pub fn new(user_id: impl Into<String>) -> Self {
        Self { user_id: user_id.into() }
    }
}

impl Operation for DeleteUser {
    type Subject = ();
    type Output = ();

    const NAME: OperationName = OperationName::DeleteUser;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<(), Rejection> {
        let user = named(step, &self.user_id)?;
        step.delete_user(user);
        step.emit(AuditEvent::UserDeleted { user_id: user.id.clone() });
        Ok(())
    }
}
