//! Verifying a password (V-1, V-2).

use serde::Deserialize;

use super::super::rules::lockout::Tries;
use super::super::rules::method::can_recover;
use crate::identifier::{ClaimedIdentifier, Identifier, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Context, Operation, Questions, Step};
use crate::password::PasswordMatch;
use crate::rejection::{OperationName, Rejection};
use crate::secret::{Secret, non_empty_secret};
use crate::user::{Password, User};
use crate::verification::{PasswordVerification, Pool, Verification};

/// Checks a password against what the identifier's user has.
///
/// Nobody of that identifier, somebody without a password, the wrong password, and a method that is off are
/// one answer, at the cost of one hash of the current scheme each.
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

    fn tries(&self, context: &Context<'_>) -> Tries {
        Tries::of_claimed(Pool::Password, &self.identifier, context)
    }

    /// V-1: the user whose password this is, and whether it should be hashed anew. Whoever it is not costs a hash too.
    fn matching<'a>(&self, step: &Step<'a>, tries: &Tries) -> Option<Matching<'a>> {
        let user = tries.key().and_then(|key| step.user(key)).filter(|user| self.is_offered(step, user));
        let own = user.and_then(|user| Some((user, user.password.as_ref()?)));
        match own.map(|(_, own)| step.verify_password(&self.password, &own.digest)) {
            None | Some(PasswordMatch::NoAndOutdated) => {
                step.hash_password(&self.password);
                None
            }
            Some(PasswordMatch::No) => None,
            Some(found @ (PasswordMatch::Yes | PasswordMatch::Outdated)) => {
                let (user, own) = own?;
                let outdated = found == PasswordMatch::Outdated;
                Some(Matching { user, own, identifier: self.identifier.parse()?, outdated })
            }
        }
    }

    /// D-25: a password is not even confirmed where no method takes one for this type of identifier: to sign in, nor in the
    /// events that no password is good for, where a guesser would learn of it all the same. Whoever changes their own
    /// account proves by it that they are its owner (C-2), and signs nobody in.
    fn is_offered(&self, step: &Step<'_>, user: &User) -> bool {
        let sign_in = &step.experience().settings().sign_in;
        let is_own = step.interaction().managing().is_some_and(|managing| managing.user_id == user.id);
        is_own || sign_in.offers_password(self.identifier.identifier_type)
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

    fn prefetch(&self, context: &Context<'_>) -> Questions {
        let tries = self.tries(context);
        tries.questions().users(tries.key().cloned())
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let tries = self.tries(step.context()).after_identification(step);
        tries.check_not_blocked(step)?;
        let Some(Matching { user, own, identifier, outdated }) = self.matching(step, &tries) else {
            return Err(tries.failed(step, Rejection::InvalidCredentials));
        };
        if user.is_suspended {
            tries.noted(step);
            step.savepoint();
            return Err(Rejection::Suspended);
        }
        tries.succeeded(step);
        let expired = user.is_password_expired(&step.experience().settings().password_expiration, step.now());
        if expired && can_recover(step.experience(), user) {
            // That is no failed try.
            step.savepoint();
            return Err(Rejection::PasswordExpired);
        }
        if outdated {
            // V-2
            let anew = own.hashed_anew(step.hash_password(&self.password));
            let mark = step.mark(Self::NAME, &[&anew.stamp()]);
            step.update_user(User { password: Some(anew), ..user.clone() }, mark);
        }
        let (user_id, stamp) = (user.id.clone(), own.stamp());
        let proof = PasswordVerification { user_id, identifier, stamp, expired };
        Ok(step.add_record(Verification::Password(proof)))
    }
}
