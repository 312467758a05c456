//! Reading requests: what does not have the documented form is answered as `guard.invalid_input`, by path.

mod objects;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{Problem, invalid_input};

/// The longest message about one place of a body, in characters. Serde quotes what it found, at any length.
const MAX_MESSAGE: usize = 200;

/// A JSON body. No body at all counts as `{}`.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = is_json(request.headers());
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Problem::TooLarge
            } else {
                invalid_input("", "the body could not be read to its end")
            }
        })?;
        if bytes.is_empty() {
            return parse(b"{}").map(Self);
        }
        // A form of another site's page cannot have this content type.
        if !is_json {
            return Err(invalid_input("", "expected a body of the content type `application/json`"));
        }
        parse(&bytes).map(Self)
    }
}

impl Body<Value> {
    /// A body that the library judges by itself: one that is no JSON is `null` to it.
    ///
    /// # Errors
    /// 413 `request.too_large`.
    pub fn or_null(read: Result<Self, Problem>) -> Result<Value, Problem> {
        match read {
            Ok(Self(value)) => Ok(value),
            Err(Problem::Rejected(_)) => Ok(Value::Null),
            Err(problem) => Err(problem),
        }
    }
}

/// Reads JSON.
///
/// # Errors
/// 400 `guard.invalid_input`, with the path at which it is not what was expected.
pub fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| issue(&error))?;
    deserializer.end().map_err(|_| invalid_input("", "expected nothing behind the JSON value"))?;
    // Read twice: only the text shows a member that is there twice, and only the value an array in an object's place.
    let again = serde_json::from_slice(json).unwrap_or_default();
    objects::check::<T>(again).map_err(|error| issue(&error))?;
    Ok(value)
}

/// Reads what was JSON before.
///
/// # Errors
/// As [`parse`].
pub fn parse_value<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| issue(&error))
}

fn issue(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let message = error.inner().to_string();
    let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
    // What is missing has no path of its own: serde names it in the message alone.
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let path: Vec<&str> = Some(&*path).filter(|&path| path != ".").into_iter().chain(missing).collect();
    invalid_input(path.join("."), message.chars().take(MAX_MESSAGE).collect::<String>())
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// The variable parts of the path.
#[derive(Debug)]
pub struct PathOf<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value)).map_err(|_| invalid_input("path", "expected UTF-8 text"))
    }
}

/// The query.
#[derive(Debug)]
pub struct QueryOf<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for QueryOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, state).await;
        query
            .map(|Query(value)| Self(value))
            .map_err(|rejection| invalid_input("query", rejection.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use vestibule::flow::{SendCode, VerifyPassword};
    use vestibule::rejection::{InvalidInput, Rejection};

    use super::*;

    fn path_of<T: DeserializeOwned>(json: &str) -> String {
        match parse::<T>(json.as_bytes()).err() {
            Some(Problem::Rejected(Rejection::InvalidInput(InvalidInput { issues }))) => {
                issues[0].path.clone()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_path_of_what_is_wrong_is_named() {
        assert_eq!(path_of::<VerifyPassword>("{}"), "identifier");
        assert_eq!(path_of::<VerifyPassword>("[]"), "");
        assert_eq!(path_of::<VerifyPassword>(r#"{"identifier":{"type":"fax"}}"#), "identifier.type");
        assert_eq!(path_of::<SendCode>(r#"{"interactionEvent":"Nap"}"#), "interactionEvent");
        assert_eq!(path_of::<Value>("{} {}"), "");
    }

    #[test]
    fn a_message_is_short_whatever_was_sent() {
        let json = format!(r#"{{"interactionEvent":"{}"}}"#, "x".repeat(10_000));
        let Some(Problem::Rejected(rejection)) = parse::<SendCode>(json.as_bytes()).err() else { panic!() };
        assert!(rejection.data().unwrap().to_string().len() < 400);
    }
}
