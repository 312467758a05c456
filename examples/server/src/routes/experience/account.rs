//! A signed-in person's own account: looking, taking away, naming, closing. The other steps of its interaction are those of
//! every interaction.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{AccountView, CloseAccount, NameFactor, Removal, RemoveFromAccount, ViewAccount};
use vestibule::user::FactorId;

use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::openapi::views;
use crate::problem::Problem;
use crate::server::Server;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .routes(routes!(view, close))
        .routes(routes!(remove_username))
        .routes(routes!(remove_email))
        .routes(routes!(remove_phone))
        .routes(routes!(unlink_social))
        .routes(routes!(unlink_sso))
        .routes(routes!(name_factor, remove_factor))
}

/// Shows one's own account.
#[utoipa::path(
    get, path = "/api/experience/account", operation_id = "viewAccount",
    tag = "account", security(("interaction" = [], "session" = [])),
    responses(
        (status = 200, description = "The account, without its secrets.", body = views::AccountView),
        Answers<(Runs<ViewAccount>,)>,
    ),
)]
async fn view(interaction: OpenInteraction) -> Result<Json<AccountView>, Problem> {
    interaction.run(ViewAccount).await.map(Json)
}

/// Closes one's own account: it is deleted after a grace time, unless its owner signs in before.
#[utoipa::path(
    delete, path = "/api/experience/account", operation_id = "closeAccount",
    tag = "account", security(("interaction" = [], "session" = [])),
    responses(
        (status = 204, description = "Marked for deletion: all sessions are over."),
        Answers<(Runs<CloseAccount>,)>,
    ),
)]
async fn close(interaction: OpenInteraction) -> Result<StatusCode, Problem> {
    interaction.close_account().await.map(|()| StatusCode::NO_CONTENT)
}

async fn remove(interaction: OpenInteraction, what: Removal) -> Result<StatusCode, Problem> {
    interaction.run(RemoveFromAccount::new(what)).await.map(|()| StatusCode::NO_CONTENT)
}

/// Stages that the username goes.
#[utoipa::path(
    delete, path = "/api/experience/profile/username", operation_id = "removeUsername",
    tag = "account", security(("interaction" = [], "session" = [])),
    responses((status = 204, description = "Staged."), Answers<(Runs<RemoveFromAccount>,)>),
)]
async fn remove_username(interaction: OpenInteraction) -> Result<StatusCode, Problem> {
    remove(interaction, Removal::Username).await
}

/// Stages that the email goes.
#[utoipa::path(
    delete, path = "/api/experience/profile/email", operation_id = "removeEmail",
    tag = "account", security(("interaction" = [], "session" = [])),
    responses((status = 204, description = "Staged."), Answers<(Runs<RemoveFromAccount>,)>),
)]
async fn remove_email(interaction: OpenInteraction) -> Result<StatusCode, Problem> {
    remove(interaction, Removal::Email).await
}

/// Stages that the phone goes.
#[utoipa::path(
    delete, path = "/api/experience/profile/phone", operation_id = "removePhone",
    tag = "account", security(("interaction" = [], "session" = [])),
    responses((status = 204, description = "Staged."), Answers<(Runs<RemoveFromAccount>,)>),
)]
async fn remove_phone(interaction: OpenInteraction) -> Result<StatusCode, Problem> {
    remove(interaction, Removal::Phone).await
}

/// Stages that a social identity goes.
#[utoipa::path(
    delete, path = "/api/experience/profile/identities/{target}", operation_id = "unlinkSocialIdentity",
    tag = "account", security(("interaction" = [], "session" = [])),
    params(("target" = String, Path, description = "The provider.")),
    responses((status = 204, description = "Staged."), Answers<(Runs<RemoveFromAccount>,)>),
)]
async fn unlink_social(
    interaction: OpenInteraction,
    PathOf(target): PathOf<String>,
) -> Result<StatusCode, Problem> {
    remove(interaction, Removal::SocialIdentity(target)).await
}

/// Stages that an enterprise identity goes.
#[utoipa::path(
    delete, path = "/api/experience/profile/sso-identities/{connectorId}", operation_id = "unlinkSsoIdentity",
    tag = "account", security(("interaction" = [], "session" = [])),
    params(("connectorId" = String, Path, description = "The connector.")),
    responses((status = 204, description = "Staged."), Answers<(Runs<RemoveFromAccount>,)>),
)]
async fn unlink_sso(
    interaction: OpenInteraction,
    PathOf(connector_id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    remove(interaction, Removal::SsoIdentity(connector_id)).await
}

/// Stages that a factor goes.
#[utoipa::path(
    delete, path = "/api/experience/profile/mfa/{factorId}", operation_id = "removeFactor",
    tag = "account", security(("interaction" = [], "session" = [])),
    params(("factorId" = String, Path, description = "As `GET /api/experience/account` names it.")),
    responses((status = 204, description = "Staged."), Answers<(Runs<RemoveFromAccount>,)>),
)]
async fn remove_factor(
    interaction: OpenInteraction,
    PathOf(factor): PathOf<String>,
) -> Result<StatusCode, Problem> {
    remove(interaction, Removal::Factor(FactorId::new(factor))).await
}

/// `PATCH /api/experience/profile/mfa/{factorId}`
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"name": "the blue key"}))]
struct FactorName {
    /// 1 to 128 characters.
    name: String,
}

/// Stages what a key is called.
#[utoipa::path(
    patch, path = "/api/experience/profile/mfa/{factorId}", operation_id = "nameFactor",
    tag = "account", security(("interaction" = [], "session" = [])),
    params(("factorId" = String, Path, description = "As `GET /api/experience/account` names it.")),
    request_body = FactorName,
    responses((status = 204, description = "Staged."), Answers<(ReadsBody, Runs<NameFactor>)>),
)]
async fn name_factor(
    interaction: OpenInteraction,
    PathOf(factor): PathOf<String>,
    Body(FactorName { name }): Body<FactorName>,
) -> Result<StatusCode, Problem> {
    let name = NameFactor::new(FactorId::new(factor), name);
    interaction.run(name).await.map(|()| StatusCode::NO_CONTENT)
}
