//! Authenticator apps (V-10, V-11).

use serde::Deserialize;

use super::failed_tries::{check_not_blocked, count_failure};
use super::registered::by_type_and_id;
use crate::experience::Experience;
use crate::identifier::{UserId, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::{TotpSecret, User};
use crate::verification::{AttemptKey, AttemptPool, TotpVerification, Verification, VerificationType};

/// Makes a new secret for the identified user's authenticator app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerateTotpSecret {
    issuer: String,
}

/// A new secret, to show once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTotpSecret {
    /// The record's id.
    pub verification_id: VerificationId,
    /// The secret.
    pub secret: TotpSecret,
    /// Its `otpauth://` URI, for a QR code. It contains the secret.
    pub otpauth_uri: Secret,
}

impl GenerateTotpSecret {
    /// With the name of the service, as the app will show it.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into() }
    }
}

impl Operation for GenerateTotpSecret {
    type Output = NewTotpSecret;

    const NAME: OperationName = OperationName::GenerateTotpSecret;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        Needs::none().users(interaction.user_id().map(UserId::key)).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<NewTotpSecret, Rejection> {
        let user = step.identified_user()?;
        let secret = TotpSecret::from_bytes(step.random());
        let otpauth_uri = secret.otpauth_uri(&self.issuer, account_name(user));
        let proof = TotpVerification::of_new_secret(user.id.clone(), secret.clone());
        let verification_id = step.add_record(Verification::Totp(proof));
        Ok(NewTotpSecret { verification_id, secret, otpauth_uri })
    }
}

/// What an authenticator app calls the account.
fn account_name(user: &User) -> &str {
    let username = user.username.as_ref().map(crate::identifier::Username::as_str);
    let email = user.primary_email.as_ref().map(crate::identifier::Email::as_str);
    let phone = user.primary_phone.as_ref().map(crate::identifier::Phone::digits);
    username.or(email).or(phone).unwrap_or(user.id.as_str())
}

/// Tries a one-time password: of a new secret if a record is named, else of the user's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyTotp {
    code: Secret,
    #[serde(default)]
    verification_id: Option<VerificationId>,
}

impl VerifyTotp {
    /// A code of the user's own authenticator app.
    pub fn of_own_secret(code: impl Into<String>) -> Self {
        Self { code: Secret::new(code), verification_id: None }
    }

    /// A code of a new secret.
    pub fn of_new_secret(code: impl Into<String>, verification_id: VerificationId) -> Self {
        Self { code: Secret::new(code), verification_id: Some(verification_id) }
    }

    /// V-10: the code of a new secret, which must be the same user's.
    fn try_new_secret(
        &self,
        step: &mut Step<'_>,
        user: &User,
        id: VerificationId,
    ) -> Result<Option<VerificationId>, Rejection> {
        let mut record = by_type_and_id(step, VerificationType::Totp, id)?.clone();
        check_not_blocked(step, &counter(&user.id))?;
        let now = step.now();
        let right = match &mut record.verification {
            Verification::Totp(totp) if totp.user_id == user.id => totp.try_code(self.code.expose(), now),
            _ => return Err(Rejection::VerificationSessionNotFound),
        };
        if right {
            step.write_record(record);
        }
        Ok(right.then_some(id))
    }

    /// V-11: the code of the user's own secret, each time step once.
    fn try_own_secret(&self, step: &mut Step<'_>, user: &User) -> Result<Option<VerificationId>, Rejection> {
        check_not_blocked(step, &counter(&user.id))?;
        let mut user = user.clone();
        let right = user.mfa.totp.as_mut().is_some_and(|totp| totp.use_code(self.code.expose(), step.now()));
        if !right {
            return Ok(None);
        }
        let proof = TotpVerification::of_own_secret(user.id.clone());
        step.update_user(user);
        Ok(Some(step.add_record(Verification::Totp(proof))))
    }
}

fn counter(user_id: &UserId) -> AttemptKey {
    AttemptKey::new(AttemptPool::Totp, &user_id.key())
}

impl Operation for VerifyTotp {
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyTotp;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let Some(user_id) = interaction.user_id() else { return Needs::none() };
        let registered = self.verification_id.filter(|&id| interaction.registry().has_id(id));
        Needs::none()
            .users([user_id.key()])
            .attempts([counter(user_id)])
            .records(registered)
            .unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let user = step.identified_user()?;
        let verified = match self.verification_id {
            Some(id) => self.try_new_secret(step, user, id)?,
            None => self.try_own_secret(step, user)?,
        };
        verified.ok_or_else(|| {
            count_failure(step, &counter(&user.id), Some(user.id.key()), Self::NAME);
            Rejection::InvalidTotpCode
        })
    }
}
