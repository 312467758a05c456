//! Ending the interaction: its result is written, and the person is signed in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::Submit;
use vestibule::identifier::UserId;
use vestibule::interaction::InteractionEvent;

use crate::cookies::Cookie;
use crate::openapi::answers::{Answers, Runs};
use crate::problem::Problem;
use crate::server::Server;
use crate::sessions;
use crate::step::OpenInteraction;

/// Where a person goes on after signing in: an application of the host's would be there.
const REDIRECT_TO: &str = "/";

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(submit))
}

/// Who is signed in now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SignedIn {
    /// Where to go on.
    redirect_to: &'static str,
    /// Who.
    #[schema(value_type = String)]
    user_id: UserId,
}

/// Ends the interaction and writes its result.
#[utoipa::path(
    post, path = "/api/experience/submit", operation_id = "submit",
    tag = "interaction", security(("interaction" = [])),
    responses(
        (status = 200, description = "Signed in: the cookie `__session` is set.", body = SignedIn),
        (status = 204, description = "A recovery: the new password is set, and nobody is signed in. Or one's own account: it is changed."),
        Answers<(Runs<Submit>,)>,
    ),
)]
async fn submit(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    interaction: OpenInteraction,
) -> Result<Response, Problem> {
    let submitted = interaction.submit().await?;
    let is_over = match submitted.event {
        InteractionEvent::SignIn | InteractionEvent::Register => false,
        InteractionEvent::ForgotPassword => true,
        // C-5: the session that set the password goes on, as a new one.
        InteractionEvent::Account => !submitted.ends_other_sessions,
    };
    if is_over {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let id = server.cookie_id()?;
    let cookie =
        server.cookies.set(Cookie::Session, id.expose()).map(|cookie| [(header::SET_COOKIE, cookie)]);
    let replaced = server.cookies.session_id(&headers);
    sessions::open(&server.stores.host, &id, &submitted, replaced.as_ref()).await?;
    if submitted.event == InteractionEvent::Account {
        return Ok((cookie, StatusCode::NO_CONTENT).into_response());
    }
    let answer = SignedIn { redirect_to: REDIRECT_TO, user_id: submitted.user_id };
    Ok((cookie, Json(answer)).into_response())
}
