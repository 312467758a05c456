//! What `--dev` turns on: providers that believe whatever they are told, for trying out what needs a provider.

use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vestibule::experience::{EnterpriseSsoConnector, SignInExperience, SocialConnector};
use vestibule::flow::CaptchaVerdict;
use vestibule::user::{ReportedContact, SocialUserInfo};
use vestibule::verification::ConnectorSession;

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
    /// The `state` that came back; as if it were the one that was sent, if none is told.
    state: Option<String>,
    /// The email that the provider reports.
    email: Option<String>,
    /// The phone that the provider reports.
    phone: Option<String>,
    /// Whether the provider has verified the email.
    #[serde(default = "yes")]
    email_verified: bool,
    /// Whether the provider has verified the phone.
    #[serde(default = "yes")]
    phone_verified: bool,
    /// The name to show.
    name: Option<String>,
    /// A picture's URL.
    avatar: Option<String>,
}

fn yes() -> bool {
    true
}

/// What came back from the provider.
#[derive(Debug)]
pub struct ProviderAnswer {
    /// The `state` that it sent the person back with.
    pub state: String,
    /// What it says about the person.
    pub user_info: SocialUserInfo,
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
    pub fn answer(
        &self,
        told: Map<String, Value>,
        pending: &ConnectorSession,
    ) -> Result<ProviderAnswer, Problem> {
        let data: ConnectorData = parse_value(Value::Object(told.clone()))?;
        let mut raw_data = told;
        raw_data.remove("code");
        raw_data.remove("state");
        let email_verified = data.email_verified;
        let phone_verified = data.phone_verified;
        let user_info = SocialUserInfo {
            id: data.user_id,
            email: data.email.map(|value| ReportedContact { value, verified: email_verified }),
            phone: data.phone.map(|value| ReportedContact { value, verified: phone_verified }),
            name: data.name,
            avatar: data.avatar,
            raw_data: Some(Value::Object(raw_data)),
        };
        let state = data.state.unwrap_or_else(|| pending.state.expose().to_owned());
        Ok(ProviderAnswer { state, user_info })
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
