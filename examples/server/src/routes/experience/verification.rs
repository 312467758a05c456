//! Proving who one is: a file for each kind of proof.

mod backup_code;
mod code;
mod connector;
mod mfa_code;
mod new_password_identity;
mod one_time_token;
mod password;
#[cfg(feature = "web-authn")]
mod sign_in_passkey;
mod social;
mod sso;
mod totp;
#[cfg(feature = "web-authn")]
mod web_authn;

use std::sync::Arc;

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use vestibule::identifier::VerificationId;

use crate::server::Server;

pub(super) fn routes() -> OpenApiRouter<Arc<Server>> {
    let routes = OpenApiRouter::new()
        .merge(password::routes())
        .merge(code::routes())
        .merge(new_password_identity::routes())
        .merge(social::routes())
        .merge(sso::routes())
        .merge(totp::routes())
        .merge(backup_code::routes())
        .merge(mfa_code::routes())
        .merge(one_time_token::routes());
    #[cfg(feature = "web-authn")]
    let routes = routes.merge(web_authn::routes()).merge(sign_in_passkey::routes());
    routes
}

/// The verification record that a step made or completed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Verified {
    /// The record's id.
    #[schema(value_type = String)]
    verification_id: VerificationId,
}

fn verified(verification_id: VerificationId) -> Json<Verified> {
    Json(Verified { verification_id })
}
