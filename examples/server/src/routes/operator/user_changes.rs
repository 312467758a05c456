//! Suspending a user, setting the password, the organisations; having failed tries forgotten.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::identifier::ClaimedIdentifier;
use vestibule::operator::{FindUser, PasswordPatch, SetOrganizations, SetPassword, SuspendUser, Unlock};
use vestibule::user::{User, UserOrganization};

use super::users::UserView;
use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ForOperator, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .routes(routes!(suspend))
        .routes(routes!(set_password))
        .routes(routes!(list_organizations, set_organizations))
        .routes(routes!(unlock_user))
        .routes(routes!(unlock_identifier))
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

/// Sets a user's password, who is signed out everywhere by it; marks it expired; or both.
#[utoipa::path(
    patch, path = "/api/users/{id}/password", operation_id = "setUserPassword",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    request_body = bodies::PasswordPatch,
    responses(
        (status = 200, description = "The user.", body = UserView),
        Answers<(ForOperator, ReadsBody, Runs<SetPassword>)>,
    ),
)]
async fn set_password(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
    Body(password): Body<PasswordPatch>,
) -> Result<Json<UserView>, Problem> {
    server.act(SetPassword::new(id, password)).await.map(|user| Json(user.into()))
}

/// `PUT /api/users/{id}/organizations`, and its answer.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(example = json!([{"id": "acme", "isMfaRequired": true}, {"id": "other"}]))]
struct Organizations(Vec<Organization>);

/// An organisation that a user belongs to.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Organization {
    /// Its id.
    id: String,
    /// Whether it asks its members for MFA.
    #[serde(default)]
    is_mfa_required: bool,
}

impl From<User> for Organizations {
    fn from(user: User) -> Self {
        let own = user.organizations.into_iter();
        Self(
            own.map(|UserOrganization { id, is_mfa_required }| Organization { id, is_mfa_required })
                .collect(),
        )
    }
}

impl From<Organizations> for Vec<UserOrganization> {
    fn from(Organizations(given): Organizations) -> Self {
        let given = given.into_iter();
        given.map(|Organization { id, is_mfa_required }| UserOrganization { id, is_mfa_required }).collect()
    }
}

/// Lists the organisations that a user belongs to.
#[utoipa::path(
    get, path = "/api/users/{id}/organizations", operation_id = "listUserOrganizations",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    responses(
        (status = 200, description = "The organisations.", body = Organizations),
        Answers<(ForOperator, Runs<FindUser>)>,
    ),
)]
async fn list_organizations(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
) -> Result<Json<Organizations>, Problem> {
    server.act(FindUser::new(id)).await.map(|user| Json(user.into()))
}

/// Sets the organisations that a user belongs to: these and no others.
#[utoipa::path(
    put, path = "/api/users/{id}/organizations", operation_id = "setUserOrganizations",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    request_body = Organizations,
    responses(
        (status = 200, description = "The organisations.", body = Organizations),
        Answers<(ForOperator, ReadsBody, Runs<SetOrganizations>)>,
    ),
)]
async fn set_organizations(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
    Body(given): Body<Organizations>,
) -> Result<Json<Organizations>, Problem> {
    server.act(SetOrganizations::new(id, given.into())).await.map(|user| Json(user.into()))
}

/// Has the failed tries of a user forgotten, and the locks that they made.
#[utoipa::path(
    post, path = "/api/users/{id}/unlock", operation_id = "unlockUser",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    responses((status = 204, description = "Forgotten."), Answers<(ForOperator, Runs<Unlock>)>),
)]
async fn unlock_user(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    server.act(Unlock::user(id)).await.map(|()| StatusCode::NO_CONTENT)
}

/// `POST /api/unlock`
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"identifier": {"type": "email", "value": "jane@example.com"}}))]
struct Locked {
    /// Whose tries are forgotten, whoever owns it.
    #[schema(value_type = bodies::Identifier)]
    identifier: ClaimedIdentifier,
}

/// Has the failed tries with an identifier forgotten, and the locks that they made.
#[utoipa::path(
    post, path = "/api/unlock", operation_id = "unlockIdentifier",
    tag = "operator", security(("operator" = [])),
    request_body = Locked,
    responses((status = 204, description = "Forgotten."), Answers<(ForOperator, ReadsBody, Runs<Unlock>)>),
)]
async fn unlock_identifier(
    State(server): State<Arc<Server>>,
    Body(Locked { identifier }): Body<Locked>,
) -> Result<StatusCode, Problem> {
    server.act(Unlock::identifier(identifier)).await.map(|()| StatusCode::NO_CONTENT)
}
