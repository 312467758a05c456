//! Profile data: staged for a new account or for the identified user (rules.md, section 6).

mod extra_profile;
pub(super) mod payload;
pub(super) mod reset;
pub(super) mod update;
