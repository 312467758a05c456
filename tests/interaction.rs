//! The interaction itself: start, switch, time, captcha, view (rules I-1 to I-7).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/house.rs"]
mod house;

use chrono::TimeDelta;
use house::{House, OTHER_PASSWORD, PASSWORD, email, phone, username};
use serde_json::json;
use vestibule::flow::{
    CaptchaVerdict, Identify, NewPasswordIdentity, ProfilePayload, ResetPassword, SendCode, Start, Submit,
    SwitchEvent, UpdateProfile, VerifyCode, ViewInteraction, WhatRemains,
};
use vestibule::interaction::{InteractionEvent, InteractionId};
use vestibule::rejection::Rejection;
use vestibule::user::SocialUserInfo;

use InteractionEvent::{ForgotPassword, Register, SignIn};

#[test]
fn i1_a_failed_captcha_starts_nothing_and_the_mode_is_not_asked() {
    let house = House::with(json!({"signInMode": "SignIn"}));
    let failed = house.act(&Start::new(SignIn).with_captcha(CaptchaVerdict::Failed));
    assert_eq!(failed, Err(Rejection::CaptchaFailed));
    assert!(house.verifications.store.is_empty());
    assert_eq!(house.register().interaction().event(), Register);
}

#[test]
fn i1_starting_again_replaces_the_interaction_and_its_records() {
    let house = House::open();
    house.add_jane();
    let first = house.sign_in();
    let record = first.password(username("jane"), PASSWORD).unwrap();
    assert_eq!(house.sign_in().code(&Identify::by(record)), "session.verification_session_not_found");
}

#[test]
fn i3_the_mode_is_asked_first_then_the_recovery() {
    let house = House::with(json!({"signInMode": "SignIn"}));
    assert_eq!(house.sign_in().code(&SwitchEvent::to(Register)), "auth.forbidden");
    assert_eq!(house.register().code(&SwitchEvent::to(Register)), "auth.forbidden", "even to the same event");
    assert_eq!(
        house.recover().code(&SwitchEvent::to(Register)),
        "auth.forbidden",
        "before the recovery is asked"
    );
    assert!(house.register().run(&SwitchEvent::to(SignIn)).is_ok());
    let house = House::with(json!({"signInMode": "Register"}));
    assert_eq!(house.register().code(&SwitchEvent::to(SignIn)), "auth.forbidden");
    let house = House::open();
    for (from, to) in [
        (ForgotPassword, SignIn),
        (ForgotPassword, Register),
        (SignIn, ForgotPassword),
        (Register, ForgotPassword),
    ] {
        assert_eq!(house.start(from).code(&SwitchEvent::to(to)), "session.not_supported_for_forgot_password");
    }
    for event in [SignIn, Register, ForgotPassword] {
        let person = house.start(event);
        let before = person.interaction();
        person.run(&SwitchEvent::to(event)).unwrap();
        assert_eq!(person.interaction(), before, "the same event is no switch");
    }
}

#[test]
fn i4_a_switch_discards_the_staged_profile_and_keeps_the_rest() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.register();
    person.run(&UpdateProfile::new(ProfilePayload::username("newcomer"))).unwrap();
    let extra = serde_json::from_value(json!({"type": "extraProfile", "values": {"nickname": "J"}})).unwrap();
    person.run(&UpdateProfile::new(extra)).unwrap();
    let record = person.prove(&email("jane@example.com"));
    person.run(&SwitchEvent::to(SignIn)).unwrap();
    assert_eq!(person.profile(), None);
    assert!(person.interaction().extra_profile_submitted(), "the mark stays");
    assert_eq!(person.identify(record), Ok(jane), "the registry stays");
    person.run(&SwitchEvent::to(Register)).unwrap();
    assert_eq!(person.user_id(), None, "whoever did not make the account is dropped (D-8)");
    assert!(person.profile().unwrap().is_empty());
    assert!(!person.interaction().proofs().is_empty(), "the proofs stay");
}

#[test]
fn i4_the_own_account_stays_through_a_switch() {
    let house = House::open();
    let person = house.register();
    let id = person.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap();
    let own = person.identify(id).unwrap();
    for event in [SignIn, Register, SignIn] {
        person.run(&SwitchEvent::to(event)).unwrap();
        assert_eq!(person.user_id(), Some(own.clone()));
    }
    assert!(person.run(&Submit).is_ok());
}

#[test]
fn i5_captcha_is_asked_for_at_code_creation_and_submit() {
    let house = House::with(json!({"captchaPolicy": {"enabled": true}}));
    house.add_jane();
    let to_jane = SendCode::new(email("jane@example.com"), SignIn);
    let person = house.sign_in();
    assert_eq!(person.code(&to_jane), "session.captcha_required");
    assert_eq!(person.code(&Submit), "session.captcha_required", "before S-1 asks who it is");
    let id = person.password(username("jane"), PASSWORD).unwrap();
    person.identify(id).unwrap();
    assert!(person.run(&to_jane).is_ok(), "not of somebody identified");
    assert_eq!(person.code(&Submit), "session.captcha_required");
    assert!(house.start_passing_captcha(SignIn).run(&to_jane).is_ok());

    let newcomer = house.register();
    let id = newcomer.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap();
    assert_eq!(newcomer.code(&Identify::by(id)), "session.captcha_required");
}

#[test]
fn i5_a_verified_social_record_stands_in_for_the_captcha() {
    let house = House::with(json!({"captchaPolicy": {"enabled": true}}));
    let person = house.sign_in();
    person.social("github-connector", SocialUserInfo::new("42"));
    assert!(person.run(&SendCode::new(email("new@example.com"), SignIn)).is_ok());
    let view = serde_json::to_value(person.run(&ViewInteraction).unwrap()).unwrap();
    assert_eq!(view["captcha"], json!({"verified": false, "skipped": true}));
}

