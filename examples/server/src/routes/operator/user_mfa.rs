//! Giving a user a factor.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::secret::Secret;
use vestibule::user::{BACKUP_CODES, BackupCode, TotpFactor, TotpSecret};

use super::user_changes::change;
use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ForOperator, LooksUp, ReadsBody};
use crate::problem::Problem;
use crate::server::{Server, random_bytes};

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
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
enum FactorType {
    /// An authenticator app.
    Totp,
    /// Ten backup codes.
    BackupCode,
}

/// What the user needs to use the factor, shown this once.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type")]
enum Factor {
    /// An authenticator app.
    Totp {
        /// The secret, in base32.
        #[schema(value_type = String)]
        secret: TotpSecret,
    },
    /// Backup codes.
    BackupCode {
        /// Ten codes of ten hexadecimal digits.
        #[schema(value_type = Vec<String>)]
        codes: Vec<Secret>,
    },
}

impl Factor {
    fn new(of: FactorType) -> Result<Self, Problem> {
        Ok(match of {
            FactorType::Totp => Self::Totp { secret: TotpSecret::from_bytes(random_bytes()?) },
            FactorType::BackupCode => {
                let codes: Result<_, Problem> = (0..BACKUP_CODES).map(|_| backup_code()).collect();
                Self::BackupCode { codes: codes? }
            }
        })
    }
}

fn backup_code() -> Result<Secret, Problem> {
    let random = u64::from_be_bytes(random_bytes()?);
    Ok(Secret::new(format!("{:010x}", random >> 24)))
}

/// Gives a user a factor, in place of the one of its type. Whether MFA is on for the user stays as it is.
#[utoipa::path(
    post, path = "/api/users/{id}/mfa-verifications", operation_id = "addFactor",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    request_body = NewFactor,
    responses(
        (status = 200, description = "What the user needs, shown this once.", body = Factor),
        Answers<(ForOperator, ReadsBody, LooksUp)>,
    ),
)]
async fn add(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
    Body(new): Body<NewFactor>,
) -> Result<Json<Factor>, Problem> {
    let factor = Factor::new(new.r#type)?;
    let given = factor.clone();
    let changed = change(&server, &id, move |user| match &given {
        Factor::Totp { secret } => user.mfa.totp = Some(TotpFactor::new(secret.clone())),
        Factor::BackupCode { codes } => {
            user.mfa.backup_codes =
                codes.iter().map(|code| BackupCode::new(&user.id, code.expose())).collect();
        }
    });
    changed.await?;
    Ok(Json(factor))
}
