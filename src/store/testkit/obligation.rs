//! What the suite checks, one by one.

use std::fmt;

/// What the traits promise. `Display` says it in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Obligation {
    /// The store works at all.
    Works,
    /// What was written is found, as it was written: in every field, with its revision.
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
    /// A removed entry is gone, and its key can be used anew.
    RemovedIsGone,
    /// A refused write leaves nothing behind, and an accepted one leaves nothing out.
    AllOrNothing,
    /// A verification store never answers that a key is taken.
    NeverTaken,
    /// What was written is seen by every later read, whoever reads.
    Visible,
    /// An entry is there until it is purged, however old it is.
    ThereUntilPurged,
    /// Purging removes what expired and nothing else.
    PurgesTheExpired,
    /// Purging goes by the time that was written last.
    PurgesByTheLastWrite,
    /// Purging removes no more than it is told, and no less while there is more.
    PurgesAtMost,
    /// Purging says how much it removed.
    PurgeCounts,
    /// Of writes at once that exclude each other, exactly one succeeds.
    OneWins,
    /// No write that succeeded is lost.
    NoneIsLost,
    /// Of writes at once, some get through.
    SomeoneGetsThrough,
    /// A future that is dropped before it is done has written everything or nothing.
    DroppedIsWhole,
}

impl fmt::Display for Obligation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Works => "the store answers without an error of its own",
            Self::Found => "what was written is found by every kind of key, as it was written",
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
            Self::RemovedIsGone => "a removed entry is gone, and its key can be used anew",
            Self::AllOrNothing => {
                "a refused write leaves nothing of itself behind, and an accepted one leaves nothing out"
            }
            Self::NeverTaken => "a verification store never answers that a key is taken",
            Self::Visible => "what was written is seen by every later read, from whichever thread",
            Self::ThereUntilPurged => "an entry is there until it is purged, also past its time",
            Self::PurgesTheExpired => "purging removes what expired, and nothing else",
            Self::PurgesByTheLastWrite => "purging goes by the time that was written last",
            Self::PurgesAtMost => {
                "purging removes no more than it is told to, and no less while more has expired"
            }
            Self::PurgeCounts => "purging says how many entries it removed",
            Self::OneWins => "of writes at once that exclude each other, exactly one succeeds",
            Self::NoneIsLost => "no write that succeeded is lost",
            Self::SomeoneGetsThrough => {
                "writers at once get through in time: each refusal is another's success"
            }
            Self::DroppedIsWhole => {
                "a future that is dropped before it is done has written everything or nothing"
            }
        })
    }
}
