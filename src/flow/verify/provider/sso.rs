//! Enterprise SSO (V-9).

use super::session::bounded;
use crate::identifier::VerificationId;
use crate::interaction::Interaction;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::SocialUserInfo;
use crate::verification::{ConnectorSession, SsoAnswer, SsoVerification, Verification, record_type};

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
        let session = bounded(&self.session)?;
        let connector =
            step.experience().sso_connector(&self.connector_id).ok_or(Rejection::EntityNotFound)?;
        let connector_id = connector.id.clone();
        Ok(step.add_record(Verification::EnterpriseSso(SsoVerification {
            connector_id,
            session,
            answer: None,
        })))
    }
}

/// Finishes a sign-in at an enterprise provider with what the host learned there.
#[derive(Clone, Debug)]
pub struct VerifySso {
    connector_id: String,
    verification_id: VerificationId,
    user_info: SocialUserInfo,
}

impl VerifySso {
    /// What a connector's provider told about the person behind a record. The issuer is the connector's.
    pub fn new(
        connector_id: impl Into<String>,
        verification_id: VerificationId,
        user_info: SocialUserInfo,
    ) -> Self {
        Self { connector_id: connector_id.into(), verification_id, user_info }
    }
}

impl Operation for VerifySso {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifySso;

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let connector = step.experience().sso_connector(&self.connector_id);
        let sso = step.registered_mut::<record_type::EnterpriseSso>(self.verification_id)?;
        let connector = connector
            .filter(|connector| connector.id == sso.connector_id)
            .ok_or(Rejection::VerificationSessionNotFound)?;
        let user_info = self.user_info.clone();
        sso.answer = Some(SsoAnswer { issuer: connector.issuer.clone(), user_info });
        step.verified(self.verification_id)
    }
}
