//! Making, changing and deleting users.

use serde_json::{Value, json};
use vestibule::audit::{Actor, AuditAction, AuditSubject, ProfilePart};
use vestibule::operator::{CreateUser, DeleteUser, PatchUser, SuspendUser, UserPatch};
use vestibule::rejection::{OperationName, Rejection};
use vestibule::user::User;

use crate::house::{House, PASSWORD, email, username};

fn patch(body: Value) -> UserPatch {
    serde_json::from_value(body).unwrap()
}

fn create(house: &House, body: Value) -> Result<User, Rejection> {
    house.act(&CreateUser::new(patch(body)))
}

fn change(house: &House, id: &str, body: Value) -> Result<User, Rejection> {
    house.act(&PatchUser::new(id, patch(body)))
}

fn code<T: std::fmt::Debug>(outcome: Result<T, Rejection>) -> &'static str {
    outcome.unwrap_err().code()
}

#[test]
fn p6_a_user_is_made_with_what_is_given_and_signs_in() {
    let house = House::open();
    let made = create(
        &house,
        json!({
            "username": "jane", "primaryEmail": "Jane@example.com", "primaryPhone": "610412345678",
            "password": PASSWORD, "name": " Jane ", "avatar": "https://pics.example/a.png",
            "profile": {"givenName": "Jane", "address": {"country": "FR"}}, "customData": {"plan": "gold"},
        }),
    )
    .unwrap();
    let account = house.account(&made.id);
    assert_eq!(account.primary_phone.as_ref().unwrap().digits(), "61412345678");
    assert_eq!(
        (account.name.as_deref(), account.profile.given_name.as_deref()),
        (Some("Jane"), Some("Jane"))
    );
    assert_eq!(
        (account.email_verified_at, account.phone_verified_at),
        (None, None),
        "A-5: what is typed is not proved"
    );
    let events = house.take_events();
    let [event] = &events[..] else { panic!("one event: {events:?}") };
    assert_eq!((&event.action, &event.subject), (&AuditAction::UserCreated, &AuditSubject::User(made.id)));
    assert_eq!((event.actor, event.operation), (Actor::Operator, OperationName::CreateUser));
    assert!(house.sign_in().password(username("jane"), PASSWORD).is_ok());
}

#[test]
fn p6_what_somebody_has_is_refused_in_the_order_of_the_book() {
    let house = House::open();
    house.add_jane();
    let all = json!({"username": "jane", "primaryEmail": "JANE@example.com", "primaryPhone": "61412345678"});
    assert_eq!(code(create(&house, all.clone())), "user.username_already_in_use");
    house.add("joe", |_| ());
    assert_eq!(code(change(&house, "joe", all)), "user.username_already_in_use");
    let rest = json!({"primaryEmail": "jane@example.com", "primaryPhone": "61412345678"});
    assert_eq!(code(change(&house, "joe", rest)), "user.email_already_in_use");
    assert_eq!(
        code(change(&house, "joe", json!({"primaryPhone": "61412345678"}))),
        "user.phone_already_in_use"
    );
    assert!(change(&house, "jane", json!({"username": "jane"})).is_ok(), "one's own is free");
    assert_eq!(house.take_events(), [], "nothing changed");
}

#[test]
fn the_operators_own_policies_hold_for_identifiers_and_not_for_passwords() {
    let house = House::with(json!({
        "usernamePolicy": {"minLength": 4},
        "emailBlocklistPolicy": {"blockSubaddressing": true, "customBlocklist": ["@blocked.example"], "blockDisposableAddresses": true},
        "passwordPolicy": {"length": {"min": 12}},
    }));
    assert_eq!(code(create(&house, json!({"username": "jo"}))), "user.username_too_short");
    let blocked = json!({"primaryEmail": "jane@blocked.example"});
    assert_eq!(code(create(&house, blocked.clone())), "session.email_blocklist.email_not_allowed");
    let sub = json!({"primaryEmail": "jane+x@ok.example"});
    assert_eq!(code(create(&house, sub)), "session.email_blocklist.email_subaddressing_not_allowed");
    let made = create(&house, json!({"username": "jane", "password": "x"})).unwrap();
    assert_eq!(code(change(&house, made.id.as_str(), blocked)), "session.email_blocklist.email_not_allowed");
}

