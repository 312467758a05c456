//! What `--dev` turns on: providers that believe whatever they are told, for trying out what needs a provider.

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule::experience::{EnterpriseSsoConnector, SignInExperience, SocialConnector};
use vestibule::flow::CaptchaVerdict;
use vestibule::user::SocialUserInfo;

use crate::extract::parse_value;
use crate::outbox::Outbox;
use crate::problem::Problem;

/// The default settings, with one social and one enterprise connector.
pub fn settings() -> SignInExperience {
    SignInExperience {
        social_connectors: vec![SocialConnector {
            id: "mock-social-connector".into(),
            target: "mock-social".into(),
            sync_profile: true,
        }],
        enterprise_sso_connectors: vec![EnterpriseSsoConnector {
            id: "mock-sso-connector".into(),
            domains: vec!["sso.example".into()],
            issuer: "https://sso.example".into(),
            sync_profile: true,
        }],
        ..SignInExperience::default()
    }
}

/// What the provider of a `--dev` connector is told, and believes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorData {
    /// Stands for the OAuth 2.0 authorization code.
    #[allow(dead_code, reason = "the contract asks for it, though this provider believes any")]
    code: String,
    /// The id at the provider.
    user_id: String,
    /// The email that the provider reports as verified.
    email: Option<String>,
    /// The phone that the provider reports as verified.
    phone: Option<String>,
    /// The name to show.
    name: Option<String>,
    /// A picture's URL.
    avatar: Option<String>,
}

/// What `--dev` has and a server for real people does not.
#[derive(Debug, Default)]
pub struct Dev {
    /// What would have been sent.
    pub outbox: Outbox,
}

impl Dev {
    /// Where a person would go to sign in at the provider. There is nobody at this address: whoever tries the server
    /// out tells `connectorData` instead.
    pub fn authorization_uri(&self, connector_id: &str, state: &str, redirect_uri: &str) -> String {
        let query = [("connector", connector_id), ("state", state), ("redirect_uri", redirect_uri)]
            .map(|(name, value)| format!("{name}={}", percent_encoded(value)));
        format!("https://provider.example/authorize?{}", query.join("&"))
    }

    /// What the provider says about a person.
    ///
    /// # Errors
    /// 400 `guard.invalid_input` if it was told nothing usable.
    pub fn user_info(&self, told: Map<String, Value>) -> Result<SocialUserInfo, Problem> {
        let data: ConnectorData = parse_value(Value::Object(told.clone()))?;
        let mut raw_data = told;
        raw_data.remove("code");
        Ok(SocialUserInfo {
            id: data.user_id,
            email: data.email,
            phone: data.phone,
            name: data.name,
            avatar: data.avatar,
            raw_data: Some(Value::Object(raw_data)),
        })
    }

    /// What the captcha service says about a token: any but `fail` is a person's.
    pub fn captcha_verdict(&self, token: &str) -> CaptchaVerdict {
        if token == "fail" { CaptchaVerdict::Failed } else { CaptchaVerdict::Passed }
    }
}

/// A text as part of a URI's query (RFC 3986, section 2.1).
fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authorization_uri_keeps_what_the_client_said() {
        let uri = Dev::default().authorization_uri("mock", "a&b", "https://app.example/cb?x=1");
        let query = "connector=mock&state=a%26b&redirect_uri=https%3A%2F%2Fapp.example%2Fcb%3Fx%3D1";
        assert_eq!(uri, format!("https://provider.example/authorize?{query}"));
    }
}
