//! `PATCH /users/{id}/profile`.

use serde_json::json;
use vestibule::operation::Operation;
use vestibule::operator::{PatchProfile, ProfilePatch};

use crate::house::{House, JANE, at};

#[test]
fn a6_named_claims_change_and_the_others_stay() {
    let house = House::new(json!({}));
    house
        .patch(&json!({"nickname": "jay", "gender": "f", "address": {"country": "FR", "region": "IDF"}}))
        .unwrap();
    let claims = house
        .patch(
            &json!({"nickname": "jane", "address": {"country": null, "locality": "Paris"}, "locale": "fr"}),
        )
        .unwrap();
    let expected = json!({
        "nickname": "jane", "gender": "f", "locale": "fr", "address": {"region": "IDF", "locality": "Paris"},
    });
    assert_eq!(serde_json::to_value(&claims).unwrap(), expected);
    assert_eq!(house.jane().profile, claims);
    assert_eq!(house.jane().updated_at, at("2024-01-15T15:45:00Z"));
    let claims = house.patch(&json!({"nickname": null, "gender": null, "address": null})).unwrap();
    assert_eq!(serde_json::to_value(claims).unwrap(), json!({"locale": "fr"}));
}

#[test]
fn a6_every_claim_of_the_document_can_be_patched() {
    let document = json!({
        "familyName": "string", "givenName": "string", "middleName": "string", "nickname": "string",
        "preferredUsername": "string", "profile": "https://string.example", "website": "http://string.example", "gender": "string",
        "birthdate": "string", "zoneinfo": "string", "locale": "string",
        "address": {
            "formatted": "string", "streetAddress": "string", "locality": "string", "region": "string",
            "postalCode": "string", "country": "string",
        },
    });
    let house = House::new(json!({}));
    assert_eq!(serde_json::to_value(house.patch(&document).unwrap()).unwrap(), document);
}

#[test]
fn a7_an_unknown_user_is_told_before_anything_wrong_with_the_patch() {
    let house = House::new(json!({}));
    for (id, body) in [("user_9", json!({"profile": {}})), ("no such user", json!({})), ("", json!(null))] {
        let error = house.run(&PatchProfile::new(id, ProfilePatch::from_json(&body))).unwrap_err();
        let rejection = error.rejection().unwrap();
        assert_eq!((rejection.code(), rejection.status()), ("entity.not_found", 404));
        assert!(PatchProfile::NAME.codes().any(|code| code == rejection.entry()));
    }
}

#[test]
fn a7_wrong_types_are_refused_each_named_and_unknown_claims_ignored() {
    let house = House::new(json!({}));
    let rejection =
        house.patch(&json!({"nickname": "kept out", "gender": 7, "address": {"country": []}})).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), ("guard.invalid_input", 400));
    assert!(PatchProfile::NAME.codes().any(|code| code == rejection.entry()));
    assert_eq!(
        rejection.data().unwrap(),
        json!({"issues": [
            {"path": "profile.gender", "message": "expected a string or null"},
            {"path": "profile.address.country", "message": "expected a string or null"},
        ]})
    );
    assert!(house.jane().profile.is_empty());
    let error = house.run(&PatchProfile::new(JANE, ProfilePatch::from_json(&json!({})))).unwrap_err();
    assert_eq!(error.rejection().unwrap().data().unwrap()["issues"][0]["path"], "profile");
    let claims = house.patch(&json!({"nickname": "jay", "shoeSize": 43})).unwrap();
    assert_eq!(serde_json::to_value(claims).unwrap(), json!({"nickname": "jay"}));
}

#[test]
fn a7_texts_are_plain_and_links_are_the_webs() {
    let house = House::new(json!({}));
    for (claim, text) in
        [("nickname", "a\nb"), ("gender", "\u{202E}x"), ("website", "javascript:alert(1)"), ("profile", "me")]
    {
        let data = house.patch(&json!({ claim: text })).unwrap_err().data().unwrap();
        assert_eq!(data["issues"][0]["path"], format!("profile.{claim}"));
    }
}

#[test]
fn a8_strict_mode_is_off_by_default_and_names_every_claim_it_refuses() {
    let wrong = json!({"birthdate": "17/05/1990", "website": "", "locale": "en_US", "zoneinfo": "CEST"});
    assert!(House::new(json!({})).patch(&wrong).is_ok());
    let strict = House::new(json!({"strictClaims": true}));
    let data = strict.patch(&wrong).unwrap_err().data().unwrap();
    let paths: Vec<_> = data["issues"].as_array().unwrap().iter().map(|issue| &issue["path"]).collect();
    assert_eq!(paths, ["profile.birthdate", "profile.locale", "profile.website", "profile.zoneinfo"]);
    assert!(strict.jane().profile.is_empty());
    let right = json!({
        "birthdate": "0000-05-17", "website": "https://jane.example/", "profile": "https://social.example/jane",
        "locale": "en-US", "zoneinfo": "Europe/Paris",
    });
    assert_eq!(serde_json::to_value(strict.patch(&right).unwrap()).unwrap(), right);
    let all_null =
        json!({"birthdate": null, "website": null, "profile": null, "locale": null, "zoneinfo": null});
    assert!(strict.patch(&all_null).unwrap().is_empty());
}
