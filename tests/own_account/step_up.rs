//! Who changes an account proves that it is theirs, lately and here (C-2).

use chrono::TimeDelta;
use serde_json::{Value, json};
use vestibule::experience::MfaFactor;
use vestibule::flow::{
    BindMfa, CloseAccount, DecideMfa, ExtraProfile, MfaContact, ProfilePayload, Removal, RemoveFromAccount,
    SendCode, SendMfaCode, Submit, UpdateProfile, VerifyBackupCode, VerifyMfaCode, VerifyTotp, WhatRemains,
};
use vestibule::identifier::{Email, Username};
use vestibule::interaction::InteractionEvent::{Account, ForgotPassword};
use vestibule::user::{Channel, SocialUserInfo};

use crate::factors::{bind_totp, house_with, totp_code, totp_secret, with_backup_codes, with_totp};
use crate::house::{House, PASSWORD, Person, email, phone, username};

const REQUIRED: &str = "session.step_up_required";

fn new_username() -> UpdateProfile {
    UpdateProfile::new(ProfilePayload::username("jane_2"))
}

/// What is still asked for.
fn asked(person: &Person<'_>) -> Value {
    let rejection = person.run(&new_username()).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), (REQUIRED, 403));
    rejection.data().unwrap()
}

#[test]
fn c2_a_stolen_session_changes_nothing_that_matters() {
    let house = house_with(&["Totp", "WebAuthn", "BackupCode"], "NoPrompt");
    let jane = house.add_jane();
    let thief = house.manage(&jane);
    assert_eq!(thief.code(&new_username()), REQUIRED);
    assert_eq!(thief.code(&UpdateProfile::new(ProfilePayload::password("Xu8mTr2kNe"))), REQUIRED);
    // What is being added is no proof: the thief's own mailbox, phone, app.
    let mailbox = thief.prove(&email("thief@example.com"));
    assert_eq!(thief.code(&UpdateProfile::new(ProfilePayload::email(mailbox))), REQUIRED);
    let own_phone = thief.prove(&phone("61400000000"));
    assert_eq!(thief.code(&UpdateProfile::new(ProfilePayload::phone(own_phone))), REQUIRED);
    let made = crate::factors::new_secret(&thief);
    let code = crate::factors::code_of(&house, &made);
    thief.run(&VerifyTotp::of_new_secret(code, made.verification_id)).unwrap();
    assert_eq!(thief.code(&BindMfa::new(MfaFactor::Totp, made.verification_id)), REQUIRED);
    let social = thief.social("google-connector", SocialUserInfo::new("thief"));
    assert_eq!(thief.code(&UpdateProfile::new(ProfilePayload::social(social))), REQUIRED);
    for what in [
        Removal::Username,
        Removal::Email,
        Removal::Phone,
        Removal::Password,
        Removal::SocialIdentity("github".into()),
        Removal::SocialIdentity("nobody".into()),
    ] {
        assert_eq!(thief.code(&RemoveFromAccount::new(what)), REQUIRED, "before all other checks");
    }
    assert_eq!(thief.code(&CloseAccount), REQUIRED);
    assert_eq!(thief.code(&DecideMfa::Skip), REQUIRED);
    // The extra profile opens no door.
    let values = ExtraProfile::new(json!({"nickname": "J"}).as_object().unwrap().clone()).unwrap();
    thief.run(&UpdateProfile::new(ProfilePayload::extra_profile(values))).unwrap();
    let before = house.account(&jane);
    thief.run(&Submit).unwrap();
    let after = house.account(&jane);
    assert_eq!((after.username, after.primary_email), (before.username, before.primary_email));
    assert_eq!(after.profile.nickname.as_deref(), Some("J"));

    let owner = house.manage(&jane);
    owner.password(username("jane"), PASSWORD).unwrap();
    owner.run(&new_username()).unwrap();
    owner.run(&Submit).unwrap();
    assert_eq!(house.account(&jane).username.unwrap().as_str(), "jane_2");
}

#[test]
fn c2_what_would_help_is_told() {
    let house = House::open();
    let jane = house.add_jane();
    assert_eq!(
        asked(&house.manage(&jane)),
        json!({
            "availableMethods": ["Password", "EmailVerificationCode", "PhoneVerificationCode"],
            "maskedIdentifiers": {
                "EmailVerificationCode": "****@example.com", "PhoneVerificationCode": "****5678",
            },
        })
    );
    let remaining = serde_json::to_value(house.manage(&jane).run(&WhatRemains).unwrap()).unwrap();
    assert_eq!((&remaining["steps"][0]["code"], &remaining["canSubmit"]), (&json!(REQUIRED), &json!(true)));
    assert_eq!(remaining["steps"][0]["data"]["availableMethods"][0], "Password");
    house.change(&jane, with_totp);
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    assert_eq!(asked(&person), json!({"availableMethods": ["Totp"], "maskedIdentifiers": {}}));
}

