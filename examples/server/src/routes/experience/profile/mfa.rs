//! Staging factors, and what a person decides about them.

use std::sync::Arc;

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{BindMfa, DecideMfa};
use vestibule::identifier::VerificationId;

use crate::extract::Body;
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::server::Server;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .routes(routes!(bind))
        .routes(routes!(bind_passkey))
        .routes(routes!(enable))
        .routes(routes!(skip))
        .routes(routes!(skip_suggestion))
        .routes(routes!(skip_passkey))
}

/// Stages a factor.
#[utoipa::path(
    post, path = "/api/experience/profile/mfa", operation_id = "bindMfa",
    tag = "interaction", security(("interaction" = [])),
    request_body = bodies::BindMfa,
    responses((status = 204, description = "Staged."), Answers<(ReadsBody, Runs<BindMfa>)>),
)]
async fn bind(interaction: OpenInteraction, Body(bind): Body<BindMfa>) -> Result<StatusCode, Problem> {
    interaction.run(bind).await.map(|()| StatusCode::NO_CONTENT)
}

/// `POST /api/experience/profile/mfa/passkey`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"verificationId": "0192f0c4-0000-7000-8000-000000000000"}))]
struct Passkey {
    /// The record of the new passkey.
    #[schema(value_type = String)]
    verification_id: VerificationId,
}

/// Stages a passkey.
#[utoipa::path(
    post, path = "/api/experience/profile/mfa/passkey", operation_id = "bindPasskey",
    tag = "interaction", security(("interaction" = [])),
    request_body = Passkey,
    responses((status = 204, description = "Staged."), Answers<(ReadsBody, Runs<BindMfa>)>),
)]
async fn bind_passkey(
    interaction: OpenInteraction,
    Body(Passkey { verification_id }): Body<Passkey>,
) -> Result<StatusCode, Problem> {
    interaction.run(BindMfa::sign_in_passkey(verification_id)).await.map(|()| StatusCode::NO_CONTENT)
}

/// Turns MFA on.
#[utoipa::path(
    post, path = "/api/experience/profile/mfa/mfa-enabled", operation_id = "enableMfa",
    tag = "interaction", security(("interaction" = [])),
    responses((status = 204, description = "Staged."), Answers<(Runs<DecideMfa>,)>),
)]
async fn enable(interaction: OpenInteraction) -> Result<StatusCode, Problem> {
    interaction.run(DecideMfa::Enable).await.map(|()| StatusCode::NO_CONTENT)
}

/// Skips enrolling.
#[utoipa::path(
    post, path = "/api/experience/profile/mfa/mfa-skipped", operation_id = "skipMfa",
    tag = "interaction", security(("interaction" = [])),
    responses((status = 204, description = "Staged."), Answers<(Runs<DecideMfa>,)>),
)]
async fn skip(interaction: OpenInteraction) -> Result<StatusCode, Problem> {
    interaction.run(DecideMfa::Skip).await.map(|()| StatusCode::NO_CONTENT)
}

/// Skips the suggestion of a second factor.
#[utoipa::path(
    post, path = "/api/experience/profile/mfa/mfa-suggestion-skipped", operation_id = "skipMfaSuggestion",
    tag = "interaction", security(("interaction" = [])),
    responses((status = 204, description = "Staged."), Answers<(Runs<DecideMfa>,)>),
)]
async fn skip_suggestion(interaction: OpenInteraction) -> Result<StatusCode, Problem> {
    interaction.run(DecideMfa::SkipSuggestion).await.map(|()| StatusCode::NO_CONTENT)
}

/// Skips the prompt for a passkey.
#[utoipa::path(
    post, path = "/api/experience/profile/mfa/passkey-skipped", operation_id = "skipPasskey",
    tag = "interaction", security(("interaction" = [])),
    responses((status = 204, description = "Staged."), Answers<(Runs<DecideMfa>,)>),
)]
async fn skip_passkey(interaction: OpenInteraction) -> Result<StatusCode, Problem> {
    interaction.run(DecideMfa::SkipPasskey).await.map(|()| StatusCode::NO_CONTENT)
}
