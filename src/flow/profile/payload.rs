//! The six payloads of a profile update (rules.md, section 6).

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::identifier::{VerificationId, username_text};
use crate::rejection::{InputIssue, InvalidInput, Rejection};
use crate::reserved_key;
use crate::secret::Secret;

/// What to add to the profile. Read by serde from the documents' JSON, tagged by `type`:
///
/// ```
/// use vestibule::flow::ProfilePayload;
///
/// let payload: ProfilePayload = serde_json::from_str(r#"{"type": "username", "value": "jane"}"#)?;
/// assert_eq!(payload, ProfilePayload::username("jane"));
/// // The hard floor of usernames is checked when reading: the API answers `guard.invalid_input`.
/// assert!(serde_json::from_str::<ProfilePayload>(r#"{"type": "username", "value": "1st"}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum ProfilePayload {
    /// A username.
    Username {
        /// The text; the policy decides whether it can be a username (P-6).
        #[serde(deserialize_with = "username_text")]
        value: String,
    },
    /// A password.
    Password {
        /// The text; the policy decides whether it can be a password (P-7).
        value: Secret,
    },
    /// A verified email.
    Email {
        /// The record that proves it.
        verification_id: VerificationId,
    },
    /// A verified phone.
    Phone {
        /// The record that proves it.
        verification_id: VerificationId,
    },
    /// A verified social identity.
    Social {
        /// The record that proves it.
        verification_id: VerificationId,
        /// Whether it may take the place of another one at this provider: for whoever changes their account (C-6).
        #[serde(default)]
        replace: bool,
    },
    /// A verified enterprise identity: for whoever changes their account (C-6).
    Sso {
        /// The record that proves it.
        verification_id: VerificationId,
        /// Whether it may take the place of another one of this provider.
        #[serde(default)]
        replace: bool,
    },
    /// Names, claims and custom data.
    ExtraProfile {
        /// By key.
        values: ExtraProfile,
    },
}

impl ProfilePayload {
    /// A username.
    pub fn username(value: impl Into<String>) -> Self {
        Self::Username { value: value.into() }
    }

    /// A password.
    pub fn password(value: impl Into<String>) -> Self {
        Self::Password { value: Secret::new(value) }
    }

    /// The email that a record proves.
    pub fn email(verification_id: VerificationId) -> Self {
        Self::Email { verification_id }
    }

    /// The phone that a record proves.
    pub fn phone(verification_id: VerificationId) -> Self {
        Self::Phone { verification_id }
    }

    /// The social identity that a record proves.
    pub fn social(verification_id: VerificationId) -> Self {
        Self::Social { verification_id, replace: false }
    }

    /// The enterprise identity that a record proves (C-6).
    pub fn sso(verification_id: VerificationId) -> Self {
        Self::Sso { verification_id, replace: false }
    }

    /// An identity that may take the place of another one at its provider (C-6).
    #[must_use]
    pub fn replacing(self) -> Self {
        match self {
            Self::Social { verification_id, .. } => Self::Social { verification_id, replace: true },
            Self::Sso { verification_id, .. } => Self::Sso { verification_id, replace: true },
            other => other,
        }
    }

    /// Names, claims and custom data.
    pub fn extra_profile(values: ExtraProfile) -> Self {
        Self::ExtraProfile { values }
    }
}

/// The most keys one payload may have.
const MAX_KEYS: usize = 64;

/// Profile values by key; every key is letters and digits.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct ExtraProfile(Map<String, Value>);

impl ExtraProfile {
    /// Takes values by key.
    ///
    /// # Errors
    /// [`Rejection::InvalidInput`] naming each key that is not letters and digits (P-9), and if there are more than
    /// 64 keys.
    pub fn new(values: Map<String, Value>) -> Result<Self, Rejection> {
        if values.len() > MAX_KEYS {
            return Err(Rejection::invalid_input("values", "expected at most 64 keys"));
        }
        let bad = values.keys().filter(|key| !reserved_key::is_key(key));
        let issues: Vec<InputIssue> = bad
            .map(|key| InputIssue {
                path: format!("values.{}", key.chars().take(128).collect::<String>()),
                message: "expected a key of letters and digits".into(),
            })
            .collect();
        if issues.is_empty() {
            Ok(Self(values))
        } else {
            Err(Rejection::InvalidInput(InvalidInput { issues }))
        }
    }

    /// The values.
    pub fn values(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl TryFrom<Map<String, Value>> for ExtraProfile {
    type Error = &'static str;

    fn try_from(values: Map<String, Value>) -> Result<Self, Self::Error> {
        Self::new(values).map_err(|_| "expected at most 64 keys, each of letters and digits")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(value: Value) -> Result<ProfilePayload, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn the_six_payloads_are_read_from_the_documents_json() {
        let id = VerificationId::named_by("no-such-verification");
        let values = ExtraProfile::new(json!({"company": "Acme"}).as_object().unwrap().clone()).unwrap();
        for (json, payload) in [
            (json!({"type": "username", "value": "jane"}), ProfilePayload::username("jane")),
            (
                json!({"type": "username", "value": "x".repeat(200)}),
                ProfilePayload::username("x".repeat(200)),
            ),
            (json!({"type": "password", "value": ""}), ProfilePayload::password("")),
            (json!({"type": "email", "verificationId": "no-such-verification"}), ProfilePayload::email(id)),
            (json!({"type": "phone", "verificationId": "x"}), ProfilePayload::phone(id)),
            (json!({"type": "social", "verificationId": "x"}), ProfilePayload::social(id)),
            (
                json!({"type": "extraProfile", "values": {"company": "Acme"}}),
                ProfilePayload::extra_profile(values),
            ),
        ] {
            assert_eq!(parsed(json.clone()), Ok(payload), "{json}");
        }
    }

    #[test]
    fn anything_else_is_no_payload() {
        for json in [
            json!({}),
            json!({"type": "nonsense", "value": "x"}),
            json!({"type": "username"}),
            json!({"type": "username", "value": ""}),
            json!({"type": "username", "value": "1abc"}),
            json!({"type": "username", "value": "a-b"}),
            json!({"type": "username", "value": 7}),
            json!({"type": "email"}),
            json!({"type": "email", "verificationId": 7}),
            json!({"type": "extraProfile"}),
            json!({"type": "extraProfile", "values": {"bad-key": 1}}),
            json!({"type": "extraProfile", "values": {"": 1}}),
            json!([]),
            json!(null),
        ] {
            assert!(parsed(json.clone()).is_err(), "{json}");
        }
        let many: Map<String, Value> = (0..65).map(|n| (format!("k{n}"), json!(n))).collect();
        assert!(ExtraProfile::new(many).is_err());
    }

    #[test]
    fn p9_each_bad_key_is_named() {
        let values = json!({"a-b": 1, "ok": 2, "ü": 3}).as_object().unwrap().clone();
        let Err(Rejection::InvalidInput(InvalidInput { issues })) = ExtraProfile::new(values) else {
            panic!()
        };
        assert_eq!(
            issues.iter().map(|issue| issue.path.as_str()).collect::<Vec<_>>(),
            ["values.a-b", "values.ü"]
        );
    }

    #[test]
    fn a_password_payload_does_not_show_its_text() {
        assert!(!format!("{:?}", ProfilePayload::password("Zk7vQw9pLm")).contains("Zk7"));
    }
}
