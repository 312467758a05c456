//! By a backup code.

use std::sync::Arc;

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{GenerateBackupCodes, VerifyBackupCode};
use vestibule::identifier::VerificationId;
use vestibule::secret::ShownOnce;

use super::{Verified, verified};
use crate::extract::Body;
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::server::Server;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(generate)).routes(routes!(verify))
}

/// New backup codes, shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewCodes {
    /// The record to bind them with.
    #[schema(value_type = String)]
    verification_id: VerificationId,
    /// Ten codes of sixteen letters and digits, in groups of four.
    #[schema(value_type = Vec<String>)]
    codes: Vec<ShownOnce>,
}

/// Makes backup codes.
#[utoipa::path(
    post, path = "/api/experience/verification/backup-code/generate", operation_id = "generateBackupCodes",
    tag = "verification", security(("interaction" = [])),
    responses(
        (status = 200, description = "The codes, shown this once.", body = NewCodes),
        Answers<(Runs<GenerateBackupCodes>,)>,
    ),
)]
async fn generate(interaction: OpenInteraction) -> Result<Json<NewCodes>, Problem> {
    let made = interaction.run(GenerateBackupCodes).await?;
    Ok(Json(NewCodes { verification_id: made.verification_id, codes: made.codes }))
}

/// Spends a backup code.
#[utoipa::path(
    post, path = "/api/experience/verification/backup-code/verify", operation_id = "verifyBackupCode",
    tag = "verification", security(("interaction" = [])),
    request_body = bodies::VerifyBackupCode,
    responses(
        (status = 200, description = "Verified, and the code is spent.", body = Verified),
        Answers<(ReadsBody, Runs<VerifyBackupCode>)>,
    ),
)]
async fn verify(
    interaction: OpenInteraction,
    Body(verify): Body<VerifyBackupCode>,
) -> Result<Json<Verified>, Problem> {
    interaction.run(verify).await.map(verified)
}
