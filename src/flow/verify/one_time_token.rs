//! Using a one-time token (V-15).

use serde::Deserialize;

use super::super::rules::lockout::Tries;
use crate::experience::Experience;
use crate::identifier::{Contact, Email, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Operation, Questions, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::store::EntryKey;
use crate::verification::{Pool, TokenRefused, Verification};

/// Spends a one-time token.
#[derive(Clone, Debug, Deserialize)]
pub struct VerifyOneTimeToken {
    #[serde(deserialize_with = "email")]
    identifier: Email,
    token: Secret,
}

fn email<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Email, D::Error> {
    match Contact::deserialize(deserializer)? {
        Contact::Email(email) => Ok(email),
        Contact::Phone(_) => Err(serde::de::Error::custom("expected an email")),
    }
}

impl VerifyOneTimeToken {
    /// The token that an email was sent.
    pub fn new(email: Email, token: impl Into<String>) -> Self {
        Self { identifier: email, token: Secret::new(token) }
    }

    fn tries(&self) -> Tries {
        Tries::of_key(Pool::Identifier, self.identifier.key(), Self::NAME)
    }
}

impl Operation for VerifyOneTimeToken {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyOneTimeToken;

    fn prefetch(&self, _: &Experience) -> Questions {
        Questions::none().entries([self.tries().counter(), EntryKey::one_time_token(&self.token)])
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let (tries, key) = (self.tries(), EntryKey::one_time_token(&self.token));
        tries.check_not_blocked(step)?;
        let Some(mut token) = step.one_time_token(&key).cloned() else {
            // A guess of the token.
            tries.failed(step);
            return Err(Rejection::TokenNotFound);
        };
        let (event, now) = (step.interaction().event(), step.now());
        let proof = token.spend(&self.identifier, event, now).map_err(|refused| match refused {
            TokenRefused::EmailMismatch => {
                // A guess of whose it is.
                tries.failed(step);
                Rejection::TokenEmailMismatch
            }
            TokenRefused::Expired => Rejection::TokenExpired,
            TokenRefused::Consumed => Rejection::TokenConsumed,
            TokenRefused::Revoked => Rejection::TokenRevoked,
            TokenRefused::EventMismatch => Rejection::TokenEventMismatch,
        })?;
        tries.succeeded(step);
        step.write_one_time_token(key, token);
        Ok(step.add_record(Verification::OneTimeToken(proof)))
    }
}
