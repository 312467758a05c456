//! Account updates, by rule (rules.md, section 11).

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod claims;
mod contention;
mod house;
mod me;
mod properties;
