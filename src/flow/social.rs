//! Social identities (V-8).

use super::registered::by_type_and_id;
use crate::experience::Experience;
use crate::identifier::VerificationId;
use crate::interaction::Interaction;
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::SocialUserInfo;
use crate::verification::{ConnectorSession, SocialVerification, Verification, VerificationType};

/// The longest `state` and redirect URI that are kept, in bytes.
const MAX_SESSION_TEXT: usize = 2048;

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
    type Output = VerificationId;

    const NAME: OperationName = OperationName::StartSocial;

    fn needs(&self, _: &Interaction, _: &Facts, _: &Experience) -> Needs {
        Needs::none()
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let session = connector_session(&self.session)?;
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

/// What is kept of a provider's session: nothing beyond its bound.
pub(super) fn connector_session(session: &ConnectorSession) -> Result<ConnectorSession, Rejection> {
    for (path, text) in [("state", session.state.expose()), ("redirectUri", &session.redirect_uri)] {
        if text.len() > MAX_SESSION_TEXT {
            return Err(Rejection::invalid_input(path, "expected at most 2048 bytes"));
        }
    }
    Ok(session.clone())
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
    type Output = VerificationId;

    const NAME: OperationName = OperationName::VerifySocial;

    fn needs(&self, interaction: &Interaction, facts: &Facts, _: &Experience) -> Needs {
        let registered = interaction.registry().has_id(self.verification_id).then_some(self.verification_id);
        Needs::none().records(registered).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let mut record = by_type_and_id(step, VerificationType::Social, self.verification_id)?.clone();
        match &mut record.verification {
            Verification::Social(social) if social.connector_id == self.connector_id => {
                social.user_info = Some(self.user_info.clone());
            }
            _ => return Err(Rejection::VerificationSessionNotFound),
        }
        step.write_record(record);
        Ok(self.verification_id)
    }
}
