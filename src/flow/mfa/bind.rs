//! Binding factors (M-5).

use serde::Deserialize;

use super::super::rules::contribution::contribution;
use super::super::rules::email::check_can_contribute;
use super::super::rules::mfa::check_may_bind;
use super::super::rules::own_account::as_it_would_be;
use super::super::rules::step_up;
use super::super::rules::uniqueness::{check_can_have, is_free};
use crate::experience::MfaFactor;
use crate::identifier::{UserId, VerificationId};
use crate::interaction::{Interaction, Staged, StagedMfa};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::{User, WebAuthnCredential};
use crate::verification::{RecordType, WebAuthnState, record_type};

/// Stages a factor for the identified user; submitting binds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BindMfa {
    #[serde(rename = "type")]
    factor: MfaFactor,
    verification_id: VerificationId,
    #[serde(skip)]
    is_for_sign_in: bool,
}

impl BindMfa {
    /// The factor that a record proves.
    pub fn new(factor: MfaFactor, verification_id: VerificationId) -> Self {
        Self { factor, verification_id, is_for_sign_in: false }
    }

    /// A passkey to sign in with: a WebAuthn credential that says whose it is, made with the person verified. Binding it
    /// does not turn MFA on.
    pub fn sign_in_passkey(verification_id: VerificationId) -> Self {
        Self { factor: MfaFactor::WebAuthn, verification_id, is_for_sign_in: true }
    }

    /// S-8's question, asked early: the factor is on. A credential may also be for signing in.
    fn check_on(self, step: &Step<'_>) -> Result<(), Rejection> {
        let settings = step.experience().settings();
        let passkey = self.factor == MfaFactor::WebAuthn && settings.passkey_sign_in.enabled;
        if settings.mfa.is_on(self.factor) || passkey { Ok(()) } else { Err(Rejection::MfaFactorNotEnabled) }
    }

    fn bind_totp(self, step: &mut Step<'_>, user: Option<&User>) -> Result<(), Rejection> {
        let totp = step.registered::<record_type::Totp>(self.verification_id)?;
        check_made_for(user, &totp.user_id)?;
        if !totp.is_verified() {
            return Err(Rejection::VerificationFailed);
        }
        let factor = totp.new_factor().ok_or(Rejection::MfaPendingInfoNotFound)?.clone();
        self.check_on(step)?;
        // C-1: in one's own account the new app takes the old one's place.
        let has_one = user.ok_or(Rejection::IdentifierNotFound)?.mfa.totp.is_some();
        if has_one && !step_up::is_account(step) {
            return Err(Rejection::TotpAlreadyInUse);
        }
        stage(step, |staged| staged.totp = Some(factor))
    }

    fn bind_web_authn(self, step: &mut Step<'_>, user: Option<&User>) -> Result<(), Rejection> {
        let record = step.registered::<record_type::WebAuthn>(self.verification_id)?;
        check_made_for(user, &record.user_id)?;
        let credential = match &record.state {
            WebAuthnState::Registered(credential) => credential.clone(),
            WebAuthnState::Authenticated { .. } => return Err(Rejection::MfaPendingInfoNotFound),
            WebAuthnState::Registering(_) | WebAuthnState::Authenticating(_) | WebAuthnState::Refused => {
                return Err(Rejection::VerificationFailed);
            }
        };
        self.check_on(step)?;
        user.ok_or(Rejection::IdentifierNotFound)?;
        if self.is_for_sign_in && !credential.is_sign_in_passkey() {
            return Err(Rejection::WebAuthnVerificationFailed);
        }
        if !is_free(step, &WebAuthnCredential::key_of(&credential.id)) {
            return Err(Rejection::IdentityAlreadyInUse);
        }
        let staged = step.staging()?.mfa;
        staged.web_authn.retain(|own| own.id != credential.id);
        staged.web_authn.push(credential);
        // A passkey to sign in with is no wish for MFA.
        staged.enabled |= !self.is_for_sign_in;
        Ok(())
    }

