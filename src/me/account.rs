//! The account of whoever is signed in.

use super::{Session, SignedIn};
use crate::operation::Step;
use crate::user::User;

/// the account of whoever is signed in, and their sessions. A session that outlived its account, a suspension (N-8) or
/// the password that it was opened with is none.
pub(super) fn authenticated<'a>(
    step: &Step<'a, ()>,
    signed_in: Option<&SignedIn>,
) -> Option<(&'a User, Session)> {
    let signed_in = signed_in?;
    let user = step.user_by_id(&signed_in.user_id).filter(|user| user.keeps_session(signed_in.since))?;
    Some((user, signed_in.session(user)))
}
