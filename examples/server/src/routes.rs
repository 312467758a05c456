//! All routes, and what is around them.

mod dev;
mod experience;
mod me;
mod operator;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::limits;
use crate::openapi;
use crate::origin;
use crate::problem::Problem;
use crate::server::Server;

/// The whole of the server, as a router.
pub fn router(server: Arc<Server>) -> Router {
    let (router, description) = described(&server);
    let description = Bytes::from(serde_json::to_vec(&description).unwrap_or_default());
    let json = [(header::CONTENT_TYPE, "application/json")];
    router
        .route("/openapi.json", get(async move || (json, description.clone())))
        .fallback(async || Problem::NoSuchRoute)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(limits::MAX_BODY))
        .layer(from_fn(limits::limit_size))
        .layer(from_fn_with_state(Arc::clone(&server), origin::refuse_other_sites))
        .layer(from_fn(limits::limit_time))
        .layer(CatchPanicLayer::custom(limits::answer_panic))
        .layer(from_fn(limits::identify_and_log))
        .with_state(server)
}

/// The routes of the contract, and their description.
fn described(server: &Arc<Server>) -> (Router<Arc<Server>>, OpenApi) {
    let mut for_operator = operator::routes();
    if server.dev.is_some() {
        for_operator = for_operator.merge(dev::routes());
    }
    let for_operator =
        for_operator.layer(from_fn_with_state(Arc::clone(server), operator::authorization::require_token));
    let (router, mut description) = OpenApiRouter::with_openapi(openapi::description(server.cookies))
        .merge(experience::routes(server))
        .merge(me::routes())
        .merge(for_operator)
        .split_for_parts();
    openapi::answers::add_to_changes(&mut description, &Problem::OtherOrigin);
    (router, description)
}
