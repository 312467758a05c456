//! A password by its text, by the digest of another system, marked expired.

use serde_json::{Value, json};
use vestibule::audit::AuditAction;
use vestibule::identifier::ClaimedIdentifier;
use vestibule::operator::{CreateUser, PasswordPatch, SetPassword, UserPatch};
use vestibule::password::{Argon2id, PasswordHasher as _};
use vestibule::rejection::Rejection;
use vestibule::user::User;

use crate::house::{House, OTHER_PASSWORD, PASSWORD, username};

/// What somebody is answered who signs in with a password.
fn signs_in(house: &House, who: ClaimedIdentifier, password: &str) -> Result<(), &'static str> {
    house.sign_in().password(who, password).map(|_| ()).map_err(|rejection| rejection.code())
}

fn set(house: &House, body: Value) -> Result<User, Rejection> {
    let password: PasswordPatch = serde_json::from_value(body).unwrap();
    house.act(&SetPassword::new("jane", password))
}

/// A digest of Argon2id with other costs than the house's.
fn foreign() -> String {
    Argon2id::new(16, 2, 1).unwrap().hash(OTHER_PASSWORD, &[9; 16]).unwrap().expose().to_owned()
}

#[test]
fn an_operators_password_ends_all_sessions_and_signs_in() {
    let house = House::open();
    let jane = house.add_jane();
    let opened = house.now.get();
    house.wait(chrono::TimeDelta::seconds(1));
    set(&house, json!({"password": OTHER_PASSWORD})).unwrap();
    let events = house.take_events();
    assert_eq!(events.len(), 1);
    assert!(events[0].action == AuditAction::PasswordSet && events[0].ends_sessions());
    assert!(!events[0].notify.is_empty(), "its owner is told");
    assert!(!house.account(&jane).keeps_session(opened));
    assert_eq!(signs_in(&house, username("jane"), PASSWORD), Err("session.invalid_credentials"));
    assert!(signs_in(&house, username("jane"), OTHER_PASSWORD).is_ok());
}

#[test]
fn v2_an_imported_digest_verifies_and_is_made_anew() {
    let house = House::open();
    let jane = house.add_jane();
    let digest = foreign();
    set(&house, json!({"digest": digest, "scheme": "Argon2id"})).unwrap();
    assert_eq!(house.account(&jane).password.unwrap().digest.expose(), digest);
    assert_eq!(signs_in(&house, username("jane"), PASSWORD), Err("session.invalid_credentials"));
    assert!(signs_in(&house, username("jane"), OTHER_PASSWORD).is_ok());
    let renewed = house.account(&jane).password.unwrap().digest;
    assert!(renewed.expose().contains("m=8,t=1,p=1"), "of the current costs");
    assert!(signs_in(&house, username("jane"), OTHER_PASSWORD).is_ok());

    let body = json!({"username": "joe", "digest": foreign(), "scheme": "argon2id"});
    let create: UserPatch = serde_json::from_value(body).unwrap();
    house.act(&CreateUser::new(create)).unwrap();
    assert!(signs_in(&house, username("joe"), OTHER_PASSWORD).is_ok());
}

#[test]
fn a_digest_that_no_hasher_reads_is_refused_at_import() {
    let house = House::open();
    let jane = house.add_jane();
    let before = house.account(&jane);
    for (digest, scheme) in [
        ("5f4dcc3b5aa765d61d8327deb882cf99", "md5"),
        (foreign().as_str(), "bcrypt"),
        (foreign().as_str(), "argon2i"),
        (foreign().as_str(), ""),
        ("$argon2id$v=19$m=4294967295,t=9,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", "argon2id"),
        ("", "argon2id"),
    ] {
        let refused = set(&house, json!({"digest": digest, "scheme": scheme})).unwrap_err();
        assert_eq!(refused, Rejection::UnsupportedDigest, "{scheme} {digest}");
    }
    assert_eq!(house.account(&jane), before);
    assert!(signs_in(&house, username("jane"), PASSWORD).is_ok(), "the control");
}

#[test]
fn v1_a_password_that_is_marked_expired_only_recovers() {
    let house = House::open();
    let jane = house.add_jane();
    set(&house, json!({"isExpired": true})).unwrap();
    assert_eq!(house.take_actions(), [AuditAction::PasswordMarked { is_expired: true }]);
    assert_eq!(signs_in(&house, username("jane"), PASSWORD), Err("password.expired"));
    set(&house, json!({"isExpired": false})).unwrap();
    assert_eq!(house.take_actions(), [AuditAction::PasswordMarked { is_expired: false }]);
    assert!(signs_in(&house, username("jane"), PASSWORD).is_ok());
    set(&house, json!({"password": OTHER_PASSWORD, "isExpired": true})).unwrap();
    assert_eq!(signs_in(&house, username("jane"), OTHER_PASSWORD), Err("password.expired"));
    set(&house, json!({"password": OTHER_PASSWORD})).unwrap();
    assert!(!house.account(&jane).password.unwrap().is_expired, "a new one is not");
}

#[test]
fn there_must_be_something_to_do() {
    let house = House::open();
    house.add("jane", |_| ());
    for nothing in [json!({}), json!({"isExpired": true}), json!({"password": ""})] {
        assert_eq!(set(&house, nothing.clone()).unwrap_err().code(), "guard.invalid_input", "{nothing}");
    }
    let nobody =
        SetPassword::new("joe", PasswordPatch { is_expired: Some(true), ..PasswordPatch::default() });
    assert_eq!(house.act(&nobody), Err(Rejection::EntityNotFound));
}

#[test]
fn an_import_that_is_repeated_ends_no_session() {
    let house = House::open();
    let jane = house.add_jane();
    let import = || set(&house, json!({"digest": foreign(), "scheme": "argon2id"})).unwrap();
    import();
    house.wait(chrono::TimeDelta::seconds(1));
    let opened = house.now.get();
    house.wait(chrono::TimeDelta::seconds(1));
    house.take_events();
    import();
    assert!(house.account(&jane).keeps_session(opened));
    assert!(signs_in(&house, username("jane"), OTHER_PASSWORD).is_ok(), "V-2 makes it anew");
    import();
    assert!(house.account(&jane).keeps_session(opened), "also of one that was made anew");
    assert_eq!(house.take_events(), [], "and so it is told");
    set(&house, json!({"digest": foreign(), "scheme": "argon2id", "isExpired": true})).unwrap();
    assert_eq!(house.take_actions(), [AuditAction::PasswordMarked { is_expired: true }]);
    set(&house, json!({"password": PASSWORD})).unwrap();
    assert!(!house.account(&jane).keeps_session(opened), "the control");
}
