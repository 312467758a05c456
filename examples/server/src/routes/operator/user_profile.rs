//! Changing a user's claims.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::operator::{PatchProfile, ProfilePatch};
use vestibule::user::Claims;

use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ForOperator, ReadsBody, Runs};
use crate::openapi::claims;
use crate::problem::Problem;
use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(patch))
}

/// Changes the claims that are named; `null` removes one, `address` is merged member by member.
#[utoipa::path(
    patch, path = "/api/users/{id}/profile", operation_id = "patchProfile",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    request_body = claims::ProfilePatch,
    responses(
        (status = 200, description = "All claims, as they are now.", body = claims::Claims),
        Answers<(ForOperator, ReadsBody, Runs<PatchProfile>)>,
    ),
)]
async fn patch(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
    body: Result<Body<Value>, Problem>,
) -> Result<Json<Claims>, Problem> {
    let patch = ProfilePatch::from_json(&Body::or_null(body)?);
    server.act(PatchProfile::new(id, patch)).await.map(Json)
}
