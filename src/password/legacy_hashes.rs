//! The digests of an existing user base: bcrypt, scrypt and PBKDF2, which verify and are never made.

mod bcrypt;
mod pbkdf2;
mod scrypt;

use std::sync::{Arc, Mutex, PoisonError};

use ::scrypt::phc::{Ident, PasswordHash};
use mcf::{Base64, Field, PasswordHashRef};

use self::bcrypt::Bcrypt;
use self::pbkdf2::Pbkdf2;
use self::scrypt::Scrypt;
use super::{HashingFailed, ImportedDigest, PasswordHasher, PasswordMatch};
use crate::secret::PasswordDigest;

/// Reads the digests that an existing user base brings, beside those of another hasher, which makes all new ones.
///
/// A password that belongs to such a digest verifies as [`Outdated`](PasswordMatch::Outdated), so that rule V-2 makes the
/// digest anew with the inner hasher in the same step. Whoever has signed in once since moving in is of the old scheme no
/// more.
///
/// | scheme | imported as | the digest |
/// |---|---|---|
/// | bcrypt | `bcrypt` | `$2a$`, `$2b$` and `$2y$`, 60 characters. Not `$2x$`: it marks the digests of a bug |
/// | scrypt | `scrypt` | `$scrypt$ln=…,r=…,p=…$salt$hash` (PHC), or `$7$…` of `crypt(3)` |
/// | PBKDF2 | `pbkdf2-sha1`, `pbkdf2-sha256`, `pbkdf2-sha512`; or `pbkdf2`, which is any of them | `$pbkdf2-sha256$i=…,l=…$salt$hash` (PHC, `l` may be left out), or Passlib's `$pbkdf2-sha256$29000$salt$hash`, in which SHA-1 is plain `$pbkdf2$` |
///
/// The name of a scheme is taken regardless of ASCII case. A digest that is not wholly well-formed is not
/// [imported](PasswordHasher::import), and matches nothing. Neither is one whose costs, salt or hash are beyond bounds: so
/// a digest that somebody planted cannot take all memory or hours. The bounds are
///
/// - bcrypt: a cost of 4 to 16;
/// - scrypt: 256 MiB of memory, and 1 GiB of memory times `p`; 1 MiB in the `p` blocks that it begins with;
/// - PBKDF2: ten million iterations, counted for every block of the hash;
/// - a salt of 64 bytes, or in PHC form of 8 to 48 bytes; a hash of 10 to 64 bytes.
///
/// A host whose digests stand in another text writes them as one of these first.
///
/// A digest that the inner hasher reads too is verified by the inner hasher, for which it may be of the current scheme.
///
/// ```
/// # #[cfg(feature = "argon2")] {
/// use vestibule::password::{Argon2id, ImportedDigest, LegacyHashes, PasswordHasher, PasswordMatch};
///
/// let hasher = LegacyHashes::new(Argon2id::default());
/// let digest = "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq";
/// let digest = hasher.import(&ImportedDigest::new("bcrypt", digest)).expect("a digest of bcrypt");
/// assert_eq!(hasher.verify("rasmuslerdorf", &digest), PasswordMatch::Outdated);
/// # }
/// ```
///
/// # What the old schemes bring along
/// bcrypt reads the first 72 bytes of a password, and its digests cannot tell what followed: any password that begins alike
/// is the password. V-2 ends that. What is typed at that sign-in is hashed whole, and is the password from then on.
///
/// A password with a NUL byte matches no digest of bcrypt. Most implementations take it to end there, and bcrypt repeats
/// the password with a NUL in between: `ab`, NUL, `ab` would be `ab`.
///
/// Passwords come in Unicode NFC. A digest that its system made of another form matches nothing; nor does one that
/// its system made of bytes that are no UTF-8.
///
/// A wrong password costs what the old digest costs, and a hash of the current scheme beside (V-1). Who measures the time
/// can thus tell that an account exists as long as its digest is an old one.
///
/// # Memory
/// scrypt takes its memory anew for each verification, as much as the digest says, up to 256 MiB: one verification at a time, clones
/// included, beside what `Argon2id` keeps. A digest matches nothing if there is no memory for it.
#[derive(Clone, Debug)]
pub struct LegacyHashes<H> {
    inner: H,
    /// Held while there is memory of scrypt's.
    scrypt_memory: Arc<Mutex<()>>,
}

impl<H: PasswordHasher> LegacyHashes<H> {
    /// Reads the old digests beside those of `inner`, which is the current scheme.
    pub fn new(inner: H) -> Self {
        Self { inner, scrypt_memory: Arc::default() }
    }

