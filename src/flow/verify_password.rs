//! Verifying a password (V-1, V-2).

use serde::Deserialize;

use super::failed_tries::{check_not_blocked, count_failure};
use crate::experience::Experience;
use crate::identifier::{ClaimedIdentifier, Identifier, UserKey, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Facts, Needs, Operation, Step};
use crate::password::PasswordMatch;
use crate::rejection::{OperationName, Rejection};
use crate::secret::{Secret, non_empty_secret};
use crate::user::User;
use crate::verification::{AttemptKey, AttemptPool, PasswordVerification, Verification};

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

    /// The key of the identifier and the counter of its tries. A text that is nobody's is counted too.
    fn keys(&self, experience: &Experience) -> (Option<UserKey>, AttemptKey) {
        let key = self.identifier.parse().map(|identifier| identifier.key(experience.username_case()));
        let attempts = match &key {
            Some(key) => AttemptKey::new(AttemptPool::Identifier, key),
            None => AttemptKey::of_text(AttemptPool::Identifier, &self.identifier),
        };
        (key, attempts)
    }

    /// The user whose password this is, and that user's identifier.
    fn matching_user<'a>(
        &self,
        step: &Step<'a>,
        key: Option<&UserKey>,
    ) -> Option<(&'a User, Identifier, PasswordMatch)> {
        let user = key.and_then(|key| step.user(key));
        let password = self.password.expose();
        let Some((user, own)) = user.and_then(|user| Some((user, user.password.as_ref()?))) else {
            step.hash_password(password);
            return None;
        };
        match step.verify_password(password, &own.digest) {
            PasswordMatch::No => None,
            found => Some((user, self.identifier.parse()?, found)),
        }
    }
}

impl Operation for VerifyPassword {
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyPassword;

    fn needs(&self, _: &Interaction, facts: &Facts, experience: &Experience) -> Needs {
        let (key, attempts) = self.keys(experience);
        Needs::none().attempts([attempts]).users(key).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let (key, attempts) = self.keys(step.experience());
        check_not_blocked(step, &attempts)?;
        let Some((user, identifier, found)) = self.matching_user(step, key.as_ref()) else {
            count_failure(step, &attempts, key, Self::NAME);
            return Err(Rejection::InvalidCredentials);
        };
        if user.is_suspended {
            return Err(Rejection::Suspended);
        }
        if user.is_password_expired(&step.experience().settings().password_expiration, step.now()) {
            return Err(Rejection::PasswordExpired);
        }
        if found == PasswordMatch::Outdated {
            // V-2: the same password under the current scheme; its age stays what it was.
            let mut user = user.clone();
            let digest = step.hash_password(self.password.expose());
            if let Some(password) = &mut user.password {
                password.digest = digest;
            }
            step.update_user(user);
        }
        let proof = PasswordVerification { user_id: user.id.clone(), identifier };
        Ok(step.add_record(Verification::Password(proof)))
    }
}
