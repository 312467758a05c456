//! Telling what a submission changed (C-9).

use super::super::rules::submission::has_written;
use crate::audit::{AuditAction, IdentityKind, ProfilePart, changes};
use crate::identifier::Contact;
use crate::interaction::{Interaction, Managing, Removals, Stage, StagedMfa, StagedProfile};
use crate::operation::Step;
use crate::user::{FactorId, User};

/// An event for each change (C-9). A submission that wrote the account before a crash, and is decided again, finds nothing to change
/// any more: then all that was staged is told. What else it changed (organisations by domain, a withdrawn deletion) was the
/// crashed one's to tell.
pub(super) fn tell_changes(step: &mut Step<'_>, before: &User, after: &User) {
    let changes =
        if has_written(step, before) { staged_changes(step.interaction()) } else { changes(before, after) };
    let contacts = contacts(step.interaction(), before);
    for change in changes {
        step.emit_change(&contacts, after, change);
    }
}

/// Where the owner could be reached: also by what a submission took away that is decided again.
fn contacts(interaction: &Interaction, user: &User) -> Vec<Contact> {
    let mut contacts = interaction.managing().map(|managing| managing.contacts.clone()).unwrap_or_default();
    for contact in user.contacts() {
        if !contacts.contains(&contact) {
            contacts.push(contact);
        }
    }
    contacts
}

fn staged_changes(interaction: &Interaction) -> Vec<AuditAction> {
    match interaction.stage() {
        Stage::ForgotPassword(_) => vec![AuditAction::PasswordSet],
        Stage::Account(Managing { profile, mfa, removals, .. }) => {
            let set = staged(profile, mfa);
            removed(removals).into_iter().chain(set).collect()
        }
        Stage::SignIn(_) | Stage::Register(_) => {
            interaction.staged().map(|own| staged(own.profile, own.mfa)).unwrap_or_default()
        }
    }
}

fn staged(profile: &StagedProfile, mfa: &StagedMfa) -> Vec<AuditAction> {
    let parts: Vec<ProfilePart> = [
        (ProfilePart::Name, profile.name.is_some()),
        (ProfilePart::Avatar, profile.avatar.is_some()),
        (ProfilePart::Profile, !profile.profile.is_empty()),
        (ProfilePart::CustomData, !profile.custom_data.is_empty()),
    ]
    .into_iter()
    .filter_map(|(part, is_staged)| is_staged.then_some(part))
    .collect();
    let social = profile.social_identity.iter().map(|own| (IdentityKind::Social, own.target.clone()));
    let sso = profile.sso_identity.iter().map(|own| (IdentityKind::EnterpriseSso, own.issuer.clone()));
    let linked = |(kind, provider)| AuditAction::IdentityLinked { kind, provider };
    let identities = social.chain(sso).map(linked);
    // A contact is a factor by being there.
    let factors = mfa.factors().filter(|factor| !mfa.contacts.contains(factor));
    let updated = (!parts.is_empty()).then_some(AuditAction::ProfileUpdated { parts });
    [
        (profile.username.is_some(), AuditAction::UsernameSet),
        (profile.primary_email.is_some(), AuditAction::EmailSet),
        (profile.primary_phone.is_some(), AuditAction::PhoneSet),
        (profile.password.is_some(), AuditAction::PasswordSet),
        (!profile.jit_organization_ids.is_empty(), AuditAction::OrganizationsChanged),
        (mfa.enabled, AuditAction::MfaPolicyChanged),
        (mfa.skipped || mfa.suggestion_skipped || mfa.passkey_skipped, AuditAction::MfaPromptsChanged),
    ]
    .into_iter()
    .filter_map(|(is_staged, action)| is_staged.then_some(action))
    .chain(identities)
    .chain(factors.map(|factor| AuditAction::FactorBound { factor }))
    .chain(updated)
    .collect()
}

fn removed(removals: &Removals) -> Vec<AuditAction> {
    let social = removals.identities.iter().map(|target| (IdentityKind::Social, target.clone()));
    let sso = removals.sso_identities.iter().map(|issuer| (IdentityKind::EnterpriseSso, issuer.clone()));
    let unlinked = |(kind, provider)| AuditAction::IdentityUnlinked { kind, provider };
    let factors = removals.factors.iter().cloned();
    let named = removals.names.keys().cloned().map(FactorId::WebAuthn);
    [
        (removals.username, AuditAction::UsernameRemoved),
        (removals.email, AuditAction::EmailRemoved),
        (removals.phone, AuditAction::PhoneRemoved),
        (removals.password, AuditAction::PasswordRemoved),
    ]
    .into_iter()
    .filter_map(|(is_removed, action)| is_removed.then_some(action))
    .chain(social.chain(sso).map(unlinked))
    .chain(factors.map(|factor| AuditAction::FactorRemoved { factor }))
    .chain(named.map(|factor| AuditAction::FactorNamed { factor }))
    .collect()
}
