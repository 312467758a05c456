//! What a host can get wrong.

use crate::identifier::UserKey;

/// A mistake of the host or of a store, not of a person. The message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// A user was given that holds none of the keys that were asked for.
    #[error("a user was given as a fact that holds none of the keys asked for: check the store's `find`")]
    UnaskedUser,
    /// An entry was given that was not asked for.
    #[error("an entry was given as a fact that was not asked for: check the store's `load`")]
    UnaskedEntry,
    /// Two users hold one key.
    #[error("two users hold {0:?}: the store's unique constraint does not hold")]
    AmbiguousKey(UserKey),
    /// The answers that were given did not answer what was asked.
    #[error(
        "the same questions were asked again: give the facts an answer to each, also where there is nothing"
    )]
    Unanswered,
    /// The password hasher failed.
    #[error(transparent)]
    Hashing(#[from] crate::password::HashingFailed),
    /// There was no entropy.
    #[error(transparent)]
    Entropy(#[from] super::EntropyFailed),
}
