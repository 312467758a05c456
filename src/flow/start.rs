//! Starting an interaction (I-1).

use chrono::{DateTime, TimeDelta, Utc};

use crate::identifier::UserId;
use crate::interaction::{DEFAULT_LIFETIME, Interaction, InteractionEvent};
use crate::operation::{Context, Misuse, uuid_v7};
use crate::rejection::Rejection;

/// Starts an interaction. Starting again replaces the old one entirely: a host drops it.
///
/// Whether the operator's `signInMode` allows the event is not asked here; using it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    event: InteractionEvent,
    captcha: Option<CaptchaVerdict>,
    lifetime: TimeDelta,
}

/// What the host's captcha service said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptchaVerdict {
    /// It takes the person for a person.
    Passed,
    /// It does not.
    Failed,
}

impl Start {
    /// An interaction for an event, that lasts for [`DEFAULT_LIFETIME`], without a captcha verdict.
    pub fn new(event: InteractionEvent) -> Self {
        Self { event, captcha: None, lifetime: DEFAULT_LIFETIME }
    }

    /// With the verdict of a captcha service.
    #[must_use]
    pub fn with_captcha(self, verdict: CaptchaVerdict) -> Self {
        Self { captcha: Some(verdict), ..self }
    }

    /// With another lifetime (I-6).
    #[must_use]
    pub fn with_lifetime(self, lifetime: TimeDelta) -> Self {
        Self { lifetime, ..self }
    }

    /// The new interaction.
    ///
    /// # Errors
    /// [`StartError::Rejected`] with [`Rejection::CaptchaFailed`] (I-1); [`StartError::Misuse`] if there is no entropy.
    pub fn decide(&self, context: &Context<'_>) -> Result<Interaction, StartError> {
        if self.captcha == Some(CaptchaVerdict::Failed) {
            return Err(StartError::Rejected(Rejection::CaptchaFailed));
        }
        let mut random = [0; 10];
        context.entropy.fill(&mut random).map_err(Misuse::from)?;
        let new_user_id = UserId::from_uuid(uuid_v7(context.now, random));
        let captcha_passed = self.captcha == Some(CaptchaVerdict::Passed);
        Ok(Interaction::new(self.event, new_user_id, captcha_passed, later(context.now, self.lifetime)))
    }
}

/// Some time later; the end of time for what lies beyond it.
pub(super) fn later(time: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    time.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Why an interaction did not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// A rule did not hold.
    #[error("{0}")]
    Rejected(Rejection),
    /// The host made a mistake.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}
