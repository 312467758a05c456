//! A user's factors, and what the user has decided about them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::flow::FactorView;
use vestibule::operator::{self, AddFactor, FindUser, MfaPatch, PatchMfa, RemoveFactor};
use vestibule::secret::ShownOnce;
use vestibule::user::{FactorId, User};

use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ForOperator, ReadsBody, Runs};
use crate::openapi::{bodies, views};
use crate::problem::Problem;
use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove)).routes(routes!(show, patch))
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

/// Lists a user's factors, without their secrets.
#[utoipa::path(
    get, path = "/api/users/{id}/mfa-verifications", operation_id = "listFactors",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    responses(
        (status = 200, description = "The factors.", body = Vec<views::FactorView>),
        Answers<(ForOperator, Runs<FindUser>)>,
    ),
)]
async fn list(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
) -> Result<Json<Vec<FactorView>>, Problem> {
    server.act(FindUser::new(id)).await.map(|user| Json(FactorView::of(&user)))
}

/// Takes a factor away that its owner has lost.
#[utoipa::path(
    delete, path = "/api/users/{id}/mfa-verifications/{factorId}", operation_id = "removeUserFactor",
    tag = "operator", security(("operator" = [])),
    params(
        ("id" = String, Path, description = "The user's id."),
        ("factorId" = String, Path, description = "As the list of factors names it."),
    ),
    responses((status = 204, description = "Taken away."), Answers<(ForOperator, Runs<RemoveFactor>)>),
)]
async fn remove(
    State(server): State<Arc<Server>>,
    PathOf((id, factor)): PathOf<(String, String)>,
) -> Result<StatusCode, Problem> {
    server.act(RemoveFactor::new(id, FactorId::new(factor))).await.map(|_| StatusCode::NO_CONTENT)
}

/// What a user has decided about multi-factor authentication.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Decisions {
    /// Whether it is on; `null` for a user whom nobody has asked yet.
    enabled: Option<bool>,
    /// Whether the user skipped enrolling.
    skipped: bool,
    /// Whether the user is not asked for a factor when signing in.
    skip_mfa_on_sign_in: bool,
    /// Whether the user skipped the suggestion of a second factor.
    additional_suggestion_skipped: bool,
}

impl From<User> for Decisions {
    fn from(User { mfa, .. }: User) -> Self {
        Self {
            enabled: mfa.enabled,
            skipped: mfa.skipped,
            skip_mfa_on_sign_in: mfa.skip_mfa_on_sign_in,
            additional_suggestion_skipped: mfa.suggestion_skipped,
        }
    }
}

/// Shows what a user has decided about multi-factor authentication.
#[utoipa::path(
    get, path = "/api/users/{id}/mfa", operation_id = "showMfa",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    responses(
        (status = 200, description = "The decisions.", body = Decisions),
        Answers<(ForOperator, Runs<FindUser>)>,
    ),
)]
async fn show(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
) -> Result<Json<Decisions>, Problem> {
    server.act(FindUser::new(id)).await.map(|user| Json(user.into()))
}

/// Changes what a user has decided about multi-factor authentication. The factors stay.
#[utoipa::path(
    patch, path = "/api/users/{id}/mfa", operation_id = "patchMfa",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    request_body = bodies::MfaPatch,
    responses(
        (status = 200, description = "The decisions, as they are now.", body = Decisions),
        Answers<(ForOperator, ReadsBody, Runs<PatchMfa>)>,
    ),
)]
async fn patch(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
    Body(patch): Body<MfaPatch>,
) -> Result<Json<Decisions>, Problem> {
    server.act(PatchMfa::new(id, patch)).await.map(|user| Json(user.into()))
}
