//! The schema of the OpenID Connect claims that a user has.

use serde::Serialize;
use utoipa::ToSchema;

/// `PATCH /api/users/{id}/profile`
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"profile": {"nickname": "jay", "address": {"country": "France"}}}))]
pub struct ProfilePatch {
    /// The claims to change; `null` removes one.
    pub profile: Claims,
}

/// The claims of a user (OpenID Connect Core 1.0, section 5.1).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Claims {
    /// Surname.
    pub family_name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Middle name.
    pub middle_name: Option<String>,
    /// Casual name.
    pub nickname: Option<String>,
    /// The name to be called by.
    pub preferred_username: Option<String>,
    /// A profile page's URL.
    pub profile: Option<String>,
    /// A web page's URL.
    pub website: Option<String>,
    /// Gender.
    pub gender: Option<String>,
    /// `YYYY-MM-DD`, with `0000` for a year left out; or `YYYY`.
    pub birthdate: Option<String>,
    /// A time zone's IANA name.
    pub zoneinfo: Option<String>,
    /// A BCP 47 language tag.
    pub locale: Option<String>,
    /// A postal address.
    pub address: Option<Address>,
}

/// A postal address (OpenID Connect Core 1.0, section 5.1.1).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// All of it, as on a letter.
    pub formatted: Option<String>,
    /// Street and number.
    pub street_address: Option<String>,
    /// City.
    pub locality: Option<String>,
    /// State, province, prefecture.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
}
