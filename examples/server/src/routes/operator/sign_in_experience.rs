//! The operator's settings.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::Body;
use crate::openapi::answers::{Answers, ChangesSettings, ForOperator, ReadsBody};
use crate::openapi::views::OperatorSettings;
use crate::problem::Problem;
use crate::server::Server;
use crate::settings;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(show, patch))
}

/// Shows all settings.
#[utoipa::path(
    get, path = "/api/sign-in-exp", operation_id = "showSettings",
    tag = "operator", security(("operator" = [])),
    responses(
        (status = 200, description = "All settings.", body = OperatorSettings),
        Answers<(ForOperator,)>,
    ),
)]
async fn show(State(server): State<Arc<Server>>) -> Result<Json<Map<String, Value>>, Problem> {
    let current = server.settings().await?;
    settings::to_json(&current).map(Json)
}

/// Replaces each setting that is given, whole; the others stay.
#[utoipa::path(
    patch, path = "/api/sign-in-exp", operation_id = "patchSettings",
    tag = "operator", security(("operator" = [])),
    request_body = OperatorSettings,
    responses(
        (status = 200, description = "All settings, as they are now.", body = OperatorSettings),
        Answers<(ForOperator, ReadsBody, ChangesSettings)>,
    ),
)]
async fn patch(
    State(server): State<Arc<Server>>,
    Body(given): Body<Map<String, Value>>,
) -> Result<Json<Map<String, Value>>, Problem> {
    settings::patch(&server, given).await.map(Json)
}
