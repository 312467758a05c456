//! WebAuthn credentials as a factor (V-13).

use super::failed_tries::{check_not_blocked, count_failure};
use super::registered::by_type_and_id;
use crate::experience::Experience;
use crate::identifier::{UserId, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::WebAuthnCredential;
use crate::verification::{
    AttemptKey, AttemptPool, PendingChallenge, Verification, VerificationType, WebAuthnState,
    WebAuthnVerification,
};

/// What a WebAuthn ceremony is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebAuthnCeremony {
    /// To make a new credential.
    Registration,
    /// To use one.
    Authentication,
}

/// Begins a WebAuthn ceremony of the identified user, with the challenge that the host's WebAuthn library made.
#[derive(Clone, Debug)]
pub struct StartWebAuthn {
    ceremony: WebAuthnCeremony,
    pending: PendingChallenge,
}

impl StartWebAuthn {
    /// A ceremony for a relying party.
    pub fn new(ceremony: WebAuthnCeremony, pending: PendingChallenge) -> Self {
        Self { ceremony, pending }
    }
}

impl Operation for StartWebAuthn {
    type Output = VerificationId;

    const NAME: OperationName = OperationName::StartWebAuthn;

    fn needs(&self, _: &Interaction, _: &Facts, _: &Experience) -> Needs {
        Needs::none()
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let user_id = step.interaction.user_id().cloned().ok_or(Rejection::IdentifierNotFound)?;
        let pending = self.pending.clone();
        let state = match self.ceremony {
            WebAuthnCeremony::Registration => WebAuthnState::Registering(pending),
            WebAuthnCeremony::Authentication => WebAuthnState::Authenticating(pending),
        };
        Ok(step.add_record(Verification::WebAuthn(WebAuthnVerification { user_id, state })))
    }
}

/// Shows the host what a ceremony waits for, so that its WebAuthn library can check the answer. It changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingWebAuthn {
    verification_id: VerificationId,
}

impl PendingWebAuthn {
    /// The ceremony of a record.
    pub fn of(verification_id: VerificationId) -> Self {
        Self { verification_id }
    }
}

impl Operation for PendingWebAuthn {
    type Output = PendingChallenge;

    const NAME: OperationName = OperationName::PendingWebAuthn;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let registered = interaction.registry().has_id(self.verification_id).then_some(self.verification_id);
        Needs::none().records(registered).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<PendingChallenge, Rejection> {
        let record = by_type_and_id(step, VerificationType::WebAuthn, self.verification_id)?;
        match &record.verification {
            Verification::WebAuthn(web_authn) => {
                web_authn.pending().cloned().ok_or(Rejection::MfaPendingInfoNotFound)
            }
            _ => Err(Rejection::VerificationSessionNotFound),
        }
    }
}

/// What the host's WebAuthn library found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebAuthnReport {
    /// A new credential, well made.
    Registered(WebAuthnCredential),
    /// A credential was used, and its signature holds.
    Authenticated {
        /// The credential's id, base64url.
        credential_id: String,
        /// The relying party it was used for.
        rp_id: String,
        /// Its signature counter.
        counter: u32,
    },
    /// The answer does not hold.
    Refused,
}

/// Ends a WebAuthn ceremony with what the host's library found.
#[derive(Clone, Debug)]
pub struct VerifyWebAuthn {
    verification_id: VerificationId,
    report: WebAuthnReport,
}

impl VerifyWebAuthn {
    /// The answer to a record's challenge.
    pub fn new(verification_id: VerificationId, report: WebAuthnReport) -> Self {
        Self { verification_id, report }
    }

    /// The ceremony's next state, if the report fits what was pending.
    fn next_state(
        &self,
        step: &mut Step<'_>,
        state: &WebAuthnState,
    ) -> Result<Option<WebAuthnState>, Rejection> {
        match (state, &self.report) {
            (WebAuthnState::Registered(_) | WebAuthnState::Authenticated, _) => {
                Err(Rejection::MfaPendingInfoNotFound)
            }
            (WebAuthnState::Registering(pending), WebAuthnReport::Registered(credential))
                if credential.rp_id == pending.rp_id =>
            {
                Ok(Some(WebAuthnState::Registered(credential.clone())))
            }
            (
                WebAuthnState::Authenticating(pending),
                WebAuthnReport::Authenticated { credential_id, rp_id, counter },
            ) if *rp_id == pending.rp_id => {
                let mut user = step.identified_user()?.clone();
                let now = step.now();
                let used =
                    user.mfa.web_authn.iter_mut().find(|own| own.id == *credential_id && own.rp_id == *rp_id);
                let accepted = used.is_some_and(|own| own.use_with_counter(*counter, now));
                if accepted {
                    step.update_user(user);
                }
                Ok(accepted.then_some(WebAuthnState::Authenticated))
            }
            _ => Ok(None),
        }
    }
}

fn counter(user_id: &UserId) -> AttemptKey {
    AttemptKey::new(AttemptPool::WebAuthn, &user_id.key())
}

impl Operation for VerifyWebAuthn {
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyWebAuthn;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let Some(user_id) = interaction.user_id() else { return Needs::none() };
        let registered = interaction.registry().has_id(self.verification_id).then_some(self.verification_id);
        Needs::none()
            .users([user_id.key()])
            .attempts([counter(user_id)])
            .records(registered)
            .unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let user_id = step.identified_user()?.id.clone();
        let mut record = by_type_and_id(step, VerificationType::WebAuthn, self.verification_id)?.clone();
        check_not_blocked(step, &counter(&user_id))?;
        let state = match &mut record.verification {
            Verification::WebAuthn(web_authn) if web_authn.user_id == user_id => &mut web_authn.state,
            _ => return Err(Rejection::VerificationSessionNotFound),
        };
        let Some(next) = self.next_state(step, state)? else {
            count_failure(step, &counter(&user_id), Some(user_id.key()), Self::NAME);
            return Err(Rejection::WebAuthnVerificationFailed);
        };
        *state = next;
        step.write_record(record);
        Ok(self.verification_id)
    }
}
