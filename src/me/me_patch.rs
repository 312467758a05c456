//! The request of `PATCH /me` (A-2).

use serde::Deserialize;
use serde_json::Value;

use super::{Change, MeError, MeErrorCode, SecondFactorPolicy};

/// How much of an unknown field's name is said back, in characters.
const MAX_ECHO: usize = 64;

/// What a person wants changed about themselves: the body of `PATCH /me`.
///
/// Reading never fails. What is wrong with the form is kept, for [`UpdateMe`](super::UpdateMe) to report beside
/// everything else that is wrong (A-4).
///
/// ```
/// use serde_json::json;
/// use vestibule::me::{Change, MePatch};
///
/// let patch = MePatch::from_json(&json!({"first_name": "Jane", "last_name": null}));
/// assert_eq!(patch.first_name, Change::Set("Jane".into()));
/// assert_eq!(patch.last_name, Change::Clear);
/// assert_eq!(patch.username, Change::Keep);
/// assert!(patch.problems().is_empty());
///
/// let patch = MePatch::from_json(&json!({"first_name": 7, "nickname": "jay"}));
/// assert_eq!(patch.problems().len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Value")]
#[non_exhaustive]
pub struct MePatch {
    /// The claim `givenName`.
    pub first_name: Change<String>,
    /// The claim `familyName`.
    pub last_name: Change<String>,
    /// The username.
    pub username: Change<String>,
    /// Whether the picture goes.
    pub remove_profile_picture: bool,
    /// How much the person wants to be asked for a second factor; `None` leaves it as it is.
    pub second_factor_policy: Option<SecondFactorPolicy>,
    problems: Vec<MeError>,
}

impl MePatch {
    /// Reads a body that was parsed already.
    pub fn from_json(body: &Value) -> Self {
        let mut patch = Self::default();
        let Some(members) = body.as_object() else {
            patch.problem("the body is no JSON object".into());
            return patch;
        };
        for (name, value) in members {
            if patch.takes_no_text(name, value) {
                continue;
            }
            let change = match value {
                Value::Null => Change::Clear,
                Value::String(text) => Change::from_text(text),
                _ => Change::Keep,
            };
            let known = match name.as_str() {
                "first_name" => Some(&mut patch.first_name),
                "last_name" => Some(&mut patch.last_name),
                "username" => Some(&mut patch.username),
                _ => None,
            };
            match known {
                None => {
                    let name: String = name.chars().take(MAX_ECHO).collect();
                    patch.problem(format!("`{name}` is no field that can be updated"));
                }
                Some(_) if !(value.is_null() || value.is_string()) => {
                    patch.problem(format!("`{name}` must be a string or null"));
                }
                Some(field) => *field = change,
            }
        }
        patch
    }

    /// The two members that are no texts; whether it was one of them.
    fn takes_no_text(&mut self, name: &str, value: &Value) -> bool {
        match (name, value) {
            ("remove_profile_picture", Value::Bool(remove)) => self.remove_profile_picture = *remove,
            ("remove_profile_picture", _) => {
                self.problem("`remove_profile_picture` must be true or false".into());
            }
            ("second_factor_policy", value) => match SecondFactorPolicy::deserialize(value) {
                Ok(policy) => self.second_factor_policy = Some(policy),
                Err(_) => {
                    self.problem("`second_factor_policy` must be `none`, `optional` or `enforced`".into());
                }
            },
            _ => return false,
        }
        true
    }

    /// Reads a body. A body that is no JSON is a problem like others.
    pub fn from_slice(body: &[u8]) -> Self {
        serde_json::from_slice(body)
            .map_or_else(|_| Self::from_json(&Value::Null), |body| Self::from_json(&body))
    }

    /// With a first name.
    #[must_use]
    pub fn first_name(self, text: &str) -> Self {
        Self { first_name: Change::from_text(text), ..self }
    }

    /// With a last name.
    #[must_use]
    pub fn last_name(self, text: &str) -> Self {
        Self { last_name: Change::from_text(text), ..self }
    }

    /// With a username.
    #[must_use]
    pub fn username(self, text: &str) -> Self {
        Self { username: Change::from_text(text), ..self }
    }

    /// Without the picture.
    #[must_use]
    pub fn without_picture(self) -> Self {
        Self { remove_profile_picture: true, ..self }
    }

    /// With how much the person wants to be asked for a second factor.
    #[must_use]
    pub fn second_factor_policy(self, policy: SecondFactorPolicy) -> Self {
        Self { second_factor_policy: Some(policy), ..self }
    }

    /// What is wrong with the form of the request, naming each field.
    pub fn problems(&self) -> &[MeError] {
        &self.problems
    }

    fn problem(&mut self, message: String) {
        self.problems.push(MeError::new(MeErrorCode::ValidationError, message));
    }
}

impl From<Value> for MePatch {
    fn from(body: Value) -> Self {
        Self::from_json(&body)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn messages(body: &Value) -> Vec<String> {
        MePatch::from_json(body).problems().iter().map(|problem| problem.message.clone()).collect()
    }

    #[test]
    fn a2_the_documents_request_is_read() {
        let patch: MePatch = serde_json::from_str(r#"{"first_name": "Jane", "last_name": "Smith"}"#).unwrap();
        assert_eq!(patch, MePatch::default().first_name("Jane").last_name("Smith"));
    }

    #[test]
    fn a2_absent_null_and_empty_are_told_apart() {
        let patch = MePatch::from_json(&json!({"first_name": null, "username": "  "}));
        assert_eq!((&patch.first_name, &patch.username), (&Change::Clear, &Change::Clear));
        assert_eq!(patch.last_name, Change::Keep);
        assert_eq!(MePatch::from_json(&json!({})), MePatch::default());
    }

    #[test]
    fn a2_each_unknown_field_and_each_wrong_type_is_named() {
        let problems =
            messages(&json!({"first_name": 7, "last_name": ["x"], "email": "a@b.example", "id": 1}));
        assert_eq!(problems.len(), 4);
        for name in ["`first_name`", "`last_name`", "`email`", "`id`"] {
            assert_eq!(problems.iter().filter(|problem| problem.contains(name)).count(), 1, "{name}");
        }
        assert!(messages(&json!({"x".repeat(5000): 1}))[0].len() < 200);
    }

    #[test]
    fn a2_a_picture_and_a_policy_are_no_texts() {
        let patch =
            MePatch::from_json(&json!({"remove_profile_picture": true, "second_factor_policy": "none"}));
        let expected = MePatch::default().without_picture().second_factor_policy(SecondFactorPolicy::None);
        assert_eq!(patch, expected);
        assert!(!MePatch::from_json(&json!({"remove_profile_picture": false})).remove_profile_picture);
        let wrong = json!({"remove_profile_picture": "yes", "second_factor_policy": null});
        assert_eq!(messages(&wrong).len(), 2);
        assert_eq!(messages(&json!({"second_factor_policy": "None"})).len(), 1);
    }

    #[test]
    fn a2_a_body_that_is_no_object_is_a_validation_error() {
        for body in [json!(null), json!([]), json!("first_name"), json!(7)] {
            assert_eq!(messages(&body), ["the body is no JSON object"]);
        }
        assert_eq!(MePatch::from_slice(b"{nonsense").problems().len(), 1);
        assert_eq!(MePatch::from_slice(br#"{"username": "jane"}"#), MePatch::default().username("jane"));
    }
}
