//! What of an account changed, an event for each.

use super::{AuditAction, IdentityKind, ProfilePart};
use crate::experience::MfaFactor;
use crate::user::{FactorId, Mfa, Password, User};

/// What of an account changed. What only keeps its books is no change: the last use of a factor, a digest that was made anew, what a
/// provider told this time.
pub(crate) fn changes(before: &User, after: &User) -> Vec<AuditAction> {
    let mut all = Vec::new();
    // An email is the same in any spelling, but a new spelling is a change of the account.
    let email = |user: &User| user.primary_email.as_ref().map(|email| email.as_str().to_owned());
    let (set, removed) = (AuditAction::UsernameSet, AuditAction::UsernameRemoved);
    all.extend(replaced(before.username.as_ref(), after.username.as_ref(), set, removed));
    let (set, removed) = (AuditAction::EmailSet, AuditAction::EmailRemoved);
    all.extend(replaced(email(before), email(after), set, removed));
    let (set, removed) = (AuditAction::PhoneSet, AuditAction::PhoneRemoved);
    all.extend(replaced(before.primary_phone.as_ref(), after.primary_phone.as_ref(), set, removed));
    password(before, after, &mut all);
    identities(before, after, &mut all);
    factors(&before.mfa, &after.mfa, &mut all);
    if before.organizations != after.organizations {
        all.push(AuditAction::OrganizationsChanged);
    }
    profile(before, after, &mut all);
    match (before.is_suspended, after.is_suspended) {
        (false, true) => all.push(AuditAction::Suspended),
        (true, false) => all.push(AuditAction::Reinstated),
        (false, false) | (true, true) => {}
    }
    match (before.deletion_due_at, after.deletion_due_at) {
        (None, Some(due)) => all.push(AuditAction::DeletionRequested { due }),
        (Some(_), None) => all.push(AuditAction::DeletionWithdrawn),
        (None, None) | (Some(_), Some(_)) => {}
    }
    all
}

/// Whether something is another, or gone.
fn replaced<T: PartialEq>(
    before: Option<T>,
    after: Option<T>,
    set: AuditAction,
    removed: AuditAction,
) -> Option<AuditAction> {
    (before != after).then(|| if after.is_some() { set } else { removed })
}

fn password(before: &User, after: &User, all: &mut Vec<AuditAction>) {
    let stamp = |user: &User| user.password.as_ref().map(Password::stamp);
    let (set, removed) = (AuditAction::PasswordSet, AuditAction::PasswordRemoved);
    all.extend(replaced(stamp(before), stamp(after), set, removed));
    let is_expired = |user: &User| user.password.as_ref().is_some_and(|own| own.is_expired);
    // That a new password is not expired goes without saying.
    let is_marked = is_expired(after) && (!is_expired(before) || stamp(before) != stamp(after));
    let is_unmarked = is_expired(before) && !is_expired(after) && stamp(before) == stamp(after);
    if is_marked || is_unmarked {
        all.push(AuditAction::PasswordMarked { is_expired: is_marked });
    }
}

fn identities(before: &User, after: &User, all: &mut Vec<AuditAction>) {
    type Identity = (IdentityKind, String, String);
    let of = |user: &User| -> Vec<Identity> {
        let social = user.identities.iter();
        let social = social.map(|(target, own)| (IdentityKind::Social, target.clone(), own.user_id.clone()));
        let sso = user.sso_identities.iter();
        let sso = sso.map(|own| (IdentityKind::EnterpriseSso, own.issuer.clone(), own.user_id.clone()));
        social.chain(sso).collect()
    };
    let (before, after) = (of(before), of(after));
    for (kind, provider, _) in after.iter().filter(|identity| !before.contains(identity)) {
        all.push(AuditAction::IdentityLinked { kind: *kind, provider: provider.clone() });
    }
    // One that another took the place of is told by that.
    let is_gone =
        |(kind, provider, _): &&Identity| !after.iter().any(|(own, at, _)| (own, at) == (kind, provider));
    for (kind, provider, _) in before.iter().filter(is_gone) {
        all.push(AuditAction::IdentityUnlinked { kind: *kind, provider: provider.clone() });
    }
}

fn factors(before: &Mfa, after: &Mfa, all: &mut Vec<AuditAction>) {
    let secret = |mfa: &Mfa| mfa.totp.as_ref().map(|own| own.secret.clone());
    let codes = |mfa: &Mfa| (!mfa.backup_codes.is_empty()).then(|| mfa.backup_codes_stamp());
    let bound = |factor| AuditAction::FactorBound { factor };
    let removed = |factor| AuditAction::FactorRemoved { factor };
    for key in &after.web_authn {
        match before.web_authn.iter().find(|own| own.id == key.id) {
            None => all.push(bound(MfaFactor::WebAuthn)),
            Some(own) if own.name != key.name => {
                all.push(AuditAction::FactorNamed { factor: FactorId::WebAuthn(key.id.clone()) });
            }
            Some(_) => {}
        }
    }
    all.extend(replaced(secret(before), secret(after), bound(MfaFactor::Totp), removed(FactorId::Totp)));
    all.extend(replaced(
        codes(before),
        codes(after),
        bound(MfaFactor::BackupCode),
        removed(FactorId::BackupCodes),
    ));
    let is_gone = |id: &str| !after.web_authn.iter().any(|own| own.id == id);
    for key in before.web_authn.iter().filter(|own| is_gone(&own.id)) {
        all.push(removed(FactorId::WebAuthn(key.id.clone())));
    }
    if (before.enabled, before.skip_mfa_on_sign_in) != (after.enabled, after.skip_mfa_on_sign_in) {
        all.push(AuditAction::MfaPolicyChanged);
    }
    let prompts = |mfa: &Mfa| (mfa.skipped, mfa.suggestion_skipped, mfa.passkey_skipped);
    if prompts(before) != prompts(after) {
        all.push(AuditAction::MfaPromptsChanged);
    }
}

fn profile(before: &User, after: &User, all: &mut Vec<AuditAction>) {
    let parts: Vec<ProfilePart> = [
        (ProfilePart::Name, before.name != after.name),
        (ProfilePart::Avatar, before.avatar != after.avatar),
        (ProfilePart::Profile, before.profile != after.profile),
        (ProfilePart::CustomData, before.custom_data != after.custom_data),
    ]
    .into_iter()
    .filter_map(|(part, changed)| changed.then_some(part))
    .collect();
    if !parts.is_empty() {
        all.push(AuditAction::ProfileUpdated { parts });
    }
}
