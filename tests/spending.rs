//! Spent once, and not in vain (V-16): what a step writes to an account carries the step's mark. After a crash between
//! the two writes the same step goes on; nobody gets anything for it twice; and a lock refuses it all the same (L-2).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/factors.rs"]
mod factors;
#[path = "support/house.rs"]
mod house;

use chrono::TimeDelta;
use factors::*;
use house::{House, OTHER_PASSWORD, Person, email, username};
use serde_json::json;
use vestibule::flow::{
    Identify, ProfilePayload, ResetPassword, StartSignInPasskey, StartWebAuthn, Submit, UpdateProfile,
    UsedPasskey, VerifyBackupCode, VerifySignInPasskey, VerifyTotp, VerifyWebAuthn, WebAuthnCeremony,
    WebAuthnReport,
};
use vestibule::identifier::UserId;
use vestibule::interaction::Interaction;
use vestibule::operation::Operation;
use vestibule::user::BackupCode;

fn house_of_jane() -> (House, UserId) {
    let house = house_with(&["Totp", "WebAuthn", "BackupCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        user.mfa.web_authn = vec![credential("c1")];
        user.mfa.backup_codes =
            vec![BackupCode::new(&jane, "00000000aa"), BackupCode::new(&jane, "00000000bb")];
    });
    (house, jane)
}

/// The step crashes before what it grants is written, is tried again, and is then granted once.
fn crashes_and_goes_on<O: Operation<Subject = Interaction>>(person: &Person<'_>, operation: &O) {
    person.house.crash_before_granting(&person.id(), operation);
    assert!(person.run(operation).is_ok(), "{}", O::NAME.as_str());
}

#[test]
fn v16_a_one_time_password_is_not_lost_in_a_crash_nor_won_twice() {
    let (house, _) = house_of_jane();
    let verify = VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0));
    let (person, thief) = (house.sign_in().into_jane(), house.sign_in().into_jane());
    house.crash_before_granting(&person.id(), &verify);
    assert_eq!(thief.code(&verify), "session.mfa.invalid_totp_code", "it is spent, by somebody else");
    assert!(person.run(&verify).is_ok());
    assert_eq!(person.code(&verify), "session.mfa.invalid_totp_code", "and granted once");
    person.run(&Submit).unwrap();
}

#[test]
fn v16_a_backup_code_is_not_lost_in_a_crash_nor_won_twice() {
    let (house, jane) = house_of_jane();
    let verify = VerifyBackupCode::new("00000000AA");
    let (person, thief) = (house.sign_in().into_jane(), house.sign_in().into_jane());
    house.crash_before_granting(&person.id(), &verify);
    assert_eq!(thief.code(&verify), "session.mfa.invalid_backup_code");
    // Another step between the crash and the retry makes no difference.
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    assert!(person.run(&verify).is_ok());
    assert_eq!(person.code(&verify), "session.mfa.invalid_backup_code");
    assert_eq!(house.account(&jane).mfa.backup_codes.iter().filter(|code| code.used_at.is_some()).count(), 1);
}

#[test]
fn v16_a_signature_counter_is_not_lost_in_a_crash_nor_won_twice() {
    let (house, _) = house_of_jane();
    let person = house.sign_in().into_jane();
    let id = person.run(&StartWebAuthn::new(WebAuthnCeremony::Authentication, pending())).unwrap();
    let report =
        WebAuthnReport::Authenticated { credential_id: "c1".into(), rp_id: "example.com".into(), counter: 7 };
    let verify = VerifyWebAuthn::new(id, report);
    crashes_and_goes_on(&person, &verify);
    assert_eq!(person.code(&verify), "session.mfa.pending_info_not_found");

    let house = House::with(json!({"passkeySignIn": {"enabled": true}}));
    let jane = house.add_jane();
    house.change(&jane, |user| user.mfa.web_authn = vec![credential("c1")]);
    let person = house.sign_in();
    let id = person.run(&StartSignInPasskey::new(pending())).unwrap();
    let used = UsedPasskey {
        credential_id: "c1".into(),
        rp_id: "example.com".into(),
        counter: 7,
        user_verified: true,
    };
    let verify = VerifySignInPasskey::new(id, Some(used));
    crashes_and_goes_on(&person, &verify);
    assert_eq!(person.code(&verify), "session.passkey_sign_in.pending_info_not_found");
    assert_eq!(person.identify(id), Ok(jane));
}

