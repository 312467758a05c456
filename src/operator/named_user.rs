//! The user that an operator's request names.

use crate::identifier::UserId;
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::user::User;

/// The user that a path names. A text that is no id names nobody, and is answered so.
pub(super) fn named<'a>(step: &Step<'a, ()>, user_id: &str) -> Result<&'a User, Rejection> {
    let id = UserId::parse(user_id).ok();
    id.and_then(|id| step.user_by_id(&id)).ok_or(Rejection::EntityNotFound)
}
