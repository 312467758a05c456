//! By a code that is sent to an email or a phone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{SendCode, VerifyCode};

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

/// Sends a code. The answer does not tell whether anybody has the address.
#[utoipa::path(
    post, path = "/api/experience/verification/verification-code", operation_id = "sendCode",
    tag = "verification",
    security(("interaction" = [])),
    request_body = bodies::SendCode,
    responses(
        (status = 200, description = "Sent, or withheld.", body = Verified),
        Answers<(ReadsBody, Runs<SendCode>)>,
    ),
)]
async fn send(
    State(server): State<Arc<Server>>,
    interaction: OpenInteraction,
    Body(send): Body<SendCode>,
) -> Result<Json<Verified>, Problem> {
    let answer = interaction.run(send).await?;
    answer.message.iter().for_each(|message| server.send(message));
    Ok(verified(answer.verification_id))
}

/// Tries a code.
#[utoipa::path(
    post, path = "/api/experience/verification/verification-code/verify", operation_id = "verifyCode",
    tag = "verification",
    security(("interaction" = [])),
    request_body = bodies::VerifyCode,
    responses(
        (status = 200, description = "Verified.", body = Verified),
        Answers<(ReadsBody, Runs<VerifyCode>)>,
    ),
)]
async fn verify(
    interaction: OpenInteraction,
    Body(verify): Body<VerifyCode>,
) -> Result<Json<Verified>, Problem> {
    interaction.run(verify).await.map(verified)
}
