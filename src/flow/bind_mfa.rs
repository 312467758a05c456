//! Binding factors (M-5).

use serde::Deserialize;

use super::mfa;
use super::proof::{check_gift, check_proof, keys_of_proof};
use super::registered::by_type_and_id;
use crate::experience::{Experience, MfaFactor};
use crate::identifier::{UserId, VerificationId};
use crate::interaction::{Interaction, InteractionEvent};
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::User;
use crate::verification::{Verification, VerificationType, WebAuthnState};

/// Stages a factor for the identified user; submitting binds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BindMfa {
    #[serde(rename = "type")]
    factor: MfaFactor,
    verification_id: VerificationId,
}

impl BindMfa {
    /// The factor that a record proves.
    pub fn new(factor: MfaFactor, verification_id: VerificationId) -> Self {
        Self { factor, verification_id }
    }

    fn verification_type(self) -> VerificationType {
        match self.factor {
            MfaFactor::Totp => VerificationType::Totp,
            MfaFactor::WebAuthn => VerificationType::WebAuthn,
            MfaFactor::BackupCode => VerificationType::BackupCode,
            MfaFactor::EmailVerificationCode => VerificationType::EmailVerificationCode,
            MfaFactor::PhoneVerificationCode => VerificationType::PhoneVerificationCode,
        }
    }

    fn is_on(self, step: &Step<'_>) -> Result<(), Rejection> {
        let settings = step.experience().settings();
        let passkey = self.factor == MfaFactor::WebAuthn && settings.passkey_sign_in.enabled;
        if settings.mfa.is_on(self.factor) || passkey { Ok(()) } else { Err(Rejection::MfaFactorNotEnabled) }
    }

    fn bind(
        self,
        step: &mut Step<'_>,
        user: Option<&User>,
        verification: &Verification,
    ) -> Result<(), Rejection> {
        match verification {
            Verification::Totp(totp) => {
                if !totp.is_verified() {
                    return Err(Rejection::VerificationFailed);
                }
                let factor = totp.new_factor().ok_or(Rejection::MfaPendingInfoNotFound)?.clone();
                self.is_on(step)?;
                let user = user.ok_or(Rejection::IdentifierNotFound)?;
                if user.mfa.totp.is_some() {
                    return Err(Rejection::TotpAlreadyInUse);
                }
                stage(step, |staged| staged.totp = Some(factor))
            }
            Verification::WebAuthn(web_authn) => {
                let credential = match &web_authn.state {
                    WebAuthnState::Registered(credential) => credential.clone(),
                    WebAuthnState::Authenticated => return Err(Rejection::MfaPendingInfoNotFound),
                    _ => return Err(Rejection::VerificationFailed),
                };
                self.is_on(step)?;
                user.ok_or(Rejection::IdentifierNotFound)?;
                stage(step, |staged| {
                    staged.web_authn.retain(|own| own.id != credential.id);
                    staged.web_authn.push(credential);
                })
            }
            Verification::BackupCode(backup) => {
                self.is_on(step)?;
                let user = user.ok_or(Rejection::IdentifierNotFound)?;
                if !has_another_factor(step, user) {
                    return Err(Rejection::BackupCodeCanNotBeAlone);
                }
                let codes = backup.new_codes().ok_or(Rejection::MfaPendingInfoNotFound)?.to_vec();
                stage(step, |staged| staged.backup_codes = Some(codes))
            }
            contact => self.bind_contact(step, user, contact),
        }
    }

    /// P-4 to P-6; the contact then counts as a verified MFA code, where that factor is on.
    fn bind_contact(
        self,
        step: &mut Step<'_>,
        user: Option<&User>,
        proof: &Verification,
    ) -> Result<(), Rejection> {
        check_proof(step, proof)?;
        let user = user.ok_or(Rejection::IdentifierNotFound)?;
        let addition = check_gift(step, Some(user), proof)?;
        let on = step.experience().settings().mfa.is_on(self.factor);
        if let Some(profile) = step.interaction.profile_mut() {
            profile.stage(addition);
        }
        stage(step, |staged| {
            if on && !staged.contacts.contains(&self.factor) {
                staged.contacts.push(self.factor);
            }
        })
    }
}

/// Whether the user holds, or is being given, a factor that is no backup code.
fn has_another_factor(step: &Step<'_>, user: &User) -> bool {
    let held = user.factors(&step.experience().settings().mfa);
    let staged = step.interaction.mfa().into_iter().flat_map(crate::interaction::StagedMfa::factors);
    held.into_iter().chain(staged).any(|factor| factor != MfaFactor::BackupCode)
}

/// Stages a factor; binding one turns MFA on.
fn stage(
    step: &mut Step<'_>,
    bind: impl FnOnce(&mut crate::interaction::StagedMfa),
) -> Result<(), Rejection> {
    let staged = step.interaction.mfa_mut().ok_or(Rejection::IdentifierNotFound)?;
    bind(staged);
    staged.enabled = true;
    Ok(())
}

impl Operation for BindMfa {
    type Output = ();

    const NAME: OperationName = OperationName::BindMfa;

    fn needs(&self, interaction: &Interaction, facts: &Facts, experience: &Experience) -> Needs {
        if interaction.event() == InteractionEvent::ForgotPassword {
            return Needs::none();
        }
        let id = Some(self.verification_id).filter(|&id| interaction.registry().has_id(id));
        let records = Needs::none()
            .records(id)
            .records(mfa::needed_records(interaction, experience))
            .unless_known(facts);
        if !records.is_empty() {
            return records;
        }
        let about = id
            .and_then(|id| facts.record(id).ok().flatten())
            .map(|record| keys_of_proof(&record.verification, experience.username_case()))
            .unwrap_or_default();
        Needs::none().users(interaction.user_id().map(UserId::key)).users(about).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        let user = match step.interaction.event() {
            InteractionEvent::ForgotPassword => return Err(Rejection::NotSupportedForForgotPassword),
            InteractionEvent::SignIn => {
                let user = step.identified_user()?;
                mfa::check_verified(step, user)?;
                Some(user)
            }
            InteractionEvent::Register => step.identified_user().ok(),
        };
        let record = by_type_and_id(step, self.verification_type(), self.verification_id)?;
        self.bind(step, user, &record.verification)
    }
}
