//! Backup codes (V-12).

use serde::Deserialize;

use super::super::rules::lockout::Tries;
use crate::identifier::VerificationId;
use crate::interaction::Interaction;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::{Secret, ShownOnce};
use crate::user::BackupCode;
use crate::verification::{BackupCodeVerification, Pool, Verification};

/// Makes ten new backup codes for the identified user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenerateBackupCodes;

/// New backup codes, to show once: the record keeps their digests only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBackupCodes {
    /// The record's id.
    pub verification_id: VerificationId,
    /// The codes: sixteen letters and digits each, in groups of four.
    pub codes: Vec<ShownOnce>,
}

impl Operation for GenerateBackupCodes {
    type Subject = Interaction;
    type Output = NewBackupCodes;

    const NAME: OperationName = OperationName::GenerateBackupCodes;

    fn decide(&self, step: &mut Step<'_>) -> Result<NewBackupCodes, Rejection> {
        let user_id = step.interaction().user_id().cloned().ok_or(Rejection::IdentifierNotFound)?;
        let (digests, codes) = BackupCode::new_set(&user_id, || step.random());
        let made = BackupCodeVerification::of_new_codes(user_id, digests);
        let verification_id = step.add_record(Verification::BackupCode(made));
        Ok(NewBackupCodes { verification_id, codes })
    }
}

/// Spends one of the identified user's backup codes.
#[derive(Clone, Debug, Deserialize)]
pub struct VerifyBackupCode {
    code: Secret,
}

impl VerifyBackupCode {
    /// This one; neither its case nor its separators matter.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: Secret::new(code) }
    }
}

impl Operation for VerifyBackupCode {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyBackupCode;

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let user_id = step.interaction().user_id().cloned().ok_or(Rejection::IdentifierNotFound)?;
        let tries = Tries::of_user(Pool::BackupCode, &user_id, step.context());
        tries.ask(step);
        let mut user = step.identified_user()?.clone();
        tries.check_not_blocked(step)?;
        let proof = BackupCodeVerification::spent(user_id.clone(), user.mfa.backup_codes_stamp());
        let (code, mark) = (self.code.expose(), step.mark(Self::NAME, &[self.code.expose()]));
        if step.has_written(&user, &mark) {
            step.grant(&user.id, mark);
        } else if user.mfa.use_backup_code(&user_id, code, step.now()) {
            step.update_user(user, mark);
        } else {
            return Err(tries.failed(step, Rejection::InvalidBackupCode));
        }
        tries.succeeded(step);
        Ok(step.add_record(Verification::BackupCode(proof)))
    }
}
