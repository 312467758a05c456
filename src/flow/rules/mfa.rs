//! Which factors a user must prove, and whether one is proved (M-1 to M-4, M-7): asked by P-3, M-5, M-6 and S-3.

use std::collections::BTreeMap;

use super::method::identifying_channels;
use crate::experience::{Experience, MfaFactor, OrganizationRequiredMfaPolicy};
use crate::identifier::{Email, Phone, UserKey};
use crate::interaction::{Channel, Interaction, InteractionEvent, Proof, Shown};
use crate::operation::Step;
use crate::rejection::{Rejection, RequireMfaVerification};
use crate::user::User;

/// M-3: refuses an identified user who must prove a factor and has not. The own account is not asked: whoever made it
/// has shown all that it has.
pub(in crate::flow) fn check_verified(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    let asked = Asked::of(step.interaction(), step.experience(), user);
    if asked.is_met() { Ok(()) } else { Err(asked.rejection(user)) }
}

/// M-5: binding a factor is asked more strictly. Whoever holds an app, a key or an unused backup code proves one of them,
/// on or off, skipped or not: so a factor that was turned off keeps guarding who may enrol another (D-18).
pub(in crate::flow) fn check_may_bind(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    let interaction = step.interaction();
    if interaction.is_own_account() {
        return Ok(());
    }
    check_verified(step, user)?;
    let held: Vec<MfaFactor> = held_beside_contacts(user).collect();
    let proved = |proof: &Proof| {
        let counts = |factor| factor == MfaFactor::BackupCode || held.contains(&factor);
        let is_key = matches!(proof.shown, Shown::SignInPasskey { .. });
        proof.is_of(user)
            && (is_key || proof.factor().is_some_and(|factor| is_no_contact(factor) && counts(factor)))
    };
    if held.is_empty() || interaction.proofs().iter().any(proved) {
        return Ok(());
    }
    Err(Asked { factors: held, is_met: false }.rejection(user))
}

fn is_no_contact(factor: MfaFactor) -> bool {
    matches!(factor, MfaFactor::Totp | MfaFactor::WebAuthn | MfaFactor::BackupCode)
}

/// The authenticator app, keys and unused backup codes that a user holds, on or off, in the order to show them.
pub(in crate::flow) fn held_beside_contacts(user: &User) -> impl Iterator<Item = MfaFactor> {
    [
        (MfaFactor::WebAuthn, !user.mfa.web_authn.is_empty()),
        (MfaFactor::Totp, user.mfa.totp.is_some()),
        (MfaFactor::BackupCode, user.mfa.has_unused_backup_code()),
    ]
    .into_iter()
    .filter_map(|(factor, held)| held.then_some(factor))
}

/// What M-3 asks of a user in an interaction.
#[derive(Clone, Debug)]
pub(in crate::flow) struct Asked {
    /// The factors of which one is to be proved; none if none is asked for.
    factors: Vec<MfaFactor>,
    is_met: bool,
}

impl Asked {
    pub(in crate::flow) fn of(interaction: &Interaction, experience: &Experience, user: &User) -> Self {
        let factors = factors_to_verify(interaction, experience, user);
        let is_met = factors.is_empty() || is_verified(interaction, experience, user, &factors);
        Self { factors, is_met }
    }

    pub(in crate::flow) fn is_met(&self) -> bool {
        self.is_met
    }

    pub(in crate::flow) fn rejection(self, user: &User) -> Rejection {
        let masked_identifiers = masked_identifiers(user, &self.factors);
        Rejection::RequireMfaVerification(RequireMfaVerification {
            available_factors: self.factors,
            masked_identifiers,
        })
    }
}

/// M-1 to M-3: the factors of which one must be proved; none if none is asked for.
fn factors_to_verify(interaction: &Interaction, experience: &Experience, user: &User) -> Vec<MfaFactor> {
    if interaction.is_own_account() || is_excused(interaction, experience, user) {
        return Vec::new();
    }
    let channel = single_channel(interaction, experience, user);
    asked_beside(experience, usable_factors(experience, user), channel.as_ref())
}

