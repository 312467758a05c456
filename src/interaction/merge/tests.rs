//! Tests of the merge: who wins for each field, and that nothing is lost.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::audit::ProfilePart;
use crate::identifier::{Email, Phone, UserId, Username};
use crate::interaction::StagedSocialIdentity;
use crate::secret::PasswordDigest;
use crate::user::{SocialIdentity, SocialUserInfo};

const THEN: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn now() -> DateTime<Utc> {
    THEN + chrono::TimeDelta::days(1)
}

fn user() -> User {
    let mut user = User::new(UserId::parse("u1").unwrap(), THEN);
    user.username = Some(Username::parse("jane").unwrap());
    user.primary_email = Some(Email::parse("jane@example.com").unwrap());
    user.primary_phone = Some(Phone::parse("61412345678").unwrap());
    user.set_password(PasswordDigest::new("old"), THEN);
    user.name = Some("Jane".into());
    user.avatar = Some("https://pics.example/old.png".into());
    user.profile = serde_json::from_value(json!({"nickname": "J", "address": {"country": "FR"}})).unwrap();
    user.custom_data = map(json!({"plan": "free", "seats": 1}));
    user.identities.insert("github".into(), SocialIdentity::new("42"));
    user
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn nothing_staged_changes_nothing() {
    let mut merged = user();
    assert_eq!(apply_to_user(&mut merged, StagedProfile::default(), now()), []);
    assert_eq!(merged, user());
}

#[test]
fn staged_scalars_replace() {
    let staged = StagedProfile {
        username: Some(Username::parse("jane2").unwrap()),
        primary_email: Some(Email::parse("new@example.com").unwrap()),
        primary_phone: Some(Phone::parse("61400000001").unwrap()),
        name: Some("New".into()),
        avatar: Some(String::new()),
        ..StagedProfile::default()
    };
    let mut merged = user();
    let changed = apply_to_user(&mut merged, staged, now());
    let parts = vec![ProfilePart::Name, ProfilePart::Avatar];
    assert_eq!(
        changed,
        [
            AuditAction::UsernameSet,
            AuditAction::EmailSet,
            AuditAction::PhoneSet,
            AuditAction::ProfileUpdated { parts }
        ]
    );
    assert_eq!(merged.username.unwrap().as_str(), "jane2");
    assert_eq!(merged.avatar.as_deref(), Some(""), "an empty picture is no picture");
    assert_eq!(merged.updated_at, now());
    assert_eq!(merged.password, user().password, "what is not staged stays");
}

#[test]
fn a_new_password_sets_its_time_and_clears_the_mark() {
    let mut merged = user();
    if let Some(password) = &mut merged.password {
        password.is_expired = true;
    }
    let staged = StagedProfile { password: Some(PasswordDigest::new("new")), ..StagedProfile::default() };
    assert_eq!(apply_to_user(&mut merged, staged, now()), [AuditAction::PasswordSet]);
    let password = merged.password.unwrap();
    assert_eq!(
        (password.digest.expose(), password.updated_at, password.is_expired),
        ("new", Some(now()), false)
    );
}

#[test]
fn identities_merge_by_target() {
    let social = |target: &str, id: &str| StagedProfile {
        social_identity: Some(StagedSocialIdentity {
            target: target.into(),
            user_info: SocialUserInfo::new(id),
        }),
        ..StagedProfile::default()
    };
    let mut merged = user();
    apply_to_user(&mut merged, social("google", "7"), now());
    assert_eq!(
        (merged.identities["github"].user_id.as_str(), merged.identities["google"].user_id.as_str()),
        ("42", "7")
    );
}

#[test]
fn claims_and_custom_data_merge_member_by_member() {
    let staged = StagedProfile {
        profile: serde_json::from_value(json!({"gender": "x", "address": {"locality": "Paris"}})).unwrap(),
        custom_data: map(json!({"plan": {"name": "pro"}, "new": true})),
        ..StagedProfile::default()
    };
    let mut merged = user();
    apply_to_user(&mut merged, staged, now());
    assert_eq!(
        serde_json::to_value(&merged.profile).unwrap(),
        json!({"nickname": "J", "gender": "x", "address": {"country": "FR", "locality": "Paris"}})
    );
    assert_eq!(merged.custom_data, map(json!({"plan": {"name": "pro"}, "seats": 1, "new": true})));
}

#[test]
fn another_spelling_of_an_email_is_a_change() {
    let staged = StagedProfile {
        primary_email: Some(Email::parse("Jane@example.com").unwrap()),
        ..StagedProfile::default()
    };
    assert_eq!(apply_to_user(&mut user(), staged, now()), [AuditAction::EmailSet]);
}

#[test]
fn staging_overwrites_kind_by_kind() {
    let mut staged = StagedProfile {
        username: Some(Username::parse("first").unwrap()),
        custom_data: map(json!({"a": 1})),
        name: Some("First".into()),
        ..StagedProfile::default()
    };
    staged.stage(StagedProfile {
        username: Some(Username::parse("second").unwrap()),
        custom_data: map(json!({"b": 2})),
        ..StagedProfile::default()
    });
    assert_eq!(staged.username.clone().unwrap().as_str(), "second");
    assert_eq!(staged.custom_data, map(json!({"b": 2})));
    staged.stage_behind(Some("Provided"), Some("https://pics.example/p.png"));
    assert_eq!(staged.name.as_deref(), Some("First"), "behind what is staged");
    assert_eq!(staged.avatar.as_deref(), Some("https://pics.example/p.png"));
}

fn any_custom() -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::btree_map("[a-c]", 0..3i64, 0..3)
        .prop_map(|members| members.into_iter().map(|(key, value)| (key, json!(value))).collect())
}

fn any_staged() -> impl Strategy<Value = StagedProfile> {
    let text = || proptest::option::of("[a-z]{1,3}");
    (text(), text(), text(), text(), any_custom()).prop_map(
        |(username, name, nickname, country, custom_data)| {
            let mut staged = StagedProfile { name, custom_data, ..StagedProfile::default() };
            staged.username = username.map(|text| Username::parse(&text).unwrap());
            staged.profile.nickname = nickname;
            staged.profile.address = country.map(|country| crate::user::Address {
                country: Some(country),
                ..crate::user::Address::default()
            });
            staged
        },
    )
}

proptest! {
    #[test]
    fn merging_twice_is_merging_once(staged in any_staged()) {
        let mut once = user();
        apply_to_user(&mut once, staged.clone(), now());
        let mut twice = once.clone();
        prop_assert_eq!(apply_to_user(&mut twice, staged, now()), []);
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn nothing_a_person_had_is_lost(staged in any_staged()) {
        let (before, mut after) = (user(), user());
        apply_to_user(&mut after, staged, now());
        prop_assert!(after.username.is_some() && after.name.is_some() && after.profile.nickname.is_some());
        prop_assert!(before.custom_data.keys().all(|key| after.custom_data.contains_key(key)));
        prop_assert_eq!(after.profile.address.unwrap().country.is_some(), true);
        prop_assert_eq!(&after.identities, &before.identities);
        prop_assert_eq!(&after.password, &before.password);
    }

    #[test]
    fn what_is_staged_is_written(staged in any_staged()) {
        let mut after = user();
        apply_to_user(&mut after, staged.clone(), now());
        prop_assert!(staged.username.is_none() || staged.username == after.username);
        prop_assert!(staged.name.is_none() || staged.name == after.name);
        prop_assert!(staged.custom_data.iter().all(|(key, value)| after.custom_data.get(key) == Some(value)));
    }
}
