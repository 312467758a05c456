//! Splitting an extra profile into the user's own fields, claims and custom data (P-9 to P-11).

use serde_json::{Map, Value};

use super::payload::ExtraProfile;
use crate::experience::{Experience, MAX_TEXT};
use crate::interaction::StagedProfile;
use crate::plain_text::{is_plain, is_shallow};
use crate::rejection::{
    FieldProblem, InputIssue, InvalidField, InvalidInput, InvalidProfile, NameConflict, Rejection,
};
use crate::reserved_key::{self, ReservedKey};
use crate::url;
use crate::user::{Claims, MAX_CUSTOM_DATA, MAX_NAME_LENGTH, User};

/// The largest custom value that is stored, as JSON text, in bytes.
const MAX_CUSTOM_VALUE: usize = 4 * MAX_TEXT;

/// What an extra profile stages.
pub(super) fn split(
    extra: &ExtraProfile,
    experience: &Experience,
    user: Option<&User>,
) -> Result<StagedProfile, Rejection> {
    let values = extra.values();
    check_reserved(values, experience)?;
    check_known(values, experience)?;
    let staged = split_by_place(values)?;
    refuse_if_any(too_much(&staged, user))?;
    let problems: Vec<InvalidField> = experience.fields().flat_map(|field| field.problems(values)).collect();
    refuse_if_any(problems)?;
    Ok(staged)
}

/// P-9: the reserved keys, one kind after the other, all offenders of a kind at once.
fn check_reserved(values: &Map<String, Value>, experience: &Experience) -> Result<(), Rejection> {
    type Conflict = fn(NameConflict) -> Rejection;
    let operators = &experience.settings().reserved_custom_data_keys.0;
    let kinds: [(ReservedKey, Conflict); 3] = [
        (ReservedKey::BuiltInProp, Rejection::NameConflictBuiltInProp),
        (ReservedKey::SignInIdentifier, Rejection::NameConflictSignInIdentifier),
        (ReservedKey::CustomData, Rejection::NameConflictCustomData),
    ];
    for (kind, rejection) in kinds {
        let offends = |key: &&String| reserved_key::kind(key, operators) == kind;
        let names: Vec<String> = values.keys().filter(offends).cloned().collect();
        if !names.is_empty() {
            return Err(rejection(NameConflict { names }));
        }
    }
    Ok(())
}

/// P-9: custom data is the operator's, and a client writes only what the operator asks for (D-17).
fn check_known(values: &Map<String, Value>, experience: &Experience) -> Result<(), Rejection> {
    let is_known = |key: &str| {
        matches!(key, "name" | "avatar") || Claims::is_claim(key) || experience.field(key).is_some()
    };
    let issues: Vec<InputIssue> = values
        .keys()
        .filter(|key| !is_known(key))
        .map(|key| InputIssue {
            path: format!("values.{key}"),
            message: "expected a claim, `name`, `avatar` or a custom profile field".into(),
        })
        .collect();
    if issues.is_empty() { Ok(()) } else { Err(Rejection::InvalidInput(InvalidInput { issues })) }
}

/// P-10: the fields that would make a user's custom data too large.
fn too_much(staged: &StagedProfile, user: Option<&User>) -> Vec<InvalidField> {
    let mut all = user.map(|user| user.custom_data.clone()).unwrap_or_default();
    all.extend(staged.custom_data.clone());
    if staged.custom_data.is_empty() || Value::Object(all).to_string().len() <= MAX_CUSTOM_DATA {
        return Vec::new();
    }
    let names = staged.custom_data.keys();
    names.map(|name| InvalidField { name: name.clone(), reason: FieldProblem::TooLong }).collect()
}

