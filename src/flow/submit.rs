//! Submitting: the interaction's result is written (rules.md, section 8).

mod account;
pub(super) mod amr;
pub(super) mod interaction;
mod proved_contacts;
mod tell_changes;
