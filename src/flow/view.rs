//! What a client may see (I-7).

use super::rules::captcha;
use crate::interaction::{Interaction, InteractionView};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};

/// Shows the interaction without its secrets. It changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ViewInteraction;

impl Operation for ViewInteraction {
    type Subject = Interaction;
    type Output = InteractionView;

    const NAME: OperationName = OperationName::ViewInteraction;

    fn decide(&self, step: &mut Step<'_>) -> Result<InteractionView, Rejection> {
        let interaction = step.interaction();
        let skipped = captcha::is_asked(interaction, step.experience()) && interaction.captcha_skipped();
        Ok(InteractionView::new(interaction, skipped))
    }
}
