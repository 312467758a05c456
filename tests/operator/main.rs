//! The operator's acts (11.4): what each changes, whom it refuses, and what it tells.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "../support/factors.rs"]
mod factors;
#[path = "../support/house.rs"]
mod house;

mod factors_and_identities;
mod passwords;
mod tokens;
mod unlocking;
mod users;
