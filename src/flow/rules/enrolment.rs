//! Asking people to enrol in MFA at submit (S-7 to S-9).

use super::mfa::{
    is_required_by_organization, is_risk_elevated, is_sso_of, masked_identifiers, not_held_for_enrolment,
    usable_factors,
};
use crate::experience::{Experience, MfaFactor, MfaPolicy};
use crate::identifier::IdentifierType;
use crate::interaction::{Interaction, InteractionEvent, StagedMfa};
use crate::operation::Step;
use crate::rejection::{MissingMfa, Rejection, SuggestAdditionalMfa};
use crate::user::{User, WebAuthnCredential};

/// S-7 to S-9. Says whether MFA becomes enabled by it.
pub(in crate::flow) fn check_enrolment(step: &Step<'_>, user: &User) -> Result<bool, Rejection> {
    Enrolment::of(step.interaction(), step.experience(), user).check()
}

/// S-8 alone: of one's own account (C-1).
pub(in crate::flow) fn check_staged_are_on(step: &Step<'_>, user: &User) -> Result<(), Rejection> {
    Enrolment::of(step.interaction(), step.experience(), user).check_staged_are_on()
}

/// What decides whether a person is asked to enrol.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts: the columns of the rules' table")]
pub(in crate::flow) struct Enrolment<'a> {
    pub(in crate::flow) policy: MfaPolicy,
    pub(in crate::flow) event: InteractionEvent,
    /// The factors that are on.
    pub(in crate::flow) configured: &'a [MfaFactor],
    /// Whether passkey sign-in is on.
    pub(in crate::flow) passkey_sign_in: bool,
    /// The identifiers that accounts sign up with, of email and phone.
    pub(in crate::flow) email_is_identifier: bool,
    pub(in crate::flow) phone_is_identifier: bool,
    /// The user's factors and those staged here, backup codes that are staged aside.
    pub(in crate::flow) held: Vec<MfaFactor>,
    /// Whether new backup codes are staged: S-9d asks, and nothing else counts them.
    pub(in crate::flow) stages_backup_codes: bool,
    /// Whether a passkey that V-14 takes is held or staged.
    pub(in crate::flow) has_passkey: bool,
    /// Whether a staged factor is off by now.
    pub(in crate::flow) stages_a_factor_that_is_off: bool,
    /// Whether MFA is turned on: staged, else the user's.
    pub(in crate::flow) enabled: Option<bool>,
    pub(in crate::flow) required_by_organization: bool,
    /// Skipped, now or earlier.
    pub(in crate::flow) skipped: bool,
    pub(in crate::flow) suggestion_skipped: bool,
    pub(in crate::flow) passkey_skipped: bool,
    /// Whether an enterprise identity of the user is verified.
    pub(in crate::flow) signed_in_by_sso: bool,
    user: &'a User,
}

impl<'a> Enrolment<'a> {
    pub(in crate::flow) fn of(interaction: &Interaction, experience: &'a Experience, user: &'a User) -> Self {
        let settings = experience.settings();
        let default = StagedMfa::default();
        let staged = interaction.staged().map_or(&default, |staged| staged.mfa);
        let passkey_sign_in = settings.passkey_sign_in.enabled;
        let on = |factor: MfaFactor| settings.mfa.is_on(factor);
        let contacts = interaction.staged().into_iter().flat_map(|staged| {
            let email = staged.profile.primary_email.as_ref().map(|_| MfaFactor::EmailVerificationCode);
            let phone = staged.profile.primary_phone.as_ref().map(|_| MfaFactor::PhoneVerificationCode);
            [email, phone].into_iter().flatten()
        });
        let mut held = usable_factors(experience, user);
        let not_held = not_held_for_enrolment(interaction, experience, user);
        held.retain(|factor| !not_held.contains(factor));
        for factor in
            staged.factors().chain(contacts).filter(|&factor| on(factor) && factor != MfaFactor::BackupCode)
        {
            if !held.contains(&factor) {
                held.push(factor);
            }
        }
        let usable = |factor| on(factor) || (factor == MfaFactor::WebAuthn && passkey_sign_in);
        // M-7: whoever has no factor is asked to bind one as under a policy that lets nobody skip.
        let raised = held.is_empty() && is_risk_elevated(interaction, experience);
        Self {
            policy: if raised { MfaPolicy::Mandatory } else { settings.mfa.policy },
            event: interaction.event(),
            configured: &settings.mfa.factors,
            passkey_sign_in,
            email_is_identifier: settings.sign_up.covers(IdentifierType::Email),
            phone_is_identifier: settings.sign_up.covers(IdentifierType::Phone),
            held,
            stages_backup_codes: staged.backup_codes.is_some(),
            has_passkey: user
                .mfa
                .web_authn
                .iter()
                .chain(&staged.web_authn)
                .any(WebAuthnCredential::is_sign_in_passkey),
            stages_a_factor_that_is_off: staged.factors().any(|factor| !usable(factor)),
            enabled: if staged.enabled { Some(true) } else { user.mfa.enabled },
            required_by_organization: is_required_by_organization(experience, user),
            skipped: staged.skipped || user.mfa.skipped,
            suggestion_skipped: staged.suggestion_skipped || user.mfa.suggestion_skipped,
            passkey_skipped: staged.passkey_skipped || user.mfa.passkey_skipped,
            signed_in_by_sso: settings.single_sign_on_enabled
                && interaction.proofs().iter().any(|proof| is_sso_of(proof, interaction, user)),
            user,
        }
    }

