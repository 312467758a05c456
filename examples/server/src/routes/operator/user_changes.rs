//! Changing a user: suspension, identities at providers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::user::{SocialIdentity, User};

use super::users::{UserView, user_id};
use crate::accounts;
use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ForOperator, Links, LooksUp, ReadsBody};
use crate::problem::{Problem, invalid_input};
use crate::server::Server;

/// The longest target and id of an identity, in bytes.
const MAX_IDENTITY_TEXT: usize = 256;

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
        Answers<(ForOperator, ReadsBody, LooksUp)>,
    ),
)]
async fn suspend(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
    Body(Suspension { is_suspended }): Body<Suspension>,
) -> Result<Json<UserView>, Problem> {
    let user = change(&server, &id, move |user| user.is_suspended = is_suspended).await?;
    if user.is_suspended {
        server.sessions.close_all_of(&user.id);
    }
    Ok(Json(user.into()))
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
        Answers<(ForOperator, ReadsBody, LooksUp, Links)>,
    ),
)]
async fn link(
    State(server): State<Arc<Server>>,
    PathOf((id, target)): PathOf<(String, String)>,
    Body(Identity { user_id, details }): Body<Identity>,
) -> Result<(StatusCode, Json<UserView>), Problem> {
    for (path, text) in [("target", &target), ("userId", &user_id)] {
        if text.is_empty() || text.len() > MAX_IDENTITY_TEXT {
            return Err(invalid_input(path, "expected 1 to 256 bytes"));
        }
    }
    let identity = SocialIdentity { user_id, details: details.map(Value::Object) };
    let user = change(&server, &id, move |user| {
        user.identities.insert(target.clone(), identity.clone());
    });
    Ok((StatusCode::CREATED, Json(user.await?.into())))
}

/// Reads, changes and writes a user.
pub(super) async fn change(
    server: &Arc<Server>,
    id: &str,
    change: impl Fn(&mut User) + Send + 'static,
) -> Result<User, Problem> {
    let id = user_id(id)?;
    let changed = server.blocking(move |server| {
        let settings = server.settings.read();
        accounts::change(&server.stores.users, &id, settings.username_case(), |user| {
            change(user);
            user.updated_at = Utc::now();
        })
    });
    changed.await
}
