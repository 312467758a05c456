//! A user's identities at providers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::operator::{LinkIdentity, LinkSsoIdentity, UnlinkIdentity};
use vestibule::user::SocialIdentity;

use super::users::UserView;
use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ForOperator, ReadsBody, Runs};
use crate::problem::Problem;
use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(link, unlink)).routes(routes!(link_sso, unlink_sso))
}

/// `PUT /api/users/{id}/identities/{target}` and `…/sso-identities/{connectorId}`
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

/// Takes a user's identity at a provider away.
#[utoipa::path(
    delete, path = "/api/users/{id}/identities/{target}", operation_id = "unlinkIdentity",
    tag = "operator", security(("operator" = [])),
    params(
        ("id" = String, Path, description = "The user's id."),
        ("target" = String, Path, description = "The provider."),
    ),
    responses((status = 204, description = "Taken away."), Answers<(ForOperator, Runs<UnlinkIdentity>)>),
)]
async fn unlink(
    State(server): State<Arc<Server>>,
    PathOf((id, target)): PathOf<(String, String)>,
) -> Result<StatusCode, Problem> {
    server.act(UnlinkIdentity::social(id, target)).await.map(|_| StatusCode::NO_CONTENT)
}

/// Gives a user an identity at an enterprise connector, in place of the one the user has there.
#[utoipa::path(
    put, path = "/api/users/{id}/sso-identities/{connectorId}", operation_id = "linkUserSsoIdentity",
    tag = "operator", security(("operator" = [])),
    params(
        ("id" = String, Path, description = "The user's id."),
        ("connectorId" = String, Path, description = "The connector."),
    ),
    request_body = Identity,
    responses(
        (status = 201, description = "The user.", body = UserView),
        Answers<(ForOperator, ReadsBody, Runs<LinkSsoIdentity>)>,
    ),
)]
async fn link_sso(
    State(server): State<Arc<Server>>,
    PathOf((id, connector_id)): PathOf<(String, String)>,
    Body(Identity { user_id, details }): Body<Identity>,
) -> Result<(StatusCode, Json<UserView>), Problem> {
    let link = LinkSsoIdentity::new(id, connector_id, user_id, details.map(Value::Object));
    let user = server.act(link).await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}

/// Takes a user's identity at an enterprise connector away.
#[utoipa::path(
    delete, path = "/api/users/{id}/sso-identities/{connectorId}", operation_id = "unlinkUserSsoIdentity",
    tag = "operator", security(("operator" = [])),
    params(
        ("id" = String, Path, description = "The user's id."),
        ("connectorId" = String, Path, description = "The connector."),
    ),
    responses((status = 204, description = "Taken away."), Answers<(ForOperator, Runs<UnlinkIdentity>)>),
)]
async fn unlink_sso(
    State(server): State<Arc<Server>>,
    PathOf((id, connector_id)): PathOf<(String, String)>,
) -> Result<StatusCode, Problem> {
    server.act(UnlinkIdentity::sso(id, connector_id)).await.map(|_| StatusCode::NO_CONTENT)
}
