//! Argon2id, over memory that it keeps.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq;

use super::memory_pool::MemoryPool;
use super::{HashingFailed, ImportedDigest, PasswordHasher, PasswordMatch};
use crate::secret::PasswordDigest;

/// The most memory that a digest may ask for, in KiB: 1 GiB.
const MAX_DIGEST_MEMORY_KIB: u32 = 1024 * 1024;

/// The most work that a digest may ask for, in KiB of memory times passes: 4 GiB, which takes some seconds.
const MAX_DIGEST_WORK_KIB: u64 = 4 * 1024 * 1024;

/// The most lanes that a digest may ask for.
const MAX_DIGEST_LANES: u32 = 255;

/// Argon2id, version 1.3, with digests in PHC string format.
///
/// The default parameters are the first recommendation of the OWASP Password Storage Cheat Sheet for low memory:
/// 19 MiB, 2 passes, 1 lane. A digest made by another variant of Argon2 or with other parameters is outdated.
///
/// [Imported](PasswordHasher::import) are digests of `argon2id`, `argon2i` and `argon2d`, and of `argon2`, which is any of
/// them.
///
/// # Memory
/// A hash needs a slot, with memory of its own. The memory is allocated when a slot is first needed, wiped after each
/// hash, and kept for the next one. There are as many slots as the host has cores, or as many as
/// [`with_slots`](Self::with_slots) says; who finds none free waits. Clones share the slots. Make one hasher and keep
/// it: dropping the last clone frees the memory.
///
/// A digest that needs more memory than the hasher's own parameters gets it for one verification, then it is freed; one such
/// digest at a time, whatever the slots.
/// A digest matches nothing if it asks for more than 1 GiB of memory, more than 4 GiB of memory times passes, or more
/// than 255 lanes: so a digest that somebody planted cannot take all memory or hours. The hasher's own parameters are
/// always allowed. Nor does a digest match anything if there is no memory for it.
#[derive(Clone, Debug)]
pub struct Argon2id {
    hasher: Argon2<'static>,
    memory: Arc<MemoryPool>,
}

impl Argon2id {
    /// Other costs: memory in KiB, passes, lanes. As many slots as there are cores.
    ///
    /// # Errors
    /// [`HashingFailed`] if the costs are outside what Argon2 can do (RFC 9106, section 3.1).
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, HashingFailed> {
        let params = Params::new(memory_kib, passes, lanes, None).map_err(|_| HashingFailed)?;
        Ok(Self::with(params))
    }

    /// How many hashes may run at once, each with memory of its own. Clones made before keep the slots they have.
    #[must_use]
    pub fn with_slots(self, slots: NonZeroUsize) -> Self {
        let memory = Arc::new(MemoryPool::new(slots, self.hasher.params().block_count()));
        Self { memory, ..self }
    }

    fn with(params: Params) -> Self {
        // More at once than there are cores would be no faster.
        let slots = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let memory = Arc::new(MemoryPool::new(slots, params.block_count()));
        Self { hasher: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), memory }
    }

    /// Hashes in the pool's memory, and fills `output`.
    fn fill(
        &self,
        hasher: &Argon2<'_>,
        password: &str,
        salt: &[u8],
        output: &mut [u8],
    ) -> Result<(), HashingFailed> {
        let memory = self.memory.lend(hasher.params().block_count()).map_err(|_| HashingFailed)?;
        hasher
            .hash_password_into_with_memory(password.as_bytes(), salt, output, memory)
            .map_err(|_| HashingFailed)
    }

    /// The digest in PHC string format.
    fn phc_string(&self, salt: &[u8], output: &[u8]) -> argon2::password_hash::Result<String> {
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(self.hasher.params())?,
            salt: Some(Salt::new(salt)?),
            hash: Some(Output::new(output)?),
        };
        Ok(hash.to_string())
    }

    /// What makes a digest that was read, its salt, and what must come out. Nothing if the digest cannot be verified.
    fn recipe<'a>(&self, hash: &'a PasswordHash) -> Option<(Argon2<'static>, &'a Salt, &'a Output)> {
        let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
        let algorithm = Algorithm::new(hash.algorithm).ok()?;
        let version = match hash.version {
            None => Version::default(),
            Some(version) => Version::try_from(version).ok()?,
        };
        let params = Params::try_from(hash).ok().filter(|params| self.affords(params))?;
        Some((Argon2::new(algorithm, version, params), salt, expected))
    }

    /// Whether the password belongs to a digest that was read; nothing if that cannot be found out.
    fn matches(&self, password: &str, hash: &PasswordHash) -> Option<bool> {
        let (hasher, salt, expected) = self.recipe(hash)?;
        let mut output = [0; Output::MAX_LENGTH];
        let output = output.get_mut(..expected.len())?;
        self.fill(&hasher, password, salt, output).ok()?;
        Some(expected.as_bytes().ct_eq(output).into())
    }

    /// Whether a digest's costs are within the bounds, or no more than the hasher's own.
    fn affords(&self, params: &Params) -> bool {
        let own = self.hasher.params();
        params.m_cost() <= MAX_DIGEST_MEMORY_KIB.max(own.m_cost())
            && work_kib(params) <= MAX_DIGEST_WORK_KIB.max(work_kib(own))
            && params.p_cost() <= MAX_DIGEST_LANES.max(own.p_cost())
    }

    fn is_current(&self, hash: &PasswordHash) -> bool {
        let own = self.hasher.params();
        hash.algorithm == Algorithm::Argon2id.ident()
            && hash.version == Some(Version::V0x13.into())
            && Params::try_from(hash).is_ok_and(|params| {
                (params.m_cost(), params.t_cost(), params.p_cost())
                    == (own.m_cost(), own.t_cost(), own.p_cost())
            })
    }
}

