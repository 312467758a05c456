//! Writing what is staged for one's own account (C-9).

use super::super::rules::mfa::{frees_password, strength_of_new_password};
use super::super::rules::organizations::join_organizations;
use super::super::rules::own_account::as_it_would_be;
use super::super::rules::submission::{OWN_ACCOUNT, has_written};
use super::proved_contacts::note_proved_contacts;
use crate::audit::{AccountChange, AuditEvent};
use crate::experience::MfaFactor;
use crate::identifier::Contact;
use crate::interaction::Managing;
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::user::User;

/// C-1, then what C-9 writes, in one write.
pub(super) fn with_own_changes(step: &mut Step<'_>, user: &User) -> Result<User, Rejection> {
    OWN_ACCOUNT.iter().try_for_each(|check| check(step, user))?;
    let managing = step.managing()?.clone();
    let changed = if has_written(step, user) { user.clone() } else { changed(step, user, &managing) };
    for change in changes(&managing) {
        let notify = whom_to_notify(&change, user, &managing);
        step.emit(AuditEvent::AccountChanged { user_id: user.id.clone(), change, notify });
    }
    if changes_password(&managing) {
        step.emit(AuditEvent::PasswordChanged { user_id: user.id.clone() });
    }
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

/// What is changed, an event for each (C-9).
fn changes(managing: &Managing) -> Vec<AccountChange> {
    let (staged, removals) = (&managing.profile, &managing.removals);
    let one = |changes: bool, change| changes.then_some(change);
    let profile = staged.name.is_some()
        || staged.avatar.is_some()
        || !staged.profile.is_empty()
        || !staged.custom_data.is_empty();
    let mut all: Vec<AccountChange> = [
        one(staged.username.is_some(), AccountChange::UsernameSet),
        one(removals.username, AccountChange::UsernameRemoved),
        one(staged.primary_email.is_some(), AccountChange::EmailSet),
        one(removals.email, AccountChange::EmailRemoved),
        one(staged.primary_phone.is_some(), AccountChange::PhoneSet),
        one(removals.phone, AccountChange::PhoneRemoved),
        one(staged.password.is_some(), AccountChange::PasswordSet),
        one(removals.password, AccountChange::PasswordRemoved),
        one(profile, AccountChange::ProfileUpdated),
    ]
    .into_iter()
    .flatten()
    .collect();
    let linked = staged.social_identity.iter().map(|own| own.target.clone());
    all.extend(linked.map(|provider| AccountChange::IdentityLinked { provider }));
    let linked = staged.sso_identity.iter().map(|own| own.issuer.clone());
    all.extend(linked.map(|provider| AccountChange::IdentityLinked { provider }));
    let unlinked = removals.identities.iter().chain(&removals.sso_identities).cloned();
    all.extend(unlinked.map(|provider| AccountChange::IdentityUnlinked { provider }));
    all.extend(managing.mfa.factors().map(|factor| AccountChange::FactorBound { factor }));
    let removed = removals.factors.iter().cloned();
    all.extend(removed.map(|factor| AccountChange::FactorRemoved { factor }));
    let named = removals.names.keys().cloned().map(crate::user::FactorId::WebAuthn);
    all.extend(named.map(|factor| AccountChange::FactorNamed { factor }));
    all
}

/// The contacts that the account had, and the one that it got: whoever lost it learns so where they still can.
fn whom_to_notify(change: &AccountChange, user: &User, managing: &Managing) -> Vec<Contact> {
    // Also those that a submission took away which is decided again.
    let mut notify = managing.contacts.clone();
    for contact in user.contacts() {
        if !notify.contains(&contact) {
            notify.push(contact);
        }
    }
    let new = match change {
        AccountChange::EmailSet | AccountChange::FactorBound { factor: MfaFactor::EmailVerificationCode } => {
            managing.profile.primary_email.clone().map(Contact::Email)
        }
        AccountChange::PhoneSet | AccountChange::FactorBound { factor: MfaFactor::PhoneVerificationCode } => {
            managing.profile.primary_phone.clone().map(Contact::Phone)
        }
        _ => None,
    };
    notify.extend(new.filter(|new| !notify.contains(new)));
    notify
}
