//! Simple stores, each with a mistake that somebody could make.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_debug_implementations,
    reason = "test support"
)]

#[path = "flawed/awaited.rs"]
mod awaited;
#[path = "flawed/entries.rs"]
mod entries;
#[path = "flawed/users.rs"]
mod users;

pub use awaited::{Parking, SlowUsers, SlowVerifications};
pub use entries::{EntryFlaw, FlawedVerifications};
use serde_json::Value;
pub use users::{FlawedUsers, UserFlaw};

/// What a database says when it is not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Down;

/// Lets others in between.
fn dawdle() {
    for _ in 0..64 {
        std::thread::yield_now();
    }
}

/// Every time in a form, without what is smaller than a millisecond.
fn truncate_times(form: &mut Value) {
    match form {
        Value::String(text) => {
            if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
                *text = time.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(truncate_times),
        Value::Object(members) => members.values_mut().for_each(truncate_times),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
