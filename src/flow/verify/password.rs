//! Verifying a password (V-1, V-2).

use serde::Deserialize;

use super::super::rules::lockout::Tries;
use crate::experience::Experience;
use crate::identifier::{ClaimedIdentifier, Identifier, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Operation, Questions, Step};
use crate::password::PasswordMatch;
use crate::rejection::{OperationName, Rejection};
use crate::secret::{Secret, non_empty_secret};
use crate::user::{Password, User};
use crate::verification::{PasswordVerification, Pool, Verification};

/// Checks a password against what the identifier's user has.
///
/// Nobody of that identifier, somebody without a password, and the wrong password are one answer, at the cost of one
/// hash each.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyPassword {
    identifier: ClaimedIdentifier,
    #[serde(deserialize_with = "non_empty_secret")]
    password: Secret,
}

impl VerifyPassword {
    /// The password of whoever has this identifier.
    pub fn new(identifier: ClaimedIdentifier, password: impl Into<String>) -> Self {
        Self { identifier, password: Secret::new(password) }
    }

    fn tries(&self, experience: &Experience) -> Tries {
        Tries::of_claimed(Pool::Identifier, &self.identifier, experience, Self::NAME)
    }

    /// V-1: the user whose password this is, and whether it should be hashed anew. Whoever it is not costs a hash too.
    fn matching<'a>(&self, step: &Step<'a>, tries: &Tries) -> Option<Matching<'a>> {
        let user = tries.key().and_then(|key| step.user(key));
        let Some((user, own)) = user.and_then(|user| Some((user, user.password.as_ref()?))) else {
            step.hash_password(&self.password);
            return None;
        };
        let outdated = match step.verify_password(&self.password, &own.digest) {
            PasswordMatch::No => return None,
            PasswordMatch::Yes => false,
            PasswordMatch::Outdated => true,
        };
        Some(Matching { user, own, identifier: self.identifier.parse()?, outdated })
    }
}

/// Whose password it is.
struct Matching<'a> {
    user: &'a User,
    own: &'a Password,
    identifier: Identifier,
    outdated: bool,
}

impl Operation for VerifyPassword {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyPassword;

    fn prefetch(&self, experience: &Experience) -> Questions {
        let tries = self.tries(experience);
        Questions::none().entries([tries.counter()]).users(tries.key().cloned())
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let tries = self.tries(step.experience());
        tries.check_not_blocked(step)?;
        let Some(Matching { user, own, identifier, outdated }) = self.matching(step, &tries) else {
            tries.failed(step);
            return Err(Rejection::InvalidCredentials);
        };
        if user.is_suspended {
            return Err(Rejection::Suspended);
        }
        if user.is_password_expired(&step.experience().settings().password_expiration, step.now()) {
            return Err(Rejection::PasswordExpired);
        }
        if outdated {
            // V-2
            let anew = own.hashed_anew(step.hash_password(&self.password));
            let mark = step.mark(Self::NAME, &[&anew.stamp()]);
            step.update_user(User { password: Some(anew), ..user.clone() }, mark);
        }
        tries.succeeded(step);
        let proof = PasswordVerification { user_id: user.id.clone(), identifier, stamp: own.stamp() };
        Ok(step.add_record(Verification::Password(proof)))
    }
}
