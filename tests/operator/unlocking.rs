//! Having failed tries forgotten (L-1), from whatever source they came (L-5).

use chrono::TimeDelta;
use serde_json::json;
use vestibule::audit::{AuditAction, AuditSubject};
use vestibule::flow::{VerifyBackupCode, VerifyTotp};
use vestibule::identifier::{ClaimedIdentifier, IdentifierType};
use vestibule::operator::Unlock;
use vestibule::rejection::Rejection;

use crate::factors::{totp_code, totp_secret, with_backup_codes, with_totp};
use crate::house::{House, PASSWORD, by_email, username};

const LOCKED: &str = "session.verification_blocked_too_many_attempts";

/// What somebody is answered who signs in with a password.
fn signs_in(house: &House, who: ClaimedIdentifier, password: &str) -> Result<(), &'static str> {
    house.sign_in().password(who, password).map(|_| ()).map_err(|rejection| rejection.code())
}

/// Three tries; locked for a day, which outlasts the hour in which failures add up.
fn house() -> House {
    let house = House::with(json!({
        "sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 1440},
        "mfa": {"factors": ["Totp", "BackupCode"], "policy": "NoPrompt"},
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        with_backup_codes(user);
    });
    house
}

fn lock(house: &House, who: &ClaimedIdentifier) {
    for _ in 0..3 {
        signs_in(house, who.clone(), "wrong").unwrap_err();
    }
    assert_eq!(signs_in(house, who.clone(), PASSWORD), Err(LOCKED));
}

#[test]
fn l1_an_unlocked_user_gets_in_by_every_identifier_and_factor() {
    let house = house();
    lock(&house, &username("jane"));
    lock(&house, &by_email("jane@example.com"));
    house.act(&Unlock::user("jane")).unwrap();
    assert!(house.take_events().iter().any(|event| event.action == AuditAction::Unlocked));
    let person = house.sign_in();
    let id = person.password(username("jane"), PASSWORD).unwrap();
    person.identify(id).unwrap();
    assert!(signs_in(&house, by_email("jane@example.com"), PASSWORD).is_ok());
    for _ in 0..3 {
        person.code(&VerifyTotp::of_own_secret("000000"));
        person.code(&VerifyBackupCode::new("wrong"));
    }
    let right = VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0));
    assert_eq!((person.code(&right), person.code(&VerifyBackupCode::new("00000000aa"))), (LOCKED, LOCKED));
    house.act(&Unlock::user("jane")).unwrap();
    assert!(person.run(&right).is_ok() && person.run(&VerifyBackupCode::new("00000000aa")).is_ok());
}

#[test]
fn l5_tries_are_forgotten_whatever_source_they_came_from_and_new_ones_count() {
    let house = house();
    let sources = ["10.0.0.0/24", "10.0.1.0/24"];
    for source in sources {
        house.source.set(Some(source));
        lock(&house, &username("jane"));
    }
    // The operator comes from elsewhere, and long after the hour.
    house.source.set(None);
    house.wait(TimeDelta::hours(2));
    house.source.set(Some(sources[0]));
    assert_eq!(signs_in(&house, username("jane"), PASSWORD), Err(LOCKED), "it lasts a day");
    house.source.set(None);
    house.act(&Unlock::user("jane")).unwrap();
    for source in sources {
        house.source.set(Some(source));
        assert!(signs_in(&house, username("jane"), PASSWORD).is_ok(), "{source}");
    }
    house.wait(TimeDelta::seconds(1));
    lock(&house, &username("jane"));
    house.source.set(Some(sources[0]));
    assert!(signs_in(&house, username("jane"), PASSWORD).is_ok(), "the other place is not locked");
}

#[test]
fn l5_what_is_forgotten_stays_forgotten_as_long_as_it_would_have_locked() {
    let house = house();
    house.source.set(Some("10.0.0.0/24"));
    lock(&house, &username("jane"));
    house.act(&Unlock::user("jane")).unwrap();
    // Somebody is right elsewhere, which clears what is counted of all sources; and time passes.
    house.source.set(Some("10.0.1.0/24"));
    assert!(signs_in(&house, username("jane"), PASSWORD).is_ok());
    house.wait(TimeDelta::hours(23));
    let store = &house.verifications.store;
    vestibule::store::VerificationStore::purge_expired(store, house.now.get(), 1000).unwrap();
    house.source.set(Some("10.0.0.0/24"));
    assert!(signs_in(&house, username("jane"), PASSWORD).is_ok());
}

#[test]
fn l1_an_identifier_is_unlocked_whoever_owns_it() {
    let house = house();
    for who in [username("jane"), username("nobody"), username("no identifier"), by_email("x@example.com")] {
        lock(&house, &who);
        house.take_events();
        house.act(&Unlock::identifier(who.clone())).unwrap();
        let events = house.take_events();
        assert!(matches!(events[0].subject, AuditSubject::Unknown { .. }), "whose it is nobody looked for");
        let expected = if who == username("jane") { Ok(()) } else { Err("session.invalid_credentials") };
        assert_eq!(signs_in(&house, who, PASSWORD), expected);
    }
    let phone = ClaimedIdentifier::new(IdentifierType::Phone, "61412345678");
    lock(&house, &phone);
    house.act(&Unlock::identifier(username("jane"))).unwrap();
    assert_eq!(signs_in(&house, phone, PASSWORD), Err(LOCKED), "another's tries stay");
    assert_eq!(house.act(&Unlock::user("nobody")), Err(Rejection::EntityNotFound));
}

#[test]
fn l1_a_lock_that_was_unlocked_does_not_come_back_under_other_settings() {
    let mut house = house();
    house.source.set(Some("10.0.0.0/24"));
    lock(&house, &username("jane"));
    house.set(json!({
        "signIn": {"methods": crate::house::all_methods()},
        "sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 30},
    }));
    house.act(&Unlock::user("jane")).unwrap();
    house.wait(TimeDelta::minutes(61));
    let store = &house.verifications.store;
    vestibule::store::VerificationStore::purge_expired(store, house.now.get(), 1000).unwrap();
    assert!(signs_in(&house, username("jane"), PASSWORD).is_ok());
}