    /// S-7, S-8, S-9 in their order. Says whether MFA becomes enabled.
    pub(in crate::flow) fn check(&self) -> Result<bool, Rejection> {
        self.check_passkey()?;
        self.check_staged_are_on()?;
        let becomes_enabled = self.check_offer()?;
        self.check_required_factor()?;
        self.check_second_factor()?;
        self.check_backup_codes()?;
        Ok(becomes_enabled)
    }

    /// What [`check`](Self::check) would refuse, each asked as if those before it were met (S-12). Whether a second factor
    /// is suggested depends on the first, so that waits until there is one.
    pub(in crate::flow) fn refusals(&self) -> impl Iterator<Item = Rejection> {
        let first = self.check_required_factor();
        let second = if first.is_ok() { self.check_second_factor() } else { Ok(()) };
        [
            self.check_passkey(),
            self.check_staged_are_on(),
            self.check_offer().map(drop),
            first,
            second,
            self.check_backup_codes(),
        ]
        .into_iter()
        .filter_map(Result::err)
    }

    /// S-7
    fn check_passkey(&self) -> Result<(), Rejection> {
        if self.passkey_sign_in && !self.has_passkey && !self.passkey_skipped && !self.signed_in_by_sso {
            return Err(Rejection::PasskeyPreferred);
        }
        Ok(())
    }

    /// S-8
    fn check_staged_are_on(&self) -> Result<(), Rejection> {
        if self.stages_a_factor_that_is_off { Err(Rejection::MfaFactorNotEnabled) } else { Ok(()) }
    }

    /// S-9's first sentence: there is nothing to check.
    fn has_nothing_to_check(&self) -> bool {
        self.signed_in_by_sso || self.configured.is_empty()
    }

    fn is_not_asked_at_sign_up(&self) -> bool {
        self.event == InteractionEvent::Register && self.policy.is_sign_in_only()
    }

    /// S-9a: says whether MFA becomes enabled.
    fn check_offer(&self) -> Result<bool, Rejection> {
        let passed_over = self.has_nothing_to_check()
            || self.policy.is_no_skip()
            || self.policy == MfaPolicy::NoPrompt
            || self.is_not_asked_at_sign_up()
            || self.skipped
            || self.required_by_organization;
        match self.enabled {
            _ if passed_over => Ok(false),
            Some(true) => Ok(false),
            None if !self.held.is_empty() => Ok(true),
            None | Some(false) => Err(Rejection::SuggestMfa),
        }
    }

    /// S-9b's first sentence: it, and the rest, are passed over.
    fn is_passed_over(&self) -> bool {
        let may_pass = self.policy == MfaPolicy::NoPrompt || (self.skipped && !self.policy.is_no_skip());
        self.has_nothing_to_check()
            || self.is_not_asked_at_sign_up()
            || (may_pass && !self.required_by_organization)
    }

    /// The configured factors, backup codes aside, in the order to show them.
    fn primary_factors(&self) -> impl Iterator<Item = MfaFactor> {
        let all = [
            MfaFactor::WebAuthn,
            MfaFactor::Totp,
            MfaFactor::PhoneVerificationCode,
            MfaFactor::EmailVerificationCode,
        ];
        all.into_iter().filter(|factor| self.configured.contains(factor))
    }

    /// S-9b
    fn check_required_factor(&self) -> Result<(), Rejection> {
        if self.is_passed_over() || self.primary_factors().any(|factor| self.held.contains(&factor)) {
            return Ok(());
        }
        let skippable = !self.policy.is_no_skip() && !self.required_by_organization;
        Err(Rejection::MissingMfa(MissingMfa {
            available_factors: self.primary_factors().collect(),
            skippable,
        }))
    }

    /// S-9c
    fn check_second_factor(&self) -> Result<(), Rejection> {
        let holds = |factor| self.held.contains(&factor);
        let enough = holds(MfaFactor::Totp)
            || holds(MfaFactor::BackupCode)
            || (holds(MfaFactor::WebAuthn) && !self.passkey_sign_in)
            || (holds(MfaFactor::EmailVerificationCode) && !self.email_is_identifier)
            || (holds(MfaFactor::PhoneVerificationCode) && !self.phone_is_identifier);
        if self.is_passed_over() || self.suggestion_skipped || self.primary_factors().all(holds) || enough {
            return Ok(());
        }
        Err(Rejection::SuggestAdditionalMfa(SuggestAdditionalMfa {
            available_factors: self.primary_factors().collect(),
            masked_identifiers: masked_identifiers(self.user, &self.held),
            is_web_authn_used_as_sign_in_passkey: self.passkey_sign_in && holds(MfaFactor::WebAuthn),
            skippable: true,
            suggestion: true,
        }))
    }

    /// S-9d
    fn check_backup_codes(&self) -> Result<(), Rejection> {
        let asked = !self.is_passed_over() && self.configured.contains(&MfaFactor::BackupCode);
        if asked && !self.held.contains(&MfaFactor::BackupCode) && !self.stages_backup_codes {
            Err(Rejection::BackupCodeRequired)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
