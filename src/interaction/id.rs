//! The id of an interaction: the secret in the browser's cookie (I-6).

use std::fmt;

use crate::secret::{Secret, hex};

/// An interaction's id: 256 random bits, as text for a cookie. Whoever has it goes on with the interaction, so no store
/// holds it in plain and `Debug` does not show it.
///
/// It changes with every step that verifies a record or identifies somebody, and the answer of that step alone
/// carries the new one.
#[derive(Clone, PartialEq, Eq)]
pub struct InteractionId(Secret);

impl InteractionId {
    /// What a client sent. A text that nobody was given names no interaction.
    pub fn from_client(text: impl Into<String>) -> Self {
        Self(Secret::new(text))
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::new(hex(&bytes)))
    }

    /// The text, for the client's cookie and nothing else.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for InteractionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[interaction id]")
    }
}
