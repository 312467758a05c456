//! Switching the event (I-3, I-4).

use serde::Deserialize;

use super::rules::mode::check_event_allowed;
use crate::interaction::{AnonymousEvent, Interaction, InteractionEvent};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};

/// Goes on with another event. A real switch discards what is staged, and whoever is identified, unless this interaction
/// made their account; the records and the proofs stay (I-4). So nobody escapes by it what an account asks (D-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SwitchEvent {
    interaction_event: InteractionEvent,
}

impl SwitchEvent {
    /// To this event.
    pub fn to(interaction_event: InteractionEvent) -> Self {
        Self { interaction_event }
    }
}

impl Operation for SwitchEvent {
    type Subject = Interaction;
    type Output = ();

    const NAME: OperationName = OperationName::SwitchEvent;

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        let (from, to) = (step.interaction().event(), self.interaction_event);
        // I-3: the mode first, then the recovery; the same event is no switch.
        check_event_allowed(step, to)?;
        if from == to {
            return Ok(());
        }
        if from == InteractionEvent::ForgotPassword || to == InteractionEvent::ForgotPassword {
            return Err(Rejection::NotSupportedForForgotPassword);
        }
        let Some(to) = AnonymousEvent::of(to).filter(|_| from != InteractionEvent::Account) else {
            return Err(Rejection::InvalidInteractionType);
        };
        step.interaction_mut().switch_event(to);
        Ok(())
    }
}
