//! Tests of the step: what a draft leaves behind (nothing), what stands after a rejection, what voids it, and the codes
//! it draws.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::operation::{EntropyFailed, Operation, decide};

/// An operation made of a function.
struct Doing<F>(F);

impl<F> crate::operation::sealed::Operation for Doing<F> {}

impl<T, F: Fn(&mut Step<'_>) -> Result<T, Rejection>> Operation for Doing<F> {
    type Subject = Interaction;
    type Output = T;
    const NAME: OperationName = OperationName::Submit;

    fn decide(&self, step: &mut Step<'_>) -> Result<T, Rejection> {
        (self.0)(step)
    }
}

/// An interaction that is known, and what comes of deciding in it.
fn run<T>(
    fill: impl Fn(&mut [u8]) -> Result<(), EntropyFailed> + Send + Sync,
    act: impl Fn(&mut Step<'_>) -> Result<T, Rejection>,
) -> Result<Progress<T>, HostError> {
    let experience = Experience::default();
    let id = InteractionId::from_client("id");
    let user_id = UserId::parse("new").unwrap();
    let interaction = Interaction::new(
        crate::interaction::AnonymousEvent::Register,
        user_id,
        false,
        DateTime::<Utc>::MAX_UTC,
    );
    let key = EntryKey::interaction(&id);
    let content = EntryContent::Interaction(interaction);
    let change = EntryChange::put(key, Revision::default(), DateTime::<Utc>::MAX_UTC, content);
    let mut facts = Facts::new(&experience);
    let loaded = change.entry().cloned().into_iter().collect();
    facts.add_entries(&Questions::none().entries([key]), loaded).unwrap();
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &fill);
    decide(&Doing(act), &id, &facts, &context)
}

fn decided<T>(progress: Progress<T>) -> Decision<T> {
    match progress {
        Progress::Decided(decision) => decision,
        Progress::Ask(questions) => panic!("{questions:?}"),
    }
}

#[allow(clippy::unnecessary_wraps, reason = "it stands in for a source of randomness, which may fail")]
fn ones(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    bytes.fill(1);
    Ok(())
}

fn act(step: &mut Step<'_>) {
    step.interaction_mut().mark_extra_profile_submitted();
    let user_id = step.interaction().new_user_id().clone();
    step.emit(&user_id, AuditAction::UserCreated);
}

fn submitted_form(decision: &Decision<()>) -> Option<bool> {
    let entry = decision.entries.first()?.entry()?;
    match &entry.content {
        EntryContent::Interaction(interaction) => Some(interaction.extra_profile_submitted()),
        _ => None,
    }
}

#[test]
fn a_rejection_leaves_nothing_behind() {
    let progress = run(ones, |step| {
        act(step);
        Err::<(), _>(Rejection::Suspended)
    });
    let decision = decided(progress.unwrap());
    assert_eq!(decision.outcome, Err(Rejection::Suspended));
    assert!(decision.entries.is_empty() && decision.events.is_empty() && decision.user.is_none());
}

#[test]
fn what_was_done_before_a_savepoint_stands_and_what_came_later_does_not() {
    let progress = run(ones, |step| {
        step.interaction_mut().mark_extra_profile_submitted();
        step.savepoint();
        act(step);
        Err::<(), _>(Rejection::Suspended)
    });
    let decision = decided(progress.unwrap());
    assert_eq!(submitted_form(&decision), Some(true));
    assert!(decision.events.is_empty());
}

#[test]
fn a_step_that_changes_nothing_writes_nothing() {
    let decision = decided(run(ones, |_| Ok(())).unwrap());
    assert!(decision.entries.is_empty() && decision.new_id.is_none());
}

