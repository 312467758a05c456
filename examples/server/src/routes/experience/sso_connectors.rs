//! Which enterprise connectors an email signs in through.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::identifier::Email;

use crate::extract::QueryOf;
use crate::openapi::answers::{Answers, ReadsBody};
use crate::problem::{Problem, invalid_input};
use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Whose connectors to list.
#[derive(Debug, Deserialize)]
struct OfEmail {
    /// An email address.
    email: Option<String>,
}

/// The connectors of an email's domain.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Connectors {
    /// Their ids; none while single sign-on is off.
    connector_ids: Vec<String>,
}

/// Lists the enterprise connectors that an email's domain belongs to. A page asks while a person is still typing, so
/// there need not be an interaction.
#[utoipa::path(
    get, path = "/api/experience/sso-connectors", operation_id = "listSsoConnectors",
    tag = "interaction",
    params(("email" = String, Query, description = "An email address.")),
    responses(
        (status = 200, description = "The connectors.", body = Connectors),
        Answers<(ReadsBody,)>,
    ),
)]
async fn list(
    State(server): State<Arc<Server>>,
    QueryOf(OfEmail { email }): QueryOf<OfEmail>,
) -> Result<Json<Connectors>, Problem> {
    let email = email.ok_or_else(|| invalid_input("email", "expected an email address"))?;
    let email = Email::parse(&email).map_err(|error| invalid_input("email", error.to_string()))?;
    let settings = server.settings().await?;
    let connectors = settings.sso_connectors_of(email.domain());
    Ok(Json(Connectors { connector_ids: connectors.map(|connector| connector.id.clone()).collect() }))
}