#[test]
fn a7_what_cannot_be_kept_is_named_at_once() {
    let house = House::open();
    let body = json!({"name": "a\u{202e}b", "avatar": "javascript:x", "password": ""});
    let rejection = create(&house, body).unwrap_err();
    let paths: Vec<String> = rejection.data().unwrap()["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["path"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(paths, ["name", "avatar", "password"]);
    assert_eq!(code(create(&house, json!({"profile": {"nickname": "a\u{0}"}}))), "guard.invalid_input");
    for wrong in [
        json!({"primaryEmail": "nobody"}),
        json!({"primaryPhone": "+61 412 345 678"}),
        json!({"username": "1st"}),
        json!({"customData": []}),
        json!({"password": "x", "digest": "y", "scheme": "bcrypt"}),
        json!({"digest": "y"}),
        json!({"scheme": "bcrypt"}),
    ] {
        assert!(serde_json::from_value::<UserPatch>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn a6_null_removes_absent_stays_and_objects_merge() {
    let house = House::open();
    let jane = house.add_jane();
    house.change(&jane, |user| {
        user.email_verified_at = Some(house.now.get());
        user.phone_verified_at = Some(house.now.get());
        user.profile.nickname = Some("jay".into());
        user.custom_data.insert("plan".into(), json!({"name": "gold", "seats": 3}));
    });
    let body = json!({
        "primaryEmail": "new@example.com", "primaryPhone": null, "username": null, "name": "Jane",
        "profile": {"nickname": null, "locale": "fr"}, "customData": {"plan": {"seats": null}, "x": 1},
    });
    let changed = change(&house, "jane", body).unwrap();
    assert_eq!(changed.custom_data, *json!({"plan": {"name": "gold"}, "x": 1}).as_object().unwrap());
    assert_eq!((changed.username, changed.primary_phone), (None, None));
    assert_eq!((changed.email_verified_at, changed.phone_verified_at), (None, None));
    assert!(changed.password.is_some(), "absent stays");
    assert_eq!((changed.profile.nickname, changed.profile.locale.as_deref()), (None, Some("fr")));
    let events = house.take_events();
    let actions: Vec<_> = events.iter().map(|event| &event.action).collect();
    let parts = vec![ProfilePart::Name, ProfilePart::Profile, ProfilePart::CustomData];
    assert_eq!(
        actions,
        [
            &AuditAction::UsernameRemoved,
            &AuditAction::EmailSet,
            &AuditAction::PhoneRemoved,
            &AuditAction::ProfileUpdated { parts }
        ]
    );
    for contact in ["jane@example.com", "new@example.com"] {
        assert!(events[1].notify.contains(&email(contact)), "{contact} is told");
    }
    let cleared = change(&house, "jane", json!({"profile": null, "customData": null})).unwrap();
    assert!(cleared.profile.is_empty() && cleared.custom_data.is_empty());
}

#[test]
fn a5_another_spelling_of_a_proved_email_stays_proved() {
    let house = House::open();
    let jane = house.add_jane();
    let at = Some(house.now.get());
    house.change(&jane, |user| user.email_verified_at = at);
    let changed = change(&house, "jane", json!({"primaryEmail": "Jane@Example.com"})).unwrap();
    assert_eq!(
        (changed.email_verified_at, changed.primary_email.unwrap().as_str()),
        (at, "Jane@example.com")
    );
}

#[test]
fn p10_custom_data_has_a_bound_over_many_patches() {
    let house = House::open();
    house.add_jane();
    let half = |key: &str| json!({"customData": {key: "x".repeat(40_000)}});
    assert!(change(&house, "jane", half("a")).is_ok());
    let rejection = change(&house, "jane", half("b")).unwrap_err();
    assert_eq!(rejection.code(), "user.invalid_profile");
    assert_eq!(rejection.data().unwrap(), json!({"fields": [{"name": "b", "reason": "too_long"}]}));
    assert!(change(&house, "jane", half("a")).is_ok(), "in place of itself it fits");
}

#[test]
fn an_operator_suspends_reinstates_and_deletes() {
    let house = House::open();
    let jane = house.add_jane();
    house.act(&SuspendUser::new("jane", true)).unwrap();
    house.act(&SuspendUser::new("jane", true)).unwrap();
    house.act(&SuspendUser::new("jane", false)).unwrap();
    house.act(&DeleteUser::new("jane")).unwrap();
    let events = house.take_events();
    let told: Vec<_> = events.iter().map(|event| (&event.action, event.ends_sessions())).collect();
    assert_eq!(
        told,
        [
            (&AuditAction::Suspended, true),
            (&AuditAction::Reinstated, false),
            (&AuditAction::UserDeleted, true)
        ]
    );
    assert!(events.iter().all(|event| event.subject == AuditSubject::User(jane.clone())));
    assert_eq!(code(change(&house, "jane", json!({}))), "entity.not_found");
}

#[test]
fn what_a_user_has_is_no_news_to_policies_that_were_made_since() {
    let mut house = House::open();
    let jane = house.add_jane();
    house.set(json!({
        "usernamePolicy": {"minLength": 6}, "emailBlocklistPolicy": {"customBlocklist": ["@example.com"]},
    }));
    let body = json!({"username": "jane", "primaryEmail": "jane@example.com", "name": "Jane"});
    assert!(change(&house, "jane", body).is_ok());
    assert_eq!(house.account(&jane).name.as_deref(), Some("Jane"));
    assert_eq!(code(change(&house, "jane", json!({"username": "joe"}))), "user.username_too_short");
}
