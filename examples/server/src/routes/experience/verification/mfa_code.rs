//! By a code that is sent to the identified user's own email or phone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{SendMfaCode, VerifyMfaCode};

use super::{Verified, verified};
use crate::extract::Body;
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::Problem;
use crate::server::Server;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(send)).routes(routes!(verify))
}

/// Sends a code to the user's own email or phone.
#[utoipa::path(
    post, path = "/api/experience/verification/mfa-verification-code", operation_id = "sendMfaCode",
    tag = "verification", security(("interaction" = [])),
    request_body = bodies::SendMfaCode,
    responses(
        (status = 200, description = "Sent.", body = Verified),
        Answers<(ReadsBody, Runs<SendMfaCode>)>,
    ),
)]
async fn send(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
    Body(send): Body<SendMfaCode>,
) -> Result<Json<Verified>, Problem> {
    let answer = interaction.run(send).await?;
    answer.message.iter().for_each(|message| server.send(message));
    Ok(verified(answer.verification_id))
}

/// Tries a code.
#[utoipa::path(
    post, path = "/api/experience/verification/mfa-verification-code/verify", operation_id = "verifyMfaCode",
    tag = "verification", security(("interaction" = [])),
    request_body = bodies::VerifyMfaCode,
    responses(
        (status = 200, description = "Verified.", body = Verified),
        Answers<(ReadsBody, Runs<VerifyMfaCode>)>,
    ),
)]
async fn verify(
    interaction: OpenInteraction,
    Body(verify): Body<VerifyMfaCode>,
) -> Result<Json<Verified>, Problem> {
    interaction.run(verify).await.map(verified)
}
