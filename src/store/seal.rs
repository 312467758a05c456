//! Sealing what a store keeps, so that a stolen table gives no secret: feature `seal`.

use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

/// How a sealed document begins. What is not sealed is JSON, and begins with a brace.
const MAGIC: &[u8; 4] = b"vsl\x01";

/// The longest name of a key, in bytes.
const MAX_NAME: usize = 64;

/// The length of a nonce, in bytes: long enough to be drawn at random for every document.
pub const NONCE_LENGTH: usize = 24;

/// A key that documents are sealed under: 256 random bits, and a name that is written beside what it seals.
#[derive(Clone)]
pub struct SealingKey {
    name: String,
    key: Zeroizing<[u8; 32]>,
}

impl SealingKey {
    /// A key of a name, 1 to 64 bytes. The name is no secret: it says in a document which key opens it.
    ///
    /// # Errors
    /// [`SealError::InvalidKeyName`]
    pub fn new(name: impl Into<String>, key: [u8; 32]) -> Result<Self, SealError> {
        let name = name.into();
        if !(1..=MAX_NAME).contains(&name.len()) {
            return Err(SealError::InvalidKeyName);
        }
        Ok(Self { name, key: Zeroizing::new(key) })
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.key).into())
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The host's keys: one that seals, and those that sealed before and still open.
///
/// To rotate, put a new key in front and keep the old one as an older key; read and write every document once more, and
/// leave the old one out.
///
/// ```
/// use vestibule::store::seal::{SealingKey, SealingKeys};
///
/// let keys = SealingKeys::new(SealingKey::new("2026", [7; 32])?);
/// let (place, nonce) = (b"user/jane", [1; 24]); // the row; and random bytes, new for every document
/// let sealed = keys.seal(b"document", place, &nonce)?;
/// assert_eq!(*keys.unseal(&sealed, place)?, b"document");
/// assert!(keys.unseal(&sealed, b"user/joe").is_err(), "no document opens in another's place");
///
/// let rotated = SealingKeys::new(SealingKey::new("2027", [8; 32])?).with_older(SealingKey::new("2026", [7; 32])?);
/// assert!(rotated.unseal(&sealed, place).is_ok() && !rotated.is_current(&sealed));
/// # Ok::<(), vestibule::store::seal::SealError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SealingKeys {
    current: SealingKey,
    older: Vec<SealingKey>,
}

/// Why something was not sealed, or does not open. It shows nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// A key's name is empty or too long.
    #[error("the name of a sealing key is 1 to {MAX_NAME} bytes")]
    InvalidKeyName,
    /// The document is not sealed.
    #[error("the document is not sealed")]
    NotSealed,
    /// None of the keys has the name that the document names.
    #[error("the document is sealed under a key that is not at hand")]
    UnknownKey,
    /// It was changed, or belongs elsewhere, or the key is another one of that name.
    #[error("the document does not open: it was changed, moved, or sealed under another key of that name")]
    Broken,
}

impl SealingKeys {
    /// One key.
    pub fn new(current: SealingKey) -> Self {
        Self { current, older: Vec::new() }
    }

    /// And one that sealed before: it opens, and seals no more.
    #[must_use]
    pub fn with_older(mut self, key: SealingKey) -> Self {
        self.older.push(key);
        self
    }

    /// Seals a document (XChaCha20-Poly1305). The place is where it is kept, its table and its key, say: it is not written,
    /// but must be the same when it is opened, so that nobody can put one account's document in another's place. The nonce
    /// is random, and new for every document.
    ///
    /// # Errors
    /// [`SealError::Broken`] if the document is larger than the cipher can take: 256 GiB.
    pub fn seal(
        &self,
        document: &[u8],
        place: &[u8],
        nonce: &[u8; NONCE_LENGTH],
    ) -> Result<Vec<u8>, SealError> {
        let name = self.current.name.as_bytes();
        let length = u8::try_from(name.len()).map_err(|_| SealError::InvalidKeyName)?;
        let head = [MAGIC, &[length][..], name].concat();
        let aad = [&head[..], place].concat();
        let payload = Payload { msg: document, aad: &aad };
        let sealed =
            self.current.cipher().encrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError::Broken)?;
        Ok([&head[..], nonce, &sealed].concat())
    }

    /// Opens a document that was sealed for this place.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn unseal(&self, sealed: &[u8], place: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let Parts { head, name, rest } = Parts::of(sealed)?;
        let mut keys = std::iter::once(&self.current).chain(&self.older);
        let key = keys.find(|key| key.name.as_bytes() == name).ok_or(SealError::UnknownKey)?;
        let (nonce, message) = rest.split_first_chunk::<NONCE_LENGTH>().ok_or(SealError::Broken)?;
        let aad = [head, place].concat();
        let payload = Payload { msg: message, aad: &aad };
        let opened = key.cipher().decrypt(&XNonce::from(*nonce), payload);
        opened.map(Zeroizing::new).map_err(|_| SealError::Broken)
    }

    /// Whether a document is sealed under the current key; one that is not wants to be written once more.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        Parts::of(sealed).is_ok_and(|parts| parts.name == self.current.name.as_bytes())
    }
}

