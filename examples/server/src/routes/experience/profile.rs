//! Staging what the account is to have.

mod mfa;

use std::sync::Arc;

use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{Removal, RemoveFromAccount, ResetPassword, UpdateProfile};

use crate::extract::Body;
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::server::Server;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .routes(routes!(update))
        .routes(routes!(reset_password, remove_password))
        .merge(mfa::routes())
}

/// Stages one thing for the profile.
#[utoipa::path(
    post, path = "/api/experience/profile", operation_id = "updateProfile",
    tag = "interaction", security(("interaction" = [])),
    request_body = bodies::UpdateProfile,
    responses((status = 204, description = "Staged."), Answers<(ReadsBody, Runs<UpdateProfile>)>),
)]
async fn update(
    interaction: OpenInteraction,
    Body(update): Body<UpdateProfile>,
) -> Result<StatusCode, Problem> {
    interaction.run(update).await.map(|()| StatusCode::NO_CONTENT)
}

/// Stages the new password of a recovery.
#[utoipa::path(
    put, path = "/api/experience/profile/password", operation_id = "resetPassword",
    tag = "interaction", security(("interaction" = [])),
    request_body = bodies::ResetPassword,
    responses((status = 204, description = "Staged."), Answers<(ReadsBody, Runs<ResetPassword>)>),
)]
async fn reset_password(
    interaction: OpenInteraction,
    Body(reset): Body<ResetPassword>,
) -> Result<StatusCode, Problem> {
    interaction.run(reset).await.map(|()| StatusCode::NO_CONTENT)
}

/// Stages that the password goes.
#[utoipa::path(
    delete, path = "/api/experience/profile/password", operation_id = "removePassword",
    tag = "account", security(("interaction" = [], "session" = [])),
    responses((status = 204, description = "Staged."), Answers<(Runs<RemoveFromAccount>,)>),
)]
async fn remove_password(interaction: OpenInteraction) -> Result<StatusCode, Problem> {
    let remove = RemoveFromAccount::new(Removal::Password);
    interaction.run(remove).await.map(|()| StatusCode::NO_CONTENT)
}
