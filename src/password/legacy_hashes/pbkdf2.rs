//! PBKDF2 (RFC 8018), in PHC string format and as Passlib writes it.

use ::pbkdf2::pbkdf2_hmac;
use ::scrypt::phc::Output;
use mcf::Base64;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::{Parts, read_modular, read_phc};

/// The most iterations that a digest may ask for, counted for every block of its hash. Ten million take some seconds;
/// OWASP recommends 600 000 with SHA-256.
const MAX_ITERATIONS: u64 = 10_000_000;

/// The most bytes of salt in Passlib's form. There are 16 as a rule.
const MAX_SALT_LENGTH: usize = 64;

/// Read here: the crate's own readers know no SHA-1, and refuse less than a thousand iterations. Those digests have the
/// greatest need to move.
pub(super) struct Pbkdf2 {
    function: HashFunction,
    pub(super) iterations: u32,
    parts: Parts,
}

#[derive(Clone, Copy)]
enum HashFunction {
    Sha1,
    Sha256,
    Sha512,
}

impl Pbkdf2 {
    pub(super) fn read(text: &str) -> Option<Self> {
        let digest = Self::read_phc(text).or_else(|| Self::read_modular(text))?;
        // The last block costs as much as the others, however little of it is used.
        let blocks = u64::try_from(digest.parts.hash.len().div_ceil(digest.function.block_length())).ok()?;
        let work = u64::from(digest.iterations).checked_mul(blocks)?;
        (1..=MAX_ITERATIONS).contains(&work).then_some(digest)
    }

    fn read_phc(text: &str) -> Option<Self> {
        let (algorithm, [Some(iterations), length], parts) = read_phc(text, ["i", "l"])? else { return None };
        let function =
            HashFunction::ALL.into_iter().find(|function| function.scheme() == algorithm.as_str())?;
        length.is_none_or(|length| usize::try_from(length) == Ok(parts.hash.len())).then_some(Self {
            function,
            iterations,
            parts,
        })
    }

    fn read_modular(text: &str) -> Option<Self> {
        let (id, [iterations, salt, hash]) = read_modular(text)?;
        let function = HashFunction::ALL.into_iter().find(|function| function.modular_id() == id)?;
        let parts = Parts {
            salt: read_bytes::<MAX_SALT_LENGTH>(salt)?,
            hash: read_bytes::<{ Output::MAX_LENGTH }>(hash)?,
        };
        // Of a shorter hash, one password in few is the password.
        (parts.hash.len() >= Output::MIN_LENGTH).then_some(Self {
            function,
            iterations: number(iterations)?,
            parts,
        })
    }

    pub(super) fn scheme(&self) -> &'static str {
        self.function.scheme()
    }

    pub(super) fn matches(&self, password: &str) -> bool {
        let derive = match self.function {
            HashFunction::Sha1 => pbkdf2_hmac::<Sha1>,
            HashFunction::Sha256 => pbkdf2_hmac::<Sha256>,
            HashFunction::Sha512 => pbkdf2_hmac::<Sha512>,
        };
        let mut output = vec![0; self.parts.hash.len()];
        derive(password.as_bytes(), &self.parts.salt, self.iterations, &mut output);
        self.parts.hash.ct_eq(&output).into()
    }
}

impl HashFunction {
    const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    fn scheme(self) -> &'static str {
        match self {
            Self::Sha1 => "pbkdf2-sha1",
            Self::Sha256 => "pbkdf2-sha256",
            Self::Sha512 => "pbkdf2-sha512",
        }
    }

    /// Passlib names SHA-1 not at all. In PHC string format nobody does that: there it would be a guess.
    fn modular_id(self) -> &'static str {
        match self {
            Self::Sha1 => "pbkdf2",
            Self::Sha256 | Self::Sha512 => self.scheme(),
        }
    }

    fn block_length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// Bytes in Passlib's Base64, at most so many.
fn read_bytes<const MAX: usize>(text: &str) -> Option<Vec<u8>> {
    Base64::Pbkdf2.decode(text, &mut [0; MAX]).ok().map(<[u8]>::to_vec)
}

/// A number in decimal, as it would be written.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number: &u32| number.to_string() == text)
}
