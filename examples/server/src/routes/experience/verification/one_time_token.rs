//! By a one-time token.

use std::sync::Arc;

use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::VerifyOneTimeToken;

use super::{Verified, verified};
use crate::extract::Body;
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::server::Server;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(verify))
}

/// Spends a one-time token.
#[utoipa::path(
    post, path = "/api/experience/verification/one-time-token/verify", operation_id = "verifyOneTimeToken",
    tag = "verification", security(("interaction" = [])),
    request_body = bodies::VerifyOneTimeToken,
    responses(
        (status = 200, description = "Verified, and the token is spent.", body = Verified),
        Answers<(ReadsBody, Runs<VerifyOneTimeToken>)>,
    ),
)]
async fn verify(
    interaction: OpenInteraction,
    Body(verify): Body<VerifyOneTimeToken>,
) -> Result<Json<Verified>, Problem> {
    interaction.run(verify).await.map(verified)
}
