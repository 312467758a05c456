//! Verification codes and limits: sending (V-3, V-4, L-3), verifying (V-5), locking (L-1).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/house.rs"]
mod house;

use chrono::TimeDelta;
use house::{House, OTHER_PASSWORD, PASSWORD, email, phone, username};
use serde_json::json;
use vestibule::audit::{AuditAction, AuditSubject};
use vestibule::flow::{Identify, SendCode, VerifyCode, VerifyPassword, ViewInteraction};
use vestibule::interaction::InteractionEvent::{ForgotPassword, Register, SignIn};
use vestibule::rejection::Rejection;
use vestibule::verification::MessageTemplate;

#[test]
fn v3_a_code_of_six_digits_is_made_for_the_recipient() {
    let house = House::open();
    let person = house.sign_in();
    for contact in [email("new@example.com"), phone("61400000001")] {
        let (_, message) = person.send(&contact);
        let message = message.unwrap();
        assert_eq!(message.recipient, contact);
        assert!(
            message.code.expose().len() == 6 && message.code.expose().bytes().all(|b| b.is_ascii_digit())
        );
        assert!(!format!("{message:?}").contains(message.code.expose()));
    }
}

#[test]
fn v3_captcha_blocklist_limit_in_that_order() {
    let house = House::with(json!({
        "captchaPolicy": {"enabled": true}, "emailBlocklistPolicy": {"customBlocklist": ["@blocked.example"]},
        "messageRateLimit": {"maxMessages": 1},
    }));
    let blocked = SendCode::new(email("a@blocked.example"), Register);
    assert_eq!(house.register().code(&blocked), "session.captcha_required");
    let person = house.start_passing_captcha(Register);
    let sign_in = SendCode::new(email("a@blocked.example"), SignIn);
    assert!(person.run(&sign_in).is_ok(), "the blocklist is for registering");
    assert_eq!(person.code(&sign_in), "request.message_rate_limited");
    assert_eq!(person.code(&blocked), "session.email_blocklist.email_not_allowed");
}

#[test]
fn v3_the_template_is_the_events_or_to_bind_a_factor() {
    let house = House::with(
        json!({"signUp": {"identifiers": ["username"], "password": true, "secondaryIdentifiers": [{"identifier": "email"}]}}),
    );
    house.add_jane();
    let template = |person: &house::Person<'_>, contact, event| {
        person.run(&SendCode::new(contact, event)).unwrap().message.unwrap().template
    };
    let person = house.sign_in();
    assert_eq!(template(&person, phone("61412345678"), SignIn), MessageTemplate::SignIn);
    assert_eq!(template(&person, phone("61412345678"), Register), MessageTemplate::Register);
    assert_eq!(template(&person, phone("61412345678"), ForgotPassword), MessageTemplate::ForgotPassword);
    let person = person.into_jane();
    assert_eq!(template(&person, phone("61400000001"), SignIn), MessageTemplate::BindMfa);
    assert_eq!(
        template(&person, email("jane@example.com"), SignIn),
        MessageTemplate::SignIn,
        "covered by a secondary"
    );
}

#[test]
fn v4_delivery_is_withheld_with_the_same_answer() {
    let house = House::open();
    house.add_jane();
    let nobody = email("nobody@example.com");
    assert!(house.recover().send(&nobody).1.is_none());
    assert!(house.recover().send(&email("jane@example.com")).1.is_some());
    assert!(house.sign_in().send(&nobody).1.is_some(), "they may register with it");
    let house = House::with(json!({"signInMode": "SignIn"}));
    house.add_jane();
    let person = house.sign_in();
    assert!(person.send(&nobody).1.is_none());
    assert!(person.into_jane().send(&nobody).1.is_some(), "not of somebody identified");
    assert!(
        house
            .take_actions()
            .iter()
            .any(|action| matches!(action, AuditAction::CodeSent { withheld: true, .. }))
    );
}

#[test]
fn v4_a_withheld_code_is_never_right_and_answers_like_any_other() {
    let house = House::with(json!({"verificationCodePolicy": {"maxRetryAttempts": 2}}));
    let person = house.recover();
    let nobody = email("nobody@example.com");
    let (id, _) = person.send(&nobody);
    let verify = |code: &str| person.code(&VerifyCode::new(nobody.clone(), id, code));
    assert_eq!(verify("000000"), "verification_code.code_mismatch");
    assert_eq!(verify(""), "verification_code.code_mismatch");
    assert_eq!(verify("000000"), "verification_code.exceed_max_try");
    assert_eq!(person.code(&Identify::by(id)), "session.verification_failed");
}

