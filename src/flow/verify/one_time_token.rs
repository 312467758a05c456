//! Using a one-time token (V-15).

use serde::Deserialize;

use crate::identifier::{Contact, Email, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Context, Operation, Questions, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::store::EntryKey;
use crate::verification::{TokenRefused, Verification};

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
}

impl Operation for VerifyOneTimeToken {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyOneTimeToken;

    fn prefetch(&self, _: &Context<'_>) -> Questions {
        Questions::none().entries([EntryKey::one_time_token(&self.token)])
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        // L-1: not counted. A guess at 256 bits is none, and what counts would lock out whoever has the email.
        let key = EntryKey::one_time_token(&self.token);
        let mut token = step.one_time_token(&key).cloned().ok_or(Rejection::TokenNotFound)?;
        let (event, now) = (step.interaction().event(), step.now());
        let proof = token.spend(&self.identifier, event, now).map_err(|refused| match refused {
            TokenRefused::EmailMismatch => Rejection::TokenEmailMismatch,
            TokenRefused::Expired => Rejection::TokenExpired,
            TokenRefused::Consumed => Rejection::TokenConsumed,
            TokenRefused::Revoked => Rejection::TokenRevoked,
            TokenRefused::EventMismatch => Rejection::TokenEventMismatch,
        })?;
        step.write_one_time_token(key, token);
        Ok(step.add_record(Verification::OneTimeToken(proof)))
    }
}
