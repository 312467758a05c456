//! What a [`VerificationStore`](super::VerificationStore) keeps: entries under digests.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

use crate::form::{Form, stored};
use crate::identifier::{ClaimedIdentifier, Revision, UserKey, VerificationId};
use crate::interaction::{Interaction, InteractionId};
use crate::secret::{Secret, hex, sha256};
use crate::verification::{Counter, OneTimeToken, Pool};

/// The kinds of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// An interaction, with its records and proofs.
    Interaction,
    /// A one-time token.
    OneTimeToken,
    /// A counter of failed tries or of messages.
    Counter,
}

impl EntryKind {
    /// A stable lower-case name, for a store's column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interaction => "interaction",
            Self::OneTimeToken => "one_time_token",
            Self::Counter => "counter",
        }
    }
}

/// Under what an entry is kept: its kind, and the SHA-256 of what names it. A store that is read by a stranger gives no
/// cookie, no token and no list of people away.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryKey {
    kind: EntryKind,
    digest: [u8; 32],
}

impl EntryKey {
    /// The key of an interaction.
    pub fn interaction(id: &InteractionId) -> Self {
        Self { kind: EntryKind::Interaction, digest: *id.digest() }
    }

    /// The key of a one-time token.
    pub fn one_time_token(token: &Secret) -> Self {
        Self::new(EntryKind::OneTimeToken, [token.expose()])
    }

    /// The key of the one-time token that an operator names by its id: the digest in hexadecimal, which is no secret.
    pub(crate) fn one_time_token_of_id(id: &str) -> Option<Self> {
        Some(Self { kind: EntryKind::OneTimeToken, digest: from_hex(id)? })
    }

    /// The key of a counter: of a pool, for a user key in canonical form, from a source or from all.
    pub fn counter(pool: Pool, of: &UserKey, source: Option<&str>) -> Self {
        Self::counter_of([pool.as_str(), of.kind().as_str(), of.value()], source)
    }

    /// The key of the counter of a text that is no valid identifier. It is nobody's, but is counted all the same, so
    /// that it answers like somebody's.
    pub(crate) fn counter_of_text(pool: Pool, claimed: &ClaimedIdentifier, source: Option<&str>) -> Self {
        let kind = claimed.identifier_type.as_str();
        Self::counter_of([pool.as_str(), "text", kind, &claimed.value], source)
    }

    /// The key of the counter of a verification record.
    pub(crate) fn counter_of_record(pool: Pool, id: VerificationId) -> Self {
        Self::counter_of([pool.as_str(), "record", &id.to_string()], None)
    }

    /// A source is opaque, and goes into the digest alone (L-5).
    fn counter_of<'t, const N: usize>(texts: [&'t str; N], source: Option<&'t str>) -> Self {
        let source = source.into_iter().flat_map(|source| ["source", source]);
        Self::new(EntryKind::Counter, texts.into_iter().chain(source))
    }

    fn new<'t>(kind: EntryKind, texts: impl IntoIterator<Item = &'t str>) -> Self {
        Self { kind, digest: sha256(std::iter::once(kind.as_str()).chain(texts)) }
    }

    /// The kind of entry.
    pub fn kind(&self) -> EntryKind {
        self.kind
    }

    /// The digest: compare it byte by byte.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// The bytes of a digest, as [`hex`] writes them.
fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let is_hex = |letter: u8| matches!(letter, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != 64 || !text.bytes().all(is_hex) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Half of a digest tells entries apart as well as all of it; the kind is in it.
impl Hash for EntryKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if let Some(half) = self.digest.first_chunk::<16>() {
            state.write(half);
        }
    }
}

impl fmt::Debug for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.kind.as_str(), hex(&self.digest))
    }
}

/// `kind=digest`, the digest in hexadecimal.
impl Form for EntryKey {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let key = text.split_once('=').and_then(|(kind, digest)| {
            let kinds = [EntryKind::Interaction, EntryKind::OneTimeToken, EntryKind::Counter];
            let kind = kinds.into_iter().find(|own| own.as_str() == kind)?;
            Some(Self { kind, digest: from_hex(digest)? })
        });
        key.ok_or_else(|| D::Error::custom("expected a kind of entry and a digest"))
    }
}