#[test]
fn v5_the_answers_in_their_order() {
    let house = House::open();
    let person = house.sign_in();
    let (new, other) = (email("new@example.com"), email("other@example.com"));
    let (id, message) = person.send(&new);
    let right = message.unwrap().code;
    let verify =
        |contact: &_, code: &str| VerifyCode::new(vestibule::identifier::Contact::clone(contact), id, code);
    let number = phone("61400000001");
    assert_eq!(
        person.code(&verify(&number, right.expose())),
        "session.verification_session_not_found",
        "by type and id"
    );
    assert_eq!(person.code(&verify(&other, "wrong")), "verification_code.email_mismatch");
    assert_eq!(person.code(&verify(&new, "wrong")), "verification_code.code_mismatch");
    house.wait(TimeDelta::seconds(601));
    assert_eq!(person.code(&verify(&other, "wrong")), "verification_code.email_mismatch", "before age");
    assert_eq!(person.code(&verify(&new, right.expose())), "verification_code.expired");
    let (id, message) = person.send(&number);
    let wrong = VerifyCode::new(phone("61400000002"), id, message.unwrap().code.expose());
    assert_eq!(person.code(&wrong), "verification_code.phone_mismatch");
}

#[test]
fn v5_a_right_code_is_spent() {
    let house = House::open();
    let person = house.sign_in();
    let new = email("new@example.com");
    let (id, message) = person.send(&new);
    let right = message.unwrap().code;
    let verify = VerifyCode::new(email("NEW@example.com"), id, right.expose());
    assert_eq!(person.run(&verify), Ok(id));
    assert_eq!(person.code(&verify), "verification_code.not_found");
    let other = VerifyCode::new(email("other@example.com"), id, "x");
    assert_eq!(person.code(&other), "verification_code.not_found", "before the recipient is asked");
    let view = person.run(&ViewInteraction).unwrap();
    assert_eq!(view.verification_records[0].verified, Some(true), "and it stays verified");
}

#[test]
fn v5_a_new_code_replaces_the_old_one() {
    let house = House::open();
    let person = house.sign_in();
    let new = email("new@example.com");
    let (first, message) = person.send(&new);
    let (second, _) = person.send(&new);
    assert_ne!(first, second);
    let old = VerifyCode::new(new, first, message.unwrap().code.expose());
    assert_eq!(person.code(&old), "session.verification_session_not_found");
    assert_eq!(
        person.interaction().registry().records().iter().map(|record| record.id).collect::<Vec<_>>(),
        [second]
    );
}

#[test]
fn v5_wrong_tries_are_counted_though_the_step_is_rejected() {
    let house = House::with(json!({"verificationCodePolicy": {"maxRetryAttempts": 3}}));
    let person = house.sign_in();
    let new = email("new@example.com");
    let (id, message) = person.send(&new);
    for _ in 0..3 {
        assert_eq!(person.code(&VerifyCode::new(new.clone(), id, "x")), "verification_code.code_mismatch");
    }
    let right = VerifyCode::new(new.clone(), id, message.unwrap().code.expose());
    assert_eq!(person.code(&right), "verification_code.exceed_max_try");
}

#[test]
fn a_record_of_another_interaction_is_none() {
    let house = House::open();
    let new = email("new@example.com");
    let (id, message) = house.sign_in().send(&new);
    let verify = VerifyCode::new(new, id, message.unwrap().code.expose());
    assert_eq!(house.sign_in().code(&verify), "session.verification_session_not_found");
}

const BLOCKED: &str = "session.verification_blocked_too_many_attempts";

