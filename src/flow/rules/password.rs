//! A password that is to be new (V-7, P-7, P-13).

use super::lockout::Tries;
use crate::experience::UserInfo;
use crate::interaction::{Interaction, Shown};
use crate::operation::Step;
use crate::password::PasswordMatch;
use crate::rejection::Rejection;
use crate::secret::Secret;
use crate::user::User;

/// The policy of 9.2, with what is known of the person.
pub(in crate::flow) fn check_policy(
    step: &Step<'_>,
    password: &Secret,
    person: UserInfo<'_>,
) -> Result<(), Rejection> {
    let policy = &step.experience().settings().password_policy;
    let issues = policy.issues(password.expose(), person, || step.is_breached(password));
    if issues.is_empty() { Ok(()) } else { Err(Rejection::PasswordRejected(issues)) }
}

/// P-13: a user's new password is not the current one. The comparison is a try, whatever it finds: whoever recovers an
/// account learns no more of its password than from so many guesses.
pub(in crate::flow) fn check_not_current(
    step: &mut Step<'_>,
    password: &Secret,
    user: &User,
) -> Result<(), Rejection> {
    let Some(own) = &user.password else { return Ok(()) };
    let tries = Tries::comparisons_of(&user.id);
    tries.check_not_blocked(step)?;
    let found = step.verify_password(password, &own.digest);
    tries.count(step);
    step.savepoint();
    refuse_the_same(found)
}

/// V-1: the password that replaces an expired one is another. Whoever proved the old one learns nothing by the comparison.
pub(in crate::flow) fn check_not_expired_one(
    step: &Step<'_>,
    password: &Secret,
    user: &User,
) -> Result<(), Rejection> {
    let found = user.password.as_ref().map(|own| step.verify_password(password, &own.digest));
    found.map_or(Ok(()), refuse_the_same)
}

fn refuse_the_same(found: PasswordMatch) -> Result<(), Rejection> {
    if found.is_match() { Err(Rejection::SamePassword) } else { Ok(()) }
}

/// V-1: whether the user is identified by a password that had expired, and that nothing but this interaction can replace.
pub(in crate::flow) fn must_replace_expired(interaction: &Interaction, user: &User) -> bool {
    interaction
        .proofs()
        .iter()
        .any(|proof| matches!(proof.shown, Shown::Password { expired: true, .. }) && proof.is_of(user))
}