/// P-10: where each value goes; all values of the wrong type at once.
fn split_by_place(values: &Map<String, Value>) -> Result<StagedProfile, Rejection> {
    let mut staged = StagedProfile::default();
    let mut problems = Vec::new();
    for (key, value) in values {
        let placed = match key.as_str() {
            "name" => name(value).map(|name| staged.name = Some(name)),
            "avatar" => avatar(value).map(|avatar| staged.avatar = Some(avatar)),
            claim if Claims::is_claim(claim) => {
                if let Err((member, reason)) = staged.profile.set(claim, value) {
                    problems.push(InvalidField { name: member.unwrap_or_else(|| claim.into()), reason });
                }
                continue;
            }
            _ => custom(value).map(|value| {
                staged.custom_data.insert(key.clone(), value);
            }),
        };
        if let Err(reason) = placed {
            problems.push(InvalidField { name: key.clone(), reason });
        }
    }
    refuse_if_any(problems)?;
    Ok(staged)
}

fn name(value: &Value) -> Result<String, FieldProblem> {
    let name = value.as_str().ok_or(FieldProblem::WrongType)?;
    if name.chars().count() > MAX_NAME_LENGTH {
        Err(FieldProblem::TooLong)
    } else if is_plain(name) {
        Ok(name.into())
    } else {
        Err(FieldProblem::NotPlainText)
    }
}

fn avatar(value: &Value) -> Result<String, FieldProblem> {
    let avatar = value.as_str().ok_or(FieldProblem::WrongType)?;
    if avatar.is_empty() || url::is_web_url(avatar) {
        Ok(avatar.into())
    } else {
        Err(FieldProblem::InvalidUrl)
    }
}

fn custom(value: &Value) -> Result<Value, FieldProblem> {
    match value {
        _ if value.to_string().len() > MAX_CUSTOM_VALUE => Err(FieldProblem::TooLong),
        Value::String(text) if !is_plain(text) => Err(FieldProblem::NotPlainText),
        _ if !is_shallow(value) => Err(FieldProblem::WrongType),
        _ => Ok(value.clone()),
    }
}

