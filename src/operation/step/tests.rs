//! Tests of the step: what stands after a rejection, what voids it, and the codes it draws.

use super::*;
use crate::flow::Start;
use crate::interaction::InteractionEvent;
use crate::operation::{EntropyFailed, Needs, Operation, decide};
use crate::password::{PasswordHasher, PasswordMatch};
use crate::rejection::OperationName;

struct Plain;

impl PasswordHasher for Plain {
    fn hash(&self, _: &str, _: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        Err(HashingFailed)
    }

    fn verify(&self, _: &str, _: &PasswordDigest) -> PasswordMatch {
        PasswordMatch::No
    }
}

/// An operation made of a function.
struct Doing<F>(F);

impl<T, F: Fn(&mut Step<'_>) -> Result<T, Rejection>> Operation for Doing<F> {
    type Output = T;
    const NAME: OperationName = OperationName::Submit;

    fn needs(&self, _: &Interaction, _: &Facts, _: &Experience) -> Needs {
        Needs::none()
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<T, Rejection> {
        (self.0)(step)
    }
}

fn run<T>(
    fill: impl Fn(&mut [u8]) -> Result<(), EntropyFailed> + Send + Sync,
    act: impl Fn(&mut Step<'_>) -> Result<T, Rejection>,
) -> Result<Decision<T>, Misuse> {
    let experience = Experience::default();
    let sound = |bytes: &mut [u8]| {
        bytes.fill(1);
        Ok(())
    };
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &sound, &Plain);
    let interaction = Start::new(InteractionEvent::Register).decide(&context).unwrap();
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &fill, &Plain);
    decide(&Doing(act), &interaction, &Facts::new(&experience), &context)
}

#[allow(clippy::unnecessary_wraps, reason = "it stands in for a source of randomness, which may fail")]
fn ones(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    bytes.fill(1);
    Ok(())
}

fn act(step: &mut Step<'_>) {
    step.interaction.mark_extra_profile_submitted();
    step.tell(Event::UserCreated { user_id: step.interaction.new_user_id().clone() });
}

#[test]
fn a_rejection_leaves_nothing_behind() {
    let decision = run(ones, |step| {
        act(step);
        Err::<(), _>(Rejection::Suspended)
    })
    .unwrap();
    assert_eq!(decision.outcome, Err(Rejection::Suspended));
    assert!(!decision.interaction.extra_profile_submitted() && decision.events.is_empty());
}

#[test]
fn what_was_kept_stands_and_what_came_later_does_not() {
    let decision = run(ones, |step| {
        step.interaction.mark_extra_profile_submitted();
        step.keep();
        act(step);
        Err::<(), _>(Rejection::Suspended)
    })
    .unwrap();
    assert!(decision.interaction.extra_profile_submitted() && decision.events.is_empty());
}

#[test]
fn an_unasked_fact_a_failed_hash_and_failed_entropy_void_the_step() {
    let unasked = run(ones, |step| {
        assert!(step.user(&UserKey::social_identity("t", "1")).is_none());
        Ok(())
    });
    assert_eq!(unasked.map(|_| ()), Err(Misuse::UnaskedFact));
    let hashing = run(ones, |step| {
        step.hash_password("x");
        Ok(())
    });
    assert_eq!(hashing.map(|_| ()), Err(Misuse::Hashing(HashingFailed)));
    let entropy = run(
        |_| Err(EntropyFailed),
        |step| {
            step.new_code();
            Ok(())
        },
    );
    assert_eq!(entropy.map(|_| ()), Err(Misuse::Entropy(EntropyFailed)));
}

#[test]
fn a_draw_above_the_last_full_million_is_drawn_again() {
    let draws = std::sync::atomic::AtomicU32::new(0);
    let fill = move |bytes: &mut [u8]| {
        let first = draws.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        bytes.fill(if first { 0xFF } else { 0 });
        Ok(())
    };
    let decision = run(fill, |step| Ok(step.new_code().expose().to_owned())).unwrap();
    assert_eq!(decision.outcome.unwrap(), "000000");
}
