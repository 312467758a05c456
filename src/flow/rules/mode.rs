//! Whether the sign-in mode allows an event: rule I-3's first check, asked again by N-2 and N-12.

use crate::experience::SignInMode;
use crate::interaction::{InteractionEvent, Shown};
use crate::operation::Step;
use crate::rejection::Rejection;

/// I-3: to sign in while only registering is on, or to register while only signing in is on, unless a one-time token
/// was proved: whoever was sent one may register with it.
pub(in crate::flow) fn check_event_allowed(
    step: &Step<'_>,
    event: InteractionEvent,
) -> Result<(), Rejection> {
    let invited = || {
        let mut proofs = step.interaction().proofs().iter();
        proofs.any(|proof| matches!(proof.shown, Shown::OneTimeToken { .. }))
    };
    match (event, step.experience().settings().sign_in_mode) {
        (InteractionEvent::SignIn, SignInMode::Register) => Err(Rejection::Forbidden),
        (InteractionEvent::Register, SignInMode::SignIn) if !invited() => Err(Rejection::Forbidden),
        _ => Ok(()),
    }
}
