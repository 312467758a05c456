//! Giving a user an identity at a provider.

use super::named_user::named;
use crate::identifier::UserKey;
use crate::operation::{Operation, Step, already_in_use};
use crate::plain_text::is_shallow;
use crate::rejection::{OperationName, Rejection};
use crate::user::{SocialIdentity, User};

/// The longest target and id of an identity, in bytes.
const MAX_TEXT: usize = 256;

/// Gives a user an identity at a social provider, in place of the one the user has there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkIdentity {
    user_id: String,
    target: String,
    identity: SocialIdentity,
}

impl LinkIdentity {
    /// To the user that a path names.
    pub fn new(user_id: impl Into<String>, target: impl Into<String>, identity: SocialIdentity) -> Self {
        Self { user_id: user_id.into(), target: target.into(), identity }
    }
}

impl Operation for LinkIdentity {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::LinkIdentity;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        for (path, text) in [("target", &self.target), ("userId", &self.identity.user_id)] {
            if text.is_empty() || text.len() > MAX_TEXT {
                return Err(Rejection::invalid_input(path, "expected 1 to 256 bytes"));
            }
        }
        if !self.identity.details.as_ref().is_none_or(is_shallow) {
            return Err(Rejection::invalid_input("details", "expected JSON that is not nested so deep"));
        }
        let key = UserKey::social_identity(&self.target, &self.identity.user_id);
        // Both are asked for at once.
        let (user, _) = (named(step, &self.user_id), step.user(&key));
        let user = user?;
        if !step.is_free(&key, Some(&user.id)) {
            return Err(already_in_use(&key));
        }
        let mut changed = user.clone();
        changed.identities.insert(self.target.clone(), self.identity.clone());
        Ok(step.update_if_changed(user, changed))
    }
}
