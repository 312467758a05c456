//! Suspending and deleting users.

use super::named_user::named;
use crate::audit::AuditAction;
use crate::identifier::UserId;
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

/// Deletes a user whose own account was closed, and whose time to come back is over (C-10). For a host to call now and then, of
/// each account that its store has marked so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteClosedAccount {
    user_id: UserId,
}

impl DeleteClosedAccount {
    /// This user.
    pub fn new(user_id: UserId) -> Self {
        Self { user_id }
    }
}

impl Operation for DeleteClosedAccount {
    type Subject = ();
    /// Whether there was one to delete: their owner may have come back meanwhile.
    type Output = bool;

    const NAME: OperationName = OperationName::DeleteClosedAccount;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<bool, Rejection> {
        let now = step.now();
        let is_due = |user: &&User| user.deletion_due_at.is_some_and(|due| due <= now);
        let Some(user) = step.user_by_id(&self.user_id).filter(is_due) else { return Ok(false) };
        step.delete_user(user);
        step.emit_change(&user.contacts(), user, AuditAction::UserDeleted);
        Ok(true)
    }
}

impl Operation for DeleteUser {
    type Subject = ();
    type Output = ();

    const NAME: OperationName = OperationName::DeleteUser;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<(), Rejection> {
        let user = named(step, &self.user_id)?;
        step.delete_user(user);
        step.emit_change(&user.contacts(), user, AuditAction::UserDeleted);
        Ok(())
    }
}
