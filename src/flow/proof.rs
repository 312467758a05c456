//! What a verified record gives a user, and whose it may be.

use crate::experience::Experience;
use crate::identifier::{Email, Phone, UserId, UserKey, UsernameCase};
use crate::interaction::{Interaction, Register, Stage, StagedProfile, StagedSocialIdentity};
use crate::operation::Step;
use crate::rejection::Rejection;
use crate::user::{SocialUserInfo, User};
use crate::verification::Verification;

use super::email_rules::{check_no_sso, check_record_blocklist};
use super::profile_uniqueness::{check_available, check_not_in_profile, is_free, unique_keys};

/// What a proof gives a user: the identifier or identity it is about, and for a new account a password with it.
/// Nothing for a proof of something the user must have already.
pub(super) fn gift(verification: &Verification) -> StagedProfile {
    let mut gift = StagedProfile::default();
    match verification {
        Verification::EmailVerificationCode(code) => gift.primary_email = Some(code.recipient().clone()),
        Verification::PhoneVerificationCode(code) => gift.primary_phone = Some(code.recipient().clone()),
        Verification::NewPasswordIdentity(new) => {
            gift.username = Some(new.username.clone());
            gift.password = Some(new.password.clone());
        }
        Verification::Social(social) => {
            gift.social_identity = social
                .user_info
                .clone()
                .map(|user_info| StagedSocialIdentity { target: social.target.clone(), user_info });
        }
        Verification::EnterpriseSso(sso) => {
            gift.sso_identity = sso.answer.as_ref().map(crate::verification::SsoAnswer::to_identity);
        }
        Verification::OneTimeToken(token) => {
            gift.primary_email = Some(token.email.clone());
            gift.jit_organization_ids.clone_from(&token.jit_organization_ids);
        }
        Verification::Password(_)
        | Verification::MfaEmailVerificationCode(_)
        | Verification::MfaPhoneVerificationCode(_)
        | Verification::Totp(_)
        | Verification::WebAuthn(_)
        | Verification::SignInPasskey(_)
        | Verification::BackupCode(_) => {}
    }
    gift
}

/// P-4, N-11: what a proof must be to give a user anything: not of an email that signs in elsewhere (N-4) or that the
/// operator does not take (9.3), and complete.
pub(super) fn check_proof(step: &Step<'_>, verification: &Verification) -> Result<(), Rejection> {
    check_no_sso(step.experience(), verification)?;
    check_record_blocklist(step, verification)?;
    if verification.is_verified() { Ok(()) } else { Err(Rejection::VerificationFailed) }
}

/// P-5, then P-6, of what a proof gives.
pub(super) fn check_gift(
    step: &Step<'_>,
    user: Option<&User>,
    verification: &Verification,
) -> Result<StagedProfile, Rejection> {
    let gift = gift(verification);
    if let Some(user) = user {
        check_not_in_profile(user, &gift)?;
    }
    check_available(step, &gift)?;
    Ok(gift)
}

/// The user whom a proof is about by id, whatever identifiers they have now.
pub(super) fn proven_user(verification: &Verification) -> Option<&UserId> {
    match verification {
        Verification::Password(password) => Some(&password.user_id),
        Verification::SignInPasskey(passkey) => passkey.user_id.as_ref(),
        _ => None,
    }
}

/// The keys of whoever has what a proof is about: what it would give, and what a provider reports beside it.
pub(super) fn keys_of_proof(verification: &Verification, case: UsernameCase) -> Vec<UserKey> {
    let mut keys: Vec<UserKey> = unique_keys(&gift(verification), case).collect();
    if let Some(info) = told_by_provider(verification) {
        keys.extend(info.valid_phone().as_ref().map(Phone::key));
        keys.extend(info.valid_email().as_ref().map(Email::key));
    }
    keys.extend(proven_user(verification).map(UserId::key));
    keys
}

/// What a social or enterprise provider told.
pub(super) fn told_by_provider(verification: &Verification) -> Option<&SocialUserInfo> {
    match verification {
        Verification::Social(social) => social.user_info.as_ref(),
        Verification::EnterpriseSso(sso) => sso.answer.as_ref().map(|answer| &answer.user_info),
        _ => None,
    }
}

/// Whether the operator takes over the name and avatar of a record's provider.
pub(super) fn syncs_profile(experience: &Experience, verification: &Verification) -> bool {
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

/// P-8, N-10, N-11: what a provider told beside the identity, behind what is staged. For an account in the making
/// always, with the email and the phone where nobody owns them; for an identified user only with `syncProfile`.
pub(super) fn stage_beside_identity(step: &mut Step<'_>, verification: &Verification) {
    let Some(info) = told_by_provider(verification) else { return };
    let draft = is_draft(&step.interaction);
    let sync = syncs_profile(step.experience(), verification);
    let email = info.valid_email().filter(|email| draft && is_free(step, &email.key()));
    let phone = info.valid_phone().filter(|phone| draft && is_free(step, &phone.key()));
    if let Some(staged) = step.interaction.profile_mut() {
        if draft || sync {
            staged.stage_behind(info.valid_name(), info.valid_avatar());
        }
        staged.primary_email = staged.primary_email.take().or(email);
        staged.primary_phone = staged.primary_phone.take().or(phone);
    }
}

fn is_draft(interaction: &Interaction) -> bool {
    matches!(interaction.stage(), Stage::Register(Register::Draft(_)))
}
