//! A password that is to be new (V-7, P-7, P-13).

use crate::experience::UserInfo;
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

/// P-7: a user's new password is not the current one.
pub(in crate::flow) fn check_not_current(
    step: &Step<'_>,
    password: &Secret,
    user: &User,
) -> Result<(), Rejection> {
    match user.password.as_ref().map(|own| step.verify_password(password, &own.digest)) {
        None | Some(PasswordMatch::No) => Ok(()),
        Some(PasswordMatch::Yes | PasswordMatch::Outdated) => Err(Rejection::SamePassword),
    }
}
