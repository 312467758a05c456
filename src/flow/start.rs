//! Starting an interaction (I-1).

use chrono::{DateTime, TimeDelta, Utc};

use crate::identifier::UserId;
use crate::interaction::{
    AnonymousEvent, DEFAULT_LIFETIME, Interaction, InteractionEvent, InteractionId, Managing,
};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;

/// Starts an interaction, and answers its id: the client's cookie.
///
/// Whether the operator's `signInMode` allows the event is not asked here; using it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    begins: Begins,
    captcha: Option<CaptchaVerdict>,
    lifetime: TimeDelta,
    replaced: Option<InteractionId>,
}

/// With whom it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Begins {
    /// With nobody.
    Anonymous(AnonymousEvent),
    /// `Account`, without a session: there is nobody whose account it could be.
    Unsigned,
    /// With somebody who is signed in (C-1).
    Signed { user_id: UserId, session: Secret, opened_at: DateTime<Utc> },
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
    ///
    /// One for [`Account`](InteractionEvent::Account) is started by [`account`](Self::account): without a session it is
    /// refused.
    pub fn new(event: InteractionEvent) -> Self {
        Self::beginning(AnonymousEvent::of(event).map_or(Begins::Unsigned, Begins::Anonymous))
    }

    /// An interaction for somebody who is signed in to change their account (C-1): by the session that this is the name of, which
    /// was opened [then](crate::flow::Submitted::at). Each of its steps needs that session:
    /// [`Context::with_session`](crate::operation::Context::with_session).
    pub fn account(user_id: UserId, session: impl Into<String>, opened_at: DateTime<Utc>) -> Self {
        Self::beginning(Begins::Signed { user_id, session: Secret::new(session), opened_at })
    }

    fn beginning(begins: Begins) -> Self {
        Self { begins, captcha: None, lifetime: DEFAULT_LIFETIME, replaced: None }
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
        let expires_at = step.now().checked_add_signed(self.lifetime).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let interaction = match &self.begins {
            Begins::Anonymous(event) => {
                let captcha_passed = self.captcha == Some(CaptchaVerdict::Passed);
                Interaction::new(*event, UserId::from_uuid(step.new_uuid()), captcha_passed, expires_at)
            }
            Begins::Unsigned => return Err(Rejection::InteractionNotFound),
            Begins::Signed { user_id, session, opened_at } => {
                let user = step.user_by_id(user_id).ok_or(Rejection::EntityNotFound)?;
                if user.is_suspended {
                    return Err(Rejection::Suspended);
                }
                if !user.keeps_session(*opened_at) {
                    return Err(Rejection::InteractionNotFound);
                }
                let managing = Managing::new(user, session.expose(), *opened_at);
                Interaction::of_account(managing, UserId::from_uuid(step.new_uuid()), expires_at)
            }
        };
        Ok(step.start(interaction))
    }
}