#[test]
fn c2_a_proof_is_fresh_when_it_is_staged_and_when_it_is_submitted() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    house.wait(TimeDelta::minutes(10));
    person.run(&new_username()).unwrap();
    house.wait(TimeDelta::seconds(1));
    assert_eq!(person.code(&new_username()), REQUIRED);
    assert_eq!(person.code(&Submit), REQUIRED, "and again at submit");
    person.password(username("jane"), PASSWORD).unwrap();
    person.run(&Submit).unwrap();
    let mut house = House::open();
    house.set(json!({"accountPolicy": {"stepUpDuration": 60}}));
    let jane = house.add_jane();
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    house.wait(TimeDelta::seconds(61));
    assert_eq!(person.code(&new_username()), REQUIRED);
}

#[test]
fn c2_a_factor_that_is_held_is_asked_for_on_or_off_skipped_or_not() {
    for (factors, skips) in [(&["Totp"][..], false), (&[][..], false), (&["Totp"][..], true)] {
        let house = house_with(factors, "PromptAtSignInAndSignUp");
        let jane = house.add_jane();
        house.change(&jane, |user| {
            with_totp(user);
            user.mfa.enabled = Some(!skips);
            user.mfa.skip_mfa_on_sign_in = skips;
        });
        let thief = house.manage(&jane);
        thief.password(username("jane"), PASSWORD).unwrap();
        thief.prove(&email("jane@example.com"));
        assert_eq!(asked(&thief)["availableMethods"], json!(["Totp"]), "a password and a mailbox are not it");
        // The app alone is one channel.
        let alone = house.manage(&jane);
        alone.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
        assert_eq!(alone.code(&new_username()), REQUIRED);
        let methods = asked(&alone)["availableMethods"].clone();
        assert!(!methods.as_array().unwrap().contains(&json!("Totp")), "{methods}");
        alone.password(username("jane"), PASSWORD).unwrap();
        alone.run(&new_username()).unwrap();
        alone.run(&Submit).unwrap();
    }
}

#[test]
fn c2_the_last_backup_code_shows_as_much_as_the_others() {
    let house = house_with(&["Totp", "BackupCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_backup_codes(user);
        user.mfa.backup_codes.truncate(1);
    });
    let person = house.manage(&jane);
    assert!(asked(&person)["availableMethods"].as_array().unwrap().contains(&json!("BackupCode")));
    person.run(&VerifyBackupCode::new("00000000aa")).unwrap();
    assert_eq!(person.code(&new_username()), REQUIRED, "paper alone is one channel");
    person.password(username("jane"), PASSWORD).unwrap();
    person.run(&new_username()).unwrap();
}

#[test]
fn c2_a_mailbox_is_not_two_channels_and_who_has_no_other_is_not_shut_out() {
    let house = house_with(&["EmailVerificationCode"], "PromptAtSignInAndSignUp");
    let jane = house.add("jane", |user| user.primary_email = Some(Email::parse("jane@example.com").unwrap()));
    let prove_both = |person: &Person<'_>| {
        person.prove(&email("jane@example.com"));
        let sent = person.run(&SendMfaCode::to(MfaContact::Email)).unwrap();
        let code = sent.message.unwrap().code;
        let verify = VerifyMfaCode::new(MfaContact::Email, sent.verification_id, code.expose());
        person.run(&verify).unwrap();
    };
    let only = house.manage(&jane);
    only.prove(&email("jane@example.com"));
    only.run(&new_username()).unwrap();
    house.change(&jane, |user| user.set_password(house.account_password(), user.created_at));
    let thief = house.manage(&jane);
    prove_both(&thief);
    assert_eq!(asked(&thief)["availableMethods"], json!(["Password"]));
    assert_eq!(
        thief.code(&new_username()),
        REQUIRED,
        "a stolen mailbox is one channel, where there is another"
    );
    thief.password(crate::house::by_email("jane@example.com"), PASSWORD).unwrap();
    thief.run(&new_username()).unwrap();
}

#[test]
fn c2_a_code_that_spoke_of_a_recovery_is_no_proof() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.manage(&jane);
    for (event, proves) in [(ForgotPassword, false), (Account, true)] {
        let sent = person.run(&SendCode::new(email("jane@example.com"), event)).unwrap();
        let code = sent.message.unwrap().code;
        let verify =
            vestibule::flow::VerifyCode::new(email("jane@example.com"), sent.verification_id, code.expose());
        person.run(&verify).unwrap();
        assert_eq!(person.run(&new_username()).is_ok(), proves, "{event:?}");
    }
}

