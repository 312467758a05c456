//! By a password.

use std::sync::Arc;

use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::VerifyPassword;

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

/// Checks a password.
#[utoipa::path(
    post, path = "/api/experience/verification/password", operation_id = "verifyPassword",
    tag = "verification", security(("interaction" = [])),
    request_body = bodies::VerifyPassword,
    responses(
        (status = 200, description = "Verified.", body = Verified),
        Answers<(ReadsBody, Runs<VerifyPassword>)>,
    ),
)]
async fn verify(
    interaction: OpenInteraction,
    Body(verify): Body<VerifyPassword>,
) -> Result<Json<Verified>, Problem> {
    interaction.run(verify).await.map(verified)
}
