//! Starting an interaction (I-1).

use chrono::{DateTime, TimeDelta, Utc};

use crate::identifier::UserId;
use crate::interaction::{DEFAULT_LIFETIME, Interaction, InteractionEvent, InteractionId};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};

/// Starts an interaction, and answers its id: the client's cookie.
///
/// Whether the operator's `signInMode` allows the event is not asked here; using it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    event: InteractionEvent,
    captcha: Option<CaptchaVerdict>,
    lifetime: TimeDelta,
    replaced: Option<InteractionId>,
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
        Self { event, captcha: None, lifetime: DEFAULT_LIFETIME, replaced: None }
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

    /// In place of the interaction that the client has: it is over, in the same write.
    #[must_use]
    pub fn replacing(self, id: InteractionId) -> Self {
        Self { replaced: Some(id), ..self }
    }
}

impl Operation for Start {
    type Subject = ();
    type Output = InteractionId;

    const NAME: OperationName = OperationName::Start;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<InteractionId, Rejection> {
        if self.captcha == Some(CaptchaVerdict::Failed) {
            return Err(Rejection::CaptchaFailed);
        }
        if let Some(replaced) = &self.replaced {
            step.close(replaced);
        }
        let new_user_id = UserId::from_uuid(step.new_uuid());
        let captcha_passed = self.captcha == Some(CaptchaVerdict::Passed);
        let expires_at = step.now().checked_add_signed(self.lifetime).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let interaction = Interaction::new(self.event, new_user_id, captcha_passed, expires_at);
        Ok(step.start(interaction))
    }
}
