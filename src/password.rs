//! Hashing passwords: a trait for the host, and Argon2id as the default. And the passwords that everybody guesses first.

#[cfg(feature = "argon2")]
mod argon2id;
#[cfg(feature = "common-passwords")]
mod common_passwords;
#[cfg(feature = "legacy-hashes")]
mod legacy_hashes;
#[cfg(feature = "argon2")]
mod memory_pool;

#[cfg(feature = "argon2")]
pub use self::argon2id::Argon2id;
#[cfg(feature = "common-passwords")]
pub use self::common_passwords::is_common;
#[cfg(feature = "legacy-hashes")]
pub use self::legacy_hashes::LegacyHashes;
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

    /// A digest that was made elsewhere, in the form that [`verify`](Self::verify) reads (rules.md, 11.4). Nothing if this
    /// hasher cannot read digests of this scheme, or not this one: its user would never sign in.
    ///
    /// So the hasher says which schemes it reads. One whose host brings digests that do not say themselves how they were
    /// made, gives them a form of its own here. Importing hashes nothing, and is quick.
    fn import(&self, imported: &ImportedDigest) -> Option<PasswordDigest>;
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

/// A password's digest as another system made it, and what that system calls its scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedDigest {
    scheme: String,
    digest: Secret,
}

impl ImportedDigest {
    /// Takes a scheme's name, such as `bcrypt`, and a digest of that scheme.
    pub fn new(scheme: impl Into<String>, digest: impl Into<String>) -> Self {
        Self { scheme: scheme.into(), digest: Secret::new(digest) }
    }

    /// The name of the scheme. A hasher is to compare it regardless of ASCII case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The digest. Whoever calls this answers for where it goes.
    pub fn digest(&self) -> &str {
        self.digest.expose()
    }
}

/// The password hashing scheme could not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password hasher failed: check its parameters and the memory at hand")]
pub struct HashingFailed;
