//! Closing one's own account (C-10).

use chrono::{DateTime, Utc};

use super::super::rules::step_up::check_step_up;
use crate::audit::AuditAction;
use crate::interaction::Interaction;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};

/// Marks one's own account for deletion, at once: nothing of it is staged, the interaction is over, and so are all sessions.
/// Signing in within the grace time withdraws it; after that the host deletes the account, by
/// [`DeleteClosedAccount`](crate::operator::DeleteClosedAccount).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloseAccount;

impl Operation for CloseAccount {
    type Subject = Interaction;
    type Output = DateTime<Utc>;

    const NAME: OperationName = OperationName::CloseAccount;

    /// Answers when the account is to be deleted.
    fn decide(&self, step: &mut Step<'_>) -> Result<DateTime<Utc>, Rejection> {
        step.managing()?;
        let user = step.identified_user()?;
        if user.is_suspended {
            return Err(Rejection::Suspended);
        }
        let mark = step.mark(Self::NAME, &[]);
        let mut changed = user.clone();
        if !step.has_written(user, &mark) {
            check_step_up(step, user)?;
            let grace = step.experience().settings().account_policy.deletion_grace();
            let due = step.now().checked_add_signed(grace).unwrap_or(DateTime::<Utc>::MAX_UTC);
            changed.deletion_due_at = Some(due);
            changed.sessions_valid_from = Some(step.now());
            changed.updated_at = step.now();
        }
        let due = changed.deletion_due_at.unwrap_or(step.now());
        step.emit_change(&user.contacts(), user, AuditAction::DeletionRequested { due });
        step.update_user(changed, mark);
        step.closes();
        Ok(due)
    }
}