#[test]
fn v16_l2_a_lock_refuses_a_step_that_finds_its_own_mark() {
    let house = House::with(json!({
        "mfa": {"factors": ["Totp"], "policy": "NoPrompt"}, "sentinelPolicy": {"maxAttempts": 2},
    }));
    let jane = house.add_jane();
    house.change(&jane, with_totp);
    let verify = VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0));
    let (person, thief) = (house.sign_in().into_jane(), house.sign_in().into_jane());
    house.crash_before_granting(&person.id(), &verify);
    assert_eq!(thief.code(&VerifyTotp::of_own_secret("000000")), "session.mfa.invalid_totp_code");
    let locks = "session.verification_blocked_too_many_attempts";
    assert_eq!(thief.code(&VerifyTotp::of_own_secret("000000")), locks);
    assert_eq!(person.code(&verify), locks);

    house.wait(TimeDelta::minutes(61));
    let owner = house.sign_in().into_jane();
    owner.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    owner.run(&Submit).unwrap();
}

/// Joe, who stages an email, and whose submit crashes once the account is written.
fn joe_whose_submit_crashed(house: &House) -> (UserId, Person<'_>) {
    let joe = house.add("joe", |user| user.username = Some("joe".to_owned().try_into().unwrap()));
    house.change(&joe, |user| user.set_password(house.account_password(), house.now.get()));
    let person = house.sign_in();
    let id = person.password(username("joe"), house::PASSWORD).unwrap();
    person.identify(id).unwrap();
    let contact = person.prove(&email("joe@example.com"));
    person.run(&UpdateProfile::new(ProfilePayload::email(contact))).unwrap();
    house.crash_before_granting(&person.id(), &Submit);
    (joe, person)
}

#[test]
fn s11_a_submit_that_crashed_goes_on_and_writes_what_was_staged_since() {
    let house = House::open();
    let (joe, person) = joe_whose_submit_crashed(&house);
    assert!(house.account(&joe).primary_email.is_some(), "the account is written first");
    let phone = person.prove(&house::phone("61400000009"));
    person.run(&UpdateProfile::new(ProfilePayload::phone(phone))).unwrap();
    person.run(&Submit).unwrap();
    assert!(house.account(&joe).primary_phone.is_some());
    assert_eq!(person.code(&Submit), "session.interaction_not_found");
}

#[test]
fn s11_what_somebody_else_gave_the_account_meanwhile_is_still_a_conflict() {
    let house = House::open();
    let (joe, person) = joe_whose_submit_crashed(&house);
    house.change(&joe, |user| user.primary_email = Some("other@example.com".to_owned().try_into().unwrap()));
    assert_eq!(person.code(&Submit), "user.email_exists_in_profile");
}

#[test]
fn v17_the_proof_of_a_password_ends_with_the_password() {
    let (house, jane) = house_of_jane();
    let person = house.sign_in().into_jane();
    let id = person.interaction().registry().records()[0].id;
    assert!(person.interaction().proofs()[0].is_of(&house.account(&jane)));
    let recovery = house.recover();
    let code = recovery.prove(&email("jane@example.com"));
    recovery.identify(code).unwrap();
    recovery.run(&ResetPassword::new(OTHER_PASSWORD)).unwrap();
    let waiting = house.sign_in();
    let shown = waiting.password(username("jane"), house::PASSWORD).unwrap();
    recovery.run(&Submit).unwrap();
    assert_eq!(waiting.code(&Identify::by(shown)), "session.verification_failed", "not yet identified");
    assert_eq!(person.code(&Submit), "session.verification_failed", "identified already (S-1)");
    assert!(!person.interaction().proofs()[0].is_of(&house.account(&jane)));
    let another = house.sign_in();
    assert_eq!(another.code(&Identify::by(id)), "session.verification_session_not_found");
}