stored! {
    /// An entry of a [`VerificationStore`](super::VerificationStore).
    #[derive(Clone, Debug, PartialEq)]
    pub struct Entry {
        /// Under what it is kept.
        pub key: EntryKey,
        /// How often it was written.
        pub revision: Revision,
        /// When it is of no more use.
        pub expires_at: DateTime<Utc>,
        /// What is kept.
        pub content: EntryContent,
    }
}

stored! {
    /// What an entry keeps. Its variants are the kinds of entries.
    #[derive(Clone, Debug, PartialEq)]
    #[non_exhaustive]
    pub enum EntryContent {
        /// An interaction, with its records and proofs.
        Interaction(Interaction),
        /// A one-time token.
        OneTimeToken(OneTimeToken),
        /// A counter of failed tries or of messages.
        Counter(Counter),
    }
}

/// One write to a [`VerificationStore`](super::VerificationStore).
#[derive(Clone, Debug, PartialEq)]
pub struct EntryChange {
    key: EntryKey,
    expected: Revision,
    entry: Option<Arc<Entry>>,
}

impl EntryChange {
    /// A new entry, or a changed one: `expected` is the revision it was read with, 0 if there was none.
    pub(crate) fn put(
        key: EntryKey,
        expected: Revision,
        expires_at: DateTime<Utc>,
        content: EntryContent,
    ) -> Self {
        let entry = Entry { key, revision: expected.next(), expires_at, content };
        Self { key, expected, entry: Some(Arc::new(entry)) }
    }

    /// An entry that is to be no more.
    pub(crate) fn remove(key: EntryKey, expected: Revision) -> Self {
        Self { key, expected, entry: None }
    }

    /// Which entry.
    pub fn key(&self) -> EntryKey {
        self.key
    }

    /// The revision the store must have; 0 if it must not have the entry.
    pub fn expected(&self) -> Revision {
        self.expected
    }

    /// The entry as it is to be, with its new revision; `None` if it is to be removed.
    pub fn entry(&self) -> Option<&Arc<Entry>> {
        self.entry.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Read, Written};
    use crate::identifier::{Email, IdentifierType};

    #[test]
    fn keys_do_not_show_whose_they_are_and_pools_are_apart() {
        let key = Email::parse("jane@example.com").unwrap().key();
        let (tries, messages) =
            (EntryKey::counter(Pool::Password, &key, None), EntryKey::counter(Pool::Message, &key, None));
        assert_ne!(tries, messages);
        assert!(!format!("{tries:?}").contains("jane"));
        let claimed = ClaimedIdentifier::new(IdentifierType::Email, "jane@example.com");
        assert_ne!(EntryKey::counter_of_text(Pool::Password, &claimed, None), tries);
        assert_ne!(EntryKey::counter(Pool::Password, &key, Some("10.0.0.0/24")), tries);
    }

    #[test]
    fn i6_an_id_is_kept_by_its_digest_apart_from_tokens() {
        let (id, token) = (InteractionId::from_client("text"), Secret::new("text"));
        assert_eq!(EntryKey::interaction(&id), EntryKey::interaction(&InteractionId::from_client("text")));
        assert_ne!(EntryKey::interaction(&id).digest(), EntryKey::one_time_token(&token).digest());
        assert!(!format!("{id:?}{:?}", EntryKey::interaction(&id)).contains("text"));
    }

    #[test]
    fn a_key_round_trips_and_nothing_else_is_one() {
        let key = EntryKey::one_time_token(&Secret::new("x"));
        let json = serde_json::to_string(&Written(&key)).unwrap();
        assert_eq!(serde_json::from_str::<Read<EntryKey>>(&json).unwrap().0, key);
        for bad in ["", "counter", "counter=", "counter=ab", &json.replace("one", "two").replace('"', "")] {
            assert!(serde_json::from_value::<Read<EntryKey>>(bad.into()).is_err(), "{bad}");
        }
    }
}
