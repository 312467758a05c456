//! The verification records of one interaction.

use serde::{Deserialize, Serialize};

use crate::identifier::VerificationId;
use crate::verification::VerificationType;

/// The ids of the interaction's verification records: at most one of each type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Registry(Vec<(VerificationType, VerificationId)>);

impl Registry {
    /// All ids, in the order they were made.
    pub fn ids(&self) -> impl Iterator<Item = VerificationId> {
        self.0.iter().map(|&(_, id)| id)
    }

    /// Whether a record of this type has this id ("by type and id").
    pub fn has(&self, verification_type: VerificationType, id: VerificationId) -> bool {
        self.0.contains(&(verification_type, id))
    }

    /// Whether some record has this id ("by id").
    pub fn has_id(&self, id: VerificationId) -> bool {
        self.0.iter().any(|&(_, own)| own == id)
    }

    /// Takes in a record; it replaces the one of its type.
    pub(crate) fn put(&mut self, verification_type: VerificationType, id: VerificationId) {
        self.0.retain(|&(own, _)| own != verification_type);
        self.0.push((verification_type, id));
    }
}
