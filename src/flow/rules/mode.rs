//! Whether the sign-in mode allows an event: rule I-3's first check, asked again by N-2; and whether a registration is
//! open (N-12).

use crate::experience::SignInMode;
use crate::identifier::Email;
use crate::interaction::{InteractionEvent, Shown};
use crate::operation::Step;
use crate::rejection::Rejection;

/// I-3: to sign in while only registering is on, or to register while only signing in is on, unless a one-time token
/// invites.
pub(in crate::flow) fn check_event_allowed(
    step: &Step<'_>,
    event: InteractionEvent,
) -> Result<(), Rejection> {
    match (event, step.experience().settings().sign_in_mode) {
        (InteractionEvent::SignIn, SignInMode::Register) => Err(Rejection::Forbidden),
        (InteractionEvent::Register, SignInMode::SignIn) if invited(step).next().is_none() => {
            Err(Rejection::Forbidden)
        }
        _ => Ok(()),
    }
}

/// N-12: a closed registration is open only to the email that a one-time token was made for.
pub(in crate::flow) fn check_registration_open(
    step: &Step<'_>,
    staged_email: Option<&Email>,
) -> Result<(), Rejection> {
    let closed = step.experience().settings().sign_in_mode == SignInMode::SignIn;
    if closed && !invited(step).any(|email| Some(email) == staged_email) {
        return Err(Rejection::Forbidden);
    }
    Ok(())
}

/// The emails whose one-time token, made for no event or for a registration, is proved.
fn invited<'a>(step: &'a Step<'_>) -> impl Iterator<Item = &'a Email> {
    step.interaction().proofs().iter().filter_map(|proof| match &proof.shown {
        Shown::OneTimeToken { email, event: None | Some(InteractionEvent::Register) } => Some(email),
        _ => None,
    })
}
