//! By proposing a username and a password for a new account.

use std::sync::Arc;

use axum::Json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::NewPasswordIdentity;

use super::{Verified, verified};
use crate::extract::Body;
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::server::Server;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(propose))
}

/// Proposes a username and a password.
#[utoipa::path(
    post, path = "/api/experience/verification/new-password-identity", operation_id = "newPasswordIdentity",
    tag = "verification",
    security(("interaction" = [])),
    request_body = bodies::NewPasswordIdentity,
    responses(
        (status = 200, description = "They can be used.", body = Verified),
        Answers<(ReadsBody, Runs<NewPasswordIdentity>)>,
    ),
)]
async fn propose(
    interaction: OpenInteraction,
    Body(propose): Body<NewPasswordIdentity>,
) -> Result<Json<Verified>, Problem> {
    interaction.run(propose).await.map(verified)
}
