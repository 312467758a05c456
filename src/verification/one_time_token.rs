//! One-time tokens (V-15): made by an operator, sent by email, good for one use.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::experience::InteractionEvent;
use crate::form::stored;
use crate::identifier::Email;

/// How long a token is remembered after it is of no use.
const REMEMBERED: TimeDelta = TimeDelta::days(7);

stored! {
    /// A one-time token, as a store keeps it under the token's digest.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OneTimeToken {
        /// Whom it is for.
        pub email: Email,
        /// The organisations that its user joins.
        pub jit_organization_ids: Vec<String>,
        /// The only event it can be used for; any, if none is named.
        pub event: Option<InteractionEvent>,
        /// Until when it can be used.
        pub expires_at: DateTime<Utc>,
        status: TokenStatus,
    }
}

stored! {
    /// What has become of a token, whatever the time is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum TokenStatus {
        Active,
        Consumed,
        Revoked,
    }
}

/// What has become of a one-time token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OneTimeTokenStatus {
    /// It can be used.
    Active,
    /// It was used.
    Consumed,
    /// The operator has taken it back.
    Revoked,
    /// It was not used in time.
    Expired,
}

stored! {
    /// The proof that a person had a token (V-15). It exists only verified.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OneTimeTokenVerification {
        /// Whom the token was for.
        pub email: Email,
        /// The organisations that its user joins.
        pub jit_organization_ids: Vec<String>,
        /// The only event the token was for; any, if none was named.
        pub event: Option<InteractionEvent>,
    }
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

impl OneTimeToken {
    /// A new token for an email.
    pub(crate) fn issued(
        email: Email,
        jit_organization_ids: Vec<String>,
        event: Option<InteractionEvent>,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self { email, jit_organization_ids, event, expires_at, status: TokenStatus::Active }
    }

    /// What has become of it.
    pub fn status(&self, now: DateTime<Utc>) -> OneTimeTokenStatus {
        match self.status {
            TokenStatus::Consumed => OneTimeTokenStatus::Consumed,
            TokenStatus::Revoked => OneTimeTokenStatus::Revoked,
            TokenStatus::Active if now > self.expires_at => OneTimeTokenStatus::Expired,
            TokenStatus::Active => OneTimeTokenStatus::Active,
        }
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
    ) -> Result<OneTimeTokenVerification, TokenRefused> {
        if self.email != *email {
            return Err(TokenRefused::EmailMismatch);
        }
        if now > self.expires_at {
            return Err(TokenRefused::Expired);
        }
        match self.status {
            TokenStatus::Consumed => return Err(TokenRefused::Consumed),
            TokenStatus::Revoked => return Err(TokenRefused::Revoked),
            TokenStatus::Active => {}
        }
        if self.event.is_some_and(|made_for| made_for != event) {
            return Err(TokenRefused::EventMismatch);
        }
        self.status = TokenStatus::Consumed;
        Ok(OneTimeTokenVerification {
            email: self.email.clone(),
            jit_organization_ids: self.jit_organization_ids.clone(),
            event: self.event,
        })
    }

    /// Until when it is kept: for a while after it is of no use, so that it is answered as too old or used, not as
    /// unknown.
    pub(crate) fn remembered_until(&self) -> DateTime<Utc> {
        self.expires_at.checked_add_signed(REMEMBERED).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Takes the token back; one that was used stays used.
    pub(crate) fn revoke(&mut self) {
        if self.status == TokenStatus::Active {
            self.status = TokenStatus::Revoked;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap()
    }

    fn token(event: Option<InteractionEvent>) -> OneTimeToken {
        OneTimeToken::issued(
            email("jane@example.com"),
            vec!["org".into()],
            event,
            NOW + TimeDelta::minutes(10),
        )
    }

    #[test]
    fn v15_the_reasons_in_their_order() {
        use InteractionEvent::{Register, SignIn};
        let later = NOW + TimeDelta::minutes(11);
        let (jane, joe) = (email("JANE@example.com"), email("joe@example.com"));
        let mut used = token(Some(SignIn));
        let proof = used.spend(&jane, SignIn, NOW).unwrap();
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
    fn a_token_that_was_used_is_not_taken_back() {
        let mut used = token(None);
        used.spend(&email("jane@example.com"), InteractionEvent::SignIn, NOW).unwrap();
        let after = used.clone();
        used.revoke();
        assert_eq!(used, after);
    }
}
