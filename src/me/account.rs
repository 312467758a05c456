//! The account of whoever is signed in.

use super::SignedIn;
use crate::operation::Step;
use crate::user::User;

/// who is signed in, and their account. A session that outlived its account, or its suspension (N-8), is none.
pub(super) fn authenticated<'a, 's>(
    step: &Step<'a, ()>,
    signed_in: Option<&'s SignedIn>,
) -> Option<(&'s SignedIn, &'a User)> {
    let signed_in = signed_in?;
    let user = step.user_by_id(&signed_in.user_id).filter(|user| !user.is_suspended)?;
    Some((signed_in, user))
}
