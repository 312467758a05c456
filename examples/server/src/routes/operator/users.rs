//! Making, showing, changing and deleting users.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::operator::{CreateUser, DeleteUser, FindUser, PatchUser, UserPatch};
use vestibule::user::{Claims, User};

use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ForOperator, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(show, patch, delete))
}

/// A user, as the operator sees one: no password digest, and what is absent is `null`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserView {
    id: String,
    username: Option<String>,
    primary_email: Option<String>,
    /// Digits only.
    primary_phone: Option<String>,
    name: Option<String>,
    avatar: Option<String>,
    #[schema(value_type = Object)]
    profile: Claims,
    #[schema(value_type = Object)]
    custom_data: Map<String, Value>,
    /// Social identities by target.
    identities: BTreeMap<String, IdentityView>,
    has_password: bool,
    is_suspended: bool,
    last_sign_in_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An identity at a provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct IdentityView {
    /// The id there.
    user_id: String,
    /// What the provider told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let identities = user.identities.into_iter().map(|(target, identity)| {
            (target, IdentityView { user_id: identity.user_id, details: identity.details })
        });
        Self {
            id: user.id.into(),
            username: user.username.map(String::from),
            primary_email: user.primary_email.map(String::from),
            primary_phone: user.primary_phone.map(|phone| phone.digits().into()),
            name: user.name,
            avatar: user.avatar,
            profile: user.profile,
            custom_data: user.custom_data,
            identities: identities.collect(),
            has_password: user.password.is_some(),
            is_suspended: user.is_suspended,
            last_sign_in_at: user.last_sign_in_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// Makes a user.
#[utoipa::path(
    post, path = "/api/users", operation_id = "createUser",
    tag = "operator", security(("operator" = [])),
    request_body = bodies::UserPatch,
    responses(
        (status = 200, description = "The user.", body = UserView),
        Answers<(ForOperator, ReadsBody, Runs<CreateUser>)>,
    ),
)]
async fn create(
    State(server): State<Arc<Server>>,
    Body(new): Body<UserPatch>,
) -> Result<Json<UserView>, Problem> {
    server.act(CreateUser::new(new)).await.map(|user| Json(user.into()))
}

/// Changes what a user has: what is given is set, `null` removes it, the rest stays; claims and custom data are merged.
#[utoipa::path(
    patch, path = "/api/users/{id}", operation_id = "patchUser",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    request_body = bodies::UserPatch,
    responses(
        (status = 200, description = "The user.", body = UserView),
        Answers<(ForOperator, ReadsBody, Runs<PatchUser>)>,
    ),
)]
async fn patch(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
    Body(patch): Body<UserPatch>,
) -> Result<Json<UserView>, Problem> {
    server.act(PatchUser::new(id, patch)).await.map(|user| Json(user.into()))
}

/// Shows a user.
#[utoipa::path(
    get, path = "/api/users/{id}", operation_id = "showUser",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    responses(
        (status = 200, description = "The user.", body = UserView),
        Answers<(ForOperator, Runs<FindUser>)>,
    ),
)]
async fn show(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
) -> Result<Json<UserView>, Problem> {
    server.act(FindUser::new(id)).await.map(|user| Json(user.into()))
}

/// Deletes a user, who is signed out everywhere.
#[utoipa::path(
    delete, path = "/api/users/{id}", operation_id = "deleteUser",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    responses((status = 204, description = "Deleted."), Answers<(ForOperator, Runs<DeleteUser>)>),
)]
async fn delete(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    server.act(DeleteUser::new(id)).await.map(|()| StatusCode::NO_CONTENT)
}
