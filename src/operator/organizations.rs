//! The organisations that a user belongs to.

use super::named_user::named;
use crate::operation::{Operation, Step};
use crate::plain_text::is_plain;
use crate::rejection::{InputIssue, InvalidInput, OperationName, Rejection};
use crate::user::{User, UserOrganization};

/// The longest id of an organisation, in bytes.
const MAX_ID: usize = 256;

/// Sets the organisations that a user belongs to: these and no others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetOrganizations {
    user_id: String,
    organizations: Vec<UserOrganization>,
}

impl SetOrganizations {
    /// Of the user that a path names.
    pub fn new(user_id: impl Into<String>, organizations: Vec<UserOrganization>) -> Self {
        Self { user_id: user_id.into(), organizations }
    }

    /// What cannot be kept, all of it.
    fn check_form(&self) -> Result<(), Rejection> {
        let mut issues = Vec::new();
        for (at, own) in self.organizations.iter().enumerate() {
            let earlier = self.organizations.iter().take(at);
            let message = if !(1..=MAX_ID).contains(&own.id.len()) || !is_plain(&own.id) {
                "expected 1 to 256 bytes of plain text"
            } else if earlier.into_iter().any(|other| other.id == own.id) {
                "expected each organisation once"
            } else {
                continue;
            };
            issues.push(InputIssue { path: format!("{at}.id"), message: message.into() });
        }
        if issues.is_empty() { Ok(()) } else { Err(Rejection::InvalidInput(InvalidInput { issues })) }
    }
}

impl Operation for SetOrganizations {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::SetOrganizations;

    /// # Errors
    /// [`Rejection::InvalidInput`]; [`Rejection::EntityNotFound`] if there is no such user.
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        self.check_form()?;
        let user = named(step, &self.user_id)?;
        let mut changed = user.clone();
        changed.organizations.clone_from(&self.organizations);
        Ok(step.update_if_changed(user, changed))
    }
}
