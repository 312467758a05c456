//! The writes to entries that go together, in order and each key once.

use std::collections::BTreeMap;

use vestibule::store::{EntryChange, EntryContent, EntryKey};

use crate::documents::{Documents, micros, revision};
use crate::error::StoreError;

/// One write to an entry, as columns have it. The revision that is expected is 0 if there must be no entry.
pub(crate) struct Write {
    pub(crate) kind: &'static str,
    pub(crate) digest: [u8; 32],
    pub(crate) expected: i64,
    /// `None` if the entry is to be removed.
    pub(crate) row: Option<Row>,
}

/// An entry's row, without its key.
pub(crate) struct Row {
    pub(crate) revision: i64,
    pub(crate) expires_at: i64,
    pub(crate) document: Vec<u8>,
    /// Whom an interaction has identified.
    pub(crate) user_id: Option<String>,
}

/// The writes of one commit; `None` if two of them expect another revision of one entry each, which it cannot have. Of
/// several writes to one entry the last remains.
pub(crate) fn in_order(
    changes: &[EntryChange],
    documents: &Documents,
) -> Result<Option<Vec<Write>>, StoreError> {
    let mut by_key: BTreeMap<EntryKey, &EntryChange> = BTreeMap::new();
    for change in changes {
        let before = by_key.insert(change.key(), change);
        if before.is_some_and(|before| before.expected() != change.expected()) {
            return Ok(None);
        }
    }
    by_key.into_values().map(|change| write(change, documents)).collect::<Result<_, _>>().map(Some)
}

fn write(change: &EntryChange, documents: &Documents) -> Result<Write, StoreError> {
    let row = change.entry().map(|entry| -> Result<Row, StoreError> {
        Ok(Row {
            revision: revision(entry.revision),
            expires_at: micros(entry.expires_at),
            document: documents.of_entry(entry)?,
            user_id: match &entry.content {
                EntryContent::Interaction(interaction) => interaction.user_id().map(ToString::to_string),
                _ => None,
            },
        })
    });
    Ok(Write {
        kind: change.key().kind().as_str(),
        digest: *change.key().digest(),
        expected: revision(change.expected()),
        row: row.transpose()?,
    })
}
