//! Changing a user: suspension, identities at providers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::operator::{LinkIdentity, SuspendUser};
use vestibule::user::SocialIdentity;

use super::users::UserView;
use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ForOperator, ReadsBody, Runs};
use crate::problem::Problem;
use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(suspend)).routes(routes!(link))
}

/// `PATCH /api/users/{id}/is-suspended`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"isSuspended": true}))]
struct Suspension {
    /// Whether the user is to be suspended.
    is_suspended: bool,
}

/// Suspends a user, who is signed out everywhere; or lets one in again.
#[utoipa::path(
    patch, path = "/api/users/{id}/is-suspended", operation_id = "suspendUser",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    request_body = Suspension,
    responses(
        (status = 200, description = "The user.", body = UserView),
        Answers<(ForOperator, ReadsBody, Runs<SuspendUser>)>,
    ),
)]
async fn suspend(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
    Body(Suspension { is_suspended }): Body<Suspension>,
) -> Result<Json<UserView>, Problem> {
    server.act(SuspendUser::new(id, is_suspended)).await.map(|user| Json(user.into()))
}

/// `PUT /api/users/{id}/identities/{target}`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"userId": "42", "details": {"email": "jane@example.com"}}))]
struct Identity {
    /// The id at the provider.
    user_id: String,
    /// What the provider told.
    #[schema(value_type = Option<Object>)]
    details: Option<Map<String, Value>>,
}

/// Gives a user an identity at a provider, in place of the one the user has there.
#[utoipa::path(
    put, path = "/api/users/{id}/identities/{target}", operation_id = "linkIdentity",
    tag = "operator", security(("operator" = [])),
    params(
        ("id" = String, Path, description = "The user's id."),
        ("target" = String, Path, description = "The provider."),
    ),
    request_body = Identity,
    responses(
        (status = 201, description = "The user.", body = UserView),
        Answers<(ForOperator, ReadsBody, Runs<LinkIdentity>)>,
    ),
)]
async fn link(
    State(server): State<Arc<Server>>,
    PathOf((id, target)): PathOf<(String, String)>,
    Body(Identity { user_id, details }): Body<Identity>,
) -> Result<(StatusCode, Json<UserView>), Problem> {
    let identity = SocialIdentity { details: details.map(Value::Object), ..SocialIdentity::new(user_id) };
    let user = server.act(LinkIdentity::new(id, target, identity)).await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}
