//! Whether the sign-in mode allows an event: rule I-3's first check, asked again by N-2 and N-12.

use crate::experience::{Experience, SignInMode};
use crate::identifier::VerificationId;
use crate::interaction::{Interaction, InteractionEvent};
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::verification::{Verification, VerificationRecord};

/// I-3: to sign in while only registering is on, or to register while only signing in is on, unless the registry holds
/// a verified one-time token: whoever was sent one may register with it.
pub(super) fn check_event_allowed(step: &Step<'_>, event: InteractionEvent) -> Result<(), Rejection> {
    match (event, step.experience().settings().sign_in_mode) {
        (InteractionEvent::SignIn, SignInMode::Register) => Err(Rejection::Forbidden),
        (InteractionEvent::Register, SignInMode::SignIn) => {
            let invited = super::registered::all(step).into_iter().any(is_verified_token);
            if invited { Ok(()) } else { Err(Rejection::Forbidden) }
        }
        _ => Ok(()),
    }
}

/// The records that [`check_event_allowed`] must know.
pub(super) fn needed_records(
    interaction: &Interaction,
    event: InteractionEvent,
    experience: &Experience,
) -> impl Iterator<Item = VerificationId> {
    let asked =
        event == InteractionEvent::Register && experience.settings().sign_in_mode == SignInMode::SignIn;
    interaction.registry().ids().filter(move |_| asked)
}

fn is_verified_token(record: &VerificationRecord) -> bool {
    matches!(record.verification, Verification::OneTimeToken(_)) && record.verification.is_verified()
}
