//! By an identity at an enterprise provider.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{PendingSso, StartSso, VerifySso};

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

/// Begins a sign-in at an enterprise provider.
#[utoipa::path(
    post, path = "/api/experience/verification/sso/{connectorId}/authorization-uri", operation_id = "startSso",
    tag = "verification",
    security(("interaction" = [])),
    params(("connectorId" = String, Path, description = "The connector.")),
    request_body = AuthorizationBody,
    responses(
        (status = 200, description = "Where to send the person.", body = Authorization),
        Answers<(ReadsBody, LooksUp, Runs<StartSso>)>,
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
    let start = StartSso::new(connector_id, body.state, body.redirect_uri);
    let verification_id = interaction.run(start).await?;
    Ok(Json(Authorization { authorization_uri, verification_id }))
}

/// Finishes a sign-in at an enterprise provider.
#[utoipa::path(
    post, path = "/api/experience/verification/sso/{connectorId}/verify", operation_id = "verifySso",
    tag = "verification",
    security(("interaction" = [])),
    params(("connectorId" = String, Path, description = "The connector.")),
    request_body = VerifyBody,
    responses(
        (status = 200, description = "Verified.", body = Verified),
        Answers<(ReadsBody, LooksUp, Runs<PendingSso>, Runs<VerifySso>)>,
    ),
)]
async fn verify(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
    PathOf(connector_id): PathOf<String>,
    Body(body): Body<VerifyBody>,
) -> Result<Json<Verified>, Problem> {
    let id = body.verification_id;
    let pending = interaction.run(PendingSso::of(connector_id.clone(), id)).await?;
    let answer = server.provider()?.answer(body.connector_data, &pending)?;
    interaction.run(VerifySso::new(connector_id, id, answer.state, answer.user_info)).await.map(verified)
}
