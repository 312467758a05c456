//! Backup codes (V-12).

use serde::Deserialize;

use super::failed_tries::{check_not_blocked, count_failure};
use crate::experience::Experience;
use crate::identifier::{UserId, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::{BACKUP_CODES, BackupCode};
use crate::verification::{AttemptKey, AttemptPool, BackupCodeVerification, Verification};

/// Makes ten new backup codes for the identified user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenerateBackupCodes;

/// New backup codes, to show once: the record keeps their digests only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBackupCodes {
    /// The record's id.
    pub verification_id: VerificationId,
    /// The codes, ten hexadecimal digits each.
    pub codes: Vec<Secret>,
}

impl Operation for GenerateBackupCodes {
    type Output = NewBackupCodes;

    const NAME: OperationName = OperationName::GenerateBackupCodes;

    fn needs(&self, _: &Interaction, _: &Facts, _: &Experience) -> Needs {
        Needs::none()
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<NewBackupCodes, Rejection> {
        let user_id = step.interaction.user_id().cloned().ok_or(Rejection::IdentifierNotFound)?;
        let codes: Vec<Secret> = (0..BACKUP_CODES)
            .map(|_| {
                let random = u64::from_be_bytes(step.random());
                Secret::new(format!("{:010x}", random >> 24))
            })
            .collect();
        let digests = codes.iter().map(|code| BackupCode::new(&user_id, code.expose())).collect();
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
    /// This one; case does not matter.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: Secret::new(code) }
    }
}

fn counter(user_id: &UserId) -> AttemptKey {
    AttemptKey::new(AttemptPool::BackupCode, &user_id.key())
}

impl Operation for VerifyBackupCode {
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyBackupCode;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let Some(user_id) = interaction.user_id() else { return Needs::none() };
        Needs::none().users([user_id.key()]).attempts([counter(user_id)]).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let mut user = step.identified_user()?.clone();
        let counter = counter(&user.id);
        check_not_blocked(step, &counter)?;
        let user_id = user.id.clone();
        if !user.mfa.use_backup_code(&user_id, self.code.expose(), step.now()) {
            count_failure(step, &counter, Some(user_id.key()), Self::NAME);
            return Err(Rejection::InvalidBackupCode);
        }
        step.update_user(user);
        Ok(step.add_record(Verification::BackupCode(BackupCodeVerification::spent(user_id))))
    }
}
