//! The records of an interaction's registry (rules.md, section 4).

use crate::identifier::VerificationId;
use crate::interaction::Interaction;
use crate::operation::{Facts, Misuse, Step};
use crate::rejection::Rejection;
use crate::verification::{VerificationRecord, VerificationType};

/// "By type and id": the registry's record of that type has that id.
pub(super) fn by_type_and_id<'a>(
    step: &Step<'a>,
    verification_type: VerificationType,
    id: VerificationId,
) -> Result<&'a VerificationRecord, Rejection> {
    let registered = step.interaction.registry().has(verification_type, id);
    registered.then(|| step.record(id)).flatten().ok_or(Rejection::VerificationSessionNotFound)
}

/// "By id": some record of the registry has that id.
pub(super) fn by_id<'a>(step: &Step<'a>, id: VerificationId) -> Result<&'a VerificationRecord, Rejection> {
    let registered = step.interaction.registry().has_id(id);
    registered.then(|| step.record(id)).flatten().ok_or(Rejection::VerificationSessionNotFound)
}

/// All records of the registry that still exist.
pub(super) fn all<'a>(step: &Step<'a>) -> Vec<&'a VerificationRecord> {
    step.interaction.registry().ids().filter_map(|id| step.record(id)).collect()
}

/// As [`all`], outside a step.
pub(super) fn all_of<'a>(
    interaction: &Interaction,
    facts: &'a Facts,
) -> Result<Vec<&'a VerificationRecord>, Misuse> {
    interaction.registry().ids().filter_map(|id| facts.record(id).transpose()).collect()
}