#[test]
fn i6_a_lifetime_beyond_the_end_of_time_ends_there() {
    let house = House::open();
    let person = house.start_with(Start::new(SignIn).with_lifetime(TimeDelta::MAX));
    assert!(person.run(&ViewInteraction).is_ok());
}

#[test]
fn i6_past_its_time_every_step_finds_no_interaction() {
    let house = House::open();
    let person = house.start_with(Start::new(SignIn).with_lifetime(TimeDelta::minutes(5)));
    house.wait(TimeDelta::minutes(5) - TimeDelta::milliseconds(1));
    assert!(person.run(&ViewInteraction).is_ok());
    house.wait(TimeDelta::milliseconds(1));
    assert_eq!(person.code(&ViewInteraction), "session.interaction_not_found");
    assert_eq!(person.code(&Submit), "session.interaction_not_found");
    assert_eq!(person.code(&SwitchEvent::to(SignIn)), "session.interaction_not_found");
    assert_eq!(house.users.used(), (0, 0), "nothing is read for it");
}

#[test]
fn s11_a_submitted_interaction_accepts_no_further_step() {
    let house = House::open();
    house.add_jane();
    let person = house.sign_in().into_jane();
    person.run(&Submit).unwrap();
    for code in [
        person.code(&Submit),
        person.code(&ViewInteraction),
        person.code(&WhatRemains),
        person.code(&ResetPassword::new("x")),
        person.code(&SwitchEvent::to(SignIn)),
    ] {
        assert_eq!(code, "session.interaction_not_found");
    }
}

#[test]
fn i7_the_view_shows_everything_but_secrets() {
    let house = House::with(json!({}));
    house.add_jane();
    let person = house.register();
    person.run(&UpdateProfile::new(ProfilePayload::username("newcomer"))).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::password(OTHER_PASSWORD))).unwrap();
    let info = SocialUserInfo {
        name: Some("New Comer".into()),
        raw_data: Some(json!({"access_token": "token-of-the-connector"})),
        ..SocialUserInfo::new("42")
    };
    let social = person.social("github-connector", info);
    person.run(&UpdateProfile::new(ProfilePayload::social(social))).unwrap();
    let (code_id, message) = person.send(&phone("61400000001"));
    let view = serde_json::to_value(person.run(&ViewInteraction).unwrap()).unwrap();
    assert_eq!(
        view,
        json!({
            "interactionEvent": "Register",
            "profile": {
                "username": "newcomer", "name": "New Comer",
                "socialIdentity": {"target": "github", "userId": "42"},
            },
            "verificationRecords": [
                {
                    "id": social, "type": "Social", "connectorId": "github-connector",
                    "socialUserInfo": {"id": "42", "name": "New Comer"},
                },
                {
                    "id": code_id, "type": "PhoneVerificationCode", "verified": false,
                    "identifier": {"type": "phone", "value": "61400000001"},
                },
            ],
            "captcha": {"verified": false, "skipped": false},
        })
    );
    let code = message.unwrap().code;
    let debug = format!("{:?} {:?}", person.interaction(), house.events.borrow());
    for secret in [OTHER_PASSWORD, "argon2id", code.expose(), "token-of-the-connector"] {
        assert!(!view.to_string().contains(secret), "the view shows {secret}");
        assert!(!debug.contains(secret), "Debug shows {secret}");
    }
}

#[test]
fn i6_a_step_that_verifies_or_identifies_changes_the_id_and_the_old_one_names_nothing() {
    let house = House::open();
    house.add_jane();
    let person = house.sign_in();
    let mut planted = vec![person.id()];
    let mut moved = |what: &str, moves: bool| {
        let before = planted.last().unwrap().clone();
        assert_eq!(person.id() != before, moves, "{what}");
        if moves {
            assert_eq!(
                house.person(before).code(&ViewInteraction),
                "session.interaction_not_found",
                "{what}"
            );
            planted.push(person.id());
        }
    };
    let (sent, message) = person.send(&email("jane@example.com"));
    moved("sending a code", false);
    let code = message.unwrap().code;
    person.run(&VerifyCode::new(email("jane@example.com"), sent, "wrong")).unwrap_err();
    moved("a wrong code", false);
    person.run(&VerifyCode::new(email("jane@example.com"), sent, code.expose())).unwrap();
    moved("the right code", true);
    person.run(&ViewInteraction).unwrap();
    moved("looking", false);
    let password = person.password(username("jane"), PASSWORD).unwrap();
    moved("a password", true);
    person.identify(password).unwrap();
    moved("identifying", true);
    person.run(&UpdateProfile::new(ProfilePayload::password(OTHER_PASSWORD))).unwrap_err();
    moved("a rejection", false);
    assert!(planted.iter().all(|id| !format!("{id:?}").contains(id.expose())));
}

#[test]
fn i6_the_store_sees_the_digest_of_the_id_alone() {
    let house = House::open();
    let person = house.sign_in();
    assert!(person.id().expose().len() >= 64, "256 bits in hexadecimal");
    assert!(!person.stored().contains(person.id().expose()));
    assert_eq!(house.person(InteractionId::from_client("")).code(&Submit), "session.interaction_not_found");
}

#[test]
fn i1_starting_in_place_of_another_ends_the_other() {
    let house = House::open();
    let (first, bystander) = (house.sign_in(), house.sign_in());
    let second = house.start_with(Start::new(SignIn).replacing(first.id()));
    assert_eq!(first.code(&ViewInteraction), "session.interaction_not_found");
    assert!(second.run(&ViewInteraction).is_ok() && bystander.run(&ViewInteraction).is_ok());
    house.start_with(Start::new(SignIn).replacing(first.id()));
}
