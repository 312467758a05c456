//! By a WebAuthn credential. The cryptography is a crate's; the library keeps what is pending and decides.

use std::fmt::Display;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vestibule::flow::{PendingWebAuthn, StartWebAuthn, VerifyWebAuthn, WebAuthnCeremony, WebAuthnReport};
use vestibule::identifier::{Email, Phone, Username, VerificationId};
use vestibule::rejection::Rejection;
use vestibule::secret::Secret;
use vestibule::user::{User, WebAuthnCredential};
use vestibule::verification::PendingChallenge;
use webauthn_rs::prelude::{
    Credential, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::{Verified, verified};
use crate::extract::Body;
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::problem::Problem;
use crate::relying_party::RelyingParty;
use crate::server::Server;
use crate::step::OpenInteraction;

/// What a browser calls the service.
const SERVICE: &str = "vestibule";

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(verify_registration))
        .routes(routes!(authenticate))
        .routes(routes!(verify_authentication))
}

/// A new credential is asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Registration {
    /// The record to verify with the browser's answer.
    #[schema(value_type = String)]
    verification_id: VerificationId,
    /// What a page gives to `PublicKeyCredential.parseCreationOptionsFromJSON`.
    #[schema(value_type = Object)]
    registration_options: Value,
}

/// One of the user's credentials is asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Authentication {
    /// The record to verify with the browser's answer.
    #[schema(value_type = String)]
    pub(super) verification_id: VerificationId,
    /// What a page gives to `PublicKeyCredential.parseRequestOptionsFromJSON`.
    #[schema(value_type = Object)]
    pub(super) authentication_options: Value,
}

/// `POST /api/experience/verification/web-authn/registration/verify`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "verificationId": "0192f0c4-0000-7000-8000-000000000000",
    "payload": {
        "id": "AAAA", "rawId": "AAAA", "type": "public-key",
        "response": {"attestationObject": "AAAA", "clientDataJSON": "AAAA"}
    }
}))]
struct VerifyRegistration {
    /// What asking for it answered.
    #[schema(value_type = String)]
    verification_id: VerificationId,
    /// The new credential, as its `toJSON` gives it.
    #[schema(value_type = Object)]
    payload: RegisterPublicKeyCredential,
}

/// `POST /api/experience/verification/{web-authn,sign-in-passkey}/authentication/verify`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "verificationId": "0192f0c4-0000-7000-8000-000000000000",
    "payload": {
        "id": "AAAA", "rawId": "AAAA", "type": "public-key",
        "response": {"authenticatorData": "AAAA", "clientDataJSON": "AAAA", "signature": "AAAA"}
    }
}))]
pub(super) struct VerifyAuthentication {
    /// What asking for it answered.
    #[schema(value_type = String)]
    pub(super) verification_id: VerificationId,
    /// The credential, as its `toJSON` gives it.
    #[schema(value_type = Object)]
    pub(super) payload: PublicKeyCredential,
}

/// Asks for a new credential.
#[utoipa::path(
    post, path = "/api/experience/verification/web-authn/registration", operation_id = "registerWebAuthn",
    tag = "verification", security(("interaction" = [])),
    responses(
        (status = 200, description = "What to ask the browser for.", body = Registration),
        Answers<(Runs<StartWebAuthn>,)>,
    ),
)]
async fn register(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
) -> Result<Json<Registration>, Problem> {
    let user = interaction.user().await?;
    let party = &server.relying_party;
    let own = passkeys(&user, party).iter().map(|passkey| passkey.cred_id().clone()).collect();
    // Every id made by the library is a UUID.
    let handle = Uuid::try_parse(user.id.as_str()).map_err(|error| broken(&error))?;
    let (name, shown) = (account_name(&user), user.name.as_deref().unwrap_or(account_name(&user)));
    let (options, state) = web_authn(party)?
        .start_passkey_registration(handle, name, shown, Some(own))
        .map_err(|error| broken(&error))?;
    let start = StartWebAuthn::new(WebAuthnCeremony::Registration, pending(party, &state)?);
    let registration_options = serde_json::to_value(options.public_key).map_err(|error| broken(&error))?;
    let verification_id = interaction.run(start).await?;
    Ok(Json(Registration { verification_id, registration_options }))
}

/// Verifies a new credential.
#[utoipa::path(
    post, path = "/api/experience/verification/web-authn/registration/verify",
    operation_id = "verifyWebAuthnRegistration",
    tag = "verification", security(("interaction" = [])),
    request_body = VerifyRegistration,
    responses(
        (status = 200, description = "Verified: it can be staged.", body = Verified),
        Answers<(ReadsBody, Runs<PendingWebAuthn>, Runs<VerifyWebAuthn>)>,
    ),
)]
async fn verify_registration(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
    Body(VerifyRegistration { verification_id, payload }): Body<VerifyRegistration>,
) -> Result<Json<Verified>, Problem> {
    let pending = interaction.run(PendingWebAuthn::of(verification_id)).await?;
    let report = registered(&server.relying_party, &pending, &payload)?;
    interaction.run(VerifyWebAuthn::new(verification_id, report)).await.map(verified)
}

