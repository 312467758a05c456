//! Hashing passwords: a trait for the host, and Argon2id as the default. And the passwords that everybody guesses first.

#[cfg(feature = "argon2")]
mod argon2id;
#[cfg(feature = "common-passwords")]
mod common_passwords;
#[cfg(feature = "argon2")]
mod memory_pool;

#[cfg(feature = "argon2")]
pub use self::argon2id::Argon2id;
#[cfg(feature = "common-passwords")]
pub use self::common_passwords::is_common;
use crate::secret::{PasswordDigest, Secret};

/// Without the list, no password is known to be common.
#[cfg(not(feature = "common-passwords"))]
pub(crate) fn is_common(_password: &str) -> bool {
    false
}

/// Makes and checks password digests. Pure: the salt comes in as an argument.
///
/// Hashing is the one slow step of a decision, by design. A host that serves others meanwhile runs the decision
/// where blocking is allowed.
///
/// Passwords come in Unicode NFC (rules.md, 9.2): a hasher normalises nothing.
pub trait PasswordHasher: Send + Sync {
    /// The digest of a password under the current scheme, with 16 bytes of salt from the context's entropy.
    ///
    /// Every password must get a digest that verifies, and every call must cost the same: rule V-1 hashes for an
    /// unknown user too, so that the time does not tell who exists.
    ///
    /// # Errors
    /// [`HashingFailed`] if the scheme cannot work at all, say for want of memory.
    fn hash(&self, password: &str, salt: &[u8; 16]) -> Result<PasswordDigest, HashingFailed>;

    /// Whether a password belongs to a digest, and whether the digest is of the current scheme. A digest that this hasher
    /// cannot read matches nothing, and is of no current scheme.
    fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch;

    /// A digest that another system made, in the form that [`verify`](Self::verify) reads; `None` if this hasher cannot read digests
    /// of that scheme, or not this one. So the hasher says which schemes it reads. It hashes nothing.
    fn import(&self, imported: &ImportedDigest) -> Option<PasswordDigest>;
}

/// A password digest that another system made, and the scheme that it says it made it by. Only a hasher knows whether it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedDigest {
    scheme: String,
    digest: Secret,
}

impl ImportedDigest {
    /// A digest of a scheme.
    pub fn new(scheme: impl Into<String>, digest: impl Into<String>) -> Self {
        Self { scheme: scheme.into(), digest: Secret::new(digest) }
    }

    /// The scheme's name.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The digest, as the other system wrote it.
    pub fn digest(&self) -> &str {
        self.digest.expose()
    }
}

/// What verifying a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordMatch {
    /// Another password, and the digest is of the current scheme.
    No,
    /// Another password, and the digest is of an outdated scheme, or of one that cannot be read: to find that out cost
    /// something else than a hash of the current scheme, so that V-1 hashes once more.
    NoAndOutdated,
    /// The password, and the digest is of the current scheme.
    Yes,
    /// The password, but the digest is of an outdated scheme: rule V-2 makes it anew.
    Outdated,
}

impl PasswordMatch {
    /// Whether it is the password.
    pub fn is_match(self) -> bool {
        matches!(self, Self::Yes | Self::Outdated)
    }
}

/// The password hashing scheme could not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password hasher failed: check its parameters and the memory at hand")]
pub struct HashingFailed;