/// M-3: of the factors that a user has, those that are asked of whoever showed who they are through one channel, if it was
/// one: of another channel; of this one only where there can be no other.
pub(in crate::flow) fn asked_beside(
    experience: &Experience,
    held: Vec<MfaFactor>,
    channel: Option<&Channel>,
) -> Vec<MfaFactor> {
    let is_same = |factor: &MfaFactor| channel.is_some_and(|channel| channel.is_of_factor(*factor));
    let (same, other): (Vec<_>, Vec<_>) = held.into_iter().partition(is_same);
    match other {
        other if !other.is_empty() => other,
        _ if has_other_way(experience, channel) => Vec::new(),
        _ => same,
    }
}

/// M-3's last sentence: the factors that a user holds only by the channel that every identifying proof came through, while
/// `mfa.factors` names one of another channel. They are not asked for, and S-9 treats them as not held.
pub(in crate::flow) fn not_held_for_enrolment(
    interaction: &Interaction,
    experience: &Experience,
    user: &User,
) -> Vec<MfaFactor> {
    let channel = single_channel(interaction, experience, user);
    let is_same = |factor: MfaFactor| channel.as_ref().is_some_and(|channel| channel.is_of_factor(factor));
    let held = usable_factors(experience, user);
    let nothing_else = held.iter().all(|&factor| is_same(factor));
    if interaction.is_own_account() || !nothing_else || !has_other_way(experience, channel.as_ref()) {
        return Vec::new();
    }
    held
}

/// The user's factors that are on and that a code can be sent for, where they need one.
pub(in crate::flow) fn usable_factors(experience: &Experience, user: &User) -> Vec<MfaFactor> {
    let settings = experience.settings();
    let mut factors = user.factors(&settings.mfa);
    factors.retain(|&factor| settings.senders.serve(factor));
    factors
}

/// Whether `mfa.factors` names a factor of another channel that can stand alone and be sent.
fn has_other_way(experience: &Experience, channel: Option<&Channel>) -> bool {
    let settings = experience.settings();
    settings.mfa.factors.iter().any(|&factor| {
        factor != MfaFactor::BackupCode
            && settings.senders.serve(factor)
            && channel.is_none_or(|channel| !channel.is_of_factor(factor))
    })
}

/// The one channel that every identifying proof at hand came through, if it is one.
fn single_channel(interaction: &Interaction, experience: &Experience, user: &User) -> Option<Channel> {
    let mut channels = identifying_channels(interaction, experience, user);
    let first = channels.next()?;
    channels.all(|other| other == first).then_some(first)
}

/// M-2, M-7: the user turned MFA off, or skips it at sign-in, and neither the policy, nor an organisation, nor the host's
/// signals ask for it all the same. Whoever has bound an app, a key or backup codes has not turned it off by `enabled`.
fn is_excused(interaction: &Interaction, experience: &Experience, user: &User) -> bool {
    (turned_off(user) || user.mfa.skip_mfa_on_sign_in) && may_be_excused(interaction, experience, user)
}

/// C-2: as M-2, but for whoever skips it at sign-in: what spares them a question there does not open their account.
pub(in crate::flow) fn is_excused_without_skipping(
    interaction: &Interaction,
    experience: &Experience,
    user: &User,
) -> bool {
    turned_off(user) && may_be_excused(interaction, experience, user)
}

fn turned_off(user: &User) -> bool {
    user.mfa.enabled == Some(false) && held_beside_contacts(user).next().is_none()
}

fn may_be_excused(interaction: &Interaction, experience: &Experience, user: &User) -> bool {
    !experience.settings().mfa.policy.is_no_skip()
        && !is_required_by_organization(experience, user)
        && !is_risk_elevated(interaction, experience)
}

/// M-7: the host's signals ask for more, and the operator lets them.
pub(in crate::flow) fn is_risk_elevated(interaction: &Interaction, experience: &Experience) -> bool {
    experience.settings().adaptive_mfa.enabled && interaction.risk_is_elevated()
}

