//! Factors: bound, and what a person decides about them (rules.md, section 7).

pub(super) mod bind;
pub(super) mod decide;
