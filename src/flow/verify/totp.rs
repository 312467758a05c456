//! Authenticator apps (V-10, V-11).

use serde::Deserialize;

use super::super::rules::lockout::Tries;
use super::super::rules::mfa::{check_verified, mask_email, mask_phone};
use crate::identifier::VerificationId;
use crate::interaction::Interaction;
use crate::operation::{Context, Operation, Questions, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::{Secret, ShownOnce};
use crate::user::{TotpSecret, User};
use crate::verification::{Pool, TotpVerification, Verification, record_type};

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
    /// The secret, in base32.
    pub secret: ShownOnce,
    /// Its `otpauth://` URI, for a QR code. It contains the secret.
    pub otpauth_uri: ShownOnce,
}

impl GenerateTotpSecret {
    /// With the name of the service, as the app will show it.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into() }
    }
}

impl Operation for GenerateTotpSecret {
    type Subject = Interaction;
    type Output = NewTotpSecret;

    const NAME: OperationName = OperationName::GenerateTotpSecret;

    fn decide(&self, step: &mut Step<'_>) -> Result<NewTotpSecret, Rejection> {
        let user = step.identified_user()?;
        let secret = TotpSecret::from_bytes(step.random());
        let otpauth_uri = secret.otpauth_uri(&self.issuer, &account_name(step, user));
        let shown = secret.shown_once();
        let proof = TotpVerification::of_new_secret(user.id.clone(), secret);
        let verification_id = step.add_record(Verification::Totp(proof));
        Ok(NewTotpSecret { verification_id, secret: shown, otpauth_uri })
    }
}

/// What an authenticator app calls the account. Who still owes a factor is shown an email or a phone masked, as where the
/// factor is asked for (M-4).
fn account_name(step: &Step<'_>, user: &User) -> String {
    let in_full = check_verified(step, user).is_ok();
    let username = user.username.as_ref().map(ToString::to_string);
    let email =
        || user.primary_email.as_ref().map(|own| if in_full { own.to_string() } else { mask_email(own) });
    let phone = || {
        user.primary_phone.as_ref().map(|own| if in_full { own.digits().to_owned() } else { mask_phone(own) })
    };
    username.or_else(email).or_else(phone).unwrap_or_else(|| user.id.to_string())
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

    /// V-10: the code of a new secret, which must be the same user's. It is tried in a pool of its own: what is being
    /// enrolled guards nothing yet.
    fn try_new_secret(
        &self,
        step: &mut Step<'_>,
        user: &User,
        id: VerificationId,
    ) -> Result<VerificationId, Rejection> {
        let of_this_user = step.registered::<record_type::Totp>(id)?.user_id == user.id;
        let tries = Tries::of_record(Pool::TotpEnrolment, id);
        tries.check_not_blocked(step)?;
        if !of_this_user {
            return Err(Rejection::VerificationSessionNotFound);
        }
        let now = step.now();
        if !step.registered_mut::<record_type::Totp>(id)?.try_code(self.code.expose(), now) {
            return Err(tries.failed(step, Rejection::InvalidTotpCode));
        }
        tries.succeeded(step);
        step.verified(id)
    }

    /// V-11: the code of the user's own secret, each time step once.
    fn try_own_secret(
        &self,
        step: &mut Step<'_>,
        user: &User,
        tries: &Tries,
    ) -> Result<VerificationId, Rejection> {
        tries.check_not_blocked(step)?;
        let Some(own) = &user.mfa.totp else {
            return Err(tries.failed(step, Rejection::InvalidTotpCode));
        };
        let proof = TotpVerification::of_own_secret(user.id.clone(), &own.secret);
        let (mark, mut app) = (step.mark(Self::NAME, &[self.code.expose()]), own.clone());
        if step.has_written(user, &mark) {
            step.grant(&user.id, mark);
        } else if app.use_code(self.code.expose(), step.now()) {
            let mut user = user.clone();
            user.mfa.totp = Some(app);
            step.update_user(user, mark);
        } else {
            return Err(tries.failed(step, Rejection::InvalidTotpCode));
        }
        tries.succeeded(step);
        Ok(step.add_record(Verification::Totp(proof)))
    }
}

impl Operation for VerifyTotp {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyTotp;

    fn prefetch(&self, _: &Context<'_>) -> Questions {
        let of_new = |id| Tries::of_record(Pool::TotpEnrolment, id).questions();
        self.verification_id.map_or_else(Questions::none, of_new)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let user_id = step.interaction().user_id().ok_or(Rejection::IdentifierNotFound)?;
        let own = Tries::of_user(Pool::Totp, user_id, step.context());
        if let Some(id) = self.verification_id {
            let user = step.identified_user()?;
            return self.try_new_secret(step, user, id);
        }
        own.ask(step);
        let user = step.identified_user()?;
        self.try_own_secret(step, user, &own)
    }
}
