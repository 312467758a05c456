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

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use awaited::{Parking, SlowUsers, SlowVerifications};
pub use entries::{EntryFlaw, FlawedVerifications};
use serde_json::Value;
pub use users::{FlawedUsers, UserFlaw};

/// What a database says when it is not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Down;

/// Lets others in between, on a machine that is busy with something else, too. No two threads keep step, nor does one keep
/// step with whom it watches.
#[allow(clippy::disallowed_methods, reason = "what is slow here is a store, no decision")]
fn dawdle() {
    static TURN: AtomicU64 = AtomicU64::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    std::thread::sleep(Duration::from_micros(1_000 + turn * 370 % 1_000));
}

/// Every value in a form, the outer before the inner.
fn with_all(value: &mut Value, change: &dyn Fn(&mut Value)) {
    change(value);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| with_all(item, change)),
        Value::Object(members) => members.values_mut().for_each(|member| with_all(member, change)),
        _ => {}
    }
}

/// What fits into a column of 255 characters.
fn cut_long_texts(form: &mut Value) {
    with_all(form, &|value| {
        if let Value::String(text) = value {
            *text = text.chars().take(255).collect();
        }
    });
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
