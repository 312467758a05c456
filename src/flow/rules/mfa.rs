//! Whether a user has proved a second factor (M-1 to M-4), asked by P-3, M-5 and S-3.

use std::collections::BTreeMap;

use crate::experience::{Experience, MfaFactor};
use crate::identifier::{Email, Phone, UserKey};
use crate::interaction::{Interaction, InteractionEvent, Proof, Shown};
use crate::operation::Step;
use crate::rejection::{Rejection, RequireMfaVerification};
use crate::user::User;

/// M-3: refuses a sign-in whose user must prove a factor and has not. Registrations and recoveries are not asked.
pub(in crate::flow) fn check_verified(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    let factors = factors_to_verify(step.experience(), user);
    if !is_asked(step.interaction(), &factors) || is_verified(step.interaction(), user, &factors) {
        return Ok(());
    }
    let masked_identifiers = masked_identifiers(user, &factors);
    Err(Rejection::RequireMfaVerification(RequireMfaVerification {
        available_factors: factors,
        masked_identifiers,
    }))
}

/// Whether an interaction asks for one of some factors.
pub(in crate::flow) fn is_asked(interaction: &Interaction, factors: &[MfaFactor]) -> bool {
    interaction.event() == InteractionEvent::SignIn && !factors.is_empty()
}

/// M-1, M-2: the factors of which one must be proved; none if MFA is not required of the user.
pub(in crate::flow) fn factors_to_verify(experience: &Experience, user: &User) -> Vec<MfaFactor> {
    let settings = &experience.settings().mfa;
    let turned_off = user.mfa.enabled == Some(false) || user.mfa.skip_mfa_on_sign_in;
    if turned_off && !settings.policy.is_no_skip() { Vec::new() } else { user.factors(settings) }
}

/// M-3: whether one of the factors is proved, or something stronger. A contact that is staged here (M-5) is a new
/// binding: it counts where factors are enrolled (S-9), and proves nothing about a factor that the user got meanwhile.
pub(in crate::flow) fn is_verified(interaction: &Interaction, user: &User, factors: &[MfaFactor]) -> bool {
    // The last backup code proves as much as the others, though with it the factor is gone.
    let counts = |factor| factor == MfaFactor::BackupCode || factors.contains(&factor);
    interaction.proofs().iter().any(|proof| {
        is_stronger(proof, interaction, user) || (proof.factor().is_some_and(counts) && proof.is_of(user))
    })
}

/// A proof by an enterprise identity or a passkey makes MFA not required: if it is this user's. A person may have
/// proved their own in an interaction that then identifies somebody else.
fn is_stronger(proof: &Proof, interaction: &Interaction, user: &User) -> bool {
    match proof.shown {
        Shown::SignInPasskey { .. } => proof.is_of(user),
        _ => is_sso_of(proof, interaction, user),
    }
}

/// Whether a proof is by an enterprise identity that the user has, or is being given.
pub(in crate::flow) fn is_sso_of(proof: &Proof, interaction: &Interaction, user: &User) -> bool {
    let Shown::EnterpriseSso { issuer, user_id, .. } = &proof.shown else { return false };
    let staged = interaction.staged().and_then(|staged| staged.profile.sso_identity.as_ref());
    proof.is_of(user) || staged.is_some_and(|own| own.key() == UserKey::sso_identity(issuer, user_id))
}

/// M-4: what a person may see of the email and phone that codes go to, by factor.
pub(in crate::flow) fn masked_identifiers(user: &User, factors: &[MfaFactor]) -> BTreeMap<MfaFactor, String> {
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
