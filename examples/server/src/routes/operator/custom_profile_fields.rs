//! The catalogue of custom profile fields.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::experience::CustomProfileField;

use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ChangesSettings, ForOperator, LooksUp, ReadsBody};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::server::Server;
use crate::settings;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove))
}

/// Lists the fields.
#[utoipa::path(
    get, path = "/api/custom-profile-fields", operation_id = "listCustomProfileFields",
    tag = "operator", security(("operator" = [])),
    responses(
        (status = 200, description = "The fields.", body = Vec<bodies::CustomProfileField>),
        Answers<(ForOperator,)>,
    ),
)]
async fn list(State(server): State<Arc<Server>>) -> Result<Json<Vec<CustomProfileField>>, Problem> {
    Ok(Json(server.settings().await?.settings().custom_profile_fields.clone()))
}

/// Adds a field.
#[utoipa::path(
    post, path = "/api/custom-profile-fields", operation_id = "addCustomProfileField",
    tag = "operator", security(("operator" = [])),
    request_body = bodies::CustomProfileField,
    responses(
        (status = 201, description = "The field.", body = bodies::CustomProfileField),
        Answers<(ForOperator, ReadsBody, ChangesSettings)>,
    ),
)]
async fn add(
    State(server): State<Arc<Server>>,
    Body(field): Body<CustomProfileField>,
) -> Result<(StatusCode, Json<CustomProfileField>), Problem> {
    let added = field.clone();
    settings::add_field(&server, field).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

/// Removes a field. What people filled in stays with them.
#[utoipa::path(
    delete, path = "/api/custom-profile-fields/{name}", operation_id = "removeCustomProfileField",
    tag = "operator", security(("operator" = [])),
    params(("name" = String, Path, description = "The field's name.")),
    responses((status = 204, description = "Removed."), Answers<(ForOperator, LooksUp)>),
)]
async fn remove(
    State(server): State<Arc<Server>>,
    PathOf(name): PathOf<String>,
) -> Result<StatusCode, Problem> {
    settings::remove_field(&server, name).await?;
    Ok(StatusCode::NO_CONTENT)
}
