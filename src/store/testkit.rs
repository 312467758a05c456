//! The suite that whoever implements a store runs: does it keep what the traits promise?
//!
//! Everything above the stores relies on their obligations: that a name is given once, a code spent once, a try
//! counted once. Each is checked, alone and with many threads at once, on stores made afresh by a closure. The first
//! that does not hold is answered as a [`Violation`].
//!
//! ```
//! use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
//! use vestibule::store::testkit;
//!
//! testkit::check_user_store(MemoryUserStore::new)?;
//! testkit::check_verification_store(MemoryVerificationStore::new)?;
//! # Ok::<(), testkit::Violation>(())
//! ```
//!
//! What is written is one of each shape of everything, every field filled ([`samples`]), and then changed in one place
//! after the other: a store that has columns of its own, and forgets one, is found. More is generated from seeds, the same
//! each time: texts of any character and length, the ends of numbers and of times, lists of none and of many. What is seen
//! then names the seed, and [`samples::generated_user`] or [`samples::generated_entries`] gives the value. A store that
//! awaits is checked by [`testkit::aio`](aio).
//!
//! A race that is lost one time in a thousand may need a thousand runs to be seen: the suite finds mistakes of design,
//! and proves nothing about rare ones.

pub mod aio;
mod at_once;
mod entries;
mod entry_expiry;
mod entry_races;
mod generated;
mod obligation;
mod one_change;
pub mod samples;
mod user_keys;
mod user_races;
mod user_steps;
mod users;

use std::fmt;

pub use self::obligation::Obligation;
use super::{UserStore, VerificationStore};

/// Checks a store of users, each obligation on stores made afresh by `store`.
///
/// # Errors
/// [`Violation`]: the first obligation that does not hold.
pub fn check_user_store<S>(store: impl Fn() -> S) -> Result<(), Violation>
where
    S: UserStore<Error: fmt::Debug> + Sync,
{
    users::check(&store)?;
    users::changes_one_thing_at_a_time(&store())?;
    users::keeps_what_is_generated(&store())?;
    user_races::check(&store)
}

/// Checks a store of interactions, one-time tokens and counters, each obligation on stores made afresh by `store`.
///
/// # Errors
/// [`Violation`]: the first obligation that does not hold.
pub fn check_verification_store<S>(store: impl Fn() -> S) -> Result<(), Violation>
where
    S: VerificationStore<Error: fmt::Debug> + Sync,
{
    entries::check(&store)?;
    entry_expiry::check(&store)?;
    entry_races::check(&store)?;
    entries::changes_one_thing_at_a_time(&store())?;
    entries::keeps_what_is_generated(&store())
}

/// An obligation that a store does not keep.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{obligation}, but {seen}")]
pub struct Violation {
    obligation: Obligation,
    seen: String,
}

/// Its sentence: that is what a test that unwraps shows.
impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Violation {
    fn new(obligation: Obligation, seen: impl Into<String>) -> Self {
        Self { obligation, seen: seen.into() }
    }

    /// The same, of what was generated from a seed.
    fn of_seed(self, seed: u64) -> Self {
        Self { seen: format!("{} (generated from seed {seed})", self.seen), ..self }
    }

    /// What does not hold.
    pub fn obligation(&self) -> Obligation {
        self.obligation
    }

    /// What was seen instead.
    pub fn seen(&self) -> &str {
        &self.seen
    }
}

/// A check, in words: what must hold, and what was seen if it does not.
fn ensure(holds: bool, obligation: Obligation, seen: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation::new(obligation, seen())) }
}

/// The store's own error is none that a check expects.
fn works<T, E: fmt::Debug>(result: Result<T, E>) -> Result<T, Violation> {
    result.map_err(|error| Violation::new(Obligation::Works, format!("it failed: {error:?}")))
}
