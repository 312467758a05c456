//! Making one-time tokens.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::identifier::Email;
use vestibule::interaction::InteractionEvent;
use vestibule::operator::IssueOneTimeToken;
use vestibule::secret::ShownOnce;

use crate::extract::Body;
use crate::openapi::answers::{Answers, ForOperator, ReadsBody, Runs};
use crate::openapi::bodies;
use crate::problem::{Problem, invalid_input};
use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(issue))
}

/// `POST /api/one-time-tokens`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"email": "jane@example.com", "expiresIn": 600}))]
struct NewToken {
    /// Whom it is for.
    email: String,
    /// How long it lives, in seconds.
    #[schema(value_type = Option<u32>, minimum = 1, default = 600)]
    expires_in: Option<NonZeroU32>,
    /// What it is good for.
    #[serde(default)]
    #[schema(value_type = Option<TokenContext>)]
    context: TokenContext,
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

/// A token, shown this once.
#[derive(Debug, Serialize, ToSchema)]
struct Token {
    /// The token.
    #[schema(value_type = String)]
    token: ShownOnce,
}

impl NewToken {
    fn into_operation(self) -> Result<IssueOneTimeToken, Problem> {
        let email = Email::parse(&self.email).map_err(|error| invalid_input("email", error.to_string()))?;
        let mut issue = IssueOneTimeToken::new(email).joining(self.context.jit_organization_ids);
        if let Some(seconds) = self.expires_in {
            issue = issue.with_lifetime(TimeDelta::seconds(seconds.get().into()));
        }
        Ok(match self.context.interaction_event {
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
    Ok((StatusCode::CREATED, Json(Token { token: issued.token })))
}