/// Whether an organisation of the user asks for MFA, by its settings or by the membership, and the operator makes that
/// count (M-2, S-9).
pub(crate) fn is_required_by_organization(experience: &Experience, user: &User) -> bool {
    let policy = experience.settings().mfa.organization_required_mfa_policy;
    let by_settings =
        |id| experience.organization(id).is_some_and(|organization| organization.is_mfa_required);
    policy == Some(OrganizationRequiredMfaPolicy::Mandatory)
        && user.organizations.iter().any(|own| own.is_mfa_required || by_settings(&own.id))
}

/// M-3: whether one of the factors is proved, or something stronger. A contact that is staged here (M-5) is a new
/// binding: it counts where factors are enrolled (S-9), and proves nothing about a factor that the user got meanwhile.
fn is_verified(
    interaction: &Interaction,
    experience: &Experience,
    user: &User,
    factors: &[MfaFactor],
) -> bool {
    let settings = experience.settings();
    // The last backup code proves as much as the others, though with it the factor is gone.
    let counts = |factor| {
        factors.contains(&factor)
            || (factor == MfaFactor::BackupCode && settings.mfa.is_on(MfaFactor::BackupCode))
    };
    let is_stronger = |proof: &Proof| match proof.shown {
        Shown::EnterpriseSso { .. } => settings.single_sign_on_enabled,
        Shown::SignInPasskey { .. } => settings.passkey_sign_in.enabled,
        _ => false,
    };
    interaction
        .proofs()
        .iter()
        .any(|proof| proof.is_of(user) && (is_stronger(proof) || proof.factor().is_some_and(counts)))
}

/// Whether a proof is by an enterprise identity that the user has, or is being given (S-9).
pub(in crate::flow) fn is_sso_of(proof: &Proof, interaction: &Interaction, user: &User) -> bool {
    let Shown::EnterpriseSso { issuer, user_id, .. } = &proof.shown else { return false };
    let staged = interaction.staged().and_then(|staged| staged.profile.sso_identity.as_ref());
    proof.is_of(user) || staged.is_some_and(|own| own.key() == UserKey::sso_identity(issuer, user_id))
}

/// M-3: the one channel, other than knowledge, on whose strength a new password is set; `None` where more was shown.
pub(in crate::flow) fn strength_of_new_password(
    interaction: &Interaction,
    experience: &Experience,
    user: &User,
) -> Option<Channel> {
    if interaction.is_own_account() {
        return None;
    }
    let factors = interaction.proofs().iter().filter(|proof| proof.factor().is_some() && proof.is_of(user));
    let factors = factors.map(|proof| proof.channel(user));
    let mut channels = identifying_channels(interaction, experience, user).chain(factors);
    let first = channels.next()?;
    (first != Channel::Knowledge && channels.all(|other| other == first)).then_some(first)
}

/// M-3: whether a factor of another channel than the one that the password was set through is proved.
pub(in crate::flow) fn frees_password(interaction: &Interaction, user: &User) -> bool {
    let Some(set_through) = user.password.as_ref().and_then(|own| own.set_through.as_ref()) else {
        return false;
    };
    interaction.event() != InteractionEvent::ForgotPassword
        && interaction
            .proofs()
            .iter()
            .any(|proof| proof.factor().is_some() && proof.is_of(user) && proof.channel(user) != *set_through)
}

/// M-4: what a person may see of the email and phone that codes go to, by factor.
pub(in crate::flow) fn masked_identifiers(user: &User, factors: &[MfaFactor]) -> BTreeMap<MfaFactor, String> {
    let email =
        user.primary_email.as_ref().map(|email| (MfaFactor::EmailVerificationCode, mask_email(email)));
    let phone =
        user.primary_phone.as_ref().map(|phone| (MfaFactor::PhoneVerificationCode, mask_phone(phone)));
    [email, phone].into_iter().flatten().filter(|(factor, _)| factors.contains(factor)).collect()
}

pub(in crate::flow) fn mask_email(email: &Email) -> String {
    let (local, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
    let long = local.chars().count() > 4;
    let shown: String = local.chars().take(if long { 4 } else { 0 }).collect();
    format!("{shown}****@{domain}")
}

pub(in crate::flow) fn mask_phone(phone: &Phone) -> String {
    let hidden = phone.digits().len().saturating_sub(4);
    format!("****{}", phone.digits().chars().skip(hidden).collect::<String>())
}

#[cfg(test)]
mod tests;
