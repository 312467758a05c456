//! Showing a user.

use super::named_user::named;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::User;

/// Finds a user. It changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindUser {
    user_id: String,
}

impl FindUser {
    /// The user that a path names.
    pub fn new(user_id: impl Into<String>) -> Self {
        Self { user_id: user_id.into() }
    }
}

impl Operation for FindUser {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::FindUser;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        named(step, &self.user_id).cloned()
    }
}
