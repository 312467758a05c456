//! Enterprise SSO (V-9).

use super::session::{check_answer, check_connector, check_pending, checked};
use crate::identifier::{Email, VerificationId};
use crate::interaction::Interaction;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::SocialUserInfo;
use crate::verification::{ConnectorSession, SsoAnswer, SsoVerification, Verification, record_type};

/// V-9: enterprise single sign-on is on.
fn check_on(step: &Step<'_>) -> Result<(), Rejection> {
    let on = step.experience().settings().single_sign_on_enabled;
    if on { Ok(()) } else { Err(Rejection::SignInMethodNotEnabled) }
}

/// Begins a sign-in at an enterprise provider. The host makes the authorization URI; this keeps what finishes it.
#[derive(Clone, Debug)]
pub struct StartSso {
    connector_id: String,
    session: ConnectorSession,
}

impl StartSso {
    /// Through a connector, with the OAuth 2.0 `state` and redirect URI.
    pub fn new(
        connector_id: impl Into<String>,
        state: impl Into<String>,
        redirect_uri: impl Into<String>,
    ) -> Self {
        let session = ConnectorSession { state: Secret::new(state), redirect_uri: redirect_uri.into() };
        Self { connector_id: connector_id.into(), session }
    }
}

impl Operation for StartSso {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::StartSso;

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let session = checked(&self.session)?;
        let connector =
            step.experience().sso_connector(&self.connector_id).ok_or(Rejection::EntityNotExistsWithId)?;
        check_on(step)?;
        let connector_id = connector.id.clone();
        Ok(step.add_record(Verification::EnterpriseSso(SsoVerification {
            connector_id,
            session,
            answer: None,
        })))
    }
}

/// Shows the host what a sign-in at an enterprise provider waits for, before it asks the provider. It changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSso {
    connector_id: String,
    verification_id: VerificationId,
}

impl PendingSso {
    /// The sign-in of a record, through a connector.
    pub fn of(connector_id: impl Into<String>, verification_id: VerificationId) -> Self {
        Self { connector_id: connector_id.into(), verification_id }
    }
}

impl Operation for PendingSso {
    type Subject = Interaction;
    type Output = ConnectorSession;

    const NAME: OperationName = OperationName::PendingSso;

    fn decide(&self, step: &mut Step<'_>) -> Result<ConnectorSession, Rejection> {
        let record = step.registered::<record_type::EnterpriseSso>(self.verification_id)?;
        check_connector(&record.connector_id, &self.connector_id)?;
        check_pending(record.answer.is_some())?;
        Ok(record.session.clone())
    }
}

/// Finishes a sign-in at an enterprise provider with what the host learned there.
#[derive(Clone, Debug)]
pub struct VerifySso {
    connector_id: String,
    verification_id: VerificationId,
    state: Secret,
    user_info: SocialUserInfo,
    acr: Option<String>,
    amr: Vec<String>,
}

impl VerifySso {
    /// What a connector's provider told about the person behind a record, and the `state` that came back with them. The
    /// issuer is the connector's.
    pub fn new(
        connector_id: impl Into<String>,
        verification_id: VerificationId,
        state: impl Into<String>,
        user_info: SocialUserInfo,
    ) -> Self {
        let (connector_id, state) = (connector_id.into(), Secret::new(state));
        Self { connector_id, verification_id, state, user_info, acr: None, amr: Vec::new() }
    }

    /// With how the provider says that the person was authenticated: OpenID Connect's `acr` and `amr`.
    #[must_use]
    pub fn with_authentication(self, acr: Option<String>, amr: Vec<String>) -> Self {
        Self { acr, amr, ..self }
    }
}

impl Operation for VerifySso {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifySso;

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        check_on(step)?;
        let connector = step.experience().sso_connector(&self.connector_id);
        let sso = step.registered_mut::<record_type::EnterpriseSso>(self.verification_id)?;
        check_connector(&sso.connector_id, &self.connector_id)?;
        let connector = connector.ok_or(Rejection::VerificationSessionNotFound)?;
        check_answer(&sso.session, sso.answer.is_some(), &self.state, &self.user_info)?;
        let user_info = self.user_info.that_can_be_kept();
        let email = user_info.email.as_ref().and_then(|email| Email::parse(&email.value).ok());
        sso.answer = Some(SsoAnswer {
            issuer: connector.issuer.clone(),
            email: email.filter(|email| connector.has_domain(email.domain())),
            user_info,
            acr: self.acr.clone(),
            amr: self.amr.clone(),
        });
        step.verified(self.verification_id)
    }
}
