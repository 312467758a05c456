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
//! A race that is lost one time in a thousand may need a thousand runs to be seen: the suite finds mistakes of design,
//! and proves nothing about rare ones.

mod at_once;
mod user_races;
mod users;
mod verification_races;
mod verifications;

use std::fmt;

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
    user_races::check(&store)
}

/// Checks a store of verification records and counters, each obligation on stores made afresh by `store`.
///
/// # Errors
/// [`Violation`]: the first obligation that does not hold.
pub fn check_verification_store<S>(store: impl Fn() -> S) -> Result<(), Violation>
where
    S: VerificationStore<Error: fmt::Debug> + Sync,
{
    verifications::check(&store)?;
    verification_races::check(&store)
}

/// An obligation that a store does not keep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{obligation}, but {seen}")]
pub struct Violation {
    obligation: Obligation,
    seen: String,
}

impl Violation {
    fn new(obligation: Obligation, seen: impl Into<String>) -> Self {
        Self { obligation, seen: seen.into() }
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

/// What the traits promise. `Display` says it in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Obligation {
    /// The store works at all.
    Works,
    /// What was written is found, as it was written.
    Found,
    /// What nobody asked for, or nobody has, is not found.
    FoundOnlyIfAsked,
    /// A user who holds several of the keys is found once.
    FoundOnce,
    /// Keys are compared byte by byte, with their kind.
    KeysAreBytes,
    /// A read sees one moment.
    OneMoment,
    /// A write that is based on another revision is refused as stale.
    StaleIsRefused,
    /// A key that another user holds is refused as taken, naming the first.
    TakenIsRefused,
    /// A user may write what claims the keys that the same user holds.
    OwnKeysAreFree,
    /// Keys that a user gave up are free.
    GivenUpKeysAreFree,
    /// A deleted user is gone.
    DeletedIsGone,
    /// A refused write leaves nothing behind.
    AllOrNothing,
    /// A verification store never answers that a key is taken.
    NeverTaken,
    /// What was written is seen by every later read, whoever reads.
    Visible,
    /// Purging removes what expired and nothing else.
    PurgesTheExpired,
    /// Purging says how much it removed.
    PurgeCounts,
    /// Of writes at once that exclude each other, exactly one succeeds.
    OneWins,
    /// No write that succeeded is lost.
    NoneIsLost,
    /// Of writes at once, some get through.
    SomeoneGetsThrough,
}

impl fmt::Display for Obligation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Works => "the store answers without an error of its own",
            Self::Found => "what was written is found by every kind of key or id, as it was written",
            Self::FoundOnlyIfAsked => "what nobody asked for, or nobody has, is not found",
            Self::FoundOnce => "a user who holds several of the keys is found once",
            Self::KeysAreBytes => {
                "keys are compared byte by byte, with their kind, and nothing normalises them"
            }
            Self::OneMoment => "a read sees the store as of one moment",
            Self::StaleIsRefused => "a write that is based on another revision is refused as stale",
            Self::TakenIsRefused => {
                "a key that another user holds is refused as taken, naming the first in order"
            }
            Self::OwnKeysAreFree => "a user's own keys are not taken for that user",
            Self::GivenUpKeysAreFree => "keys that a user gave up are free for others, and find nobody",
            Self::DeletedIsGone => "a deleted user is found by no key, and the id and the keys are free",
            Self::AllOrNothing => "a refused write leaves nothing of itself behind",
            Self::NeverTaken => "a verification store never answers that a key is taken",
            Self::Visible => "what was written is seen by every later read, from whichever thread",
            Self::PurgesTheExpired => "purging removes what expired, and nothing else",
            Self::PurgeCounts => "purging says how many records and counters it removed",
            Self::OneWins => "of writes at once that exclude each other, exactly one succeeds",
            Self::NoneIsLost => "no write that succeeded is lost",
            Self::SomeoneGetsThrough => {
                "writers at once get through in time: each refusal is another's success"
            }
        })
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
