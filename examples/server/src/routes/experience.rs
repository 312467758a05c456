//! What a person does: an interaction, from its start to its submission.

mod account;
mod identification;
mod interaction;
mod profile;
mod sso_connectors;
mod submit;
mod verification;

use std::sync::Arc;

use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;

use crate::server::Server;
use crate::step::carry_cookie;

/// `/api/experience` and all below.
pub(super) fn routes(server: &Arc<Server>) -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .merge(interaction::routes())
        .merge(identification::routes())
        .merge(profile::routes())
        .merge(account::routes())
        .merge(submit::routes())
        .merge(sso_connectors::routes())
        .merge(verification::routes())
        .layer(from_fn_with_state(Arc::clone(server), carry_cookie))
}
