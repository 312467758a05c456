//! Submitting: the interaction's result is written (rules.md, section 8).

pub(super) mod amr;
pub(super) mod interaction;
