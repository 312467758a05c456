//! What the operator does: settings and accounts.

pub(super) mod authorization;
mod custom_profile_fields;
mod one_time_tokens;
mod sign_in_experience;
mod user_changes;
mod user_identities;
mod user_mfa;
mod user_profile;
mod users;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use crate::server::Server;

/// All routes of the operator's. Who is asked for the token is up to the caller: all of them.
pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .merge(sign_in_experience::routes())
        .merge(custom_profile_fields::routes())
        .merge(users::routes())
        .merge(user_changes::routes())
        .merge(user_identities::routes())
        .merge(user_profile::routes())
        .merge(user_mfa::routes())
        .merge(one_time_tokens::routes())
}
