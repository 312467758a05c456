//! Making one-time tokens, and taking them back (V-15).

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::organizations::check_ids;
use crate::audit::{AuditAction, AuditSubject};
use crate::experience::InteractionEvent;
use crate::identifier::Email;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::{Secret, ShownOnce, hex};
use crate::store::EntryKey;
use crate::verification::{OneTimeToken, OneTimeTokenStatus};

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct IssuedOneTimeToken {
    /// The token: 256 random bits. It is shown this once.
    pub token: ShownOnce,
    /// What an operator sees of it from then on.
    #[serde(flatten)]
    pub view: OneTimeTokenView,
}

/// A one-time token, as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct OneTimeTokenView {
    /// What names it: the digest under which it is kept, in hexadecimal. It is no secret: nobody gets from it to the token.
    pub id: String,
    /// Whom it is for.
    pub email: Email,
    /// What has become of it.
    pub status: OneTimeTokenStatus,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
}

impl OneTimeTokenView {
    fn of(key: &EntryKey, token: &OneTimeToken, now: DateTime<Utc>) -> Self {
        Self {
            id: hex(key.digest()),
            email: token.email.clone(),
            status: token.status(now),
            expires_at: token.expires_at,
        }
    }
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
        let ids: Vec<&str> = self.jit_organization_ids.iter().map(String::as_str).collect();
        check_ids(&ids, |at| format!("context.jitOrganizationIds.{at}"))?;
        let token = Secret::new(hex(&step.random::<32>()));
        let expires_at = step
            .now()
            .checked_add_signed(self.lifetime.max(TimeDelta::zero()))
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        let issued = OneTimeToken::issued(
            self.email.clone(),
            self.jit_organization_ids.clone(),
            self.event,
            expires_at,
        );
        let key = EntryKey::one_time_token(&token);
        let view = OneTimeTokenView::of(&key, &issued, step.now());
        step.emit(recipient(&self.email), AuditAction::TokenIssued { event: self.event });
        step.create_one_time_token(key, issued);
        Ok(IssuedOneTimeToken { token: ShownOnce::new(token), view })
    }
}

/// Shows what has become of a one-time token. It is remembered for a week after it is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindOneTimeToken {
    id: String,
}

impl FindOneTimeToken {
    /// The token of an id, which is no secret: [`OneTimeTokenView::id`].
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

impl Operation for FindOneTimeToken {
    type Subject = ();
    type Output = OneTimeTokenView;

    const NAME: OperationName = OperationName::FindOneTimeToken;

    /// # Errors
    /// [`Rejection::EntityNotFound`] if there is no such token.
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<OneTimeTokenView, Rejection> {
        let (key, token) = token_of(step, &self.id)?;
        Ok(OneTimeTokenView::of(&key, token, step.now()))
    }
}

/// Takes a one-time token back. One that was used stays used, and one that is too old stays so: the answer says what has become of
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokeOneTimeToken {
    id: String,
}

impl RevokeOneTimeToken {
    /// The token of an id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into() }
    }
}

impl Operation for RevokeOneTimeToken {
    type Subject = ();
    type Output = OneTimeTokenView;

    const NAME: OperationName = OperationName::RevokeOneTimeToken;

    /// # Errors
    /// [`Rejection::EntityNotFound`] if there is no such token.
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<OneTimeTokenView, Rejection> {
        let (key, token) = token_of(step, &self.id)?;
        let (mut token, now) = (token.clone(), step.now());
        if token.status(now) == OneTimeTokenStatus::Active {
            token.revoke();
            step.emit(recipient(&token.email), AuditAction::TokenRevoked);
            step.write_one_time_token(key, token.clone());
        }
        Ok(OneTimeTokenView::of(&key, &token, now))
    }
}

/// The token that a path names. A text that is no id names none, and is answered so.
fn token_of<'a>(step: &Step<'a, ()>, id: &str) -> Result<(EntryKey, &'a OneTimeToken), Rejection> {
    let key = EntryKey::one_time_token_of_id(id).ok_or(Rejection::EntityNotFound)?;
    step.one_time_token(&key).map(|token| (key, token)).ok_or(Rejection::EntityNotFound)
}

/// Nobody needs to have the email yet, and nobody is looked for.
fn recipient(email: &Email) -> AuditSubject {
    let key = email.key();
    AuditSubject::unknown(key.kind().as_str(), key.value())
}
