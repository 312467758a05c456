//! One-time tokens (V-15): made by an operator, sent by email, good for one use.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::experience::InteractionEvent;
use crate::identifier::{Email, VerificationId};
use crate::secret::Secret;

/// A one-time token: one that an operator made, or the proof that a person had one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OneTimeTokenVerification {
    /// Whom it is for.
    pub email: Email,
    /// The organisations that its user joins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jit_organization_ids: Vec<String>,
    state: TokenState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum TokenState {
    /// Made by an operator. Such a record is found by the token's digest, and is in no interaction's registry.
    #[serde(rename_all = "camelCase")]
    Issued { expires_at: DateTime<Utc>, event: Option<InteractionEvent>, status: TokenStatus },
    /// A person had it.
    Proven,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum TokenStatus {
    Active,
    Consumed,
    Revoked,
}

/// Why a token is refused. The flows turn this into the documented rejections (V-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenRefused {
    /// Made for another email.
    EmailMismatch,
    /// Too old.
    Expired,
    /// Already used.
    Consumed,
    /// Taken back by the operator.
    Revoked,
    /// Made for another event.
    EventMismatch,
}

impl OneTimeTokenVerification {
    /// A new token for an email.
    pub(crate) fn issued(
        email: Email,
        jit_organization_ids: Vec<String>,
        event: Option<InteractionEvent>,
        expires_at: DateTime<Utc>,
    ) -> Self {
        let state = TokenState::Issued { expires_at, event, status: TokenStatus::Active };
        Self { email, jit_organization_ids, state }
    }

    /// Under which id a token is kept: a UUID, version 8, of the token's SHA-256. A store that is read by a stranger
    /// gives no token away.
    pub(crate) fn id_of(token: &Secret) -> VerificationId {
        let digest = Sha256::new().chain_update(b"one-time-token").chain_update(token.expose()).finalize();
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest).for_each(|(byte, digested)| *byte = digested);
        VerificationId::from_uuid(Uuid::new_v8(bytes))
    }

    /// Whether a person had it.
    pub fn is_verified(&self) -> bool {
        self.state == TokenState::Proven
    }

    /// Spends the token, and gives the proof that a person had it (V-15).
    ///
    /// # Errors
    /// [`TokenRefused`]: the first of its reasons, in their order.
    pub(crate) fn spend(
        &mut self,
        email: &Email,
        event: InteractionEvent,
        now: DateTime<Utc>,
    ) -> Result<Self, TokenRefused> {
        let TokenState::Issued { expires_at, event: made_for, status } = &mut self.state else {
            return Err(TokenRefused::Consumed);
        };
        if self.email != *email {
            return Err(TokenRefused::EmailMismatch);
        }
        if now > *expires_at {
            return Err(TokenRefused::Expired);
        }
        match status {
            TokenStatus::Consumed => return Err(TokenRefused::Consumed),
            TokenStatus::Revoked => return Err(TokenRefused::Revoked),
            TokenStatus::Active => {}
        }
        if made_for.is_some_and(|made_for| made_for != event) {
            return Err(TokenRefused::EventMismatch);
        }
        *status = TokenStatus::Consumed;
        Ok(Self {
            email: self.email.clone(),
            jit_organization_ids: self.jit_organization_ids.clone(),
            state: TokenState::Proven,
        })
    }

    /// Takes the token back, unless it was used.
    pub(crate) fn revoke(&mut self) {
        if let TokenState::Issued { status: status @ TokenStatus::Active, .. } = &mut self.state {
            *status = TokenStatus::Revoked;
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap()
    }

    fn token(event: Option<InteractionEvent>) -> OneTimeTokenVerification {
        let until = NOW + TimeDelta::minutes(10);
        OneTimeTokenVerification::issued(email("jane@example.com"), vec!["org".into()], event, until)
    }

    #[test]
    fn v15_the_reasons_in_their_order() {
        use InteractionEvent::{Register, SignIn};
        let later = NOW + TimeDelta::minutes(11);
        let (jane, joe) = (email("JANE@example.com"), email("joe@example.com"));
        let mut used = token(Some(SignIn));
        let proof = used.spend(&jane, SignIn, NOW).unwrap();
        assert!(proof.is_verified() && !used.is_verified());
        assert_eq!(proof.jit_organization_ids, ["org"]);
        assert_eq!(used.spend(&joe, Register, later), Err(TokenRefused::EmailMismatch));
        assert_eq!(used.spend(&jane, Register, later), Err(TokenRefused::Expired));
        assert_eq!(used.spend(&jane, Register, NOW), Err(TokenRefused::Consumed));
        let mut revoked = token(Some(SignIn));
        revoked.revoke();
        assert_eq!(revoked.spend(&jane, Register, NOW), Err(TokenRefused::Revoked));
        assert_eq!(token(Some(SignIn)).spend(&jane, Register, NOW), Err(TokenRefused::EventMismatch));
        assert!(token(None).spend(&jane, Register, NOW).is_ok());
    }

    #[test]
    fn a_token_is_kept_by_its_digest() {
        let (one, other) = (Secret::new("one"), Secret::new("other"));
        assert_eq!(OneTimeTokenVerification::id_of(&one), OneTimeTokenVerification::id_of(&one));
        assert_ne!(OneTimeTokenVerification::id_of(&one), OneTimeTokenVerification::id_of(&other));
    }
}
