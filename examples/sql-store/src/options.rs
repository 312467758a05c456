//! What can be chosen when a store is opened.

use std::time::Duration;

#[cfg(feature = "seal")]
use vestibule::store::seal::SealingKeys;

/// How a store is kept, and how long its database is waited for.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    pub(crate) prefix: String,
    pub(crate) max_connections: u32,
    pub(crate) acquire_timeout: Duration,
    pub(crate) timeout: Duration,
    #[cfg(feature = "seal")]
    pub(crate) sealing_keys: Option<SealingKeys>,
}

/// No prefix, ten connections, 5 seconds for one of them to be free, 10 for a call.
impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            max_connections: 10,
            acquire_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(10),
            #[cfg(feature = "seal")]
            sealing_keys: None,
        }
    }
}

impl StoreOptions {
    /// What the tables' and their indexes' names begin with, such as `auth_`.
    ///
    /// # Errors
    /// [`InvalidPrefix`] if it is no beginning of a name.
    pub fn with_prefix(self, prefix: &str) -> Result<Self, InvalidPrefix> {
        let starts = prefix.bytes().next().is_none_or(|first| first.is_ascii_lowercase() || first == b'_');
        let goes_on = prefix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if starts && goes_on && prefix.len() <= 32 {
            Ok(Self { prefix: prefix.into(), ..self })
        } else {
            Err(InvalidPrefix)
        }
    }

    /// How many connections there may be at once, at least one. In SQLite they are for reading; writes have one of their
    /// own.
    #[must_use]
    pub fn with_max_connections(self, max_connections: u32) -> Self {
        Self { max_connections: max_connections.max(1), ..self }
    }

    /// How long a call waits for a connection: for one to be free, or for the database to be there.
    #[must_use]
    pub fn with_acquire_timeout(self, acquire_timeout: Duration) -> Self {
        Self { acquire_timeout, ..self }
    }

    /// How long a call may take, waiting for a connection included.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Documents are sealed under the current key, and opened under any. What was not sealed before is read all the same,
    /// and sealed when it is next written, or by `seal_anew`.
    ///
    /// Whoever reads the tables then learns no secret of them; keys of accounts and times stay readable. It does not keep out whoever
    /// can write to them.
    #[cfg(feature = "seal")]
    #[must_use]
    pub fn with_sealing_keys(self, keys: SealingKeys) -> Self {
        Self { sealing_keys: Some(keys), ..self }
    }

    /// Whether documents are sealed.
    #[cfg(feature = "seal")]
    pub fn seals(&self) -> bool {
        self.sealing_keys.is_some()
    }
}

/// A prefix is at most 32 lower-case ASCII letters, digits and `_`, and no digit first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a prefix is at most 32 lower-case ASCII letters, digits and `_`, and no digit first")]
pub struct InvalidPrefix;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_the_beginning_of_a_name() {
        for good in ["", "a", "_", "auth_", "v2_", &"x".repeat(32)] {
            assert!(StoreOptions::default().with_prefix(good).is_ok(), "{good}");
        }
        for bad in ["2a", "Auth", "a-b", "a b", "a;drop table", "a\"", "ü", "a.b", &"x".repeat(33)] {
            assert!(StoreOptions::default().with_prefix(bad).is_err(), "{bad}");
        }
    }
}
