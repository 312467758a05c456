//! The drivers: they carry questions to the stores and to whoever does the slow work, and decisions into one commit.
//!
//! [`Engine`] blocks, [`aio::Engine`] awaits. Both hold the same [`Dialogue`].

pub mod aio;
mod blocking;
mod dialogue;

pub use self::blocking::{Engine, Outcome};
pub use self::dialogue::{CommitFailed, Dialogue, Next};

use crate::interaction::InteractionId;
use crate::operation::HostError;
use crate::rejection::Rejection;

/// How often an operation is decided again because somebody else wrote in between. Each time somebody else's went
/// through, so this many others must have been faster in a row.
pub const MAX_TRIES: usize = 128;

/// What an operation answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the interaction may have a new id"]
pub struct Answer<T> {
    /// The answer.
    pub output: T,
    /// The interaction's new id, if this step gave it one (I-6): set the client's cookie anew. The old id names
    /// nothing from now on.
    pub new_id: Option<InteractionId>,
}

impl<T> Answer<T> {
    /// The answer; `id` becomes the interaction's new id, if there is one. Whoever keeps the id in a variable goes on
    /// with it.
    pub fn into_output(self, id: &mut InteractionId) -> T {
        if let Some(new_id) = self.new_id {
            *id = new_id;
        }
        self.output
    }
}

/// Why an operation did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error<U, V> {
    /// A rule did not hold: the documented answer.
    #[error("{0}")]
    Rejected(Rejection),
    /// [`MAX_TRIES`] times in a row somebody else was faster.
    #[error("too many others were writing the same: try again")]
    Contention,
    /// The host, or a store, made a mistake.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The user store failed.
    #[error("the user store failed")]
    Users(#[source] U),
    /// The verification store failed.
    #[error("the verification store failed")]
    Verifications(#[source] V),
}

impl<U, V> Error<U, V> {
    /// The documented answer, if that is what it is.
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }
}
