//! Tests of the catalogue of custom fields.

use serde_json::json;

use super::*;
use crate::experience::Experience;

fn built(fields: Value) -> Result<Experience, SettingsError> {
    let settings = serde_json::from_value(json!({ "customProfileFields": fields })).unwrap();
    Experience::new(settings)
}

fn problems(field: Value, values: Value) -> Vec<(String, FieldProblem)> {
    let experience = built(json!([field])).unwrap();
    let found = experience.sign_up_fields().next().unwrap().problems(values.as_object().unwrap());
    found.into_iter().map(|field| (field.name, field.reason)).collect()
}

#[test]
fn p11_values_are_checked_by_type() {
    let cases = [
        (json!({"type": "Text", "config": {"minLength": 2, "maxLength": 3}}), json!("ab"), None),
        (json!({"type": "Text", "config": {"minLength": 2}}), json!("a"), Some(FieldProblem::TooShort)),
        (json!({"type": "Text", "config": {"minLength": 2}}), json!(""), None),
        (json!({"type": "Text", "config": {"maxLength": 3}}), json!("äöüß"), Some(FieldProblem::TooLong)),
        (json!({"type": "Text"}), json!("x".repeat(MAX_TEXT + 1)), Some(FieldProblem::TooLong)),
        (json!({"type": "Text"}), json!(7), Some(FieldProblem::WrongType)),
        (json!({"type": "Number", "config": {"minValue": 1, "maxValue": 2.5}}), json!(2.5), None),
        (json!({"type": "Number", "config": {"minValue": 1}}), json!(0), Some(FieldProblem::TooSmall)),
        (json!({"type": "Number", "config": {"maxValue": 1}}), json!(1.1), Some(FieldProblem::TooLarge)),
        (json!({"type": "Number"}), json!("7"), Some(FieldProblem::WrongType)),
        (json!({"type": "Date"}), json!("2024-02-29"), None),
        (
            json!({"type": "Date", "config": {"format": "MM/dd/yyyy"}}),
            json!("13/01/2024"),
            Some(FieldProblem::InvalidDate),
        ),
        (
            json!({"type": "Date", "config": {"format": "custom", "customFormat": "dd.MM.yyyy"}}),
            json!("01.02.2024"),
            None,
        ),
        (json!({"type": "Checkbox"}), json!(true), None),
        (json!({"type": "Checkbox"}), json!("true"), Some(FieldProblem::WrongType)),
        (
            json!({"type": "Select", "config": {"options": [{"value": "a"}, {"value": "b"}]}}),
            json!("b"),
            None,
        ),
        (
            json!({"type": "Select", "config": {"options": [{"value": "a"}]}}),
            json!("c"),
            Some(FieldProblem::NotAnOption),
        ),
        (json!({"type": "Url"}), json!("https://x.example"), None),
        (json!({"type": "Url"}), json!("x.example"), Some(FieldProblem::InvalidUrl)),
        (json!({"type": "Regex", "config": {"format": "^[A-Z]{2}$"}}), json!("AB"), None),
        (
            json!({"type": "Regex", "config": {"format": "^[A-Z]{2}$"}}),
            json!("Ab"),
            Some(FieldProblem::PatternMismatch),
        ),
    ];
    for (mut field, value, problem) in cases {
        field["name"] = json!("field");
        let expected: Vec<_> = problem.into_iter().map(|problem| ("field".to_owned(), problem)).collect();
        assert_eq!(problems(field.clone(), json!({ "field": value })), expected, "{field} {value}");
    }
}

#[test]
fn p11_composites_are_checked_part_by_part() {
    let address = json!({"name": "home", "type": "Address", "config": {"parts": [
        {"name": "country", "enabled": true, "config": {"maxLength": 2}},
        {"name": "region", "enabled": false, "config": {"maxLength": 1}},
    ]}});
    let values = json!({"address": {"country": "FRA", "region": "long"}});
    assert_eq!(problems(address, values), [("address.country".to_owned(), FieldProblem::TooLong)]);
    let fullname = json!({"name": "fullname", "type": "Fullname", "config": {"parts": [
        {"name": "givenName", "enabled": true, "config": {"minLength": 2}},
    ]}});
    assert_eq!(
        problems(fullname, json!({"givenName": "A"})),
        [("givenName".to_owned(), FieldProblem::TooShort)]
    );
}

#[test]
fn a_bad_definition_is_an_error_with_a_code() {
    for (field, code) in [
        (json!({"name": "email", "type": "Text"}), "custom_profile_fields.invalid_name"),
        (json!({"name": "preferredUsername", "type": "Text"}), "custom_profile_fields.invalid_name"),
        (json!({"name": "onboarding", "type": "Text"}), "custom_profile_fields.invalid_name"),
        (json!({"name": "bad-name", "type": "Text"}), "custom_profile_fields.invalid_name"),
        (json!({"name": "", "type": "Text"}), "custom_profile_fields.invalid_name"),
        (
            json!({"name": "a", "type": "Text", "config": {"minLength": 3, "maxLength": 2}}),
            "custom_profile_fields.invalid_min_max",
        ),
        (
            json!({"name": "a", "type": "Number", "config": {"minValue": 3, "maxValue": 2}}),
            "custom_profile_fields.invalid_min_max",
        ),
        (json!({"name": "a", "type": "Select"}), "custom_profile_fields.invalid_options"),
        (
            json!({"name": "a", "type": "Select", "config": {"options": []}}),
            "custom_profile_fields.invalid_options",
        ),
        (
            json!({"name": "a", "type": "Regex", "config": {"format": "("}}),
            "custom_profile_fields.invalid_regex_format",
        ),
        (json!({"name": "a", "type": "Regex"}), "custom_profile_fields.invalid_regex_format"),
        (
            json!({"name": "a", "type": "Regex", "config": {"format": "(a{1000}){1000}"}}),
            "custom_profile_fields.invalid_regex_format",
        ),
        (
            json!({"name": "a", "type": "Date", "config": {"format": "custom"}}),
            "custom_profile_fields.invalid_date_format",
        ),
        (json!({"name": "a", "type": "Fullname"}), "custom_profile_fields.invalid_parts"),
        (
            json!({"name": "a", "type": "Address", "config": {"parts": [{"name": "country", "enabled": true, "type": "Fullname"}]}}),
            "custom_profile_fields.invalid_parts",
        ),
        (
            json!({"name": "a", "type": "Fullname", "config": {"parts": [{"name": "country", "enabled": true}]}}),
            "custom_profile_fields.invalid_parts",
        ),
        (
            json!({"name": "a", "type": "Checkbox", "config": {"minLength": 1}}),
            "custom_profile_fields.invalid_config",
        ),
    ] {
        let error = built(json!([field])).expect_err(&field.to_string());
        assert_eq!(error.code(), code, "{field}: {error}");
    }
}
