//! Whether the sign-in mode allows an event: rule I-3's first check, asked again by N-2 and N-12.

use crate::experience::{Experience, SignInMode};
use crate::interaction::InteractionEvent;
use crate::rejection::Rejection;

/// I-3: to sign in while only registering is on, or to register while only signing in is on.
pub(super) fn check_event_allowed(event: InteractionEvent, experience: &Experience) -> Result<(), Rejection> {
    match (event, experience.settings().sign_in_mode) {
        (InteractionEvent::SignIn, SignInMode::Register)
        | (InteractionEvent::Register, SignInMode::SignIn) => Err(Rejection::Forbidden),
        _ => Ok(()),
    }
}
