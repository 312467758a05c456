//! Making, showing and deleting users.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vestibule::identifier::{Email, Phone, Username};
use vestibule::operator::{self, CreateUser, DeleteUser, FindUser};
use vestibule::secret::Secret;
use vestibule::user::{Claims, User};

use crate::extract::{Body, PathOf};
use crate::openapi::answers::{Answers, ForOperator, ReadsBody, Runs};
use crate::problem::{Problem, invalid_input};
use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(show, delete))
}

/// `POST /api/users`: any of these. Whoever makes an account here vouches for its email and phone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"username": "jane", "primaryEmail": "jane@example.com", "password": "Zk7vQw9pLm"}))]
struct NewUser {
    /// A username that pleases the policy.
    username: Option<String>,
    /// An email address.
    primary_email: Option<String>,
    /// A phone number: digits only, country code first.
    primary_phone: Option<String>,
    /// A password; the policy is for people, not for operators.
    #[schema(value_type = Option<String>, min_length = 1, format = Password)]
    password: Option<Secret>,
    /// The name to show.
    name: Option<String>,
    /// A picture's URL.
    avatar: Option<String>,
    /// OpenID Connect claims.
    #[serde(default)]
    #[schema(value_type = Object)]
    profile: Claims,
    /// What the operator's own code keeps.
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_data: Map<String, Value>,
}

impl NewUser {
    /// What is asked for, if every identifier is one.
    fn parsed(self) -> Result<operator::NewUser, Problem> {
        Ok(operator::NewUser {
            username: self.username.as_deref().map(username).transpose()?,
            primary_email: self.primary_email.as_deref().map(email).transpose()?,
            primary_phone: self.primary_phone.as_deref().map(phone).transpose()?,
            password: self.password,
            name: self.name,
            avatar: self.avatar,
            profile: self.profile,
            custom_data: self.custom_data,
        })
    }
}

fn username(text: &str) -> Result<Username, Problem> {
    Username::parse(text).map_err(|error| invalid_input("username", error.to_string()))
}

fn email(text: &str) -> Result<Email, Problem> {
    Email::parse(text).map_err(|error| invalid_input("primaryEmail", error.to_string()))
}

fn phone(text: &str) -> Result<Phone, Problem> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let phone = Phone::parse(text).ok().filter(|_| digits);
    phone.ok_or_else(|| invalid_input("primaryPhone", "expected the digits of a phone number"))
}

/// A user, as the operator sees one: no password digest, and what is absent is `null`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserView {
    id: String,
    username: Option<String>,
    primary_email: Option<String>,
    /// Digits only.
    primary_phone: Option<String>,
    name: Option<String>,
    avatar: Option<String>,
    #[schema(value_type = Object)]
    profile: Claims,
    #[schema(value_type = Object)]
    custom_data: Map<String, Value>,
    /// Social identities by target.
    identities: BTreeMap<String, IdentityView>,
    has_password: bool,
    is_suspended: bool,
    last_sign_in_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// An identity at a provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct IdentityView {
    /// The id there.
    user_id: String,
    /// What the provider told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let identities = user.identities.into_iter().map(|(target, identity)| {
            (target, IdentityView { user_id: identity.user_id, details: identity.details })
        });
        Self {
            id: user.id.into(),
            username: user.username.map(String::from),
            primary_email: user.primary_email.map(String::from),
            primary_phone: user.primary_phone.map(|phone| phone.digits().into()),
            name: user.name,
            avatar: user.avatar,
            profile: user.profile,
            custom_data: user.custom_data,
            identities: identities.collect(),
            has_password: user.password.is_some(),
            is_suspended: user.is_suspended,
            last_sign_in_at: user.last_sign_in_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// Makes a user.
#[utoipa::path(
    post, path = "/api/users", operation_id = "createUser",
    tag = "operator", security(("operator" = [])),
    request_body = NewUser,
    responses(
        (status = 200, description = "The user.", body = UserView),
        Answers<(ForOperator, ReadsBody, Runs<CreateUser>)>,
    ),
)]
async fn create(
    State(server): State<Arc<Server>>,
    Body(new): Body<NewUser>,
) -> Result<Json<UserView>, Problem> {
    server.act(CreateUser::new(new.parsed()?)).await.map(|user| Json(user.into()))
}

/// Shows a user.
#[utoipa::path(
    get, path = "/api/users/{id}", operation_id = "showUser",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    responses(
        (status = 200, description = "The user.", body = UserView),
        Answers<(ForOperator, Runs<FindUser>)>,
    ),
)]
async fn show(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
) -> Result<Json<UserView>, Problem> {
    server.act(FindUser::new(id)).await.map(|user| Json(user.into()))
}

/// Deletes a user, who is signed out everywhere.
#[utoipa::path(
    delete, path = "/api/users/{id}", operation_id = "deleteUser",
    tag = "operator", security(("operator" = [])),
    params(("id" = String, Path, description = "The user's id.")),
    responses((status = 204, description = "Deleted."), Answers<(ForOperator, Runs<DeleteUser>)>),
)]
async fn delete(
    State(server): State<Arc<Server>>,
    PathOf(id): PathOf<String>,
) -> Result<StatusCode, Problem> {
    server.act(DeleteUser::new(id)).await.map(|()| StatusCode::NO_CONTENT)
}
