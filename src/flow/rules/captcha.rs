//! Whether a captcha must still be passed (I-5).

use crate::experience::Experience;
use crate::interaction::Interaction;
use crate::operation::Step;
use crate::rejection::Rejection;

/// I-5: refuses an interaction with neither a captcha pass nor a skip, where captchas are on.
pub(in crate::flow) fn check_captcha(step: &Step<'_>) -> Result<(), Rejection> {
    if is_asked(step.interaction(), step.experience()) && !step.interaction().captcha_skipped() {
        return Err(Rejection::CaptchaRequired);
    }
    Ok(())
}

/// Whether a captcha is asked for and was not passed. Whoever is signed in is asked for none (C-1).
pub(in crate::flow) fn is_asked(interaction: &Interaction, experience: &Experience) -> bool {
    let is_signed_in = interaction.managing().is_some();
    experience.settings().captcha_policy.enabled && !interaction.captcha_passed() && !is_signed_in
}
