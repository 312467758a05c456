//! A signed-in person's own account.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::Utc;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::interaction::InteractionId;
use vestibule::me::{Envelope, MePatch, SignedIn, UpdateMe, ViewMe};
use vestibule::operation::Operation;
use vestibule_sql_store::HostStore as _;

use crate::attempts;
use crate::cookies::Cookie;
use crate::extract::Body;
use crate::openapi::answers::{Answers, Nothing, Runs};
use crate::openapi::me::{self, MeEnvelope};
use crate::problem::Problem;
use crate::server::Server;
use crate::sessions;

/// `/me`.
pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(show, update)).routes(routes!(sign_out))
}

/// Whoever is signed in, if anybody is, and what is known of their sessions.
struct Visitor {
    signed_in: Option<SignedIn>,
    /// The account's interaction that the browser has: what was proved in it counts.
    proved_in: Option<InteractionId>,
}

impl Visitor {
    const NOBODY: Self = Self { signed_in: None, proved_in: None };

    /// What the session is called.
    fn session(&self) -> Option<String> {
        self.signed_in.as_ref().and_then(sessions::name).map(ToOwned::to_owned)
    }
}

impl FromRequestParts<Arc<Server>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let (host, now) = (&server.stores.host, Utc::now());
        let Some(id) = server.cookies.session_id(&parts.headers) else { return Ok(Self::NOBODY) };
        let Some(signed_in) = sessions::signed_in(host, &id, now).await? else { return Ok(Self::NOBODY) };
        let own = server.cookies.interaction(&parts.headers);
        let own_id = own.as_ref().map(|(id, _)| id);
        let open = attempts::open(host, &signed_in.user_id, own_id, now).await?;
        let proved_in = own.and_then(|(id, of_account)| of_account.then_some(id));
        Ok(Self { signed_in: Some(signed_in.with_open(open)), proved_in })
    }
}

/// Shows a person their account.
#[utoipa::path(
    get, path = "/me", operation_id = "viewMe",
    tag = "me", security(("session" = [])),
    responses(
        (status = 200, description = "The account.", body = MeEnvelope),
        (status = 401, description = "Nobody is signed in.", body = MeEnvelope),
        Answers<(Runs<ViewMe>,)>,
    ),
)]
async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
) -> Result<(StatusCode, Json<Envelope>), Problem> {
    answer(&server, None, ViewMe::new(visitor.signed_in)).await
}

/// Changes a person's name, username, picture, and how much they want to be asked for a second factor.
#[utoipa::path(
    patch, path = "/me", operation_id = "updateMe",
    tag = "me", security(("session" = [])),
    request_body = me::MePatch,
    responses(
        (status = 200, description = "The account, as it is now.", body = MeEnvelope),
        (status = 400, description = "Nothing was changed: every problem is told.", body = MeEnvelope),
        (status = 401, description = "Nobody is signed in.", body = MeEnvelope),
        (status = 403, description = "This needs fresh proofs in an account's interaction; or it is `auth.forbidden`, without the envelope: a page of another site sent it.", body = MeEnvelope),
        Answers<(Runs<UpdateMe>,)>,
    ),
)]
async fn update(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    body: Result<Body<Value>, Problem>,
) -> Result<(StatusCode, Json<Envelope>), Problem> {
    let patch = MePatch::from_json(&Body::or_null(body)?);
    let session = visitor.session();
    let update = UpdateMe::new(visitor.signed_in, patch).proved_in(visitor.proved_in);
    answer(&server, session, update).await
}

/// Signs a person out: their session is over, whoever else has its cookie.
#[utoipa::path(
    delete, path = "/me/session", operation_id = "signOut",
    tag = "me", security(("session" = [])),
    responses((status = 204, description = "Nobody is signed in any more."), Answers<(Nothing,)>),
)]
async fn sign_out(State(server): State<Arc<Server>>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(id) = server.cookies.session_id(&headers) {
        server.stores.host.close_session(&id.digest()).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response
        .headers_mut()
        .extend(server.cookies.remove(Cookie::Session).map(|gone| (header::SET_COOKIE, gone)));
    Ok(response)
}

async fn answer<O>(
    server: &Arc<Server>,
    session: Option<String>,
    operation: O,
) -> Result<(StatusCode, Json<Envelope>), Problem>
where
    O: Operation<Subject = (), Output = Envelope> + Send + Sync + 'static,
{
    let envelope = server.act_in(session, operation).await?;
    let status = StatusCode::from_u16(envelope.status).unwrap_or(StatusCode::BAD_REQUEST);
    Ok((status, Json(envelope)))
}
