//! What a client may see (I-7).

use super::captcha::{is_open, stands_in_for_captcha};
use super::registered;
use crate::experience::Experience;
use crate::interaction::{Interaction, InteractionView};
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};

/// Shows the interaction without its secrets. It changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ViewInteraction;

impl Operation for ViewInteraction {
    type Output = InteractionView;

    const NAME: OperationName = OperationName::ViewInteraction;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        Needs::none().records(interaction.registry().ids()).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<InteractionView, Rejection> {
        let records = registered::all(step);
        let skipped = is_open(&step.interaction, step.experience())
            && records.iter().any(|record| stands_in_for_captcha(record));
        Ok(InteractionView::new(&step.interaction, records.into_iter(), skipped))
    }
}
