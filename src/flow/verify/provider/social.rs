//! Social identities (V-8).

use super::session::bounded;
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
        let session = bounded(&self.session)?;
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

/// Finishes a sign-in at a social provider with what the host learned there.
#[derive(Clone, Debug)]
pub struct VerifySocial {
    connector_id: String,
    verification_id: VerificationId,
    user_info: SocialUserInfo,
}

impl VerifySocial {
    /// What a connector's provider told about the person behind a record.
    pub fn new(
        connector_id: impl Into<String>,
        verification_id: VerificationId,
        user_info: SocialUserInfo,
    ) -> Self {
        Self { connector_id: connector_id.into(), verification_id, user_info }
    }
}

impl Operation for VerifySocial {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifySocial;

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let social = step.registered_mut::<record_type::Social>(self.verification_id)?;
        if social.connector_id != self.connector_id {
            return Err(Rejection::VerificationSessionNotFound);
        }
        social.user_info = Some(self.user_info.clone());
        step.verified(self.verification_id)
    }
}
