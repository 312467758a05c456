//! The slow work: hashing passwords, on threads made for blocking.

use std::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use vestibule::engine::aio::SlowWork;
use vestibule::password::{
    Argon2id, HashingFailed, ImportedDigest, LegacyHashes, PasswordHasher as _, PasswordMatch,
};
use vestibule::secret::{PasswordDigest, Secret};

/// Where passwords are hashed: so many at once as there are slots. Whoever finds none free waits, first come, first
/// served, and blocks no thread meanwhile.
#[derive(Debug)]
pub struct Workshop {
    passwords: LegacyHashes<Argon2id>,
    slots: Arc<Semaphore>,
}

impl Workshop {
    /// A workshop with so many slots, each with a thread and memory of its own once it is used.
    pub fn new(slots: NonZeroUsize) -> Self {
        // An existing user base moves in with its digests (11.4), which V-2 makes anew one by one.
        let passwords = LegacyHashes::new(Argon2id::default().with_slots(slots));
        Self { passwords, slots: Arc::new(Semaphore::new(slots.get())) }
    }

    /// Work that was begun keeps its slot to its end, even if nobody waits for it any more.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&LegacyHashes<Argon2id>) -> T + Send + 'static,
    ) -> Result<T, HashingFailed> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| HashingFailed)?;
        let passwords = self.passwords.clone();
        let done = spawn_blocking(move || {
            let _slot = slot;
            work(&passwords)
        });
        done.await.map_err(|_| HashingFailed)
    }
}

/// Lists of breached passwords and of disposable domains are a host's to get: here there are none.
impl SlowWork for Workshop {
    async fn hash(&self, password: &Secret, salt: [u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        let password = password.clone();
        self.work(move |passwords| passwords.hash(password.expose(), &salt)).await?
    }

    async fn verify(
        &self,
        password: &Secret,
        digest: &PasswordDigest,
    ) -> Result<PasswordMatch, HashingFailed> {
        let (password, digest) = (password.clone(), digest.clone());
        self.work(move |passwords| passwords.verify(password.expose(), &digest)).await
    }

    async fn import(&self, imported: &ImportedDigest) -> Option<PasswordDigest> {
        self.passwords.import(imported)
    }

    async fn is_breached(&self, _: &Secret) -> bool {
        false
    }

    async fn is_disposable(&self, _: &str) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_digest_also_where_there_is_one_slot() {
        let workshop = Workshop::new(NonZeroUsize::MIN);
        let (right, wrong) = (Secret::new("Zk7vQw9pLm"), Secret::new("Zk7vQw9pL"));
        let digest = workshop.hash(&right, [7; 16]).await.unwrap();
        let (yes, no) = tokio::join!(workshop.verify(&right, &digest), workshop.verify(&wrong, &digest));
        assert_eq!((yes, no), (Ok(PasswordMatch::Yes), Ok(PasswordMatch::No)));
    }
}
