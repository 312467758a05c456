//! Submitting (S-1, S-4 to S-6, S-10) and what is left to do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/house.rs"]
mod house;

use chrono::TimeDelta;
use house::{House, OTHER_PASSWORD, email, phone};
use serde_json::{Value, json};
use vestibule::audit::{AuditAction, ProfilePart};
use vestibule::flow::{
    NewPasswordIdentity, ProfilePayload, ResetPassword, Submit, UpdateProfile, WhatRemains,
};
use vestibule::identifier::{Email, Username};
use vestibule::interaction::InteractionEvent;
use vestibule::user::SocialUserInfo;

fn extra(values: Value) -> UpdateProfile {
    serde_json::from_value(json!({"type": "extraProfile", "values": values})).unwrap()
}

#[test]
fn s1_somebody_must_be_identified() {
    let house = House::open();
    for event in [InteractionEvent::SignIn, InteractionEvent::Register, InteractionEvent::ForgotPassword] {
        let rejection = house.start(event).run(&Submit).unwrap_err();
        assert_eq!((rejection.code(), rejection.status()), ("session.identifier_not_found", 404));
    }
}

#[test]
fn s4_somebody_may_have_been_faster() {
    let house = House::with(json!({"signUp": {"identifiers": []}}));
    let joe = house.add("joe", |user| user.primary_email = Some(Email::parse("joe@example.com").unwrap()));
    let person = house.sign_in();
    let id = person.prove(&email("joe@example.com"));
    person.identify(id).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::username("joey"))).unwrap();
    let other = house.add("other", |user| user.username = Some(Username::parse("joey").unwrap()));
    assert_eq!(person.code(&Submit), "user.username_already_in_use", "P-6 again");
    house.change(&other, |user| user.username = None);
    house.change(&joe, |user| user.username = Some(Username::parse("joseph").unwrap()));
    assert_eq!(person.code(&Submit), "user.username_exists_in_profile", "P-5 again");
    house.change(&joe, |user| user.username = None);
    assert!(person.run(&Submit).is_ok());
    assert_eq!(house.account(&joe).username.unwrap().as_str(), "joey");
}

#[test]
fn s5_what_is_mandatory_is_asked_of_staged_data_and_account_together() {
    let house = House::with(json!({"signUp": {
        "identifiers": ["username"], "password": true, "secondaryIdentifiers": [{"identifier": "emailOrPhone"}],
    }}));
    house.add("joe", |user| user.primary_email = Some(Email::parse("joe@example.com").unwrap()));
    let person = house.sign_in();
    let id = person.prove(&email("joe@example.com"));
    person.identify(id).unwrap();
    let rejection = person.run(&Submit).unwrap_err();
    assert_eq!(rejection.data().unwrap(), json!({"missingProfile": ["username", "password"]}));
    person.run(&UpdateProfile::new(ProfilePayload::username("joey"))).unwrap();
    let rejection = person.run(&Submit).unwrap_err();
    assert_eq!(rejection.data().unwrap(), json!({"missingProfile": ["password"]}));
    person.run(&UpdateProfile::new(ProfilePayload::password(OTHER_PASSWORD))).unwrap();
    assert!(person.run(&Submit).is_ok());
}

#[test]
fn s5_an_identity_stands_in_for_the_password() {
    let house = House::with(json!({"signUp": {"identifiers": ["email"], "password": true}}));
    let jane = house.add_jane();
    house.change(&jane, |user| user.password = None);
    let person = house.sign_in();
    let id = person.prove(&email("jane@example.com"));
    person.identify(id).unwrap();
    assert!(person.run(&Submit).is_ok(), "the account's");
    house.add("joe", |user| user.primary_email = Some(Email::parse("joe@example.com").unwrap()));
    let person = house.sign_in();
    let id = person.prove(&email("joe@example.com"));
    person.identify(id).unwrap();
    assert_eq!(person.code(&Submit), "user.missing_profile");
    let id = person.social("github-connector", SocialUserInfo::new("42"));
    person.run(&UpdateProfile::new(ProfilePayload::social(id))).unwrap();
    assert!(person.run(&Submit).is_ok(), "a staged one");
}

#[test]
fn s5_a_staged_social_identity_skips_only_where_the_operator_says_so() {
    for skip in [true, false] {
        let house = House::with(json!({
            "signUp": {"identifiers": ["phone"], "password": true}, "socialSignIn": {"skipRequiredIdentifiers": skip},
        }));
        house.add("joe", |user| user.primary_email = Some(Email::parse("joe@example.com").unwrap()));
        let person = house.sign_in();
        let id = person.prove(&email("joe@example.com"));
        person.identify(id).unwrap();
        let id = person.social("github-connector", SocialUserInfo::new("42"));
        assert_eq!(
            person.code(&Submit),
            "user.missing_profile",
            "one that is only verified stands in for nothing"
        );
        person.run(&UpdateProfile::new(ProfilePayload::social(id))).unwrap();
        assert_eq!(person.run(&Submit).is_ok(), skip);
    }
}

#[test]
fn s6_custom_fields_are_asked_of_registrations_only() {
    let house = House::with(json!({
        "signUp": {"identifiers": []}, "customProfileFields": [{"name": "company", "type": "Text", "required": true}],
    }));
    house.add_jane();
    assert!(house.sign_in().into_jane().run(&Submit).is_ok());
}