#[test]
fn l1_failures_lock_the_identifier_for_right_and_wrong_tries() {
    let house = House::with(json!({"sentinelPolicy": {"maxAttempts": 3, "lockoutDuration": 10}}));
    house.add_jane();
    let person = house.sign_in();
    let jane = email("jane@example.com");
    let (id, message) = person.send(&jane);
    let right_code = VerifyCode::new(jane.clone(), id, message.unwrap().code.expose());
    let by_email = |password: &str| VerifyPassword::new(house::by_email("Jane@Example.com"), password);
    for _ in 0..2 {
        assert_eq!(person.run(&by_email(OTHER_PASSWORD)), Err(Rejection::InvalidCredentials));
    }
    house.take_events();
    let rejection = person.run(&by_email(OTHER_PASSWORD)).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), (BLOCKED, 400), "the failure that reaches the limit");
    assert_eq!(rejection.data().unwrap(), json!({"retryAfter": 600}));
    assert!(house.take_actions().contains(&AuditAction::LockedOut));
    assert_eq!(person.code(&by_email(PASSWORD)), BLOCKED);
    assert_eq!(house.sign_in().code(&by_email(PASSWORD)), BLOCKED, "everywhere");
    assert!(person.run(&right_code).is_ok(), "codes have a pool of their own");
    assert!(
        house.sign_in().password(username("jane"), PASSWORD).is_ok(),
        "another identifier has its own count"
    );
    house.wait(TimeDelta::minutes(9));
    assert_eq!(person.code(&by_email(PASSWORD)), BLOCKED, "a try meanwhile neither counts nor extends");
    house.wait(TimeDelta::minutes(1));
    assert!(person.run(&by_email(PASSWORD)).is_ok());
}

#[test]
fn l1_a_success_clears_its_pool() {
    let house = House::with(json!({"sentinelPolicy": {"maxAttempts": 3}}));
    house.add_jane();
    let person = house.sign_in();
    let by_name = |password: &str| VerifyPassword::new(username("jane"), password);
    for _ in 0..3 {
        for _ in 0..2 {
            assert_eq!(person.run(&by_name(OTHER_PASSWORD)), Err(Rejection::InvalidCredentials));
        }
        assert!(person.run(&by_name(PASSWORD)).is_ok());
    }
}

#[test]
fn l1_an_identifier_that_is_nobodys_locks_too() {
    let house = House::with(json!({"sentinelPolicy": {"maxAttempts": 2}}));
    for name in ["nobody", "no-username"] {
        let person = house.sign_in();
        assert_eq!(person.code(&VerifyPassword::new(username(name), "x")), "session.invalid_credentials");
        for _ in 0..2 {
            assert_eq!(person.code(&VerifyPassword::new(username(name), "x")), BLOCKED);
        }
    }
}

#[test]
fn l1_a_missing_record_is_answered_before_the_lock() {
    let house = House::with(json!({"sentinelPolicy": {"maxAttempts": 1}}));
    let person = house.sign_in();
    let new = email("new@example.com");
    let (id, _) = person.send(&new);
    person.run(&VerifyCode::new(new.clone(), id, "x")).unwrap_err();
    assert_eq!(
        house.sign_in().code(&VerifyCode::new(new.clone(), id, "x")),
        "session.verification_session_not_found"
    );
    let elsewhere = VerifyCode::new(email("other@example.com"), id, "x");
    assert_eq!(person.code(&elsewhere), "verification_code.email_mismatch", "a mismatch is no try");
}

#[test]
fn l3_sends_are_limited_per_recipient_withheld_ones_included() {
    let house = House::open();
    let nobody = email("nobody@example.com");
    for n in 0..10 {
        let event = if n % 2 == 0 { ForgotPassword } else { Register };
        house.recover().run(&SendCode::new(email("NOBODY@example.com"), event)).unwrap();
    }
    let person = house.recover();
    let rejection = person.run(&SendCode::new(nobody.clone(), ForgotPassword)).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), ("request.message_rate_limited", 429));
    assert!(person.run(&SendCode::new(email("other@example.com"), ForgotPassword)).is_ok());
    house.wait(TimeDelta::seconds(600));
    assert!(person.run(&SendCode::new(nobody, ForgotPassword)).is_ok());
}

/// People type their password where the username belongs: of what names no account, events hold a digest.
#[test]
fn events_hold_nothing_that_somebody_typed() {
    let house = House::open();
    let jane = house.add_jane();
    let typed = ["Zk7vQw9pLm", "my pass-word 1", "jane@exmaple.com"];
    for text in typed {
        let person = house.sign_in();
        person.run(&VerifyPassword::new(username(text), "x")).unwrap_err();
        person.run(&VerifyPassword::new(house::by_email(text), "x")).unwrap_err();
    }
    house.sign_in().send(&email("jane@exmaple.com"));
    let events = format!("{:?}", house.take_events());
    assert!(typed.iter().all(|text| !events.contains(text)), "{events}");
    house.sign_in().run(&VerifyPassword::new(username("jane"), "x")).unwrap_err();
    let of = AuditSubject::User(jane);
    let events = house.take_events();
    let [event] = &events[..] else { panic!("one event") };
    assert_eq!(
        (&event.action, &event.subject),
        (&AuditAction::TryFailed, &of),
        "the control: an account is named"
    );
}
