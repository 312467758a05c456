//! Making one-time tokens, looking what has become of one, taking one back.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::identifier::Email;
use vestibule::interaction::InteractionEvent;
use vestibule::operator::{FindOneTimeToken, IssueOneTimeToken, OneTimeTokenView, RevokeOneTimeToken};
use vestibule::secret::ShownOnce;
use vestibule::verification::OneTimeTokenStatus;

use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ForOperator, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::{Problem, invalid_input};
use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(issue)).routes(routes!(show)).routes(routes!(revoke))
}

/// `POST /api/one-time-tokens`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"email": "jane@example.com", "expiresIn": 600}))]
struct NewToken {
    /// Whom it is for.
    email: String,
    /// How long it lives, in seconds.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 4_294_967_295_i64, default = 600)]
    expires_in: Option<NonZeroU32>,
    /// What it is good for.
    context: Option<TokenContext>,
}

/// What a token is good for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
struct TokenContext {
    /// The organisations that its user joins.
    jit_organization_ids: Vec<String>,
    /// The only event it can be used for; any, if none is named.
    #[schema(value_type = Option<bodies::InteractionEvent>)]
    interaction_event: Option<InteractionEvent>,
}

/// A token, as an operator sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TokenView {
    /// What names it. It is no secret: nobody gets from it to the token.
    id: String,
    /// Whom it is for.
    email: String,
    /// What has become of it.
    #[schema(value_type = TokenStatus)]
    status: OneTimeTokenStatus,
    /// Until when it can be used.
    expires_at: DateTime<Utc>,
}

/// A token, shown this once.
#[derive(Debug, Serialize, ToSchema)]
struct Token {
    /// The token.
    #[schema(value_type = String)]
    token: ShownOnce,
    #[serde(flatten)]
    view: TokenView,
}

/// What has become of a token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "it describes the library's")]
enum TokenStatus {
    /// It can be used.
    Active,
    /// It was used.
    Consumed,
    /// It was taken back.
    Revoked,
    /// It was not used in time.
    Expired,
}

impl From<OneTimeTokenView> for TokenView {
    fn from(view: OneTimeTokenView) -> Self {
        let (email, status) = (view.email.into(), view.status);
        Self { id: view.id, email, status, expires_at: view.expires_at }
    }
}

/// `PUT /api/one-time-tokens/{id}/status`
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"status": "revoked"}))]
struct NewStatus {
    /// A token can be taken back, and nothing else.
    #[allow(dead_code, reason = "it has one value")]
    status: Revoked,
}

/// That a token is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum Revoked {
    /// It can be used no more.
    Revoked,
}

impl NewToken {
    fn into_operation(self) -> Result<IssueOneTimeToken, Problem> {
        let email = Email::parse(&self.email).map_err(|error| invalid_input("email", error.to_string()))?;
        let context = self.context.unwrap_or_default();
        let mut issue = IssueOneTimeToken::new(email).joining(context.jit_organization_ids);
        if let Some(seconds) = self.expires_in {
            issue = issue.with_lifetime(TimeDelta::seconds(seconds.get().into()));
        }
        Ok(match context.interaction_event {
            Some(event) => issue.for_event(event),
            None => issue,
        })
    }
}

/// Makes a one-time token for an email. Sending it is up to the operator.
#[utoipa::path(
    post, path = "/api/one-time-tokens", operation_id = "issueOneTimeToken",
    tag = "operator", security(("operator" = [])),
    request_body = NewToken,
    responses(
        (status = 201, description = "The token, shown this once.", body = Token),
        Answers<(ForOperator, ReadsBody, Runs<IssueOneTimeToken>)>,
    ),
)]
async fn issue(
    State(server): State<Arc<Server>>,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<Token>), Problem> {
    let issued = server.act(new.into_operation()?).await?;
    Ok((StatusCode::CREATED, Json(Token { token: issued.token, view: issued.view.into() })))
}

/// Shows what has become of a token. It is remembered for a week after it is of no use.
#[utoipa::path(
    get, path = "/api/one-time-tokens/{id}", operation_id = "showOneTimeToken",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The token's id.")),
    responses(
        (status = 200, description = "The token, without its text.", body = TokenView),
        Answers<(ForOperator, Runs<FindOneTimeToken>)>,
    ),
)]
async fn show(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
) -> Result<Json<TokenView>, Problem> {
    server.act(FindOneTimeToken::new(id)).await.map(|view| Json(view.into()))
}

/// Takes a token back. One that was used stays used: the answer says what has become of it.
#[utoipa::path(
    put, path = "/api/one-time-tokens/{id}/status", operation_id = "revokeOneTimeToken",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The token's id.")),
    request_body = NewStatus,
    responses(
        (status = 200, description = "The token, without its text.", body = TokenView),
        Answers<(ForOperator, ReadsBody, Runs<RevokeOneTimeToken>)>,
    ),
)]
async fn revoke(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
    Body(NewStatus { .. }): Body<NewStatus>,
) -> Result<Json<TokenView>, Problem> {
    server.act(RevokeOneTimeToken::new(id)).await.map(|view| Json(view.into()))
}