#[test]
fn i6_a_step_that_moves_the_interaction_removes_it_from_where_it_was() {
    let decision = decided(
        run(ones, |step| {
            step.moves();
            Ok(())
        })
        .unwrap(),
    );
    let id = decision.new_id.unwrap();
    assert_eq!(id.expose(), "01".repeat(32));
    let [removed, put] = decision.entries.as_slice() else { panic!("{:?}", decision.entries) };
    assert_eq!(removed.key(), EntryKey::interaction(&InteractionId::from_client("id")));
    assert!(removed.entry().is_none() && put.entry().is_some());
    assert_eq!((put.key(), put.expected()), (EntryKey::interaction(&id), Revision::default()));
}

#[test]
fn a_draft_asks_and_leaves_nothing_behind_nor_draws() {
    let draws = AtomicU32::new(0);
    let count = |bytes: &mut [u8]| {
        draws.fetch_add(1, Ordering::SeqCst);
        ones(bytes)
    };
    let key = UserKey::social_identity("t", "1");
    let progress = run(count, |step| {
        assert!(step.user(&key).is_none());
        step.new_code();
        act(step);
        step.moves();
        Ok(())
    });
    let Progress::Ask(questions) = progress.unwrap() else { panic!("it knows what nobody asked") };
    assert_eq!(questions, Questions::none().users([key.clone()]));
    assert_eq!(draws.load(Ordering::SeqCst), 0);
}

#[test]
fn slow_work_is_asked_for_once_the_stores_have_answered() {
    let key = UserKey::social_identity("t", "1");
    let (password, digest) = (Secret::new("x"), PasswordDigest::new("d"));
    let progress = run(ones, |step| {
        step.user(&key);
        step.hash_password(&password);
        step.is_breached(&password);
        Ok(())
    });
    assert!(
        matches!(progress, Ok(Progress::Ask(questions)) if questions.hash.is_empty() && questions.breached.is_empty())
    );
    let progress = run(ones, |step| {
        step.hash_password(&password);
        step.hash_password(&password);
        assert_eq!(step.verify_password(&password, &digest), PasswordMatch::No);
        assert!(!step.is_breached(&password) && !step.is_disposable("x.example"));
        Ok(())
    });
    let Progress::Ask(questions) = progress.unwrap() else { panic!() };
    assert_eq!(questions.hash, std::slice::from_ref(&password), "each thing is asked once");
    assert_eq!(questions.verify, [(password.clone(), digest.clone())]);
    assert_eq!((questions.breached, questions.disposable), (vec![password], vec!["x.example".to_owned()]));
}

#[test]
fn a_password_is_asked_about_in_one_spelling() {
    let (spelt_out, composed) = (Secret::new("Jose\u{301}9!"), Secret::new("Jos\u{e9}9!"));
    let digest = PasswordDigest::new("d");
    let progress = run(ones, |step| {
        for password in [&spelt_out, &composed] {
            step.hash_password(password);
            step.verify_password(password, &digest);
            step.is_breached(password);
        }
        Ok(())
    });
    let Progress::Ask(questions) = progress.unwrap() else { panic!() };
    assert_eq!(questions.hash, std::slice::from_ref(&composed));
    assert_eq!(questions.breached, std::slice::from_ref(&composed));
    assert_eq!(questions.verify, [(composed, digest)]);
}

#[test]
fn failed_entropy_voids_the_step() {
    for act in [(|step: &mut Step<'_>| drop(step.new_code())) as fn(&mut Step<'_>), |step: &mut Step<'_>| {
        step.moves();
    }] {
        let entropy = run(
            |_| Err(EntropyFailed),
            |step| {
                act(step);
                Ok(())
            },
        );
        assert!(matches!(entropy, Err(HostError::Entropy(EntropyFailed))));
    }
}

#[test]
fn a_draw_above_the_last_full_million_is_drawn_again() {
    let draws = AtomicU32::new(0);
    let fill = move |bytes: &mut [u8]| {
        let first = draws.fetch_add(1, Ordering::SeqCst) == 0;
        bytes.fill(if first { 0xFF } else { 0 });
        Ok(())
    };
    let decision = decided(run(fill, |step| Ok(step.new_code().expose().to_owned())).unwrap());
    assert_eq!(decision.outcome.unwrap(), "000000");
}