    fn bind_backup_codes(self, step: &mut Step<'_>, user: Option<&User>) -> Result<(), Rejection> {
        let backup = step.registered::<record_type::BackupCode>(self.verification_id)?;
        check_made_for(user, &backup.user_id)?;
        self.check_on(step)?;
        if !has_another_factor(step, user.ok_or(Rejection::IdentifierNotFound)?)? {
            return Err(Rejection::BackupCodeCanNotBeAlone);
        }
        let codes = backup.new_codes().ok_or(Rejection::MfaPendingInfoNotFound)?.to_vec();
        stage(step, |staged| staged.backup_codes = Some(codes))
    }

    /// P-4 to P-6, in a registration also before there is an account; the contact then counts as a verified MFA code, where
    /// that factor is on.
    fn bind_contact<T: RecordType>(self, step: &mut Step<'_>, user: Option<&User>) -> Result<(), Rejection> {
        step.registered::<T>(self.verification_id)?;
        let verification = &step.by_id(self.verification_id)?.verification;
        check_can_contribute(step, verification)?;
        let given = contribution(verification);
        check_can_have(step, user, &given)?;
        let on = step.experience().settings().mfa.is_on(self.factor);
        step.staging()?.profile.stage(given);
        if let Ok(managing) = step.managing() {
            managing.keep_what_is_staged();
        }
        stage(step, |staged| {
            if on && !staged.contacts.contains(&self.factor) {
                staged.contacts.push(self.factor);
            }
        })
    }
}

/// V-13: a record that was made for a user is that user's, whoever is identified since.
fn check_made_for(user: Option<&User>, owner: &UserId) -> Result<(), Rejection> {
    if user.is_some_and(|user| user.id != *owner) {
        return Err(Rejection::VerificationSessionNotFound);
    }
    Ok(())
}

/// Whether the user holds, or is being given, a factor that is no backup code.
fn has_another_factor(step: &Step<'_>, user: &User) -> Result<bool, Rejection> {
    let (_, Staged { profile, mfa }) = step.staged()?;
    let settings = &step.experience().settings().mfa;
    // C-7: of one's own account, what is to go is nothing to stand beside.
    let held = match step.interaction().managing() {
        Some(managing) => as_it_would_be(step, user, managing).factors(settings),
        None => user.factors(settings),
    };
    // S-9: a contact that is staged is a factor where that is on, by whichever door it came.
    let contacts = [
        (MfaFactor::EmailVerificationCode, profile.primary_email.is_some()),
        (MfaFactor::PhoneVerificationCode, profile.primary_phone.is_some()),
    ];
    let contacts = contacts.into_iter().filter(|(factor, is_staged)| *is_staged && settings.is_on(*factor));
    let staged = mfa.factors().chain(contacts.map(|(factor, _)| factor));
    Ok(held.into_iter().chain(staged).any(|factor| factor != MfaFactor::BackupCode))
}

/// Stages a factor; binding one turns MFA on.
fn stage(step: &mut Step<'_>, bind: impl FnOnce(&mut StagedMfa)) -> Result<(), Rejection> {
    let staged = step.staging()?.mfa;
    bind(staged);
    staged.enabled = true;
    Ok(())
}

impl Operation for BindMfa {
    type Subject = Interaction;
    type Output = ();

    const NAME: OperationName = OperationName::BindMfa;

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        let (user, _) = step.staged()?;
        if let Some(user) = user {
            if step_up::is_account(step) {
                step_up::check_step_up(step, user)?;
            } else {
                check_may_bind(step, user)?;
            }
        }
        match self.factor {
            MfaFactor::Totp => self.bind_totp(step, user),
            MfaFactor::WebAuthn => self.bind_web_authn(step, user),
            MfaFactor::BackupCode => self.bind_backup_codes(step, user),
            MfaFactor::EmailVerificationCode => {
                self.bind_contact::<record_type::EmailVerificationCode>(step, user)
            }
            MfaFactor::PhoneVerificationCode => {
                self.bind_contact::<record_type::PhoneVerificationCode>(step, user)
            }
        }
    }
}
