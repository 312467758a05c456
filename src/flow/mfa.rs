//! Whether a user has proved a second factor (M-1 to M-4), asked by P-3, M-5 and S-3.

use std::collections::BTreeMap;

use crate::experience::{Experience, MfaFactor};
use crate::identifier::{Email, Phone, VerificationId};
use crate::interaction::{Interaction, InteractionEvent};
use crate::operation::Step;
use crate::rejection::{Rejection, RequireMfaVerification};
use crate::user::User;
use crate::verification::{Verification, VerificationRecord, WebAuthnState};

/// M-3: refuses a sign-in whose user must prove a factor and has not. Registrations and recoveries are not asked.
pub(super) fn check_verified(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    let factors = factors_to_verify(step.experience(), user);
    let asked = step.interaction.event() == InteractionEvent::SignIn && !factors.is_empty();
    if !asked || is_verified(&step.interaction, user, &factors, &super::registered::all(step)) {
        return Ok(());
    }
    let masked_identifiers = masked_identifiers(user, &factors);
    Err(Rejection::RequireMfaVerification(RequireMfaVerification {
        available_factors: factors,
        masked_identifiers,
    }))
}

/// M-1, M-2: the factors of which one must be proved; none if MFA is not required of the user.
pub(super) fn factors_to_verify(experience: &Experience, user: &User) -> Vec<MfaFactor> {
    let settings = &experience.settings().mfa;
    let turned_off = user.mfa.enabled == Some(false) || user.mfa.skip_mfa_on_sign_in;
    if turned_off && !settings.policy.is_no_skip() { Vec::new() } else { user.factors(settings) }
}

/// M-3: whether one of the factors is proved, or something stronger. A contact that is staged here (M-5) is a new binding:
/// it counts where factors are enrolled (S-9), and proves nothing about a factor that the user got meanwhile.
pub(super) fn is_verified(
    interaction: &Interaction,
    user: &User,
    factors: &[MfaFactor],
    records: &[&VerificationRecord],
) -> bool {
    // The last backup code proves as much as the others, though with it the factor is gone.
    let spent = MfaFactor::BackupCode;
    let proved = |record: &&VerificationRecord| {
        is_stronger(record, interaction, user)
            || proved_factor(record, user).is_some_and(|factor| factor == spent || factors.contains(&factor))
    };
    records.iter().any(proved)
}

/// The factor of this very user that a record proves. A new binding proves nothing.
pub(super) fn proved_factor(record: &VerificationRecord, user: &User) -> Option<MfaFactor> {
    let (factor, own) = match &record.verification {
        Verification::Totp(totp) => (MfaFactor::Totp, totp.user_id == user.id && totp.new_factor().is_none()),
        Verification::WebAuthn(web_authn) => {
            let used = web_authn.state == WebAuthnState::Authenticated;
            (MfaFactor::WebAuthn, web_authn.user_id == user.id && used)
        }
        Verification::BackupCode(backup) => (MfaFactor::BackupCode, backup.user_id == user.id),
        Verification::MfaEmailVerificationCode(code) => {
            (MfaFactor::EmailVerificationCode, user.primary_email.as_ref() == Some(code.recipient()))
        }
        Verification::MfaPhoneVerificationCode(code) => {
            (MfaFactor::PhoneVerificationCode, user.primary_phone.as_ref() == Some(code.recipient()))
        }
        _ => return None,
    };
    (own && record.verification.is_verified()).then_some(factor)
}

/// A verified enterprise or passkey record makes MFA not required: if it is this user's. A person may have verified
/// their own in an interaction that then identifies somebody else.
fn is_stronger(record: &VerificationRecord, interaction: &Interaction, user: &User) -> bool {
    match &record.verification {
        Verification::SignInPasskey(passkey) => passkey.user_id.as_ref() == Some(&user.id),
        Verification::EnterpriseSso(_) => is_sso_of(record, interaction, user),
        _ => false,
    }
}

/// Whether a record is a verified enterprise identity that the user has, or is being given.
pub(super) fn is_sso_of(record: &VerificationRecord, interaction: &Interaction, user: &User) -> bool {
    let Verification::EnterpriseSso(sso) = &record.verification else { return false };
    let Some(identity) = sso.answer.as_ref().map(crate::verification::SsoAnswer::to_identity) else {
        return false;
    };
    let staged = interaction.profile().and_then(|staged| staged.sso_identity.as_ref());
    user.sso_identities.iter().chain(staged).any(|own| own.key() == identity.key())
}

/// The records that [`check_verified`] must know.
pub(super) fn needed_records(
    interaction: &Interaction,
    experience: &Experience,
) -> impl Iterator<Item = VerificationId> {
    let asked = interaction.event() == InteractionEvent::SignIn
        && interaction.user_id().is_some()
        && !experience.settings().mfa.factors.is_empty();
    interaction.registry().ids().filter(move |_| asked)
}

/// M-4: what a person may see of the email and phone that codes go to, by factor.
pub(super) fn masked_identifiers(user: &User, factors: &[MfaFactor]) -> BTreeMap<MfaFactor, String> {
    let email =
        user.primary_email.as_ref().map(|email| (MfaFactor::EmailVerificationCode, mask_email(email)));
    let phone =
        user.primary_phone.as_ref().map(|phone| (MfaFactor::PhoneVerificationCode, mask_phone(phone)));
    [email, phone].into_iter().flatten().filter(|(factor, _)| factors.contains(factor)).collect()
}

fn mask_email(email: &Email) -> String {
    let (local, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
    let long = local.chars().count() > 4;
    let shown: String = local.chars().take(if long { 4 } else { 0 }).collect();
    format!("{shown}****@{domain}")
}

fn mask_phone(phone: &Phone) -> String {
    let hidden = phone.digits().len().saturating_sub(4);
    format!("****{}", phone.digits().chars().skip(hidden).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m4_identifiers_are_masked() {
        for (text, masked) in [
            ("jane.roe@example.com", "jane****@example.com"),
            ("janes@example.com", "jane****@example.com"),
            ("jane@example.com", "****@example.com"),
        ] {
            assert_eq!(mask_email(&Email::parse(text).unwrap()), masked);
        }
        assert_eq!(mask_phone(&Phone::parse("61412345678").unwrap()), "****5678");
    }
}
