//! Every answer that is not a success, as JSON: `{code, message, data?}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use vestibule::engine;
use vestibule::experience::SettingsError;
use vestibule::identifier::{UserKey, UserKeyKind};
use vestibule::operation::HostError;
use vestibule::rejection::Rejection;

use crate::stores::StoreFailure;

/// Why a request did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A rule of the library's did not hold: its own code, status and data.
    Rejected(Rejection),
    /// The operator's settings cannot be.
    Settings(SettingsError),
    /// The operator's token is missing or wrong.
    Unauthorized,
    /// A page of another site sent the request.
    OtherOrigin,
    /// No route has this path.
    NoSuchRoute,
    /// The route has no such method.
    MethodNotAllowed,
    /// The body is above the limit.
    TooLarge,
    /// The request took too long.
    TimedOut,
    /// A store failed. The cause is in the log.
    StorageUnavailable,
    /// The server itself failed. The cause is in the log. No input leads here.
    Broken,
}

/// The request does not have the documented form, at one path of it.
pub fn invalid_input(path: impl Into<String>, message: impl Into<String>) -> Problem {
    Problem::Rejected(Rejection::invalid_input(path, message))
}

impl Problem {
    /// A store failed: the cause goes into the log and nowhere else.
    pub fn of_store(failure: &StoreFailure) -> Self {
        tracing::error!(error = %failure, "a store failed");
        Self::StorageUnavailable
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Rejected(rejection) => {
                StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::BAD_REQUEST)
            }
            Self::Settings(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::OtherOrigin => StatusCode::FORBIDDEN,
            Self::NoSuchRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::StorageUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::Settings(error) => error.code(),
            Self::Unauthorized => "auth.unauthorized",
            Self::OtherOrigin => "auth.forbidden",
            Self::NoSuchRoute => "request.not_found",
            Self::MethodNotAllowed => "request.method_not_allowed",
            Self::TooLarge => "request.too_large",
            Self::TimedOut => "request.timeout",
            Self::StorageUnavailable => "storage.unavailable",
            Self::Broken => "server.broken",
        }
    }

    /// One English sentence.
    pub fn message(&self) -> String {
        match self {
            Self::Rejected(rejection) => rejection.message().into(),
            Self::Settings(error) => error.to_string(),
            Self::Unauthorized => "the operator's token is missing or wrong".into(),
            Self::OtherOrigin => "a page of another origin may not do this".into(),
            Self::NoSuchRoute => "there is no such route".into(),
            Self::MethodNotAllowed => "the route has no such method".into(),
            Self::TooLarge => "the body is too large".into(),
            Self::TimedOut => "the request took too long".into(),
            Self::StorageUnavailable => "the storage is unavailable: try again".into(),
            Self::Broken => "the server failed".into(),
        }
    }

    fn data(&self) -> Option<Value> {
        match self {
            Self::Rejected(rejection) => rejection.data(),
            Self::Settings(error) if error.code() == "guard.invalid_input" => {
                Some(json!({"issues": [{"path": "", "message": error.to_string()}]}))
            }
            _ => None,
        }
    }
}

impl From<StoreFailure> for Problem {
    fn from(failure: StoreFailure) -> Self {
        Self::of_store(&failure)
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

impl From<engine::Error<StoreFailure, StoreFailure>> for Problem {
    fn from(error: engine::Error<StoreFailure, StoreFailure>) -> Self {
        match error {
            engine::Error::Rejected(rejection) => Self::Rejected(rejection),
            engine::Error::Users(failure) | engine::Error::Verifications(failure) => Self::of_store(&failure),
            engine::Error::Contention => {
                tracing::error!("a step was not decided: others kept writing the same records");
                Self::StorageUnavailable
            }
            // Two names became one when the operator turned `caseSensitive` off.
            engine::Error::Host(HostError::AmbiguousKey(key)) => Self::Rejected(already_in_use(&key)),
            other => {
                tracing::error!(error = %other, "a step was not decided");
                Self::Broken
            }
        }
    }
}

/// The documented answer where somebody else holds a key (P-6).
fn already_in_use(key: &UserKey) -> Rejection {
    match key.kind() {
        UserKeyKind::Username => Rejection::UsernameAlreadyInUse,
        UserKeyKind::Email => Rejection::EmailAlreadyInUse,
        UserKeyKind::Phone => Rejection::PhoneAlreadyInUse,
        _ => Rejection::IdentityAlreadyInUse,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({"code": self.code(), "message": self.message()});
        if let (Some(data), Some(body)) = (self.data(), body.as_object_mut()) {
            body.insert("data".into(), data);
        }
        (self.status(), Json(body)).into_response()
    }
}
