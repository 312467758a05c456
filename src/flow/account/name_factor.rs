//! Naming a key (C-7).

use super::super::rules::step_up::check_step_up;
use crate::interaction::Interaction;
use crate::operation::{Operation, Step};
use crate::plain_text::is_plain;
use crate::rejection::{OperationName, Rejection};
use crate::user::{FactorId, MAX_NAME_LENGTH};

/// Stages what the owner calls one of their keys; submitting keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameFactor {
    factor: FactorId,
    name: String,
}

impl NameFactor {
    /// This key, by this name.
    pub fn new(factor: FactorId, name: impl Into<String>) -> Self {
        Self { factor, name: name.into() }
    }
}

impl Operation for NameFactor {
    type Subject = Interaction;
    type Output = ();

    const NAME: OperationName = OperationName::NameFactor;

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        step.managing()?;
        let user = step.identified_user()?;
        check_step_up(step, user)?;
        let FactorId::WebAuthn(id) = &self.factor else { return Err(Rejection::MfaFactorNotEnabled) };
        let name = self.name.trim();
        if !(1..=MAX_NAME_LENGTH).contains(&name.chars().count()) || !is_plain(name) {
            return Err(Rejection::invalid_input("name", "expected 1 to 128 characters of plain text"));
        }
        let managing = step.managing()?;
        if let Some(staged) = managing.mfa.web_authn.iter_mut().find(|own| own.id == *id) {
            staged.name = Some(name.to_owned());
            return Ok(());
        }
        let is_removed = managing.removals.factors.contains(&self.factor);
        if is_removed || !user.mfa.web_authn.iter().any(|own| own.id == *id) {
            return Err(Rejection::MfaFactorNotEnabled);
        }
        managing.removals.names.insert(id.clone(), name.to_owned());
        Ok(())
    }
}
