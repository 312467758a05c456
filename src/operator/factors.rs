//! Giving a user a factor, and taking one away.

use super::named_user::named;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::ShownOnce;
use crate::user::{BackupCode, FactorId, TotpFactor, TotpSecret, User};

/// Gives a user a new factor, in place of the one of its type. Whether MFA is on for the user stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddFactor {
    user_id: String,
    factor: FactorType,
}

/// A factor that an operator can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorType {
    /// An authenticator app.
    Totp,
    /// Ten backup codes.
    BackupCode,
}

/// What the user needs to use the factor, shown this once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewFactor {
    /// The authenticator app's secret, in base32.
    Totp(ShownOnce),
    /// The backup codes.
    BackupCode(Vec<ShownOnce>),
}

impl AddFactor {
    /// To the user that a path names.
    pub fn new(user_id: impl Into<String>, factor: FactorType) -> Self {
        Self { user_id: user_id.into(), factor }
    }
}

impl Operation for AddFactor {
    type Subject = ();
    type Output = NewFactor;

    const NAME: OperationName = OperationName::AddFactor;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<NewFactor, Rejection> {
        let user = named(step, &self.user_id)?;
        let (mut changed, now) = (user.clone(), step.now());
        let new = match self.factor {
            FactorType::Totp => {
                let secret = TotpSecret::from_bytes(step.random());
                let shown = secret.shown_once();
                changed.mfa.totp = Some(TotpFactor { created_at: Some(now), ..TotpFactor::new(secret) });
                NewFactor::Totp(shown)
            }
            FactorType::BackupCode => {
                let (codes, shown) = BackupCode::new_set(&user.id, || step.random());
                changed.mfa.backup_codes = codes;
                changed.mfa.backup_codes_made_at = Some(now);
                NewFactor::BackupCode(shown)
            }
        };
        step.update_if_changed(user, changed);
        Ok(new)
    }
}

/// Takes a factor away that its owner has lost, or all backup codes. It is exact: backup codes stay with a user whose app is taken
/// away, who can sign in with one of them. And it is the operator's act: nothing keeps the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveFactor {
    user_id: String,
    factor: FactorId,
}

impl RemoveFactor {
    /// From the user that a path names.
    pub fn new(user_id: impl Into<String>, factor: FactorId) -> Self {
        Self { user_id: user_id.into(), factor }
    }
}

impl Operation for RemoveFactor {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::RemoveFactor;

    /// # Errors
    /// [`Rejection::EntityNotFound`] if there is no such user, or the user has no such factor.
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        let user = named(step, &self.user_id)?;
        let mut changed = user.clone();
        if !changed.mfa.remove(&self.factor) {
            return Err(Rejection::EntityNotFound);
        }
        Ok(step.update_if_changed(user, changed))
    }
}
