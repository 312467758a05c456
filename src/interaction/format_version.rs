//! The version of the interaction's stored form.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version this release writes and reads. Raise it when the stored form changes so that old code, or this code
/// with old data, would misread it.
const CURRENT: u32 = 1;

/// Stands in the stored form for the version; reading any other is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FormatVersion;

impl Serialize for FormatVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(CURRENT)
    }
}

impl<'de> Deserialize<'de> for FormatVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = u32::deserialize(deserializer)?;
        if found == CURRENT {
            return Ok(Self);
        }
        Err(D::Error::custom(format_args!(
            "the interaction is stored in format {found}, and this release reads format {CURRENT}: drop it, and let the \
             person start again"
        )))
    }
}
