//! Identifying somebody who exists (N-1 to N-10).

use super::super::rules::contribution::{contribution, sync_profile};
use super::super::rules::email::check_no_sso;
use super::super::rules::method::check_method;
use super::super::rules::mode::check_event_allowed;
use super::super::rules::uniqueness::check_not_in_profile;
use crate::identifier::{Contact, UserId, VerificationId};
use crate::interaction::{InteractionEvent, StagedProfile, StagedSocialIdentity};
use crate::operation::Step;
use crate::rejection::{IdentityNotExist, Rejection, RelatedUser, UserNotExist};
use crate::user::User;
use crate::verification::{SocialVerification, SsoVerification, Verification};

/// N-1 to N-10: whose record it is, and what it brings.
pub(super) fn identify(
    step: &mut Step<'_>,
    id: VerificationId,
    link_social_identity: bool,
) -> Result<UserId, Rejection> {
    let event = step.interaction().event();
    let verification = &step.by_id(id)?.verification;
    if !matches!(verification, Verification::OneTimeToken(_)) {
        check_event_allowed(step, event)?;
        check_method(step, event, verification)?;
    }
    if event != InteractionEvent::ForgotPassword {
        check_no_sso(step.experience(), verification)?;
    }
    if !verification.is_verified() {
        return Err(Rejection::VerificationFailed);
    }
    let user = find(step, verification, link_social_identity)?;
    if user.is_suspended {
        return Err(Rejection::Suspended);
    }
    match step.interaction().user_id() {
        Some(identified) if *identified != user.id => return Err(Rejection::IdentityConflict),
        Some(_) => return Ok(user.id.clone()),
        None => {}
    }
    let staged = brought(step, user, verification, link_social_identity);
    // D-5, here rather than at submit: what is staged cannot be taken back.
    check_not_in_profile(user, &staged)?;
    step.interaction_mut().identify(user.id.clone(), staged);
    Ok(user.id.clone())
}

/// N-6, N-7: whose record it is. A password's proof ends with the password (V-17).
fn find<'a>(step: &Step<'a>, verification: &Verification, link: bool) -> Result<&'a User, Rejection> {
    let identifier = verification.identifier();
    let user = match verification {
        Verification::Social(social) => return find_by_social(step, social, link),
        Verification::EnterpriseSso(sso) => return find_by_sso(step, sso),
        Verification::Password(password) => step.user_by_id(&password.user_id),
        Verification::SignInPasskey(passkey) => {
            passkey.user_id.as_ref().and_then(|user_id| step.user_by_id(user_id))
        }
        _ => identifier.as_ref().and_then(|identifier| step.user(&identifier.key(step.case()))),
    };
    // A passkey's user who is gone meanwhile was no identifier that could be named.
    let nobody = || match identifier {
        Some(identifier) => Rejection::UserNotExist(UserNotExist { identifier }),
        None => Rejection::VerificationFailed,
    };
    user.ok_or_else(nobody)
}

fn find_by_social<'a>(
    step: &Step<'a>,
    social: &SocialVerification,
    link: bool,
) -> Result<&'a User, Rejection> {
    let info = social.user_info.as_ref().ok_or(Rejection::VerificationFailed)?;
    // All are asked for at once, whoever is found.
    let holder = step.user(&info.key(&social.target));
    let phone = info.valid_phone().map(Contact::Phone);
    let email = info.valid_email().map(Contact::Email);
    let related = [phone, email]
        .map(|contact| contact.and_then(|contact| Some((step.user(&contact.key())?, contact))))
        .into_iter()
        .flatten()
        .next();
    if link {
        let not_exist = Rejection::IdentityNotExist(IdentityNotExist { related_user: None });
        return related.map(|(user, _)| user).ok_or(not_exist);
    }
    holder.ok_or_else(|| {
        let related_user = related.map(|(_, contact)| RelatedUser(contact));
        Rejection::IdentityNotExist(IdentityNotExist { related_user })
    })
}

/// N-6: by the identity, else the owner of its email.
fn find_by_sso<'a>(step: &Step<'a>, sso: &SsoVerification) -> Result<&'a User, Rejection> {
    let answer = sso.answer.as_ref().ok_or(Rejection::VerificationFailed)?;
    let by_identity = step.user(&answer.to_identity().key());
    let by_email = answer.user_info.valid_email().and_then(|email| step.user(&email.key()));
    by_identity.or(by_email).ok_or(Rejection::SsoIdentityNotExist)
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