#[test]
fn c2_somebody_elses_proof_is_none() {
    let house = House::with(json!({}));
    let jane = house.add_jane();
    house.add("joe", |user| {
        user.username = Some(Username::parse("joe_doe").unwrap());
        user.set_password(house.account_password(), user.created_at);
    });
    let thief = house.manage(&jane);
    thief.password(username("joe_doe"), PASSWORD).unwrap();
    thief.social("github-connector", SocialUserInfo::new("somebody"));
    assert_eq!(thief.code(&new_username()), REQUIRED);
}

#[test]
fn c2_a_social_identity_counts_where_there_is_nothing_else() {
    let house = House::with(json!({}));
    let bare = house.add("bare", |user| {
        user.identities.insert("github".into(), vestibule::user::SocialIdentity::new("42"));
    });
    let person = house.manage(&bare);
    assert_eq!(asked(&person)["availableMethods"], json!(["Social"]));
    person.social("github-connector", SocialUserInfo::new("42"));
    person.run(&new_username()).unwrap();
    person.run(&Submit).unwrap();
    let jane = house.add_jane();
    let person = house.manage(&jane);
    person.social("github-connector", SocialUserInfo::new("jane-at-github"));
    assert_eq!(person.code(&new_username()), REQUIRED, "she has better");
}

#[test]
fn c2_a_factor_may_prove_its_own_removal() {
    let house = house_with(&["Totp"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, with_totp);
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    let remove = RemoveFromAccount::new(Removal::Factor(vestibule::user::FactorId::Totp));
    person.run(&remove).unwrap();
    person.run(&Submit).unwrap();
    assert_eq!(house.account(&jane).mfa.totp, None);
    // And a new app takes the old one's place (C-1).
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    let first = bind_totp(&person);
    person.run(&Submit).unwrap();
    house.wait(TimeDelta::minutes(2));
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &first, 0))).unwrap();
    let second = bind_totp(&person);
    person.run(&Submit).unwrap();
    assert_eq!(house.account(&jane).mfa.totp.unwrap().secret, second);
}

/// Where `mfa.factors` names another factor that the account has not, signing in would ask to enrol it; here nobody is asked, so a
/// mailbox alone is not enough while there is anything else.
#[test]
fn c2_a_mailbox_alone_is_not_worth_more_than_a_password_alone() {
    let house = house_with(&["Totp", "EmailVerificationCode"], "PromptAtSignInAndSignUp");
    let jane = house.add_jane();
    let by_mailbox = house.manage(&jane);
    by_mailbox.prove(&email("jane@example.com"));
    assert_eq!(asked(&by_mailbox)["availableMethods"], json!(["Password", "PhoneVerificationCode"]));
    let by_password = house.manage(&jane);
    by_password.password(username("jane"), PASSWORD).unwrap();
    assert_eq!(by_password.code(&new_username()), REQUIRED);
    by_mailbox.password(username("jane"), PASSWORD).unwrap();
    by_mailbox.run(&new_username()).unwrap();
}

#[test]
fn c2_whoever_has_a_provider_and_an_app_alone_is_not_shut_out() {
    let house = house_with(&["Totp"], "Mandatory");
    let jane = house.add("jane", |user| {
        user.identities.insert("github".into(), vestibule::user::SocialIdentity::new("42"));
        with_totp(user);
    });
    let person = house.manage(&jane);
    let methods = asked(&person)["availableMethods"].clone();
    assert_eq!(methods, json!(["Social", "Totp"]));
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    assert_eq!(asked(&person)["availableMethods"], json!(["Social"]));
    person.social("github-connector", SocialUserInfo::new("42"));
    person.run(&new_username()).unwrap();
}

#[test]
fn c2_a_password_is_never_the_factor_of_the_channel_that_it_was_set_through() {
    let house = house_with(&["PhoneVerificationCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| {
        let phone = user.primary_phone.clone().unwrap();
        user.password.as_mut().unwrap().set_through = Some(Channel::Phone(phone));
    });
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    let prove = |contact| {
        let sent = person.run(&SendMfaCode::to(contact)).unwrap();
        let code = sent.message.unwrap().code;
        person.run(&VerifyMfaCode::new(contact, sent.verification_id, code.expose())).unwrap();
    };
    prove(MfaContact::Email);
    assert_eq!(person.code(&new_username()), REQUIRED, "the phone was never shown");
    prove(MfaContact::Phone);
    assert_eq!(person.run(&new_username()), Ok(()), "the control");
}
