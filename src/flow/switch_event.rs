//! Switching the event (I-3, I-4).

use serde::Deserialize;

use super::event_allowed::check_event_allowed;
use crate::experience::Experience;
use crate::interaction::{Interaction, InteractionEvent};
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};

/// Goes on with another event. A real switch discards the staged profile and keeps everything else.
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
    type Output = ();

    const NAME: OperationName = OperationName::SwitchEvent;

    fn needs(&self, _: &Interaction, _: &Facts, _: &Experience) -> Needs {
        Needs::none()
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        let (from, to) = (step.interaction.event(), self.interaction_event);
        // I-3: the mode first, then the recovery; the same event is no switch.
        check_event_allowed(to, step.experience())?;
        if from == to {
            return Ok(());
        }
        if from == InteractionEvent::ForgotPassword || to == InteractionEvent::ForgotPassword {
            return Err(Rejection::NotSupportedForForgotPassword);
        }
        step.interaction.switch_event(to);
        Ok(())
    }
}
