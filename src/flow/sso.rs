//! Enterprise SSO (V-9).

use super::registered::by_type_and_id;
use super::social::connector_session;
use crate::experience::Experience;
use crate::identifier::VerificationId;
use crate::interaction::Interaction;
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::SocialUserInfo;
use crate::verification::{ConnectorSession, SsoAnswer, SsoVerification, Verification, VerificationType};

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
    type Output = VerificationId;

    const NAME: OperationName = OperationName::StartSso;

    fn needs(&self, _: &Interaction, _: &Facts, _: &Experience) -> Needs {
        Needs::none()
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let session = connector_session(&self.session)?;
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
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifySso;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let registered = interaction.registry().has_id(self.verification_id).then_some(self.verification_id);
        Needs::none().records(registered).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let mut record = by_type_and_id(step, VerificationType::EnterpriseSso, self.verification_id)?.clone();
        let connector = step.experience().sso_connector(&self.connector_id);
        match (&mut record.verification, connector) {
            (Verification::EnterpriseSso(sso), Some(connector)) if sso.connector_id == connector.id => {
                let user_info = self.user_info.clone();
                sso.answer = Some(SsoAnswer { issuer: connector.issuer.clone(), user_info });
            }
            _ => return Err(Rejection::VerificationSessionNotFound),
        }
        step.write_record(record);
        Ok(self.verification_id)
    }
}
