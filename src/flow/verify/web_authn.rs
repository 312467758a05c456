//! WebAuthn credentials as a factor (V-13).

use super::super::rules::lockout::Tries;
use crate::identifier::VerificationId;
use crate::interaction::Interaction;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::{User, WebAuthnCredential};
use crate::verification::{
    PendingChallenge, Pool, Verification, WebAuthnState, WebAuthnVerification, record_type,
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
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::StartWebAuthn;

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let user_id = step.interaction().user_id().cloned().ok_or(Rejection::IdentifierNotFound)?;
        let pending = self.pending.clone();
        if self.ceremony == WebAuthnCeremony::Authentication
            && step.identified_user()?.mfa.web_authn.is_empty()
        {
            return Err(Rejection::WebAuthnVerificationNotFound);
        }
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
    type Subject = Interaction;
    type Output = PendingChallenge;

    const NAME: OperationName = OperationName::PendingWebAuthn;

    fn decide(&self, step: &mut Step<'_>) -> Result<PendingChallenge, Rejection> {
        let web_authn = step.registered::<record_type::WebAuthn>(self.verification_id)?;
        web_authn.pending().cloned().ok_or(Rejection::MfaPendingInfoNotFound)
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

    /// The ceremony's next state, if the report fits what was pending. Using a credential is written to the user.
    fn next_state(
        &self,
        step: &mut Step<'_>,
        user: &User,
        state: &WebAuthnState,
    ) -> Result<Option<WebAuthnState>, Rejection> {
        match (state, &self.report) {
            (
                WebAuthnState::Registered(_) | WebAuthnState::Authenticated { .. } | WebAuthnState::Refused,
                _,
            ) => Err(Rejection::MfaPendingInfoNotFound),
            (WebAuthnState::Registering(pending), WebAuthnReport::Registered(credential))
                if credential.rp_id == pending.rp_id =>
            {
                Ok(Some(WebAuthnState::Registered(credential.clone())))
            }
            (
                WebAuthnState::Authenticating(pending),
                WebAuthnReport::Authenticated { credential_id, rp_id, counter },
            ) if *rp_id == pending.rp_id => {
                let (mut used, now) = (user.clone(), step.now());
                let own =
                    used.mfa.web_authn.iter_mut().find(|own| own.id == *credential_id && own.rp_id == *rp_id);
                let Some(own) = own else { return Ok(None) };
                let about = [self.verification_id.to_string(), credential_id.clone(), counter.to_string()];
                let mark = step.mark(Self::NAME, &about.each_ref().map(String::as_str));
                if step.has_written(user, &mark) {
                    step.grant(&user.id, mark);
                } else if own.use_with_counter(*counter, now) {
                    step.update_user(used, mark);
                } else {
                    return Ok(None);
                }
                Ok(Some(WebAuthnState::Authenticated { credential_id: credential_id.clone() }))
            }
            _ => Ok(None),
        }
    }
}

impl Operation for VerifyWebAuthn {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifyWebAuthn;

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let user_id = step.interaction().user_id().ok_or(Rejection::IdentifierNotFound)?;
        let tries = Tries::of_user(Pool::WebAuthn, user_id, step.context());
        tries.ask(step);
        let user = step.identified_user()?;
        let web_authn = step.registered::<record_type::WebAuthn>(self.verification_id)?.clone();
        tries.check_not_blocked(step)?;
        if web_authn.user_id != user.id {
            return Err(Rejection::VerificationSessionNotFound);
        }
        let Some(next) = self.next_state(step, user, &web_authn.state)? else {
            // The challenge is used up: each answer has one of its own.
            step.registered_mut::<record_type::WebAuthn>(self.verification_id)?.state =
                WebAuthnState::Refused;
            return Err(tries.failed(step, Rejection::WebAuthnVerificationFailed));
        };
        step.registered_mut::<record_type::WebAuthn>(self.verification_id)?.state = next;
        tries.succeeded(step);
        step.verified(self.verification_id)
    }
}
