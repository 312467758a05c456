//! Making one-time tokens, and taking them back (V-15).

use chrono::{DateTime, TimeDelta, Utc};

use crate::experience::InteractionEvent;
use crate::identifier::Email;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::{Secret, ShownOnce, hex};
use crate::store::EntryKey;
use crate::verification::OneTimeToken;

/// How long a one-time token lives unless the operator says otherwise.
pub const DEFAULT_TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Makes a one-time token for an email. The store keeps its digest only.
#[derive(Clone, Debug)]
pub struct IssueOneTimeToken {
    email: Email,
    lifetime: TimeDelta,
    event: Option<InteractionEvent>,
    jit_organization_ids: Vec<String>,
}

/// A one-time token, to send to the email.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedOneTimeToken {
    /// The token: 256 random bits.
    pub token: ShownOnce,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
}

impl IssueOneTimeToken {
    /// For an email, for any event, for [`DEFAULT_TOKEN_LIFETIME`].
    pub fn new(email: Email) -> Self {
        Self { email, lifetime: DEFAULT_TOKEN_LIFETIME, event: None, jit_organization_ids: Vec::new() }
    }

    /// With another lifetime.
    #[must_use]
    pub fn with_lifetime(self, lifetime: TimeDelta) -> Self {
        Self { lifetime, ..self }
    }

    /// For one event only.
    #[must_use]
    pub fn for_event(self, event: InteractionEvent) -> Self {
        Self { event: Some(event), ..self }
    }

    /// With organisations that its user joins.
    #[must_use]
    pub fn joining(self, jit_organization_ids: Vec<String>) -> Self {
        Self { jit_organization_ids, ..self }
    }
}

impl Operation for IssueOneTimeToken {
    type Subject = ();
    type Output = IssuedOneTimeToken;

    const NAME: OperationName = OperationName::IssueOneTimeToken;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<IssuedOneTimeToken, Rejection> {
        let token = Secret::new(hex(&step.random::<32>()));
        let expires_at = step.now().checked_add_signed(self.lifetime).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let issued = OneTimeToken::issued(
            self.email.clone(),
            self.jit_organization_ids.clone(),
            self.event,
            expires_at,
        );
        step.create_one_time_token(EntryKey::one_time_token(&token), issued);
        Ok(IssuedOneTimeToken { token: ShownOnce::new(token), expires_at })
    }
}

/// Takes a one-time token back. One that was used stays used.
#[derive(Clone, Debug)]
pub struct RevokeOneTimeToken {
    token: Secret,
}

impl RevokeOneTimeToken {
    /// This token.
    pub fn new(token: impl Into<String>) -> Self {
        Self { token: Secret::new(token) }
    }
}

impl Operation for RevokeOneTimeToken {
    type Subject = ();
    type Output = ();

    const NAME: OperationName = OperationName::RevokeOneTimeToken;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<(), Rejection> {
        let key = EntryKey::one_time_token(&self.token);
        let token = step.one_time_token(&key).ok_or(Rejection::TokenNotFound)?;
        let mut revoked = token.clone();
        revoked.revoke();
        if revoked != *token {
            step.write_one_time_token(key, revoked);
        }
        Ok(())
    }
}
