//! The id of an interaction: the secret in the browser's cookie (I-6).

use std::fmt;

use crate::secret::{Secret, hex, sha256};

/// An interaction's id: 256 random bits, as text for a cookie. Whoever has it goes on with the interaction, so no store
/// holds it in plain and `Debug` does not show it.
///
/// It changes with every step that verifies a record or identifies somebody, and the answer of that step alone
/// carries the new one.
#[derive(Clone)]
pub struct InteractionId {
    text: Secret,
    /// What a store sees of it, computed once: each draft of a step looks for it.
    digest: [u8; 32],
}

impl InteractionId {
    /// What a client sent. A text that nobody was given names no interaction.
    pub fn from_client(text: impl Into<String>) -> Self {
        let text = Secret::new(text);
        Self { digest: sha256(["interaction", text.expose()]), text }
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self::from_client(hex(&bytes))
    }

    /// The digest that a store keeps the interaction under.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The text, for the client's cookie and nothing else.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }
}

impl PartialEq for InteractionId {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for InteractionId {}

impl fmt::Debug for InteractionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[interaction id]")
    }
}
