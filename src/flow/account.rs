//! What only a signed-in person does to their own account (11.3): taking away, naming, closing, looking. What other events
//! can do as well, the same verbs do.

pub(super) mod close;
pub(super) mod name_factor;
pub(super) mod remove;
pub(super) mod view;
