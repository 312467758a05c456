//! The operator's token.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;

use crate::problem::Problem;
use crate::server::Server;

/// Answers 401 to whoever does not have the operator's token. Comparing takes as long for a nearly right one as for
/// any other.
///
/// # Errors
/// 401 `auth.unauthorized`.
pub(in crate::routes) async fn require_token(
    State(server): State<Arc<Server>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given
        .and_then(|given| given.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    if token.is_some_and(|token| server.token.matches(token)) {
        Ok(next.run(request).await)
    } else {
        Err(Problem::Unauthorized)
    }
}
