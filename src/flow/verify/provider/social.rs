//! Social identities (V-8).

use super::session::{check_answer, check_connector, check_pending, checked};
use crate::identifier::VerificationId;
use crate::interaction::Interaction;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::SocialUserInfo;
use crate::verification::{ConnectorSession, SocialVerification, Verification, record_type};

/// Begins a sign-in at a social provider. The host makes the authorization URI; this keeps what finishes it.
#[derive(Clone, Debug)]
pub struct StartSocial {
    connector_id: String,
    session: ConnectorSession,
}

impl StartSocial {
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

impl Operation for StartSocial {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::StartSocial;

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let session = checked(&self.session)?;
        let connector =
            step.experience().social_connector(&self.connector_id).ok_or(Rejection::EntityNotFound)?;
        Ok(step.add_record(Verification::Social(SocialVerification {
            connector_id: connector.id.clone(),
            target: connector.target.clone(),
            session,
            user_info: None,
        })))
    }
}

/// Shows the host what a sign-in at a social provider waits for, before it asks the provider. It changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSocial {
    connector_id: String,
    verification_id: VerificationId,
}

impl PendingSocial {
    /// The sign-in of a record, through a connector.
    pub fn of(connector_id: impl Into<String>, verification_id: VerificationId) -> Self {
        Self { connector_id: connector_id.into(), verification_id }
    }
}

impl Operation for PendingSocial {
    type Subject = Interaction;
    type Output = ConnectorSession;

    const NAME: OperationName = OperationName::PendingSocial;

    fn decide(&self, step: &mut Step<'_>) -> Result<ConnectorSession, Rejection> {
        let record = step.registered::<record_type::Social>(self.verification_id)?;
        check_connector(&record.connector_id, &self.connector_id)?;
        check_pending(record.user_info.is_some())?;
        Ok(record.session.clone())
    }
}

/// Finishes a sign-in at a social provider with what the host learned there.
#[derive(Clone, Debug)]
pub struct VerifySocial {
    connector_id: String,
    verification_id: VerificationId,
    state: Secret,
    user_info: SocialUserInfo,
}

impl VerifySocial {
    /// What a connector's provider told about the person behind a record, and the `state` that came back with them.
    pub fn new(
        connector_id: impl Into<String>,
        verification_id: VerificationId,
        state: impl Into<String>,
        user_info: SocialUserInfo,
    ) -> Self {
        Self { connector_id: connector_id.into(), verification_id, state: Secret::new(state), user_info }
    }
}

impl Operation for VerifySocial {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifySocial;

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let social = step.registered_mut::<record_type::Social>(self.verification_id)?;
        check_connector(&social.connector_id, &self.connector_id)?;
        check_answer(&social.session, social.user_info.is_some(), &self.state, &self.user_info)?;
        social.user_info = Some(self.user_info.that_can_be_kept());
        step.verified(self.verification_id)
    }
}
