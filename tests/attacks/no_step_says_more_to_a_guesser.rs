//! No step says more to a guesser than to the owner, and none can be tried more often in parallel than in turn.

mod the_lock;

use serde_json::{Value, json};
use vestibule::flow::{
    GenerateTotpSecret, Identify, OfferPasskeys, ProfilePayload, ResetPassword, SendCode, StartSocial,
    Submit, UpdateProfile, VerifyCode, VerifyPassword, VerifySocial, ViewInteraction, WhatRemains,
};
use vestibule::identifier::{ClaimedIdentifier, Email, IdentifierType};
use vestibule::interaction::InteractionEvent::{ForgotPassword, Register, SignIn};
use vestibule::password::Argon2id;
use vestibule::user::SocialUserInfo;

use crate::driver::drive;
use crate::factors::*;
use crate::house::{House, OTHER_PASSWORD, PASSWORD, by_email, email, username};
use crate::*;

/// D-10: P-7. Whoever came by a mailbox asks the profile whether a password is the current one.
#[test]
fn the_profile_compares_nothing_with_the_current_password() {
    let house = House::open();
    house.add_jane();
    let thief = house.sign_in().by_code(&janes_mail());
    for guess in [PASSWORD, OTHER_PASSWORD] {
        let propose = UpdateProfile::new(ProfilePayload::password(guess));
        assert_eq!(thief.answer(&propose), "user.password_exists_in_profile");
    }
    assert!(signs_in(&house, PASSWORD));
}

/// D-10: P-13. Ten comparisons an hour, whatever they find, and whatever interaction they are made in.
#[test]
fn a_recovery_compares_ten_times_and_then_says_nothing() {
    let house = House::with(json!({"messageRateLimit": {"maxMessages": 100}}));
    house.add_jane();
    let thief = house.recover().by_code(&janes_mail());
    let rejected = ResetPassword::new("x");
    assert_eq!(thief.answer(&rejected), "password.rejected", "what the policy refuses is not compared");
    for guess in 0..9 {
        assert_eq!(thief.answer(&ResetPassword::new(format!("Gu3ss_is_{guess}x"))), "in");
    }
    assert_eq!(thief.answer(&ResetPassword::new(PASSWORD)), "user.same_password", "the tenth");
    let elsewhere = house.recover().by_code(&janes_mail());
    for person in [&thief, &elsewhere] {
        for guess in [PASSWORD, OTHER_PASSWORD] {
            assert_eq!(person.answer(&ResetPassword::new(guess)), LOCKED);
        }
    }
    assert!(signs_in(&house, PASSWORD), "a pool of its own");
    assert_eq!(elsewhere.answer(&ResetPassword::new(PASSWORD)), LOCKED, "that nothing clears");

    house.wait(TimeDelta::minutes(61));
    recover_through(&house, &janes_mail());
    assert!(signs_in(&house, OTHER_PASSWORD));
}

/// V-1: one answer, and the same work.
#[test]
fn a_wrong_password_says_nothing_of_whose_it_is_not() {
    let house = House::with(json!({"signIn": {"methods": [
        {"identifier": "email", "password": true}, {"identifier": "phone", "verificationCode": true},
    ]}}));
    house.add_jane();
    let outdated = Argon2id::new(16, 1, 1).unwrap().hash(PASSWORD, &[2; 16]).unwrap();
    for (id, password) in [("old", Some(outdated)), ("none", None)] {
        house.add(id, |user| {
            user.primary_email = Some(Email::parse(&format!("{id}@example.com")).unwrap());
            user.password =
                password.map(|digest| vestibule::user::Password::new(digest, Some(house.now.get())));
        });
    }
    let off = |name: &str| username(name);
    for (who, identifier, password) in [
        ("somebody", by_email("jane@example.com"), OTHER_PASSWORD),
        ("nobody", by_email("nobody@example.com"), OTHER_PASSWORD),
        ("outdated", by_email("old@example.com"), OTHER_PASSWORD),
        ("no password", by_email("none@example.com"), OTHER_PASSWORD),
        ("method off, right", off("jane"), PASSWORD),
        ("method off, nobody", off("nobody"), PASSWORD),
    ] {
        let verify = VerifyPassword::new(identifier, password);
        let (decision, trace) = drive(&house, &verify, &house.sign_in().id());
        assert_eq!(decision.outcome.unwrap_err().code(), "session.invalid_credentials", "{who}");
        let cost = trace.cost();
        let hashed: usize = trace.rounds.iter().map(|round| round.hash.len()).sum();
        assert_eq!((trace.writes_user, trace.writes_entries, cost.reads), (false, true, (1, 1)), "{who}");
        if who == "outdated" {
            assert_eq!(hashed, 1, "one of the current scheme, beside the one of its own");
        } else {
            assert_eq!(cost.hashes, 1, "{who}");
        }
    }
    assert!(house.sign_in().password(by_email("jane@example.com"), PASSWORD).is_ok());
}

