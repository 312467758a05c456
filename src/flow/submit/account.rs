//! Writing what is staged for one's own account (C-9).

use super::super::rules::mfa::{frees_password, strength_of_new_password};
use super::super::rules::organizations::join_organizations;
use super::super::rules::own_account::as_it_would_be;
use super::super::rules::submission::{OWN_ACCOUNT, has_written};
use super::proved_contacts::note_proved_contacts;
use super::tell_changes::tell_changes;
use crate::interaction::Managing;
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::user::User;

/// C-1, then what C-9 writes, in one write.
pub(super) fn with_own_changes(step: &mut Step<'_>, user: &User) -> Result<User, Rejection> {
    OWN_ACCOUNT.iter().try_for_each(|check| check(step, user))?;
    let managing = step.managing()?.clone();
    let changed = if has_written(step, user) { user.clone() } else { changed(step, user, &managing) };
    tell_changes(step, user, &changed);
    Ok(changed)
}

/// Whether the person's other sessions must end (C-5).
pub(super) fn changes_password(managing: &Managing) -> bool {
    managing.profile.password.is_some() || managing.removals.password
}

fn changed(step: &Step<'_>, user: &User, managing: &Managing) -> User {
    let (interaction, experience) = (step.interaction(), step.experience());
    let mut changed = as_it_would_be(step, user, managing);
    // N-14
    join_organizations(experience, Some(user), &mut changed);
    note_proved_contacts(interaction, &mut changed);
    if let Some(password) = &mut changed.password {
        if managing.profile.password.is_some() {
            // M-3
            password.set_through = strength_of_new_password(interaction, experience, user);
        } else if frees_password(interaction, user) {
            password.set_through = None;
        }
    }
    if changed != *user {
        changed.updated_at = step.now();
    }
    changed
}
