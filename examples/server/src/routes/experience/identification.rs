//! Saying who one is, with a verified record; in a registration, making the account.

use std::sync::Arc;

use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::Identify;

use crate::extract::Body;
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::server::Server;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(identify))
}

/// Says who this is, or makes the account.
#[utoipa::path(
    post, path = "/api/experience/identification", operation_id = "identify",
    tag = "interaction", security(("interaction" = [])),
    request_body = bodies::Identify,
    responses(
        (status = 201, description = "The account was made, or made before."),
        (status = 204, description = "Identified."),
        Answers<(ReadsBody, Runs<Identify>)>,
    ),
)]
async fn identify(
    interaction: OpenInteraction,
    Body(identify): Body<Identify>,
) -> Result<StatusCode, Problem> {
    let identified = interaction.run(identify).await?;
    Ok(if identified.created { StatusCode::CREATED } else { StatusCode::NO_CONTENT })
}
