//! A signed-in person's own account (C-1 to C-10): each rule with the attack that it stops, and the owner who still gets
//! through.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/factors.rs"]
mod factors;
#[path = "support/house.rs"]
mod house;

#[path = "own_account/changes.rs"]
mod changes;
#[path = "own_account/closing.rs"]
mod closing;
#[path = "own_account/half_written.rs"]
mod half_written;
#[path = "own_account/last_way_in.rs"]
mod last_way_in;
#[path = "own_account/me.rs"]
mod me;
#[path = "own_account/step_up.rs"]
mod step_up;
#[path = "own_account/the_session.rs"]
mod the_session;
