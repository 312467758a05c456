//! Starting an interaction, switching its event, looking at it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use chrono::Utc;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::{Remaining, Start, SwitchEvent, ViewInteraction, WhatRemains};
use vestibule::interaction::{InteractionEvent, InteractionView};

use crate::extract::Body;
use crate::interaction_cookie::InteractionCookie;
use crate::openapi::answers::{Answers, ReadsBody, Runs};
use crate::openapi::{bodies, views};
use crate::problem::Problem;
use crate::server::Server;
use crate::sessions;
use crate::step::OpenInteraction;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .routes(routes!(start))
        .routes(routes!(switch_event))
        .routes(routes!(view))
        .routes(routes!(remaining))
}

/// `PUT /api/experience`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"interactionEvent": "Register"}))]
struct StartBody {
    /// What the person came for.
    #[schema(value_type = bodies::InteractionEvent)]
    interaction_event: InteractionEvent,
    /// What the captcha service gave the person.
    captcha_token: Option<String>,
}

/// Starts an interaction, in place of the one the browser had.
#[utoipa::path(
    put, path = "/api/experience", operation_id = "startInteraction",
    tag = "interaction",
    request_body = StartBody,
    responses((status = 204, description = "Started: the cookie `_interaction` is set."), Answers<(ReadsBody, Runs<Start>)>),
)]
async fn start(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    cookie: InteractionCookie,
    Body(body): Body<StartBody>,
) -> Result<StatusCode, Problem> {
    let verdict = body.captcha_token.zip(server.dev.as_ref()).map(|(token, dev)| dev.captcha_verdict(&token));
    let of_account = body.interaction_event == InteractionEvent::Account;
    let start =
        if of_account { account(&server, &headers).await? } else { Start::new(body.interaction_event) };
    let start = verdict.into_iter().fold(start, Start::with_captcha);
    let start = cookie.id().into_iter().fold(start, Start::replacing);
    let id = server.act(start).await?;
    cookie.begin(id, of_account);
    Ok(StatusCode::NO_CONTENT)
}

/// C-1: of whoever is signed in; without anybody, what the library refuses.
async fn account(server: &Server, headers: &HeaderMap) -> Result<Start, Problem> {
    let Some(id) = server.cookies.session_id(headers) else {
        return Ok(Start::new(InteractionEvent::Account));
    };
    let signed_in = sessions::signed_in(&server.stores.host, &id, Utc::now()).await?;
    let start = signed_in.as_ref().and_then(|signed_in| {
        let name = sessions::name(signed_in)?;
        Some(Start::account(signed_in.user_id.clone(), name, signed_in.since))
    });
    Ok(start.unwrap_or(Start::new(InteractionEvent::Account)))
}

/// `PUT /api/experience/interaction-event`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"interactionEvent": "SignIn"}))]
struct SwitchBody {
    /// The event to go on with.
    #[schema(value_type = bodies::InteractionEvent)]
    interaction_event: InteractionEvent,
}

/// Goes on with another event.
#[utoipa::path(
    put, path = "/api/experience/interaction-event", operation_id = "switchEvent",
    tag = "interaction", security(("interaction" = [])),
    request_body = SwitchBody,
    responses((status = 204, description = "Switched."), Answers<(ReadsBody, Runs<SwitchEvent>)>),
)]
async fn switch_event(
    interaction: OpenInteraction,
    Body(SwitchBody { interaction_event: event }): Body<SwitchBody>,
) -> Result<StatusCode, Problem> {
    interaction.run(SwitchEvent::to(event)).await.map(|()| StatusCode::NO_CONTENT)
}

/// Shows the interaction, without its secrets.
#[utoipa::path(
    get, path = "/api/experience/interaction", operation_id = "viewInteraction",
    tag = "interaction", security(("interaction" = [])),
    responses((status = 200, description = "The interaction.", body = views::InteractionView), Answers<(Runs<ViewInteraction>,)>),
)]
async fn view(interaction: OpenInteraction) -> Result<Json<InteractionView>, Problem> {
    interaction.run(ViewInteraction).await.map(Json)
}

/// Says what is left to do.
#[utoipa::path(
    get, path = "/api/experience/remaining", operation_id = "whatRemains",
    tag = "interaction", security(("interaction" = [])),
    responses(
        (status = 200, description = "What is left, in the order in which to do it.", body = views::Remaining),
        Answers<(Runs<WhatRemains>,)>,
    ),
)]
async fn remaining(interaction: OpenInteraction) -> Result<Json<Remaining>, Problem> {
    interaction.run(WhatRemains).await.map(Json)
}
