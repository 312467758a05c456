//! Around every request: an id, a line in the log, a time limit, a size limit.

use std::any::Any;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::problem::Problem;

/// The largest body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// How long a request may take, its body's arrival included.
pub const MAX_TIME: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id, which is on the answer and on every line of the log about it, and writes one line when it
/// is answered. The line names the route, not the URI: a query may hold an address.
pub async fn identify_and_log(request: Request, next: Next) -> Response {
    let (id, begun, method) = (Uuid::now_v7(), Instant::now(), request.method().clone());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let span = tracing::info_span!("request", %id);
    async {
        let mut response = next.run(request).await;
        let millis = begun.elapsed().as_millis();
        let status = response.status().as_u16();
        tracing::info!(%method, route = route.as_deref().unwrap_or("none"), status, millis, "answered");
        if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        // Answers are about one person at one moment.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
    .instrument(span)
    .await
}

/// Answers 408 to a request that takes too long.
pub async fn limit_time(request: Request, next: Next) -> Response {
    tokio::time::timeout(MAX_TIME, next.run(request))
        .await
        .unwrap_or_else(|_| Problem::TimedOut.into_response())
}

/// Answers 413 to a body that says it is too large, whether or not the route would read it. One that does not say is
/// counted while it is read.
pub async fn limit_size(request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    match length.and_then(|length| length.parse::<usize>().ok()) {
        Some(length) if length > MAX_BODY => Problem::TooLarge.into_response(),
        _ => next.run(request).await,
    }
}

/// Answers 500 in place of a panic. Its text goes nowhere: it may quote what a client sent.
#[allow(clippy::needless_pass_by_value, reason = "the signature is the layer's")]
pub fn answer_panic(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::Broken.into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn;
    use axum::routing::get;
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    async fn answer(router: Router) -> (u16, serde_json::Value) {
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&to_bytes(response.into_body(), MAX_BODY).await.unwrap()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_is_answered_all_the_same() {
        let slow = async || tokio::time::sleep(MAX_TIME + Duration::from_secs(1)).await;
        let (status, body) = answer(Router::new().route("/", get(slow)).layer(from_fn(limit_time))).await;
        assert_eq!((status, body["code"].as_str()), (408, Some("request.timeout")));
    }

    #[tokio::test]
    async fn a_panic_is_answered_without_its_text() {
        let broken = async || -> () { panic!("Zk7vQw9pLm") };
        let router = Router::new().route("/", get(broken)).layer(CatchPanicLayer::custom(answer_panic));
        let (status, body) = answer(router).await;
        assert_eq!((status, body["code"].as_str()), (500, Some("server.broken")));
        assert!(!body.to_string().contains("Zk7"));
    }
}
