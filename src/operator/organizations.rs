//! The organisations that a user belongs to.

use super::named_user::named;
use crate::operation::{Operation, Step};
use crate::plain_text::is_plain;
use crate::rejection::{InputIssue, InvalidInput, OperationName, Rejection};
use crate::user::{User, UserOrganization};

/// The longest id of an organisation, in bytes.
const MAX_ID: usize = 256;

/// The most organisations of one user. They fit into what an interaction may hold (I-8).
const MAX_ORGANIZATIONS: usize = 64;

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
}

/// What cannot be kept of some organisations' ids, all of it, each at its path.
pub(super) fn check_ids(ids: &[&str], path: impl Fn(usize) -> String) -> Result<(), Rejection> {
    let mut issues = Vec::new();
    if ids.len() > MAX_ORGANIZATIONS {
        issues.push(InputIssue {
            path: path(MAX_ORGANIZATIONS),
            message: "expected fewer organisations".into(),
        });
    }
    for (at, id) in ids.iter().enumerate() {
        let message = if !(1..=MAX_ID).contains(&id.len()) || !is_plain(id) {
            "expected 1 to 256 bytes of plain text"
        } else if ids.iter().take(at).any(|earlier| earlier == id) {
            "expected each organisation once"
        } else {
            continue;
        };
        issues.push(InputIssue { path: path(at), message: message.into() });
    }
    if issues.is_empty() { Ok(()) } else { Err(Rejection::InvalidInput(InvalidInput { issues })) }
}

impl Operation for SetOrganizations {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::SetOrganizations;

    /// # Errors
    /// [`Rejection::InvalidInput`]; [`Rejection::EntityNotFound`] if there is no such user.
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        let ids: Vec<&str> = self.organizations.iter().map(|own| own.id.as_str()).collect();
        check_ids(&ids, |at| format!("{at}.id"))?;
        let user = named(step, &self.user_id)?;
        let mut changed = user.clone();
        changed.organizations.clone_from(&self.organizations);
        Ok(step.update_if_changed(user, changed))
    }
}
