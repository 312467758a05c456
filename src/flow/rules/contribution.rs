//! What a verified record gives a user.

use crate::experience::Experience;
use crate::identifier::{Email, Phone};
use crate::interaction::{StagedProfile, StagedSocialIdentity};
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::user::SocialUserInfo;
use crate::verification::{SocialVerification, SsoAnswer, Verification};

use super::uniqueness::is_free;

/// What a record gives a user: the identifier or identity it is about, and for a new account a password with it.
/// Nothing for a proof of something the user must have already.
pub(in crate::flow) fn contribution(verification: &Verification) -> StagedProfile {
    let mut given = StagedProfile::default();
    match verification {
        Verification::EmailVerificationCode(code) => given.primary_email = Some(code.recipient().clone()),
        Verification::PhoneVerificationCode(code) => given.primary_phone = Some(code.recipient().clone()),
        Verification::NewPasswordIdentity(new) => {
            given.username = Some(new.username.clone());
            given.password = Some(new.password.clone());
        }
        Verification::Social(social) => {
            given.social_identity = social
                .user_info
                .clone()
                .map(|user_info| StagedSocialIdentity { target: social.target.clone(), user_info });
        }
        Verification::EnterpriseSso(sso) => {
            given.sso_identity = sso.answer.as_ref().map(SsoAnswer::to_identity);
            given.primary_email = sso.answer.as_ref().and_then(|answer| answer.email.clone());
        }
        Verification::OneTimeToken(token) => {
            given.primary_email = Some(token.email.clone());
            given.jit_organization_ids.clone_from(&token.jit_organization_ids);
        }
        Verification::Password(_)
        | Verification::MfaEmailVerificationCode(_)
        | Verification::MfaPhoneVerificationCode(_)
        | Verification::Totp(_)
        | Verification::WebAuthn(_)
        | Verification::SignInPasskey(_)
        | Verification::BackupCode(_) => {}
    }
    given
}

/// What a social or enterprise provider told.
pub(in crate::flow) fn told_by_provider(verification: &Verification) -> Option<&SocialUserInfo> {
    match verification {
        Verification::Social(social) => social.user_info.as_ref(),
        Verification::EnterpriseSso(sso) => sso.answer.as_ref().map(|answer| &answer.user_info),
        _ => None,
    }
}

/// Whether the operator takes over the name and avatar of a record's provider.
fn syncs_profile(experience: &Experience, verification: &Verification) -> bool {
    match verification {
        Verification::Social(social) => {
            experience.social_connector(&social.connector_id).is_some_and(|connector| connector.sync_profile)
        }
        Verification::EnterpriseSso(sso) => {
            experience.sso_connector(&sso.connector_id).is_some_and(|connector| connector.sync_profile)
        }
        _ => false,
    }
}

/// N-10: a syncing provider's name and avatar, over what is staged for somebody who signs in.
pub(in crate::flow) fn sync_profile(
    experience: &Experience,
    verification: &Verification,
    staged: &mut StagedProfile,
) {
    if let Some(info) = told_by_provider(verification)
        && syncs_profile(experience, verification)
    {
        staged.name = info.valid_name().map(String::from);
        staged.avatar = info.valid_avatar().map(String::from);
    }
}

/// N-11: what a provider told beside the identity, for an account in the making: name and avatar over what is staged; of a
/// social provider, also the email and the phone that it has verified, where nobody owns them.
pub(in crate::flow) fn stage_for_new_account(
    step: &mut Step<'_>,
    verification: &Verification,
) -> Result<(), Rejection> {
    let Some(info) = told_by_provider(verification) else { return Ok(()) };
    let over = StagedProfile {
        name: info.valid_name().map(String::from),
        avatar: info.valid_avatar().map(String::from),
        ..StagedProfile::default()
    };
    step.staging()?.profile.stage(over);
    stage_contacts(step, verification)
}

/// P-8: what a social provider told beside the identity, behind what is staged. For an account in the making always, with
/// the email and the phone that it has verified, where nobody owns them; for an identified user only with `syncProfile`.
pub(in crate::flow) fn stage_behind_profile(
    step: &mut Step<'_>,
    verification: &Verification,
) -> Result<(), Rejection> {
    let Some(info) = told_by_provider(verification) else { return Ok(()) };
    let draft = step.interaction().account_in_the_making().is_some();
    if draft || syncs_profile(step.experience(), verification) {
        step.staging()?.profile.stage_behind(info.valid_name(), info.valid_avatar());
    }
    if draft { stage_contacts(step, verification) } else { Ok(()) }
}

/// A social provider's verified email and phone, where nobody owns them and none is staged.
fn stage_contacts(step: &mut Step<'_>, verification: &Verification) -> Result<(), Rejection> {
    let Verification::Social(SocialVerification { user_info: Some(info), .. }) = verification else {
        return Ok(());
    };
    let email = info.verified_email().filter(|email| is_free(step, &Email::key(email)));
    let phone = info.verified_phone().filter(|phone| is_free(step, &Phone::key(phone)));
    let staged = step.staging()?.profile;
    staged.primary_email = staged.primary_email.take().or(email);
    staged.primary_phone = staged.primary_phone.take().or(phone);
    Ok(())
}
