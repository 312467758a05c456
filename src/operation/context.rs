//! What a decision is made in: settings, time, randomness.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::experience::Experience;

/// A source of randomness for ids, codes and salts. It must be cryptographically secure: an operating system's.
pub trait Entropy: Send + Sync {
    /// Fills all bytes with randomness.
    ///
    /// # Errors
    /// [`EntropyFailed`] if there is none; then nothing of the step holds.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyFailed>;
}

impl<F> Entropy for F
where
    F: Fn(&mut [u8]) -> Result<(), EntropyFailed> + Send + Sync,
{
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyFailed> {
        self(bytes)
    }
}

/// There is no randomness to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed: check the operating system's")]
pub struct EntropyFailed;

/// What a decision is made in. Everything that is no fact comes in here, so that the same step gives the same answer.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Context<'a> {
    /// The operator's settings.
    pub experience: &'a Experience,
    /// The time of the step.
    pub now: DateTime<Utc>,
    /// Randomness.
    pub entropy: &'a dyn Entropy,
    /// Where the request comes from: an address prefix, a device. An opaque text of the host's, which goes into digests
    /// alone. Where it is named, tries and messages count per source (L-3, L-5), so that one place cannot lock out an owner
    /// who comes from another.
    pub source: Option<&'a str>,
    /// Whether the host's signals ask for more (M-7): an unusual country, a new device. What they are and how they are
    /// weighed is the host's. An interaction keeps it once it was said.
    pub risk_is_elevated: bool,
    /// The session that the request belongs to, if it is alive: an opaque text of the host's that names it and stays the same,
    /// and that goes into digests alone. A step of an [`Account`](crate::experience::InteractionEvent::Account) interaction
    /// needs the one that started it (C-1).
    pub session: Option<&'a str>,
}

impl<'a> Context<'a> {
    /// The settings, the time, and a source of randomness.
    pub fn new(experience: &'a Experience, now: DateTime<Utc>, entropy: &'a dyn Entropy) -> Self {
        Self { experience, now, entropy, source: None, risk_is_elevated: false, session: None }
    }

    /// With where the request comes from (L-5).
    #[must_use]
    pub fn with_source(self, source: &'a str) -> Self {
        Self { source: Some(source), ..self }
    }

    /// With the session that the request belongs to, which is alive (C-1).
    #[must_use]
    pub fn with_session(self, session: &'a str) -> Self {
        Self { session: Some(session), ..self }
    }

    /// With the host's verdict that this step is risky (M-7).
    #[must_use]
    pub fn with_elevated_risk(self) -> Self {
        Self { risk_is_elevated: true, ..self }
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("experience", self.experience)
            .field("now", &self.now)
            .field("risk_is_elevated", &self.risk_is_elevated)
            .finish_non_exhaustive()
    }
}
