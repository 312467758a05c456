//! By an identity at a social provider.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{PendingSocial, StartSocial, VerifySocial};

use super::connector::{Authorization, AuthorizationBody, VerifyBody};
use super::{Verified, verified};
use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, LooksUp, ReadsBody, Runs};
use crate::problem::Problem;
use crate::server::Server;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(authorization_uri)).routes(routes!(verify))
}

/// Begins a sign-in at a provider.
#[utoipa::path(
    post, path = "/api/experience/verification/social/{connectorId}/authorization-uri", operation_id = "startSocial",
    tag = "verification",
    security(("interaction" = [])),
    params(("connectorId" = String, Path, description = "The connector.")),
    request_body = AuthorizationBody,
    responses(
        (status = 200, description = "Where to send the person.", body = Authorization),
        Answers<(ReadsBody, LooksUp, Runs<StartSocial>)>,
    ),
)]
async fn authorization_uri(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
    PathOf(connector_id): PathOf<String>,
    Body(body): Body<AuthorizationBody>,
) -> Result<Json<Authorization>, Problem> {
    let provider = server.provider()?;
    let authorization_uri = provider.authorization_uri(&connector_id, &body.state, &body.redirect_uri);
    let start = StartSocial::new(connector_id, body.state, body.redirect_uri);
    let verification_id = interaction.run(start).await?;
    Ok(Json(Authorization { authorization_uri, verification_id }))
}

/// Finishes a sign-in at a provider.
#[utoipa::path(
    post, path = "/api/experience/verification/social/{connectorId}/verify", operation_id = "verifySocial",
    tag = "verification",
    security(("interaction" = [])),
    params(("connectorId" = String, Path, description = "The connector.")),
    request_body = VerifyBody,
    responses(
        (status = 200, description = "Verified.", body = Verified),
        Answers<(ReadsBody, LooksUp, Runs<PendingSocial>, Runs<VerifySocial>)>,
    ),
)]
async fn verify(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
    PathOf(connector_id): PathOf<String>,
    Body(body): Body<VerifyBody>,
) -> Result<Json<Verified>, Problem> {
    let id = body.verification_id;
    let pending = interaction.run(PendingSocial::of(connector_id.clone(), id)).await?;
    let answer = server.provider()?.answer(body.connector_data, &pending)?;
    interaction.run(VerifySocial::new(connector_id, id, answer.state, answer.user_info)).await.map(verified)
}
