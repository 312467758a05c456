//! One-time tokens (V-15).

use chrono::TimeDelta;
use serde::Deserialize;

use super::failed_tries::{check_not_blocked, count_failure};
use super::start::later;
use super::verify_code::counter_of_tries;
use crate::experience::{Experience, InteractionEvent};
use crate::identifier::{Contact, Email, Revision, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Context, Facts, Misuse, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::store::{RecordChanges, RevisedWrite};
use crate::verification::{OneTimeTokenVerification, TokenRefused, Verification, VerificationRecord};

/// How long a one-time token lives unless the operator says otherwise.
pub const DEFAULT_TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// How long a token is remembered after it is of no use, so that it is answered as too old or used, not as unknown.
const REMEMBERED: TimeDelta = TimeDelta::days(7);

/// Makes a one-time token for an email: an operator's act, outside any interaction.
#[derive(Clone, Debug)]
pub struct IssueOneTimeToken {
    email: Email,
    lifetime: TimeDelta,
    event: Option<InteractionEvent>,
    jit_organization_ids: Vec<String>,
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

    /// The token, to send to the email, and what to write. The store keeps its digest only.
    ///
    /// # Errors
    /// [`Misuse::Entropy`] if there is no randomness.
    pub fn decide(&self, context: &Context<'_>) -> Result<(Secret, RecordChanges), Misuse> {
        use std::fmt::Write as _;
        let mut random = [0; 32];
        context.entropy.fill(&mut random)?;
        let token = Secret::new(random.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        }));
        let expires_at = later(context.now, self.lifetime);
        let issued = OneTimeTokenVerification::issued(
            self.email.clone(),
            self.jit_organization_ids.clone(),
            self.event,
            expires_at,
        );
        let record = VerificationRecord {
            id: OneTimeTokenVerification::id_of(&token),
            revision: Revision::default().next(),
            expires_at: later(expires_at, REMEMBERED),
            verification: Verification::OneTimeToken(issued),
        };
        let write = RevisedWrite { expected: Revision::default(), value: record };
        Ok((token, RecordChanges { records: vec![write], attempts: Vec::new() }))
    }
}

/// The id under which a store keeps a token: for an operator who wants to take one back.
pub fn token_record_id(token: &Secret) -> VerificationId {
    OneTimeTokenVerification::id_of(token)
}

/// What to write to take a token back; nothing if the record is none, or the token was used.
pub fn revoke_one_time_token(record: &VerificationRecord) -> RecordChanges {
    let mut revoked = record.clone();
    if let Verification::OneTimeToken(token) = &mut revoked.verification {
        token.revoke();
    }
    if revoked == *record {
        return RecordChanges::default();
    }
    let expected = record.revision;
    revoked.revision = expected.next();
    RecordChanges { records: vec![RevisedWrite { expected, value: revoked }], attempts: Vec::new() }
}

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
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyOneTimeToken;

    fn needs(&self, _: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let counter = counter_of_tries(&self.identifier.key());
        Needs::none().records([token_record_id(&self.token)]).attempts([counter]).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let counter = counter_of_tries(&self.identifier.key());
        check_not_blocked(step, &counter)?;
        let mut found = step.record(token_record_id(&self.token)).cloned();
        let (event, now) = (step.interaction.event(), step.now());
        let spent = match found.as_mut().map(|record| &mut record.verification) {
            Some(Verification::OneTimeToken(token)) => {
                token.spend(&self.identifier, event, now).map_err(|refused| match refused {
                    TokenRefused::EmailMismatch => Rejection::TokenEmailMismatch,
                    TokenRefused::Expired => Rejection::TokenExpired,
                    TokenRefused::Consumed => Rejection::TokenConsumed,
                    TokenRefused::Revoked => Rejection::TokenRevoked,
                    TokenRefused::EventMismatch => Rejection::TokenEventMismatch,
                })
            }
            _ => Err(Rejection::TokenNotFound),
        };
        if matches!(spent, Err(Rejection::TokenNotFound | Rejection::TokenEmailMismatch)) {
            // A guess, of the token or of whose it is.
            count_failure(step, &counter, Some(self.identifier.key()), Self::NAME);
        }
        let proof = spent?;
        if let Some(record) = found {
            step.write_record(record);
        }
        Ok(step.add_record(Verification::OneTimeToken(proof)))
    }
}