#[test]
fn s10_one_write_merges_everything_and_says_how() {
    let house = House::with(json!({
        "signUp": {"identifiers": []}, "customProfileFields": [{"name": "plan", "type": "Text"}],
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| {
        user.name = Some("Jane".into());
        user.profile =
            serde_json::from_value(json!({"nickname": "J", "address": {"country": "FR"}})).unwrap();
        user.custom_data = json!({"seats": 1, "plan": "free"}).as_object().unwrap().clone();
    });
    let person = house.sign_in().into_jane();
    person.prove(&phone("61412345678"));
    person.prove(&email("somebody-else@example.com"));
    person.run(&extra(json!({"locale": "fr", "address": {"locality": "Paris"}, "plan": "pro"}))).unwrap();
    house.wait(TimeDelta::minutes(1));
    house.take_events();
    let submitted = person.run(&Submit).unwrap();
    assert_eq!(house.users.used(), (1, 1));
    assert_eq!(
        serde_json::to_value(&submitted).unwrap(),
        json!({"userId": "jane", "event": "SignIn", "at": house.now.get(), "amr": ["pwd", "otp", "sms"],
            "endsOtherSessions": false})
    );
    let account = house.account(&jane);
    assert_eq!(
        serde_json::to_value(&account.profile).unwrap(),
        json!({"nickname": "J", "locale": "fr", "address": {"country": "FR", "locality": "Paris"}})
    );
    assert_eq!(Value::Object(account.custom_data), json!({"seats": 1, "plan": "pro"}));
    assert_eq!(account.name.as_deref(), Some("Jane"));
    assert_eq!((account.last_sign_in_at, account.updated_at), (Some(house.now.get()), house.now.get()));
    assert_eq!(
        house.take_actions(),
        [
            AuditAction::ProfileUpdated { parts: vec![ProfilePart::Profile, ProfilePart::CustomData] },
            AuditAction::SignedIn,
        ]
    );
}

#[test]
fn s10_a_proof_about_somebody_else_is_no_method() {
    let house = House::open();
    house.add_jane();
    house.add("joe", |user| user.primary_email = Some(Email::parse("joe@example.com").unwrap()));
    let person = house.sign_in();
    person.prove(&email("joe@example.com"));
    let person = person.into_jane();
    assert_eq!(serde_json::to_value(person.run(&Submit).unwrap().amr).unwrap(), json!(["pwd"]));
}

fn remaining(person: &house::Person<'_>) -> Value {
    serde_json::to_value(person.run(&WhatRemains).unwrap()).unwrap()
}

fn step(code: &str) -> Value {
    json!({"code": code, "skippable": false})
}

fn missing(items: &[&str]) -> Value {
    json!({"code": "user.missing_profile", "data": {"missingProfile": items}, "skippable": false})
}

fn nobody(by: Value) -> Value {
    json!([{"code": "session.identifier_not_found", "data": {"by": by}, "skippable": false}])
}

#[test]
fn s12_what_remains_leads_a_registration_to_its_end() {
    let house = House::with(json!({
        "signUp": {"identifiers": ["username"], "password": true, "secondaryIdentifiers": [{"identifier": "email"}]},
        "customProfileFields": [{"name": "company", "type": "Text", "required": true}],
        "captchaPolicy": {"enabled": true},
    }));
    let everything = missing(&["username", "email", "password"]);
    let form = missing(&["extraProfile"]);
    let refused = house.register();
    assert_eq!(
        remaining(&refused)["steps"],
        json!([step("session.captcha_required"), everything, form]),
        "those of N-12"
    );
    let person = house.start_passing_captcha(InteractionEvent::Register);
    assert_eq!(remaining(&person)["steps"], json!([everything, form]));
    let id = person.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap();
    person.identify(id).unwrap_err();
    assert_eq!(remaining(&person)["steps"], json!([missing(&["email"]), form]));
    let id = person.prove(&email("new@example.com"));
    person.identify(id).unwrap_err();
    assert_eq!(remaining(&person)["steps"], json!([form]));
    person.run(&extra(json!({"company": "Acme"}))).unwrap();
    assert_eq!(remaining(&person)["steps"], nobody(json!([{"type": "stagedProfile"}])));
    person.identify(id).unwrap();
    let left = json!({"event": "Register", "identified": true, "canSubmit": true, "steps": []});
    assert_eq!(remaining(&person), left);
    person.run(&Submit).unwrap();
}

#[test]
fn s12_what_remains_offers_the_ways_that_are_on() {
    let house = House::with(json!({"forgotPasswordMethods": ["EmailVerificationCode"]}));
    house.add_jane();
    let person = house.sign_in();
    assert_eq!(
        remaining(&person),
        json!({"event": "SignIn", "identified": false, "canSubmit": false, "steps": nobody(json!([
            {"type": "password", "identifier": "username"},
            {"type": "password", "identifier": "email"},
            {"type": "verificationCode", "identifier": "email"},
            {"type": "password", "identifier": "phone"},
            {"type": "verificationCode", "identifier": "phone"},
            {"type": "social", "connectorId": "github-connector"},
            {"type": "social", "connectorId": "google-connector"},
        ]))})
    );
    let person = house.recover();
    let by_email = nobody(json!([{"type": "verificationCode", "identifier": "email"}]));
    assert_eq!(remaining(&person)["steps"], by_email);
    let id = person.prove(&email("jane@example.com"));
    person.identify(id).unwrap();
    assert_eq!(remaining(&person)["steps"], json!([step("user.new_password_required_in_profile")]));
    person.run(&ResetPassword::new(OTHER_PASSWORD)).unwrap();
    assert_eq!(remaining(&person)["canSubmit"], true);
    let house = House::with(json!({"signInMode": "Register"}));
    assert_eq!(remaining(&house.sign_in())["steps"], nobody(json!([])));
}