    /// One digest of scrypt at a time: all memory together has a bound, whatever is verified at once.
    fn matches(&self, digest: &LegacyDigest, password: &str) -> bool {
        let needs_memory = matches!(digest, LegacyDigest::Scrypt(_));
        let _turn = needs_memory.then(|| self.scrypt_memory.lock().unwrap_or_else(PoisonError::into_inner));
        digest.matches(password)
    }

    /// A digest of ours, unless the inner hasher reads that text too.
    fn read(&self, text: &str) -> Option<LegacyDigest> {
        let digest = LegacyDigest::read(text)?;
        let inner_form = self.inner.import(&ImportedDigest::new(digest.scheme(), text));
        inner_form.is_none_or(|form| form.expose() != text).then_some(digest)
    }
}

impl<H: PasswordHasher> PasswordHasher for LegacyHashes<H> {
    fn hash(&self, password: &str, salt: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        self.inner.hash(password, salt)
    }

    fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch {
        match self.read(digest.expose()) {
            Some(legacy) if self.matches(&legacy, password) => PasswordMatch::Outdated,
            Some(_) => PasswordMatch::NoAndOutdated,
            None => self.inner.verify(password, digest),
        }
    }

    fn import(&self, imported: &ImportedDigest) -> Option<PasswordDigest> {
        self.inner.import(imported).or_else(|| {
            let digest = LegacyDigest::read(imported.digest())?;
            digest.is_of(imported.scheme()).then(|| PasswordDigest::new(imported.digest()))
        })
    }
}

/// A digest that was read, and is within bounds.
enum LegacyDigest {
    Bcrypt(Bcrypt),
    Scrypt(Scrypt),
    Pbkdf2(Pbkdf2),
}

impl LegacyDigest {
    fn read(text: &str) -> Option<Self> {
        let bcrypt = || Bcrypt::read(text).map(Self::Bcrypt);
        let scrypt = || Scrypt::read(text).map(Self::Scrypt);
        let pbkdf2 = || Pbkdf2::read(text).map(Self::Pbkdf2);
        bcrypt().or_else(scrypt).or_else(pbkdf2)
    }

    fn scheme(&self) -> &'static str {
        match self {
            Self::Bcrypt(_) => "bcrypt",
            Self::Scrypt(_) => "scrypt",
            Self::Pbkdf2(digest) => digest.scheme(),
        }
    }

    fn is_of(&self, scheme: &str) -> bool {
        scheme.eq_ignore_ascii_case(self.scheme())
            || matches!(self, Self::Pbkdf2(_)) && scheme.eq_ignore_ascii_case("pbkdf2")
    }

    fn matches(&self, password: &str) -> bool {
        match self {
            Self::Bcrypt(digest) => digest.matches(password),
            Self::Scrypt(digest) => digest.matches(password),
            Self::Pbkdf2(digest) => digest.matches(password),
        }
    }
}

/// The salt and the hash of a digest.
struct Parts {
    salt: Vec<u8>,
    hash: Vec<u8>,
}

/// The parts of a digest in PHC string format, its algorithm, and the parameters of these names, which it may have.
/// Nothing if it has others, or one twice: which of them counts is not written anywhere.
fn read_phc<const N: usize>(text: &str, names: [&str; N]) -> Option<(Ident, [Option<u32>; N], Parts)> {
    let PasswordHash { algorithm, version: None, params, salt: Some(salt), hash: Some(hash) } =
        PasswordHash::new(text).ok()?
    else {
        return None;
    };
    let mut numbers = [None; N];
    for (name, value) in params.iter() {
        let (_, number) = names.iter().zip(&mut numbers).find(|(known, _)| **known == name.as_str())?;
        if number.replace(value.decimal().ok()?).is_some() {
            return None;
        }
    }
    let parts = Parts { salt: salt.to_vec(), hash: hash.as_bytes().to_vec() };
    Some((algorithm, numbers, parts))
}

/// The identifier of a digest in modular crypt format, and its fields: exactly so many.
fn read_modular<const N: usize>(text: &str) -> Option<(&str, [&str; N])> {
    let digest = PasswordHashRef::new(text).ok()?;
    let fields: Vec<_> = digest.fields().map(Field::as_str).collect();
    Some((digest.id(), fields.try_into().ok()?))
}

/// Bytes in Base64, as many as were asked for.
fn exactly<const N: usize>(base64: Base64, text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let length = base64.decode(text, &mut bytes).ok()?.len();
    (length == N).then_some(bytes)
}

#[cfg(test)]
mod tests;
