//! The request of `PATCH /users/{id}/profile` (A-6, A-7).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{merge_patch, strict_claims};
use crate::rejection::{FieldProblem, InputIssue, InvalidInput, Rejection};
use crate::user::{Address, Claims, claim_text};

/// What an operator wants changed of a user's claims: the body `{"profile": {…}}`.
///
/// Reading never fails. What is wrong with the form is kept, for [`PatchProfile`](super::PatchProfile) to report once
/// it is known that there is such a user (A-7).
///
/// ```
/// use serde_json::json;
/// use vestibule::operator::ProfilePatch;
///
/// let patch = ProfilePatch::from_json(&json!({"profile": {"nickname": "jay", "address": {"country": null}}}));
/// assert!(patch.issues().is_empty());
/// let patch = ProfilePatch::from_json(&json!({"profile": {"nickname": 7, "address": "Lyon", "shoeSize": 43}}));
/// assert_eq!(patch.issues().len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "Value")]
pub struct ProfilePatch {
    members: Map<String, Value>,
    issues: Vec<InputIssue>,
}

impl ProfilePatch {
    /// Reads a body that was parsed already.
    pub fn from_json(body: &Value) -> Self {
        match body.get("profile").and_then(Value::as_object) {
            Some(members) => Self::from_members(members.clone()),
            None => Self { members: Map::new(), issues: vec![issue("profile", "expected an object")] },
        }
    }

    /// Of the claims themselves.
    pub fn from_members(members: Map<String, Value>) -> Self {
        let issues = form_issues(&members);
        Self { members, issues }
    }

    /// Reads a body. A body that is no JSON has no `profile`.
    pub fn from_slice(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_else(|_| Self::from_json(&Value::Null))
    }

    /// What is wrong with the form of the request, naming each claim (A-7).
    pub fn issues(&self) -> &[InputIssue] {
        &self.issues
    }

    /// A-7, and in strict mode A-8: refuses the patch if anything is wrong with it, naming all that is.
    pub(super) fn check(&self, strict: bool) -> Result<(), Rejection> {
        let mut issues = self.issues.clone();
        if strict {
            let known = |strict: &InputIssue| self.issues.iter().any(|issue| issue.path == strict.path);
            issues.extend(self.strict_issues().filter(|strict| !known(strict)));
        }
        if issues.is_empty() { Ok(()) } else { Err(Rejection::InvalidInput(InvalidInput { issues })) }
    }

    /// A-8: the claims that are not what OpenID Connect says they are. Only what the patch names is looked at.
    fn strict_issues(&self) -> impl Iterator<Item = InputIssue> {
        let texts = self.members.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
        texts.filter_map(|(name, text)| {
            strict_claims::expectation(name, text).map(|expected| issue(format!("profile.{name}"), expected))
        })
    }

    /// A-6: claims with the patch merged in. What the patch has beside claims is ignored (A-7).
    pub(super) fn apply(&self, claims: &Claims) -> Result<Claims, Rejection> {
        let no_claims = |_| Rejection::invalid_input("profile", "expected OpenID Connect claims");
        let mut merged = serde_json::to_value(claims).map_err(no_claims)?;
        merge_patch(&mut merged, &Value::Object(self.members.clone()));
        serde_json::from_value(merged).map_err(no_claims)
    }
}

/// These claims are set.
impl From<Claims> for ProfilePatch {
    fn from(claims: Claims) -> Self {
        match serde_json::to_value(claims) {
            Ok(Value::Object(members)) => Self::from_members(members),
            // Claims are an object.
            _ => Self::from_members(Map::new()),
        }
    }
}

impl From<Value> for ProfilePatch {
    fn from(body: Value) -> Self {
        Self::from_json(&body)
    }
}

/// A-7: the claims that are of the wrong type, or too long to keep.
fn form_issues(members: &Map<String, Value>) -> Vec<InputIssue> {
    let mut issues = text_issues("profile", Claims::TEXT_MEMBERS, members);
    match members.get("address") {
        None | Some(Value::Null) => {}
        Some(Value::Object(address)) => {
            issues.extend(text_issues("profile.address", Address::TEXT_MEMBERS, address));
        }
        Some(_) => issues.push(issue("profile.address", "expected an object or null")),
    }
    issues
}

fn text_issues(path: &str, names: &[&str], members: &Map<String, Value>) -> Vec<InputIssue> {
    let given = names.iter().filter_map(|&name| Some((name, members.get(name)?)));
    let wrong = given.filter(|(_, value)| !value.is_null()).filter_map(|(name, value)| {
        let expected = match claim_text(name, value).err()? {
            FieldProblem::TooLong => "expected a shorter string",
            FieldProblem::NotPlainText => "expected no control characters",
            FieldProblem::InvalidUrl => "expected an http or https URL",
            _ => "expected a string or null",
        };
        Some(issue(format!("{path}.{name}"), expected))
    });
    wrong.collect()
}

fn issue(path: impl Into<String>, message: &str) -> InputIssue {
    InputIssue { path: path.into(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(body: &Value) -> Vec<String> {
        ProfilePatch::from_json(body).issues().iter().map(|issue| issue.path.clone()).collect()
    }

    #[test]
    fn a7_a_body_without_a_profile_is_refused() {
        for body in [json!({}), json!({"profile": null}), json!({"profile": []}), json!(null), json!([])] {
            assert_eq!(paths(&body), ["profile"], "{body}");
        }
        assert_eq!(ProfilePatch::from_slice(b"{").issues().len(), 1);
    }

    #[test]
    fn a7_every_claim_of_the_wrong_type_is_named() {
        let profile = json!({
            "nickname": 7, "gender": null, "locale": "x".repeat(2049),
            "address": {"country": [], "region": null, "street": 7},
        });
        assert_eq!(
            paths(&json!({"profile": profile})),
            ["profile.nickname", "profile.locale", "profile.address.country"]
        );
        assert_eq!(paths(&json!({"profile": {"address": "Lyon"}})), ["profile.address"]);
    }

    #[test]
    fn a7_what_is_no_claim_is_ignored() {
        let patch = ProfilePatch::from_json(&json!({
            "profile": {"shoeSize": {"eu": 43}, "nickname": "jay", "address": {"planet": 7}},
        }));
        assert_eq!(patch.check(true), Ok(()));
        let claims = serde_json::to_value(patch.apply(&Claims::default()).unwrap()).unwrap();
        assert_eq!(claims, json!({"nickname": "jay", "address": {}}));
    }

    #[test]
    fn a8_strict_mode_adds_to_what_is_wrong() {
        let patch = ProfilePatch::from_json(&json!({
            "profile": {"nickname": 7, "birthdate": "soon", "website": null, "profile": "me", "gender": "any"},
        }));
        let Err(Rejection::InvalidInput(InvalidInput { issues })) = patch.check(true) else { panic!() };
        let paths: Vec<_> = issues.iter().map(|issue| issue.path.as_str()).collect();
        assert_eq!(paths, ["profile.nickname", "profile.profile", "profile.birthdate"]);
        let Err(Rejection::InvalidInput(InvalidInput { issues })) = patch.check(false) else { panic!() };
        assert_eq!(issues.len(), 2, "a link of another scheme than the web's is refused in any mode");
    }
}
