//! Identifying somebody who exists (N-1 to N-10).

use super::super::rules::contribution::{contribution, sync_profile};
use super::super::rules::email::{check_comes_by_own_door, check_no_sso};
use super::super::rules::method::{check_method, is_meant_to_sign_in};
use super::super::rules::mode::check_event_allowed;
use super::super::rules::uniqueness::check_not_in_profile;
use crate::identifier::{Contact, UserId, VerificationId};
use crate::interaction::{InteractionEvent, Shown, StagedProfile, StagedSocialIdentity};
use crate::operation::Step;
use crate::rejection::{IdentityNotExist, Rejection, RelatedUser, UserNotExist};
use crate::user::User;
use crate::verification::{SignInPasskeyVerification, SocialVerification, SsoVerification, Verification};

/// N-1 to N-10: whose record it is, and what it brings.
pub(super) fn identify(
    step: &mut Step<'_>,
    id: VerificationId,
    link_social_identity: bool,
) -> Result<UserId, Rejection> {
    let event = step.interaction().event();
    let verification = &step.by_id(id)?.verification;
    check_token_event(verification, event)?;
    // N-2: a token that was made for any event, or for signing in, is its own permission.
    if !(matches!(verification, Verification::OneTimeToken(_)) && event == InteractionEvent::SignIn) {
        check_event_allowed(step, event)?;
        check_method(step, event, verification)?;
    }
    check_no_sso(step, verification)?;
    if !verification.is_verified() {
        return Err(Rejection::VerificationFailed);
    }
    let user = find(step, verification, link_social_identity)?;
    if user.is_suspended {
        return Err(Rejection::Suspended);
    }
    check_comes_by_own_door(step.experience(), verification, user)?;
    if step.interaction().user_id().is_some_and(|identified| *identified != user.id) {
        return Err(Rejection::IdentityConflict);
    }
    let staged = brought(step, user, verification, link_social_identity);
    // D-5, here rather than at submit: what is staged cannot be taken back.
    check_not_in_profile(user, &staged)?;
    step.interaction_mut().identify(user.id.clone(), staged);
    Ok(user.id.clone())
}

/// V-15: a token that was made for an event identifies in that event alone.
pub(super) fn check_token_event(
    verification: &Verification,
    event: InteractionEvent,
) -> Result<(), Rejection> {
    match verification {
        Verification::OneTimeToken(token) if token.event.is_some_and(|made_for| made_for != event) => {
            Err(Rejection::TokenEventMismatch)
        }
        _ => Ok(()),
    }
}

/// N-6, N-7: whose record it is.
fn find<'a>(step: &Step<'a>, verification: &Verification, link: bool) -> Result<&'a User, Rejection> {
    let user_id = match verification {
        Verification::Social(social) => return find_by_social(step, social, link),
        Verification::EnterpriseSso(sso) => return find_by_sso(step, sso),
        Verification::Password(password) => &password.user_id,
        Verification::SignInPasskey(SignInPasskeyVerification { user_id: Some(user_id), .. }) => user_id,
        _ => {
            let identifier = verification.identifier().ok_or(Rejection::VerificationFailed)?;
            let user = step.user(&identifier.key(step.case()));
            return user.ok_or(Rejection::UserNotExist(UserNotExist { identifier }));
        }
    };
    let user = step.user_by_id(user_id).ok_or_else(|| match verification.identifier() {
        Some(identifier) => Rejection::UserNotExist(UserNotExist { identifier }),
        // A passkey's user who is gone meanwhile was no identifier that could be named.
        None => Rejection::VerificationFailed,
    })?;
    // V-17: a password that was changed since proves nothing, nor does a passkey that was taken away.
    if Shown::by(verification).is_some_and(|shown| shown.is_of(user)) {
        Ok(user)
    } else {
        Err(Rejection::VerificationFailed)
    }
}

fn find_by_social<'a>(
    step: &Step<'a>,
    social: &SocialVerification,
    link: bool,
) -> Result<&'a User, Rejection> {
    let info = social.user_info.as_ref().ok_or(Rejection::VerificationFailed)?;
    // All are asked for at once, whoever is found.
    let holder = step.user(&info.key(&social.target));
    let phone = info.verified_phone().map(Contact::Phone);
    let email = info.verified_email().map(Contact::Email);
    let related = [phone, email]
        .map(|contact| contact.and_then(|contact| Some((step.user(&contact.key())?, contact))))
        .into_iter()
        .flatten()
        .next();
    if link {
        let not_exist = Rejection::IdentityNotExist(IdentityNotExist { related_user: None });
        let (user, contact) = related.ok_or(not_exist)?;
        check_may_link(step, user, &contact)?;
        return Ok(user);
    }
    holder.ok_or_else(|| {
        let related_user = related.map(|(_, contact)| RelatedUser(contact));
        Rejection::IdentityNotExist(IdentityNotExist { related_user })
    })
}

/// N-7: where the operator does not link by a provider's word alone, the person has proved the contact by a code, or the
/// user by a password, in this interaction (D-14). A code that was sent to recover the account, or a token made for another
/// event, is no proof of it: its message did not ask to sign anybody in.
fn check_may_link(step: &Step<'_>, user: &User, contact: &Contact) -> Result<(), Rejection> {
    let proves = |shown: &Shown| match (shown, contact) {
        (
            Shown::EmailVerificationCode { email, .. } | Shown::OneTimeToken { email, .. },
            Contact::Email(own),
        ) => email == own,
        (Shown::PhoneVerificationCode { phone, .. }, Contact::Phone(own)) => phone == own,
        (Shown::Password { .. }, _) => true,
        _ => false,
    };
    let proved = || {
        let mut proofs = step.interaction().proofs().iter();
        proofs.any(|proof| proof.is_of(user) && is_meant_to_sign_in(&proof.shown) && proves(&proof.shown))
    };
    if step.experience().settings().social_sign_in.automatic_account_linking || proved() {
        Ok(())
    } else {
        Err(Rejection::VerificationFailed)
    }
}

/// N-6: by the identity, else the owner of its email, if the email is inside the connector's domains and the owner has no
/// identity of that issuer: a second person of one issuer takes no account by its email (D-12).
fn find_by_sso<'a>(step: &Step<'a>, sso: &SsoVerification) -> Result<&'a User, Rejection> {
    let answer = sso.answer.as_ref().ok_or(Rejection::VerificationFailed)?;
    let by_identity = step.user(&answer.to_identity().key());
    let by_email = answer.email.as_ref().and_then(|email| step.user(&email.key()));
    let has_none = |user: &&User| user.sso_identities.iter().all(|own| own.issuer != answer.issuer);
    by_identity.or(by_email.filter(has_none)).ok_or(Rejection::SsoIdentityNotExist)
}

/// N-7 stages the identity to link, and N-10 what else the record brings: an enterprise identity as it is now, a token's
/// organisations, and a syncing provider's name and avatar.
fn brought(step: &Step<'_>, user: &User, verification: &Verification, link: bool) -> StagedProfile {
    let given = contribution(verification);
    // An identity that the user has is not linked again.
    let has = |social: &StagedSocialIdentity| {
        user.identities.get(&social.target).is_some_and(|own| own.user_id == social.user_info.id)
    };
    let mut staged = StagedProfile {
        social_identity: given.social_identity.filter(|social| link && !has(social)),
        sso_identity: given.sso_identity,
        jit_organization_ids: given.jit_organization_ids,
        ..StagedProfile::default()
    };
    sync_profile(step.experience(), verification, &mut staged);
    staged
}