fn work_kib(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

impl Default for Argon2id {
    fn default() -> Self {
        Self::with(Params::DEFAULT)
    }
}

impl PasswordHasher for Argon2id {
    fn hash(&self, password: &str, salt: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        self.fill(&self.hasher, password, salt, &mut output)?;
        self.phc_string(salt, &output).map(PasswordDigest::new).map_err(|_| HashingFailed)
    }

    fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch {
        let Ok(hash) = PasswordHash::new(digest.expose()) else { return PasswordMatch::NoAndOutdated };
        match self.matches(password, &hash) {
            Some(false) if self.is_current(&hash) => PasswordMatch::No,
            None | Some(false) => PasswordMatch::NoAndOutdated,
            Some(true) if self.is_current(&hash) => PasswordMatch::Yes,
            Some(true) => PasswordMatch::Outdated,
        }
    }

    fn import(&self, imported: &ImportedDigest) -> Option<PasswordDigest> {
        let hash = PasswordHash::new(imported.digest()).ok()?;
        // Where the scheme is any Argon2, the digest says which.
        let is_of_its_scheme = [hash.algorithm.as_str(), "argon2"]
            .iter()
            .any(|name| imported.scheme().eq_ignore_ascii_case(name));
        // Under a key, say, a digest was made by more than the hasher has.
        let names: Vec<_> = hash.params.iter().map(|(name, _)| name.as_str().to_owned()).collect();
        let is_whole = names == ["m", "t", "p"];
        self.recipe(&hash).filter(|_| is_of_its_scheme && is_whole)?;
        Some(PasswordDigest::new(imported.digest()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use argon2::password_hash::CustomizedPasswordHasher;

    use super::*;

    const PASSWORD: &str = "Zk7vQw9pLm";

    fn one_slot(memory_kib: u32, passes: u32, lanes: u32) -> Argon2id {
        Argon2id::new(memory_kib, passes, lanes).unwrap().with_slots(NonZeroUsize::MIN)
    }

    /// What the `argon2` crate makes by itself.
    fn digest_of(algorithm: Algorithm, version: Version, params: Params) -> PasswordDigest {
        let hash: PasswordHash = Argon2::default()
            .hash_password_customized(
                PASSWORD.as_bytes(),
                &[7; 16],
                Some(algorithm.as_str()),
                Some(version.into()),
                params,
            )
            .unwrap();
        PasswordDigest::new(hash.to_string())
    }

    #[test]
    fn a_digest_verifies_its_password_and_no_other() {
        let hasher = Argon2id::new(64, 1, 1).unwrap();
        let digest = hasher.hash(PASSWORD, &[7; 16]).unwrap();
        assert!(digest.expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert_eq!(hasher.verify(PASSWORD, &digest), PasswordMatch::Yes);
        assert_eq!(hasher.verify("Zk7vQw9pLn", &digest), PasswordMatch::No);
        assert_eq!(
            hasher.verify(PASSWORD, &PasswordDigest::new("not a digest")),
            PasswordMatch::NoAndOutdated
        );
        assert_ne!(hasher.hash(PASSWORD, &[8; 16]).unwrap(), digest);
    }

    #[test]
    fn any_length_is_hashed() {
        let hasher = Argon2id::new(64, 1, 1).unwrap();
        for password in ["", "x", &"x".repeat(5000)] {
            let digest = hasher.hash(password, &[7; 16]).unwrap();
            assert_eq!(hasher.verify(password, &digest), PasswordMatch::Yes);
        }
    }

    #[test]
    fn digests_are_those_of_the_argon2_crate() {
        for (memory_kib, passes, lanes) in [(8, 1, 1), (64, 3, 1), (77, 2, 3), (19 * 1024, 2, 1)] {
            let (hasher, params) =
                (one_slot(memory_kib, passes, lanes), Params::new(memory_kib, passes, lanes, None));
            let expected = digest_of(Algorithm::Argon2id, Version::V0x13, params.unwrap());
            // The second time in memory that was used before.
            assert_eq!(hasher.hash(PASSWORD, &[7; 16]).unwrap().expose(), expected.expose());
            assert_eq!(hasher.hash(PASSWORD, &[7; 16]).unwrap().expose(), expected.expose());
            assert_eq!(hasher.verify(PASSWORD, &expected), PasswordMatch::Yes);
        }
        assert_eq!(Argon2id::default().hasher.params(), &Params::DEFAULT);
    }

    #[test]
    fn v2_other_parameters_are_outdated() {
        let hasher = one_slot(64, 2, 1);
        let outdated = |algorithm, version, memory_kib, passes, lanes, length| {
            let params = Params::new(memory_kib, passes, lanes, length).unwrap();
            let digest = digest_of(algorithm, version, params);
            assert_eq!(hasher.verify(PASSWORD, &digest), PasswordMatch::Outdated, "{}", digest.expose());
            assert_eq!(
                hasher.verify("Zk7vQw9pLn", &digest),
                PasswordMatch::NoAndOutdated,
                "{}",
                digest.expose()
            );
        };
        outdated(Algorithm::Argon2id, Version::V0x13, 128, 2, 1, None);
        outdated(Algorithm::Argon2id, Version::V0x13, 8, 2, 1, None);
        outdated(Algorithm::Argon2id, Version::V0x13, 40 * 1024, 1, 1, None);
        outdated(Algorithm::Argon2id, Version::V0x13, 64, 3, 1, Some(64));
        outdated(Algorithm::Argon2id, Version::V0x13, 64, 2, 4, Some(16));
        outdated(Algorithm::Argon2id, Version::V0x10, 64, 2, 1, None);
        outdated(Algorithm::Argon2i, Version::V0x13, 64, 2, 1, None);
        outdated(Algorithm::Argon2d, Version::V0x13, 64, 2, 1, None);

        let current = digest_of(Algorithm::Argon2id, Version::V0x13, Params::new(64, 2, 1, None).unwrap());
        assert_eq!(hasher.verify(PASSWORD, &current), PasswordMatch::Yes);
        let without_version = PasswordDigest::new(current.expose().replace("$v=19", ""));
        assert_eq!(hasher.verify(PASSWORD, &without_version), PasswordMatch::Outdated);
        assert!(Argon2id::new(0, 0, 0).is_err());
    }

    #[test]
    fn a_digest_that_cannot_be_used_loses_no_slot() {
        let hasher = one_slot(64, 1, 1);
        let digest = hasher.hash(PASSWORD, &[7; 16]).unwrap();
        let (_, salt_and_hash) = digest.expose().split_once("p=1").unwrap();
        for start in [
            "$argon2id$v=19$m=1048577,t=1,p=1",
            "$argon2id$v=19$m=4294967295,t=4294967295,p=16777215",
            "$argon2id$v=19$m=64,t=4294967295,p=1",
            "$argon2id$v=19$m=2048,t=1,p=256",
            "$argon2id$v=19$m=64,t=1,p=0",
            "$argon2id$v=19$m=64,t=0,p=1",
            "$argon2id$v=19$m=7,t=1,p=1",
            "$argon2id$v=19$m=64,t=1,p=1,x=1",
            "$argon2id$v=18$m=64,t=1,p=1",
            "$scrypt$v=19$m=64,t=1,p=1",
        ] {
            let planted = PasswordDigest::new(format!("{start}{salt_and_hash}"));
            assert!(!hasher.verify(PASSWORD, &planted).is_match(), "{start}");
        }
        let without_hash = PasswordDigest::new("$argon2id$v=19$m=64,t=1,p=1");
        assert!(!hasher.verify(PASSWORD, &without_hash).is_match());
        assert_eq!(hasher.verify(PASSWORD, &digest), PasswordMatch::Yes);
    }

    #[test]
    fn a_digest_may_cost_as_much_as_the_bounds_or_as_the_hasher_itself() {
        let params = |memory_kib, passes, lanes| Params::new(memory_kib, passes, lanes, None).unwrap();
        let small = one_slot(64, 1, 1);
        assert!(small.affords(&params(1 << 20, 4, 255)));
        assert!(!small.affords(&params((1 << 20) + 1, 1, 1)));
        assert!(!small.affords(&params(1 << 20, 5, 1)));
        assert!(!small.affords(&params(1 << 20, 1, 256)));
        let large = one_slot(3 << 20, 5, 300);
        assert!(large.affords(&params(3 << 20, 5, 300)));
        assert!(!large.affords(&params(3 << 20, 6, 300)));
    }

    #[test]
    fn a_digest_is_imported_under_its_own_name() {
        let hasher = one_slot(64, 1, 1);
        let params = || Params::new(128, 2, 1, None).unwrap();
        for (algorithm, own, others) in [
            (Algorithm::Argon2id, "argon2id", ["argon2i", "argon2d", "bcrypt", ""]),
            (Algorithm::Argon2i, "argon2i", ["argon2id", "argon2d", "scrypt", "argon"]),
            (Algorithm::Argon2d, "argon2d", ["argon2id", "argon2i", "argon2id ", "plain"]),
        ] {
            let digest = digest_of(algorithm, Version::V0x13, params());
            let import = |scheme: &str| hasher.import(&ImportedDigest::new(scheme, digest.expose()));
            for scheme in [own, "argon2", "ARGON2", &own.to_uppercase()] {
                assert_eq!(import(scheme), Some(digest.clone()), "{scheme}");
            }
            assert_eq!(others.map(import), [const { None }; 4], "{own}");
            assert_eq!(hasher.verify(PASSWORD, &digest), PasswordMatch::Outdated);
        }
    }

    #[test]
    fn a_digest_that_would_never_verify_is_not_imported() {
        let hasher = one_slot(64, 1, 1);
        let digest = hasher.hash(PASSWORD, &[7; 16]).unwrap();
        let (start, hash) = digest.expose().rsplit_once('$').unwrap();
        let (_, salt) = start.rsplit_once('$').unwrap();
        for text in [
            "",
            "$",
            "not a digest",
            "$argon2id",
            start,
            &format!("$argon2id$v=19$m=64,t=1,p=1${hash}"),
            &format!("{start}${hash}$"),
            &format!("{start}${hash}="),
            &format!("$argon2id$v=18$m=64,t=1,p=1${salt}${hash}"),
            &format!("$argon2id$v=19$m=1048577,t=1,p=1${salt}${hash}"),
            &format!("$argon2id$v=19$m=64,t=4294967295,p=1${salt}${hash}"),
            &format!("$argon2$v=19$m=64,t=1,p=1${salt}${hash}"),
            "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie",
        ] {
            assert_eq!(hasher.import(&ImportedDigest::new("argon2", text)), None, "{text}");
        }
        assert!(hasher.import(&ImportedDigest::new("argon2", digest.expose())).is_some());
    }

    #[test]
    fn two_at_once_with_one_slot_both_come_out_right() {
        let hasher = one_slot(512, 2, 1);
        let passwords = ["Zk7vQw9pLm", "An0therOne"];
        let alone = passwords.map(|password| hasher.hash(password, &[7; 16]).unwrap());
        let start = Barrier::new(2);
        thread::scope(|scope| {
            for (password, expected) in passwords.into_iter().zip(&alone) {
                let (hasher, start) = (hasher.clone(), &start);
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..20 {
                        assert_eq!(&hasher.hash(password, &[7; 16]).unwrap(), expected);
                        assert_eq!(hasher.verify(password, expected), PasswordMatch::Yes);
                    }
                });
            }
        });
    }

    #[test]
    fn clones_share_their_slots() {
        let hasher = Argon2id::new(64, 1, 1).unwrap();
        assert!(Arc::ptr_eq(&hasher.memory, &hasher.clone().memory));
        let shown = format!("{:?}", hasher.with_slots(NonZeroUsize::MIN));
        assert!(shown.contains("MemoryPool { slots: 1, kept_blocks: 64, .. }"), "{shown}");
    }
}