/// Whether bytes are a sealed document. A host that begins to seal finds both kinds in its tables.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// What a sealed document is made of.
struct Parts<'d> {
    /// All that is written in plain, the name included.
    head: &'d [u8],
    /// The key's name.
    name: &'d [u8],
    /// The nonce, and what was sealed.
    rest: &'d [u8],
}

impl<'d> Parts<'d> {
    fn of(sealed: &'d [u8]) -> Result<Self, SealError> {
        let after = sealed.strip_prefix(MAGIC).ok_or(SealError::NotSealed)?;
        let (length, after) = after.split_first().ok_or(SealError::Broken)?;
        let (name, rest) = after.split_at_checked(usize::from(*length)).ok_or(SealError::Broken)?;
        let (head, _) = sealed.split_at_checked(MAGIC.len() + 1 + name.len()).ok_or(SealError::Broken)?;
        Ok(Self { head, name, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(name: &str, byte: u8) -> SealingKeys {
        SealingKeys::new(SealingKey::new(name, [byte; 32]).unwrap())
    }

    const DOCUMENT: &[u8] = br#"{"version":1,"data":{"secret":"JBSWY3DPEHPK3PXP"}}"#;

    #[test]
    fn what_is_changed_anywhere_does_not_open() {
        let keys = keys("k", 1);
        let sealed = keys.seal(DOCUMENT, b"place", &[9; NONCE_LENGTH]).unwrap();
        assert_eq!(*keys.unseal(&sealed, b"place").unwrap(), DOCUMENT);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(keys.unseal(&changed, b"place").is_err(), "byte {at}");
            assert!(keys.unseal(&sealed[..at], b"place").is_err(), "cut at {at}");
        }
        assert_eq!(keys.unseal(&sealed, b"elsewhere"), Err(SealError::Broken));
        assert_eq!(keys.unseal(DOCUMENT, b"place"), Err(SealError::NotSealed));
        assert!(is_sealed(&sealed) && !is_sealed(DOCUMENT));
    }

    #[test]
    fn nothing_of_a_document_or_a_key_shows() {
        let keys = keys("named", 7);
        let sealed = keys.seal(DOCUMENT, b"place", &[9; NONCE_LENGTH]).unwrap();
        let shows = |text: &[u8]| sealed.windows(text.len()).any(|window| window == text);
        assert!(!shows(b"secret") && !shows(b"JBSW") && shows(b"named"));
        let debug = format!("{keys:?}");
        assert!(debug.contains("named") && !debug.contains('7'), "{debug}");
    }

    #[test]
    fn keys_rotate() {
        let sealed = keys("old", 1).seal(DOCUMENT, b"place", &[9; NONCE_LENGTH]).unwrap();
        let new = keys("new", 2);
        assert_eq!(new.unseal(&sealed, b"place"), Err(SealError::UnknownKey));
        let both = new.clone().with_older(SealingKey::new("old", [1; 32]).unwrap());
        assert!(both.unseal(&sealed, b"place").is_ok() && !both.is_current(&sealed));
        let again = both.seal(DOCUMENT, b"place", &[8; NONCE_LENGTH]).unwrap();
        assert!(both.is_current(&again) && new.unseal(&again, b"place").is_ok());
        assert_eq!(keys("old", 3).unseal(&sealed, b"place"), Err(SealError::Broken), "another of that name");
        for name in [String::new(), "x".repeat(65)] {
            assert_eq!(SealingKey::new(name, [0; 32]).err(), Some(SealError::InvalidKeyName));
        }
    }
}