/// D-25: V-1.
#[test]
fn a_password_is_not_confirmed_where_its_method_is_off() {
    let house = House::new(json!({"signIn": {"methods": [
        {"identifier": "username", "password": false}, {"identifier": "email", "password": true},
    ]}}));
    house.add_jane();
    let thief = house.sign_in();
    assert_eq!(thief.password(username("jane"), PASSWORD).unwrap_err().code(), "session.invalid_credentials");
    let owner = house.sign_in();
    let id = owner.password(by_email("jane@example.com"), PASSWORD).unwrap();
    owner.identify(id).unwrap();
    owner.gets_in();
}

/// D-25. The door beside it.
#[test]
fn a_password_is_confirmed_by_no_other_event_where_its_method_is_off() {
    let house =
        House::new(json!({"signIn": {"methods": [{"identifier": "email", "verificationCode": true}]}}));
    house.add_jane();
    for event in [Register, ForgotPassword] {
        let guessed = house.start(event).password(username("jane"), PASSWORD);
        assert_eq!(guessed.unwrap_err().code(), "session.invalid_credentials", "{event:?}");
    }
    house.sign_in().by_code(&janes_mail()).gets_in();
}

/// V-10, M-4: what a stolen password shows of the contacts is masked until a factor is proved.
#[test]
fn a_new_secret_names_no_contact_to_whom_they_are_masked() {
    let house = House::with(json!({
        "signUp": {"identifiers": []},
        "mfa": {"factors": ["Totp", "EmailVerificationCode"], "policy": "NoPrompt"},
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| user.username = None);
    let thief = house.sign_in();
    let by_phone = ClaimedIdentifier::new(IdentifierType::Phone, "61412345678");
    let id = thief.password(by_phone, PASSWORD).unwrap();
    thief.identify(id).unwrap();
    let refused = thief.run(&Submit).unwrap_err().data().unwrap();
    assert_eq!(refused["maskedIdentifiers"]["EmailVerificationCode"], "****@example.com");
    let shown = thief.run(&GenerateTotpSecret::new("Shop")).unwrap();
    let uri = shown.otpauth_uri.expose();
    assert!(!uri.contains("jane") && uri.contains("example.com"), "masked as above");
    thief.mfa_code(MfaContact::Email);
    bind_totp(&thief);
    thief.gets_in();
}

/// V-4, V-5: a code that was withheld is as wrong as any other.
#[test]
fn sending_a_code_tells_nobody_who_exists() {
    let house = House::with(json!({"signInMode": "SignIn"}));
    house.add_jane();
    for event in [SignIn, ForgotPassword] {
        let answers = ["jane@example.com", "nobody@example.com"].map(|address| {
            let person = house.start(event);
            let (id, message) = person.send(&email(address));
            assert_eq!(message.is_some(), address == "jane@example.com", "nobody's is withheld");
            let verify = VerifyCode::new(email(address), id, "000000");
            let tries: Vec<_> = (0..12).map(|_| person.answer(&verify)).collect();
            (tries, person.answer(&Identify::by(id)))
        });
        assert_eq!(answers[0], answers[1], "{event:?}");
        assert_eq!(answers[0].0[10], "verification_code.exceed_max_try");
    }
    house.sign_in().by_code(&janes_mail()).gets_in();
}

/// V-14: the list of passkeys is there for everybody, and stays.
#[test]
fn offered_passkeys_tell_nobody_who_has_one() {
    let house = House::with(json!({"passkeySignIn": {"enabled": true}}));
    let jane = house.add_jane();
    add_mallory(&house);
    house.change(&jane, |user| user.mfa.web_authn = vec![credential("c1")]);
    let offer = |name: &str| {
        let offer = OfferPasskeys::new(username(name), "a secret of the host's");
        house.sign_in().run(&offer).unwrap().into_iter().map(|own| own.credential_id).collect::<Vec<_>>()
    };
    let (without, nobody) = (offer("mallory"), offer("nobody"));
    assert_eq!((without.len(), nobody.len(), without[0].len()), (1, 1, nobody[0].len()));
    assert_eq!((&offer("mallory"), &offer("nobody")), (&without, &nobody), "the same each time");
    assert_ne!(without, nobody);
    assert_eq!(offer("jane"), ["c1"]);
}

/// S-12: what remains is the settings' to say, until somebody proved something.
#[test]
fn what_remains_tells_a_stranger_nothing() {
    let house = house_with(&["Totp"], "Mandatory");
    let jane = house.add_jane();
    house.change(&jane, with_totp);
    let asked = |name: &str| {
        let person = house.sign_in();
        person.password(username(name), OTHER_PASSWORD).unwrap_err();
        let remaining = person.run(&WhatRemains).unwrap();
        (
            serde_json::to_value(remaining).unwrap(),
            serde_json::to_value(person.run(&ViewInteraction).unwrap()).unwrap(),
        )
    };
    assert_eq!(asked("jane"), asked("nobody"));
}

/// L-3: every spelling of a mailbox is that mailbox, and a withheld message is one.
#[test]
fn nobodys_mailbox_is_flooded() {
    let house = House::open();
    house.add_jane();
    for address in ["nobody@example.com", "jane@example.com"] {
        let spelled = [address.to_owned(), address.to_uppercase()];
        for at in 0..10 {
            house.sign_in().send(&email(&spelled[at % 2]));
        }
        for event in [SignIn, Register, ForgotPassword] {
            let send = SendCode::new(email(address), event);
            assert_eq!(house.start(event).answer(&send), "request.message_rate_limited", "{address}");
        }
    }
    house.sign_in().by_code(&janes_phone()).gets_in();
    house.wait(TimeDelta::seconds(600));
    house.sign_in().by_code(&janes_mail()).gets_in();
}

/// L-3: a place that floods keeps no owner from a code who comes from another.
#[test]
fn a_flood_from_one_place_keeps_nobody_elsewhere_from_a_code() {
    let house = House::open();
    house.add_jane();
    house.source.set(Some("evil"));
    let thief = house.sign_in();
    for _ in 0..10 {
        thief.send(&janes_mail());
    }
    assert_eq!(thief.answer(&SendCode::new(janes_mail(), SignIn)), "request.message_rate_limited");
    house.source.set(Some("home"));
    house.sign_in().by_code(&janes_mail()).gets_in();
    for place in ["a", "b", "c", "d"] {
        house.source.set(Some(place));
        (0..10).for_each(|_| drop(house.sign_in().run(&SendCode::new(janes_mail(), SignIn))));
    }
    house.source.set(Some("e"));
    let last = house.sign_in().answer(&SendCode::new(janes_mail(), SignIn));
    assert_eq!(last, "request.message_rate_limited", "fifty from everywhere");
}

/// L-4.
#[test]
fn one_interaction_sends_twenty_messages_whoever_they_go_to() {
    let house = House::open();
    house.add_jane();
    let thief = house.sign_in();
    for at in 0..20 {
        thief.send(&email(&format!("victim{at}@example.com")));
    }
    let one_more = SendCode::new(email("another@example.com"), SignIn);
    assert_eq!(thief.answer(&one_more), "request.message_rate_limited");
    assert_eq!(house.sign_in().answer(&one_more), "in");
}

/// I-5: nobody sends or registers by machine.
#[test]
fn no_code_is_sent_without_the_captcha() {
    let house = House::with(json!({"captchaPolicy": {"enabled": true}, "signUp": {"identifiers": []}}));
    house.add_jane();
    let robot = house.sign_in();
    assert_eq!(robot.answer(&SendCode::new(janes_mail(), SignIn)), "session.captcha_required");
    assert_eq!(as_jane(&house).answer(&Submit), "session.captcha_required");
    assert_eq!(house.register().answer(&Identify::from_staged_profile()), "session.captcha_required");
    house.start_passing_captcha(SignIn).by_code(&janes_mail()).gets_in();
}

/// I-8: what is too large is refused, and nothing is lost by it.
#[test]
fn an_interaction_is_not_filled_up() {
    let house = House::with(json!({}));
    house.add_jane();
    let person = as_jane(&house);
    let begin = StartSocial::new("github-connector", "state", "u");
    let id = person.run(&begin).unwrap();
    let raw_data: Value = json!({"all": "x".repeat(70_000)});
    let info = SocialUserInfo { raw_data: Some(raw_data), ..SocialUserInfo::new("thief") };
    let too_large = VerifySocial::new("github-connector", id, "state", info);
    assert_eq!(person.answer(&too_large), "guard.invalid_input");
    assert!(person.stored().len() < 10_000);
    person.gets_in();
}

/// V-3: a look-alike of the owner's address gets no code of the owner's.
#[test]
fn a_code_goes_to_the_address_of_the_account() {
    let house = House::open();
    house.add_jane();
    let (_, message) = house.recover().send(&email("JANE@example.com"));
    let Contact::Email(sent_to) = message.unwrap().recipient else { panic!("an email") };
    assert_eq!(sent_to.as_str(), "jane@example.com");
    // D-24: and to the number that is dialled, however it was typed.
    let (_, message) = house.recover().send(&phone("610412345678"));
    let Contact::Phone(sent_to) = message.unwrap().recipient else { panic!("a phone") };
    assert_eq!(sent_to.digits(), "61412345678");
    house.sign_in().by_code(&phone("610412345678")).gets_in();
}

/// V-5: a message that is read later, and a record of somebody else's interaction.
#[test]
fn a_code_is_good_once_and_in_its_own_interaction() {
    let house = House::open();
    house.add_jane();
    let (owner, thief) = (house.sign_in(), house.sign_in());
    let (id, message) = owner.send(&janes_mail());
    let verify = VerifyCode::new(janes_mail(), id, message.unwrap().code.expose());
    assert_eq!(thief.answer(&verify), "session.verification_session_not_found");
    owner.run(&verify).unwrap();
    assert_eq!(owner.answer(&verify), "verification_code.not_found");
    owner.identify(id).unwrap();
    owner.gets_in();
}
