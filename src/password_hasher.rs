//! Hashing passwords: a trait for the host, and Argon2id as the default.

use crate::secret::PasswordDigest;

/// Makes and checks password digests. Pure: the salt comes in as an argument.
///
/// Hashing is the one slow step of a decision, by design. A host that serves others meanwhile runs the decision
/// where blocking is allowed.
pub trait PasswordHasher: Send + Sync {
    /// The digest of a password under the current scheme, with 16 bytes of salt from the context's entropy.
    ///
    /// Every password must get a digest that verifies, and every call must cost the same: rule V-1 hashes for an
    /// unknown user too, so that the time does not tell who exists.
    ///
    /// # Errors
    /// [`HashingFailed`] if the scheme cannot work at all, say for want of memory.
    fn hash(&self, password: &str, salt: &[u8; 16]) -> Result<PasswordDigest, HashingFailed>;

    /// Whether a password belongs to a digest, and whether the digest should be made anew. A digest that this hasher
    /// cannot read matches nothing.
    fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch;
}

/// What verifying a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordMatch {
    /// Another password.
    No,
    /// The password, and the digest is of the current scheme.
    Yes,
    /// The password, but the digest is of an outdated scheme: rule V-2 makes it anew.
    Outdated,
}

/// The password hashing scheme could not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password hasher failed: check its parameters and the memory at hand")]
pub struct HashingFailed;

#[cfg(feature = "argon2")]
pub use self::argon2id::Argon2id;

#[cfg(feature = "argon2")]
mod argon2id {
    use argon2::password_hash::phc::PasswordHash;
    use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};
    use argon2::{Algorithm, Argon2, Params, Version};

    use super::{HashingFailed, PasswordHasher, PasswordMatch};
    use crate::secret::PasswordDigest;

    /// Argon2id, version 1.3, with digests in PHC string format.
    ///
    /// The default parameters are the first recommendation of the OWASP Password Storage Cheat Sheet for low memory:
    /// 19 MiB, 2 passes, 1 lane. A digest made by another algorithm or with other parameters is outdated.
    #[derive(Clone, Debug)]
    pub struct Argon2id {
        hasher: Argon2<'static>,
    }

    impl Argon2id {
        /// Other costs: memory in KiB, passes, lanes.
        ///
        /// # Errors
        /// [`HashingFailed`] if the costs are outside what Argon2 can do (RFC 9106, section 3.1).
        pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, HashingFailed> {
            let params = Params::new(memory_kib, passes, lanes, None).map_err(|_| HashingFailed)?;
            Ok(Self::with(params))
        }

        fn with(params: Params) -> Self {
            Self { hasher: Argon2::new(Algorithm::Argon2id, Version::V0x13, params) }
        }

        fn is_current(&self, hash: &PasswordHash) -> bool {
            let params = self.hasher.params();
            hash.algorithm == Algorithm::Argon2id.ident()
                && hash.version == Some(Version::V0x13.into())
                && Params::try_from(hash).is_ok_and(|own| {
                    (own.m_cost(), own.t_cost(), own.p_cost())
                        == (params.m_cost(), params.t_cost(), params.p_cost())
                })
        }
    }

    impl Default for Argon2id {
        fn default() -> Self {
            Self::with(Params::DEFAULT)
        }
    }

    impl PasswordHasher for Argon2id {
        fn hash(&self, password: &str, salt: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
            let params = self.hasher.params().clone();
            let algorithm = Some(Algorithm::Argon2id.as_str());
            let version = Some(Version::V0x13.into());
            CustomizedPasswordHasher::<PasswordHash>::hash_password_customized(
                &self.hasher,
                password.as_bytes(),
                salt,
                algorithm,
                version,
                params,
            )
            .map(|hash| PasswordDigest::new(hash.to_string()))
            .map_err(|_| HashingFailed)
        }

        fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch {
            let Ok(hash) = PasswordHash::new(digest.expose()) else { return PasswordMatch::No };
            match self.hasher.verify_password(password.as_bytes(), &hash) {
                Err(_) => PasswordMatch::No,
                Ok(()) if self.is_current(&hash) => PasswordMatch::Yes,
                Ok(()) => PasswordMatch::Outdated,
            }
        }
    }
}

#[cfg(all(test, feature = "argon2"))]
mod tests {
    use super::*;

    #[test]
    fn a_digest_verifies_its_password_and_no_other() {
        let hasher = Argon2id::new(64, 1, 1).unwrap();
        let digest = hasher.hash("Zk7vQw9pLm", &[7; 16]).unwrap();
        assert!(digest.expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert_eq!(hasher.verify("Zk7vQw9pLm", &digest), PasswordMatch::Yes);
        assert_eq!(hasher.verify("Zk7vQw9pLn", &digest), PasswordMatch::No);
        assert_eq!(hasher.verify("Zk7vQw9pLm", &PasswordDigest::new("not a digest")), PasswordMatch::No);
        assert_ne!(hasher.hash("Zk7vQw9pLm", &[8; 16]).unwrap(), digest);
    }

    #[test]
    fn v2_other_parameters_are_outdated() {
        let digest = Argon2id::new(64, 1, 1).unwrap().hash("Zk7vQw9pLm", &[7; 16]).unwrap();
        assert_eq!(Argon2id::new(128, 1, 1).unwrap().verify("Zk7vQw9pLm", &digest), PasswordMatch::Outdated);
        assert!(Argon2id::new(0, 0, 0).is_err());
    }

    #[test]
    fn any_length_is_hashed() {
        let hasher = Argon2id::new(64, 1, 1).unwrap();
        for password in ["", "x", &"x".repeat(5000)] {
            let digest = hasher.hash(password, &[7; 16]).unwrap();
            assert_eq!(hasher.verify(password, &digest), PasswordMatch::Yes);
        }
    }
}
