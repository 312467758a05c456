//! A hasher for one run of an operation.

use std::sync::{Mutex, PoisonError};

use crate::password::{HashingFailed, PasswordHasher, PasswordMatch};
use crate::secret::{PasswordDigest, Secret};

/// A hasher that remembers its last answers. A step that is decided again because somebody was faster asks the same
/// questions about the same password: without memory, many tries at once would each hash once for every other.
pub(crate) struct Remembering<'a> {
    hasher: &'a dyn PasswordHasher,
    hashed: Mutex<Option<(Secret, PasswordDigest)>>,
    verified: Mutex<Option<(Secret, PasswordDigest, PasswordMatch)>>,
}

impl<'a> Remembering<'a> {
    pub(crate) fn new(hasher: &'a dyn PasswordHasher) -> Self {
        Self { hasher, hashed: Mutex::default(), verified: Mutex::default() }
    }
}

impl PasswordHasher for Remembering<'_> {
    fn hash(&self, password: &str, salt: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        let mut hashed = self.hashed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((own, digest)) = &*hashed
            && own.matches(password)
        {
            return Ok(digest.clone());
        }
        let digest = self.hasher.hash(password, salt)?;
        *hashed = Some((Secret::new(password), digest.clone()));
        Ok(digest)
    }

    fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((own, of, found)) = &*verified
            && own.matches(password)
            && of == digest
        {
            return *found;
        }
        let found = self.hasher.verify(password, digest);
        *verified = Some((Secret::new(password), digest.clone(), found));
        found
    }
}
