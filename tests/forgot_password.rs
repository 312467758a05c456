//! Recovering a password: reset (P-13), submit (S-2).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/house.rs"]
mod house;

use house::{House, OTHER_PASSWORD, PASSWORD, Person, email, phone, username};
use serde_json::json;
use vestibule::audit::{AuditAction, AuditSubject};
use vestibule::flow::{ResetPassword, Submit};
use vestibule::identifier::UserId;
use vestibule::interaction::InteractionEvent;

fn recovering<'h>(house: &'h House, contact: &vestibule::identifier::Contact) -> Person<'h> {
    let person = house.recover();
    let id = person.prove(contact);
    person.identify(id).unwrap();
    person
}

#[test]
fn a_person_gets_in_again() {
    let house = House::open();
    let jane = house.add_jane();
    house.change(&jane, |user| user.password.as_mut().unwrap().is_expired = true);
    let person = recovering(&house, &phone("61412345678"));
    person.run(&ResetPassword::new("N0tTheOldOne")).unwrap();
    person.run(&ResetPassword::new(OTHER_PASSWORD)).unwrap();
    house.take_events();
    let submitted = person.run(&Submit).unwrap();
    assert_eq!((submitted.user_id, submitted.event), (jane.clone(), InteractionEvent::ForgotPassword));
    let events = house.take_events();
    let [event] = &events[..] else { panic!("one event: {events:?}") };
    assert_eq!(
        (&event.action, &event.subject),
        (&AuditAction::PasswordSet, &AuditSubject::User(jane.clone()))
    );
    assert!(event.ends_sessions() && event.notify.contains(&email("jane@example.com")), "the owner is told");
    let account = house.account(&jane);
    let password = account.password.unwrap();
    assert_eq!((password.updated_at, password.is_expired), (Some(house.now.get()), false));
    assert_eq!(account.last_sign_in_at, None, "a recovery is no sign-in");
    assert!(house.sign_in().password(username("jane"), OTHER_PASSWORD).is_ok());
    assert!(house.sign_in().password(username("jane"), PASSWORD).is_err());
}

#[test]
fn p13_only_a_recovery_of_somebody_resets() {
    let house = House::open();
    house.add_jane();
    let reset = ResetPassword::new("short");
    assert_eq!(house.register().code(&reset), "session.invalid_interaction_type");
    assert_eq!(house.sign_in().code(&reset), "session.invalid_interaction_type");
    assert_eq!(house.sign_in().into_jane().code(&reset), "session.invalid_interaction_type");
    assert_eq!(house.recover().code(&reset), "session.identifier_not_found");
}

#[test]
fn p13_policy_then_same_password() {
    let house = House::with(json!({"passwordPolicy": {"length": {"min": 10}}}));
    house.add_jane();
    let person = recovering(&house, &email("jane@example.com"));
    assert_eq!(person.code(&ResetPassword::new("Ab1")), "password.rejected");
    assert_eq!(person.code(&ResetPassword::new("61412345678")), "password.rejected", "her own phone");
    assert_eq!(person.code(&ResetPassword::new(PASSWORD)), "user.same_password");
    assert_eq!(person.code(&Submit), "user.new_password_required_in_profile");
    assert!(person.run(&ResetPassword::new(OTHER_PASSWORD)).is_ok());
}

#[test]
fn p13_somebody_without_a_password_gets_one() {
    let house = House::open();
    let joe =
        house.add("joe", |user| user.primary_email = Some("joe@example.com".to_owned().try_into().unwrap()));
    let person = recovering(&house, &email("joe@example.com"));
    person.run(&ResetPassword::new(OTHER_PASSWORD)).unwrap();
    person.run(&Submit).unwrap();
    assert!(house.account(&joe).password.is_some());
}

#[test]
fn s2_nothing_staged_is_refused_and_only_the_password_is_written() {
    let house = House::with(json!({"signUp": {"identifiers": ["username"], "password": true}}));
    let joe =
        house.add("joe", |user| user.primary_email = Some("joe@example.com".to_owned().try_into().unwrap()));
    let person = recovering(&house, &email("joe@example.com"));
    let rejection = person.run(&Submit).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), ("user.new_password_required_in_profile", 422));
    person.run(&ResetPassword::new(OTHER_PASSWORD)).unwrap();
    let before = house.account(&joe);
    house.take_events();
    person.run(&Submit).unwrap(); // the mandatory username is not asked for here
    let after = house.account(&joe);
    assert!(after.password.is_some() && after.last_sign_in_at.is_none());
    assert_eq!(house.take_actions(), [AuditAction::PasswordSet]);
    assert_eq!((after.mfa, after.primary_email), (before.mfa, before.primary_email));
    assert_eq!(house.recover().code(&Submit), "session.identifier_not_found");
}

#[test]
fn a_recovery_of_nobody_ends_nowhere() {
    let house = House::open();
    let person = house.recover();
    let (_, message) = person.send(&email("nobody@example.com"));
    assert_eq!(message, None);
    assert_eq!(person.user_id(), None::<UserId>);
}
