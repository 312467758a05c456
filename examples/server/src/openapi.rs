//! The OpenAPI description: made from the handlers' types, the library's catalogue of codes, and the schemas of the
//! bodies that the library reads by itself.

pub mod answers;
pub mod bodies;
pub mod claims;
pub mod me;
pub mod views;

use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

use crate::cookies::{Cookie, Cookies};

/// The description before any route is in it.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(
    info(
        title = "vestibule-server",
        description = "Sign-in, registration and password recovery. Whatever is no success is `{code, message, data?}`; `/me` has an envelope of its own.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "interaction", description = "An interaction, from its start to its submission"),
        (name = "verification", description = "Proving who one is"),
        (name = "account", description = "Changing the account that one is signed in to, in an interaction for `Account`"),
        (name = "me", description = "A signed-in person's own account"),
        (name = "operator", description = "Settings and accounts"),
        (name = "dev", description = "Only with `--dev`")
    )
)]
struct Description;

/// The description before any route is in it: what it is, and how callers prove who they are.
pub fn description(cookies: Cookies) -> OpenApi {
    let mut description = Description::openapi();
    let components = description.components.get_or_insert_default();
    components.add_security_scheme("operator", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for (scheme, cookie) in [("interaction", Cookie::Interaction), ("session", Cookie::Session)] {
        let cookie = ApiKey::Cookie(ApiKeyValue::new(cookies.name(cookie)));
        components.add_security_scheme(scheme, SecurityScheme::ApiKey(cookie));
    }
    description
}
