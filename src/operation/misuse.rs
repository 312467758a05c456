//! What a host can get wrong.

use super::Needs;
use crate::identifier::UserKey;

/// A mistake of the host or of a store, not of a person. The message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The operation was asked to decide without facts it needs.
    #[error(
        "the decision still needs facts: look up what `Operation::needs` asks for until it asks for nothing ({0:?})"
    )]
    MissingFacts(Needs),
    /// The operation read a fact that its `needs` never asked for.
    #[error("the operation read a fact that its `needs` does not ask for: mend the operation")]
    UnaskedFact,
    /// A user was given that holds none of the keys that were asked for.
    #[error("a user was given as a fact that holds none of the keys asked for: check the store's `find`")]
    UnaskedUser,
    /// A record or counter was given that was not asked for.
    #[error("a record or counter was given as a fact that was not asked for: check the store's `load`")]
    UnaskedRecord,
    /// Two users hold one key.
    #[error("two users hold {0:?}: the store's unique constraint does not hold")]
    AmbiguousKey(UserKey),
    /// The password hasher failed.
    #[error(transparent)]
    Hashing(#[from] crate::password::HashingFailed),
    /// There was no entropy.
    #[error(transparent)]
    Entropy(#[from] super::EntropyFailed),
}
