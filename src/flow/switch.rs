//! Switching the event (I-3, I-4).

use serde::Deserialize;

use super::rules::mode::check_event_allowed;
use crate::interaction::{Interaction, InteractionEvent};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};

/// Goes on with another event. A real switch discards the staged profile and keeps everything else.
///
/// The identified user stays too (I-4), and MFA is asked of sign-ins alone (P-3, S-3). A host that wants it asked of
/// whoever has it offers no switch once somebody is identified.
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
        step.interaction_mut().switch_event(to);
        Ok(())
    }
}
