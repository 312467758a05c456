//! An account as it would be (C-7 to C-9), and whether its owner would still get in (C-8).

use super::method::has_connected_sso_identity;
use super::mfa::{is_required_by_organization, usable_factors};
use crate::experience::{Experience, MfaFactor};
use crate::identifier::IdentifierType;
use crate::interaction::{InteractionEvent, Managing, apply_to_user};
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::user::{User, WebAuthnCredential};

/// The account, with all that is staged (C-9).
pub(in crate::flow) fn as_it_would_be(step: &Step<'_>, user: &User, managing: &Managing) -> User {
    let (mut after, now, removals) = (user.clone(), step.now(), &managing.removals);
    if removals.username {
        after.username = None;
    }
    if removals.email {
        after.primary_email = None;
        after.email_verified_at = None;
    }
    if removals.phone {
        after.primary_phone = None;
        after.phone_verified_at = None;
    }
    if removals.password {
        after.remove_password(now);
    }
    after.identities.retain(|target, _| !removals.identities.contains(target));
    let replaced = managing.profile.sso_identity.as_ref().filter(|_| removals.replaces_sso_identity);
    after.sso_identities.retain(|own| {
        let is_replaced = replaced.is_some_and(|new| new.issuer == own.issuer && new.key() != own.key());
        !removals.sso_identities.contains(&own.issuer) && !is_replaced
    });
    apply_to_user(&mut after, (*managing.profile).clone(), now);
    remove_factors(&mut after, managing);
    (*managing.mfa).clone().apply(&mut after.mfa, InteractionEvent::Account, now);
    // C-7: backup codes go with the last factor that they stand beside.
    let stands = |user: &User| held(step.experience(), user).any(|factor| factor != MfaFactor::BackupCode);
    if stands(user) && !stands(&after) {
        after.mfa.backup_codes.clear();
    }
    after
}

fn remove_factors(user: &mut User, managing: &Managing) {
    for factor in &managing.removals.factors {
        user.mfa.remove(factor);
    }
    for (id, name) in &managing.removals.names {
        if let Some(credential) = user.mfa.web_authn.iter_mut().find(|own| own.id == *id) {
            credential.name = Some(name.clone());
        }
    }
}

/// The factors that a user has, whether or not they are on, and the contacts that are one because they are.
fn held(experience: &Experience, user: &User) -> impl Iterator<Item = MfaFactor> {
    let contacts = usable_factors(experience, user);
    super::mfa::held_beside_contacts(user).chain(contacts.into_iter().filter(|factor| {
        matches!(factor, MfaFactor::EmailVerificationCode | MfaFactor::PhoneVerificationCode)
    }))
}

/// C-7: under a no-skip policy the last factor stays.
fn check_factor_is_left(experience: &Experience, before: &User, after: &User) -> Result<(), Rejection> {
    let stands = |user: &User| {
        usable_factors(experience, user).into_iter().any(|factor| factor != MfaFactor::BackupCode)
    };
    let must_have =
        experience.settings().mfa.policy.is_no_skip() || is_required_by_organization(experience, after);
    if must_have && stands(before) && !stands(after) {
        return Err(Rejection::MfaPolicyNotUserControlled);
    }
    Ok(())
}

/// C-8, and C-7 of the last factor: of the account as it would be. Read at each removal, and again when all is written:
/// of two removals at once, the later one sees the other.
pub(in crate::flow) fn check_owner_gets_in(
    step: &Step<'_>,
    before: &User,
    after: &User,
) -> Result<(), Rejection> {
    let experience = step.experience();
    check_factor_is_left(experience, before, after)?;
    let mandatory = experience.mandatory_profile().items();
    let mut taken = mandatory
        .iter()
        .filter(|&&item| super::completeness::has(before, item) && !super::completeness::has(after, item));
    if taken.next().is_some() || !has_way_in(experience, after) {
        return Err(Rejection::LastSignInMethodRequired);
    }
    Ok(())
}

/// C-8: whether any way in works now (N-3, N-4, `senders`, V-14). To recover the password is none: it is a way to one.
pub(crate) fn has_way_in(experience: &Experience, user: &User) -> bool {
    let settings = experience.settings();
    if has_connected_sso_identity(experience, user) {
        return true;
    }
    // N-4: whoever's email is of a connector's domain comes through its door alone, which is open to them (N-6).
    let domain = user.primary_email.as_ref().filter(|_| experience.has_sso_domains());
    if domain.is_some_and(|email| experience.sso_connectors_of(email.domain()).next().is_some()) {
        return true;
    }
    let has = |identifier| match identifier {
        IdentifierType::Username => user.username.is_some(),
        IdentifierType::Email => user.primary_email.is_some(),
        IdentifierType::Phone => user.primary_phone.is_some(),
    };
    let by_method = settings.sign_in.methods.iter().any(|method| {
        let by_password = method.password && user.password.is_some();
        let by_code = method.verification_code && settings.senders.reach(method.identifier);
        has(method.identifier) && (by_password || by_code)
    });
    let by_social = user
        .identities
        .keys()
        .any(|target| settings.social_connectors.iter().any(|connector| connector.target == *target));
    let by_passkey = settings.passkey_sign_in.enabled
        && user.mfa.web_authn.iter().any(WebAuthnCredential::is_sign_in_passkey);
    by_method || by_social || by_passkey
}
