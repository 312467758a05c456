//! Writing a user once more under other settings.

use super::named_user::named;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};

/// Writes a user once more, under the keys that the settings of the context give: after a change of `caseSensitive`
/// ([`UsernameCase`](crate::identifier::UsernameCase)).
///
/// Where two names become one, the account that is written first keeps it, and the other is refused as
/// [`Rejection::UsernameAlreadyInUse`]: write the oldest account first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RekeyUser {
    user_id: String,
}

impl RekeyUser {
    /// The user of an id.
    pub fn new(user_id: impl Into<String>) -> Self {
        Self { user_id: user_id.into() }
    }
}

impl Operation for RekeyUser {
    type Subject = ();
    type Output = ();

    const NAME: OperationName = OperationName::RekeyUser;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<(), Rejection> {
        let user = named(step, &self.user_id)?;
        step.update_user(user.clone());
        Ok(())
    }
}
