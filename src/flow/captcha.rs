//! Whether a captcha must still be passed (I-5).

use crate::experience::Experience;
use crate::identifier::VerificationId;
use crate::interaction::Interaction;
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::verification::{Verification, VerificationRecord};

/// I-5: refuses an interaction with neither a captcha pass nor a skip, where captchas are on.
pub(super) fn check_captcha(step: &Step<'_>) -> Result<(), Rejection> {
    let open = is_open(&step.interaction, step.experience());
    if open && !super::registered::all(step).into_iter().any(stands_in_for_captcha) {
        return Err(Rejection::CaptchaRequired);
    }
    Ok(())
}

/// The records that [`check_captcha`] must know.
pub(super) fn needed_records(
    interaction: &Interaction,
    experience: &Experience,
) -> impl Iterator<Item = VerificationId> {
    let open = is_open(interaction, experience);
    interaction.registry().ids().filter(move |_| open)
}

/// Whether a record is worth a captcha: the person was verified by somebody else.
pub(super) fn stands_in_for_captcha(record: &VerificationRecord) -> bool {
    let by_somebody_else = matches!(
        record.verification,
        Verification::Social(_) | Verification::EnterpriseSso(_) | Verification::OneTimeToken(_)
    );
    by_somebody_else && record.verification.is_verified()
}

/// Whether a captcha is asked for and was not passed.
pub(super) fn is_open(interaction: &Interaction, experience: &Experience) -> bool {
    experience.settings().captcha_policy.enabled && !interaction.captcha_passed()
}
