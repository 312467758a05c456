//! Giving a user a factor.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::operator::{self, AddFactor};
use vestibule::secret::ShownOnce;

use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ForOperator, ReadsBody, Runs};
use crate::problem::Problem;
use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(add))
}

/// `POST /api/users/{id}/mfa-verifications`
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"type": "Totp"}))]
struct NewFactor {
    /// Which factor.
    r#type: FactorType,
}

/// A factor that an operator can give.
#[derive(Debug, Deserialize, ToSchema)]
enum FactorType {
    /// An authenticator app.
    Totp,
    /// Ten backup codes.
    BackupCode,
}

/// What the user needs to use the factor, shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type")]
enum Factor {
    /// An authenticator app.
    Totp {
        /// The secret, in base32.
        #[schema(value_type = String)]
        secret: ShownOnce,
    },
    /// Backup codes.
    BackupCode {
        /// Ten codes of sixteen letters and digits, in groups of four.
        #[schema(value_type = Vec<String>)]
        codes: Vec<ShownOnce>,
    },
}

impl From<FactorType> for operator::FactorType {
    fn from(factor: FactorType) -> Self {
        match factor {
            FactorType::Totp => Self::Totp,
            FactorType::BackupCode => Self::BackupCode,
        }
    }
}

impl From<operator::NewFactor> for Factor {
    fn from(made: operator::NewFactor) -> Self {
        match made {
            operator::NewFactor::Totp(secret) => Self::Totp { secret },
            operator::NewFactor::BackupCode(codes) => Self::BackupCode { codes },
        }
    }
}

/// Gives a user a factor, in place of the one of its type. Whether MFA is on for the user stays as it is.
#[utoipa::path(
    post, path = "/api/users/{id}/mfa-verifications", operation_id = "addFactor",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    request_body = NewFactor,
    responses(
        (status = 200, description = "What the user needs, shown this once.", body = Factor),
        Answers<(ForOperator, ReadsBody, Runs<AddFactor>)>,
    ),
)]
async fn add(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
    Body(new): Body<NewFactor>,
) -> Result<Json<Factor>, Problem> {
    server.act(AddFactor::new(id, new.r#type.into())).await.map(|made| Json(made.into()))
}