fn refuse_if_any(fields: Vec<InvalidField>) -> Result<(), Rejection> {
    if fields.is_empty() { Ok(()) } else { Err(Rejection::InvalidProfile(InvalidProfile { fields })) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::experience::SignInExperience;

    fn split_under(settings: Value, values: Value) -> Result<StagedProfile, Rejection> {
        let settings: SignInExperience = serde_json::from_value(settings).unwrap();
        let extra = ExtraProfile::new(values.as_object().unwrap().clone()).unwrap();
        split(&extra, &Experience::new(settings).unwrap(), None)
    }

    fn rejected(values: Value) -> (&'static str, Value) {
        let rejection = split_under(json!({}), values).unwrap_err();
        (rejection.code(), rejection.data().unwrap())
    }

    #[test]
    fn p9_reserved_keys_are_answered_by_kind_naming_all_offenders() {
        let all = json!({"onboarding": 1, "email": 2, "username": 3, "preferredUsername": 4});
        assert_eq!(
            rejected(all),
            ("custom_profile_fields.name_conflict_built_in_prop", json!({"names": ["preferredUsername"]}))
        );
        assert_eq!(
            rejected(json!({"onboarding": 1, "email": 2, "username": 3})),
            (
                "custom_profile_fields.name_conflict_sign_in_identifier",
                json!({"names": ["email", "username"]})
            )
        );
        assert_eq!(
            rejected(json!({"onboarding": 1, "name": 7})),
            ("custom_profile_fields.name_conflict_custom_data", json!({"names": ["onboarding"]}))
        );
        let own = json!({"reservedCustomDataKeys": ["internal"], "customProfileFields": [
            {"name": "onboarding", "type": "Number"},
        ]});
        assert!(split_under(own.clone(), json!({"onboarding": 1})).is_ok());
        assert!(split_under(own, json!({"internal": 1})).is_err());
    }

    /// D-17: what nobody asked for is the operator's to write.
    #[test]
    fn p9_a_client_writes_only_what_the_operator_asks_for() {
        let (code, data) = rejected(json!({"isAdmin": true, "gender": "x", "plan": "gold", "name": 7}));
        assert_eq!(code, "guard.invalid_input");
        let paths: Vec<_> = data["issues"].as_array().unwrap().iter().map(|issue| &issue["path"]).collect();
        assert_eq!(paths, ["values.isAdmin", "values.plan"]);
    }

    #[test]
    fn p10_values_go_to_the_user_the_claims_or_custom_data() {
        let values = json!({
            "name": "Jane Roe", "avatar": "https://pics.example/j.png", "gender": "female",
            "address": {"country": "FR"}, "company": "Acme", "seats": 7,
        });
        let fields = json!({"customProfileFields": [
            {"name": "company", "type": "Text"}, {"name": "seats", "type": "Number"},
        ]});
        let staged = split_under(fields, values).unwrap();
        assert_eq!(staged.name.as_deref(), Some("Jane Roe"));
        assert_eq!(staged.avatar.as_deref(), Some("https://pics.example/j.png"));
        assert_eq!(
            serde_json::to_value(&staged.profile).unwrap(),
            json!({"gender": "female", "address": {"country": "FR"}})
        );
        assert_eq!(Value::Object(staged.custom_data), json!({"company": "Acme", "seats": 7}));
        assert!(split_under(json!({}), json!({"avatar": ""})).is_ok());
    }

    #[test]
    fn p10_all_values_of_the_wrong_type_are_named() {
        let values = json!({
            "name": 7, "avatar": "not-a-url", "nickname": null, "address": {"country": 7},
            "gender": "\u{202E}elam", "website": "javascript:alert(1)",
        });
        let (code, data) = rejected(values);
        assert_eq!(code, "user.invalid_profile");
        assert_eq!(
            data,
            json!({"fields": [
                {"name": "address.country", "reason": "wrong_type"},
                {"name": "avatar", "reason": "invalid_url"},
                {"name": "gender", "reason": "not_plain_text"},
                {"name": "name", "reason": "wrong_type"},
                {"name": "nickname", "reason": "wrong_type"},
                {"name": "website", "reason": "invalid_url"},
            ]})
        );
    }

    #[test]
    fn values_have_a_bound() {
        for values in [
            json!({"name": "x".repeat(129)}),
            json!({"nickname": "x".repeat(2049)}),
            json!({"company": "x".repeat(8200)}),
            json!({"company": vec![1; 5000]}),
        ] {
            let fields = json!({"customProfileFields": [{"name": "company", "type": "Text"}]});
            assert_eq!(split_under(fields, values).unwrap_err().code(), "user.invalid_profile");
        }
    }

    #[test]
    fn p10_a_users_custom_data_has_a_bound() {
        let fields = json!({"customProfileFields": [{"name": "company", "type": "Text"}]});
        let experience = Experience::new(serde_json::from_value(fields).unwrap()).unwrap();
        let extra = ExtraProfile::new(json!({"company": "Acme"}).as_object().unwrap().clone()).unwrap();
        let mut user =
            User::new(crate::identifier::UserId::parse("u").unwrap(), chrono::DateTime::UNIX_EPOCH);
        user.custom_data.insert("notes".into(), "x".repeat(65_000).into());
        assert!(split(&extra, &experience, Some(&user)).is_ok());
        user.custom_data.insert("more".into(), "x".repeat(600).into());
        assert_eq!(split(&extra, &experience, Some(&user)).unwrap_err().code(), "user.invalid_profile");
    }

    #[test]
    fn p11_values_are_checked_against_the_catalogue_after_their_types() {
        let settings = json!({"customProfileFields": [
            {"name": "company", "type": "Text", "config": {"maxLength": 3}},
            {"name": "gender", "type": "Select", "config": {"options": [{"value": "x"}]}},
        ]});
        let rejection = split_under(settings.clone(), json!({"company": "Acme", "gender": "y"})).unwrap_err();
        assert_eq!(
            rejection.data().unwrap(),
            json!({"fields": [{"name": "company", "reason": "too_long"}, {"name": "gender", "reason": "not_an_option"}]})
        );
        let rejection = split_under(settings, json!({"company": "Acme", "name": 7})).unwrap_err();
        assert_eq!(rejection.data().unwrap(), json!({"fields": [{"name": "name", "reason": "wrong_type"}]}));
    }
}
