//! By a passkey alone. The cryptography is a crate's; the library keeps what is pending and decides.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{
    OfferPasskeys, OfferedPasskey, PendingSignInPasskey, StartSignInPasskey, UsedPasskey, VerifySignInPasskey,
};
use vestibule::identifier::ClaimedIdentifier;
use vestibule::store::aio::UserStore as _;
use vestibule::user::WebAuthnCredential;
use vestibule::verification::PendingChallenge;
use webauthn_rs::prelude::{DiscoverableAuthentication, Passkey, PublicKeyCredential};

use super::web_authn::{Authentication, VerifyAuthentication, broken, pending, web_authn};
use super::{Verified, verified};
use crate::extract::Body;
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::relying_party::RelyingParty;
use crate::server::Server;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(authenticate)).routes(routes!(verify))
}

/// `POST /api/experience/verification/sign-in-passkey/authentication`
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"identifier": {"type": "username", "value": "jane"}}))]
struct AskForPasskey {
    /// Whoever this is: their passkeys are offered. Without one the browser offers what it has.
    #[schema(value_type = Option<bodies::Identifier>)]
    identifier: Option<ClaimedIdentifier>,
}

/// Asks for a passkey.
#[utoipa::path(
    post, path = "/api/experience/verification/sign-in-passkey/authentication", operation_id = "signInPasskey",
    tag = "verification", security(("interaction" = [])),
    request_body = AskForPasskey,
    responses(
        (status = 200, description = "What to ask the browser for.", body = Authentication),
        Answers<(ReadsBody, Runs<OfferPasskeys>, Runs<StartSignInPasskey>)>,
    ),
)]
async fn authenticate(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
    Body(AskForPasskey { identifier }): Body<AskForPasskey>,
) -> Result<Json<Authentication>, Problem> {
    let party = &server.relying_party;
    let (options, state) =
        web_authn(party)?.start_discoverable_authentication().map_err(|error| broken(&error))?;
    let mut authentication_options =
        serde_json::to_value(options.public_key).map_err(|error| broken(&error))?;
    if let Some(identifier) = identifier {
        let offered = interaction.run(OfferPasskeys::new(identifier, server.decoy_key())).await?;
        let listed = |own: &OfferedPasskey| json!({"type": "public-key", "id": own.credential_id});
        if let Some(options) = authentication_options.as_object_mut() {
            options.insert("allowCredentials".into(), offered.iter().map(listed).collect());
        }
    }
    let start = StartSignInPasskey::new(pending(party, &state)?);
    let verification_id = interaction.run(start).await?;
    Ok(Json(Authentication { verification_id, authentication_options }))
}

/// Verifies a passkey.
#[utoipa::path(
    post, path = "/api/experience/verification/sign-in-passkey/authentication/verify",
    operation_id = "verifySignInPasskey",
    tag = "verification", security(("interaction" = [])),
    request_body = VerifyAuthentication,
    responses(
        (status = 200, description = "Verified.", body = Verified),
        Answers<(ReadsBody, Runs<PendingSignInPasskey>, Runs<VerifySignInPasskey>)>,
    ),
)]
async fn verify(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
    Body(VerifyAuthentication { verification_id, payload }): Body<VerifyAuthentication>,
) -> Result<Json<Verified>, Problem> {
    let pending = interaction.run(PendingSignInPasskey::of(verification_id)).await?;
    let used = used(&server, &pending, &payload).await?;
    interaction.run(VerifySignInPasskey::new(verification_id, used)).await.map(verified)
}

/// What the crate finds of a passkey's answer: `None` if it does not hold. Of a passkey that nobody has there is nothing
/// to check; the library says so.
async fn used(
    server: &Server,
    waiting: &PendingChallenge,
    payload: &PublicKeyCredential,
) -> Result<Option<UsedPasskey>, Problem> {
    let party: &RelyingParty = &server.relying_party;
    let credential_id = URL_SAFE_NO_PAD.encode(payload.get_credential_id());
    let key = WebAuthnCredential::key_of(&credential_id);
    let found = server.stores.users.find(&[key]).await?;
    let mut credentials = found.iter().flat_map(|user| &user.mfa.web_authn);
    let Some(own) = credentials.find(|own| own.id == credential_id && own.rp_id == party.id()) else {
        let rp_id = waiting.rp_id.clone();
        return Ok(Some(UsedPasskey { credential_id, rp_id, counter: 0, user_verified: false }));
    };
    let state = serde_json::from_str::<DiscoverableAuthentication>(waiting.challenge.expose())
        .map_err(|error| broken(&error))?;
    let passkey: Passkey = serde_json::from_str(&own.public_data).map_err(|error| broken(&error))?;
    let result = web_authn(party)?.finish_discoverable_authentication_v2(payload, state, &passkey);
    let refused = |why| tracing::info!(%why, "a passkey's answer does not hold");
    Ok(result.map_err(refused).ok().map(|used| UsedPasskey {
        credential_id,
        rp_id: party.id().into(),
        counter: used.counter(),
        user_verified: used.user_verified(),
    }))
}
