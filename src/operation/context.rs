//! What a decision is made in: settings, time, randomness, hashing.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::experience::{BreachList, DisposableDomains, Experience, NoBreachList, NoDisposableDomains};
use crate::password::PasswordHasher;

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

/// What a decision is made in. Everything that is not a fact of a store comes in here, so that the same step gives
/// the same answer.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Context<'a> {
    /// The operator's settings.
    pub experience: &'a Experience,
    /// The time of the step.
    pub now: DateTime<Utc>,
    /// Randomness.
    pub entropy: &'a dyn Entropy,
    /// Password hashing.
    pub passwords: &'a dyn PasswordHasher,
    /// Known breached passwords; none unless the host has a list.
    pub breached: &'a dyn BreachList,
    /// Known disposable email domains; none unless the host has a list.
    pub disposable: &'a dyn DisposableDomains,
}

impl<'a> Context<'a> {
    /// A context with empty lists.
    pub fn new(
        experience: &'a Experience,
        now: DateTime<Utc>,
        entropy: &'a dyn Entropy,
        passwords: &'a dyn PasswordHasher,
    ) -> Self {
        Self {
            experience,
            now,
            entropy,
            passwords,
            breached: &NoBreachList,
            disposable: &NoDisposableDomains,
        }
    }

    /// With a list of breached passwords.
    #[must_use]
    pub fn with_breach_list(self, breached: &'a dyn BreachList) -> Self {
        Self { breached, ..self }
    }

    /// With a list of disposable email domains.
    #[must_use]
    pub fn with_disposable_domains(self, disposable: &'a dyn DisposableDomains) -> Self {
        Self { disposable, ..self }
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("experience", self.experience)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}
