//! What only `--dev` has: reading what would have been sent.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::QueryOf;
use crate::openapi::answers::{Answers, ForOperator, LooksUp, ReadsBody};
use crate::outbox::Unsent;
use crate::problem::Problem;
use crate::server::Server;

/// `/api/dev` and all below.
pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(outbox))
}

/// Which messages to show.
#[derive(Debug, Deserialize)]
struct OutboxQuery {
    /// To whom: an email or a phone, in any form that means it.
    to: String,
}

/// Shows what would have been sent to an address, oldest first.
#[utoipa::path(
    get, path = "/api/dev/outbox", operation_id = "showOutbox",
    tag = "dev", security(("operator" = [])),
    params(("to" = String, Query, description = "An email or a phone, in any form that means it.")),
    responses(
        (status = 200, description = "The messages.", body = Vec<Unsent>),
        Answers<(ForOperator, ReadsBody, LooksUp)>,
    ),
)]
async fn outbox(
    State(server): State<Arc<Server>>,
    QueryOf(query): QueryOf<OutboxQuery>,
) -> Result<Json<Vec<Unsent>>, Problem> {
    Ok(Json(server.provider()?.outbox.to(&query.to)))
}