/// Asks for one of the user's credentials.
#[utoipa::path(
    post, path = "/api/experience/verification/web-authn/authentication", operation_id = "authenticateWebAuthn",
    tag = "verification", security(("interaction" = [])),
    responses(
        (status = 200, description = "What to ask the browser for.", body = Authentication),
        Answers<(Runs<StartWebAuthn>,)>,
    ),
)]
async fn authenticate(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
) -> Result<Json<Authentication>, Problem> {
    let user = interaction.user().await?;
    let party = &server.relying_party;
    let own = passkeys(&user, party);
    if own.is_empty() {
        return Err(Rejection::WebAuthnVerificationNotFound.into());
    }
    let (options, state) =
        web_authn(party)?.start_passkey_authentication(&own).map_err(|error| broken(&error))?;
    let start = StartWebAuthn::new(WebAuthnCeremony::Authentication, pending(party, &state)?);
    let authentication_options = serde_json::to_value(options.public_key).map_err(|error| broken(&error))?;
    let verification_id = interaction.run(start).await?;
    Ok(Json(Authentication { verification_id, authentication_options }))
}

/// Verifies the use of one of the user's credentials.
#[utoipa::path(
    post, path = "/api/experience/verification/web-authn/authentication/verify",
    operation_id = "verifyWebAuthnAuthentication",
    tag = "verification", security(("interaction" = [])),
    request_body = VerifyAuthentication,
    responses(
        (status = 200, description = "Verified.", body = Verified),
        Answers<(ReadsBody, Runs<PendingWebAuthn>, Runs<VerifyWebAuthn>)>,
    ),
)]
async fn verify_authentication(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
    Body(VerifyAuthentication { verification_id, payload }): Body<VerifyAuthentication>,
) -> Result<Json<Verified>, Problem> {
    let pending = interaction.run(PendingWebAuthn::of(verification_id)).await?;
    let report = authenticated(&server.relying_party, &pending, &payload)?;
    interaction.run(VerifyWebAuthn::new(verification_id, report)).await.map(verified)
}

pub(super) fn web_authn(party: &RelyingParty) -> Result<Webauthn, Problem> {
    let origin = Url::parse(party.origin()).map_err(|error| broken(&error))?;
    let built =
        WebauthnBuilder::new(party.id(), &origin).and_then(|builder| builder.rp_name(SERVICE).build());
    built.map_err(|error| broken(&error))
}

/// No input leads here.
pub(super) fn broken(error: &dyn Display) -> Problem {
    tracing::error!(%error, "a WebAuthn ceremony could not begin or end");
    Problem::Broken
}

pub(super) fn pending(party: &RelyingParty, state: &impl Serialize) -> Result<PendingChallenge, Problem> {
    let state = serde_json::to_string(state).map_err(|error| broken(&error))?;
    Ok(PendingChallenge { challenge: Secret::new(state), rp_id: party.id().into() })
}

/// The user's credentials that were made here.
fn passkeys(user: &User, party: &RelyingParty) -> Vec<Passkey> {
    let made_here = user.mfa.web_authn.iter().filter(|credential| credential.rp_id == party.id());
    made_here.filter_map(|credential| serde_json::from_str(&credential.public_data).ok()).collect()
}

/// What an authenticator calls the account.
fn account_name(user: &User) -> &str {
    let username = user.username.as_ref().map(Username::as_str);
    let email = user.primary_email.as_ref().map(Email::as_str);
    let phone = user.primary_phone.as_ref().map(Phone::digits);
    username.or(email).or(phone).unwrap_or(user.id.as_str())
}

/// The answer does not hold. Why is for the log.
fn refused(why: &dyn Display) -> WebAuthnReport {
    tracing::info!(%why, "a WebAuthn answer does not hold");
    WebAuthnReport::Refused
}

fn registered(
    party: &RelyingParty,
    pending: &PendingChallenge,
    payload: &RegisterPublicKeyCredential,
) -> Result<WebAuthnReport, Problem> {
    // What is pending may be the other ceremony.
    let Ok(state) = serde_json::from_str::<PasskeyRegistration>(pending.challenge.expose()) else {
        return Ok(refused(&"no new credential was asked for"));
    };
    let passkey = match web_authn(party)?.finish_passkey_registration(payload, &state) {
        Ok(passkey) => passkey,
        Err(error) => return Ok(refused(&error)),
    };
    let id = URL_SAFE_NO_PAD.encode(passkey.cred_id());
    let public_data = serde_json::to_string(&passkey).map_err(|error| broken(&error))?;
    let credential = Credential::from(passkey);
    // The browser says whether the credential is discoverable. Whoever lies has a passkey that never offers itself.
    let discoverable = payload.extensions.cred_props.as_ref().and_then(|props| props.rk) == Some(true);
    Ok(WebAuthnReport::Registered(WebAuthnCredential {
        id,
        rp_id: party.id().into(),
        public_data,
        counter: credential.counter,
        user_verified: credential.user_verified,
        discoverable,
        name: None,
        created_at: None,
        last_used_at: None,
    }))
}

fn authenticated(
    party: &RelyingParty,
    pending: &PendingChallenge,
    payload: &PublicKeyCredential,
) -> Result<WebAuthnReport, Problem> {
    let Ok(state) = serde_json::from_str::<PasskeyAuthentication>(pending.challenge.expose()) else {
        return Ok(refused(&"no credential of the user's was asked for"));
    };
    Ok(match web_authn(party)?.finish_passkey_authentication(payload, &state) {
        // Whether the counter went backwards since the last use, the library knows: it keeps the counter.
        Ok(used) => WebAuthnReport::Authenticated {
            credential_id: URL_SAFE_NO_PAD.encode(used.cred_id()),
            rp_id: party.id().into(),
            counter: used.counter(),
        },
        Err(error) => refused(&error),
    })
}
