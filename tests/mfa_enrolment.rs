//! Enrolling in multi-factor authentication: factors bound and skipped (M-5, M-6), and asked for at submit (S-8 to
//! S-10).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/factors.rs"]
mod factors;
#[path = "support/house.rs"]
mod house;

use chrono::TimeDelta;
use factors::*;
use house::{House, OTHER_PASSWORD, Person, email, phone, username};
use serde_json::json;
use vestibule::audit::AuditAction;
use vestibule::experience::MfaFactor;
use vestibule::flow::{
    BindMfa, DecideMfa, GenerateBackupCodes, MfaContact, NewPasswordIdentity, SendMfaCode, Submit,
    SwitchEvent, VerifyBackupCode, VerifyMfaCode, VerifyTotp, ViewInteraction, WhatRemains,
};
use vestibule::identifier::{Email, UserId, VerificationId};
use vestibule::interaction::InteractionEvent::{self, Register};
use vestibule::user::UserOrganization;

#[test]
fn m5_bindings_are_checked_in_order() {
    let house = house_with(&["WebAuthn"], "NoPrompt");
    let jane = house.add_jane();
    let unknown = VerificationId::named_by("x");
    let totp = |id| BindMfa::new(MfaFactor::Totp, id);
    assert_eq!(house.recover().code(&totp(unknown)), "session.not_supported_for_forgot_password");
    assert_eq!(house.sign_in().code(&totp(unknown)), "session.identifier_not_found");
    assert_eq!(house.register().code(&totp(unknown)), "session.verification_session_not_found");
    let person = house.sign_in().into_jane();
    let made = new_secret(&person);
    assert_eq!(
        person.code(&BindMfa::new(MfaFactor::WebAuthn, made.verification_id)),
        "session.verification_session_not_found"
    );
    assert_eq!(
        person.code(&totp(made.verification_id)),
        "session.verification_failed",
        "before the factor is asked"
    );
    person.run(&VerifyTotp::of_new_secret(code_of(&house, &made), made.verification_id)).unwrap();
    assert_eq!(person.code(&totp(made.verification_id)), "session.mfa.mfa_factor_not_enabled");
    let mut house = house;
    house.set(json!({"signIn": {"methods": house::all_methods()}, "mfa": {"factors": ["Totp", "BackupCode"], "policy": "NoPrompt"}}));
    let person = house.sign_in().into_jane();
    let codes = person.run(&GenerateBackupCodes).unwrap().verification_id;
    assert_eq!(
        person.code(&BindMfa::new(MfaFactor::BackupCode, codes)),
        "session.mfa.backup_code_can_not_be_alone"
    );
    bind_totp(&person);
    person.run(&BindMfa::new(MfaFactor::BackupCode, codes)).unwrap();
    house.take_events();
    person.run(&Submit).unwrap();
    let account = house.account(&jane);
    assert_eq!(account.mfa.enabled, Some(true), "binding turns it on");
    assert!(account.mfa.totp.is_some() && account.mfa.backup_codes.len() == 10);
    let bound = |factor| AuditAction::FactorBound { factor };
    let events = house.take_actions();
    assert!(events.contains(&bound(MfaFactor::Totp)) && events.contains(&bound(MfaFactor::BackupCode)));
    assert!(events.contains(&AuditAction::MfaPolicyChanged), "{events:?}");
    house.wait(TimeDelta::seconds(30));
    let person = house.sign_in().into_jane();
    let secret = account.mfa.totp.unwrap().secret;
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &secret, 0))).unwrap();
    let made = new_secret(&person);
    house.wait(TimeDelta::seconds(30));
    person.run(&VerifyTotp::of_new_secret(code_of(&house, &made), made.verification_id)).unwrap();
    // V-17: the new secret took the place of the record in the registry, and not of the proof.
    assert_eq!(person.code(&totp(made.verification_id)), "user.totp_already_in_use");
}

#[test]
fn m5_the_code_that_enrolled_an_app_does_not_sign_in() {
    let house = house_with(&["Totp"], "NoPrompt");
    house.add_jane();
    let person = house.sign_in().into_jane();
    let secret = bind_totp(&person);
    person.run(&Submit).unwrap();
    let replay = VerifyTotp::of_own_secret(totp_code(&house, &secret, 0));
    assert_eq!(house.sign_in().into_jane().code(&replay), "session.mfa.invalid_totp_code");
}

#[test]
fn m5_backup_codes_need_codes_and_new_ones_replace_old_ones() {
    let house = house_with(&["Totp", "BackupCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        with_backup_codes(user);
    });
    let person = house.sign_in().into_jane();
    let spent = person.run(&VerifyBackupCode::new("00000000aa")).unwrap();
    assert_eq!(
        person.code(&BindMfa::new(MfaFactor::BackupCode, spent)),
        "session.mfa.pending_info_not_found"
    );
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    let made = person.run(&GenerateBackupCodes).unwrap();
    person.run(&BindMfa::new(MfaFactor::BackupCode, made.verification_id)).unwrap();
    person.run(&Submit).unwrap();
    let again = house.sign_in().into_jane();
    assert_eq!(again.code(&VerifyBackupCode::new("00000000bb")), "session.mfa.invalid_backup_code");
    assert!(again.run(&VerifyBackupCode::new(made.codes[3].expose())).is_ok());
}

#[test]
fn m5_a_contact_becomes_profile_and_factor() {
    let house = house_with(&["EmailVerificationCode", "PhoneVerificationCode"], "Mandatory");
    let jane = house.add_jane();
    house.change(&jane, |user| {
        user.primary_email = None;
        user.primary_phone = None;
    });
    house.add("joe", |user| user.primary_email = Some(Email::parse("joe@example.com").unwrap()));
    let person = house.sign_in().into_jane();
    let bind = |id| BindMfa::new(MfaFactor::EmailVerificationCode, id);
    let (unverified, _) = person.send(&email("new@example.com"));
    assert_eq!(person.code(&bind(unverified)), "session.verification_failed");
    let taken = person.prove(&email("joe@example.com"));
    assert_eq!(person.code(&bind(taken)), "user.email_already_in_use");
    assert_eq!(person.code(&Submit), "user.missing_mfa");
    let own = person.prove(&email("new@example.com"));
    person.run(&bind(own)).unwrap();
    assert_eq!(person.mfa().unwrap().contacts, [MfaFactor::EmailVerificationCode]);
    person.run(&Submit).unwrap();
    assert_eq!(house.account(&jane).primary_email.unwrap().as_str(), "new@example.com");
}

#[test]
fn m6_skipping_needs_somebody_and_a_skippable_policy() {
    let decisions = [DecideMfa::Enable, DecideMfa::Skip, DecideMfa::SkipSuggestion, DecideMfa::SkipPasskey];
    let house = house_with(&["Totp"], "Mandatory");
    let jane = house.add_jane();
    for decision in decisions {
        assert_eq!(house.recover().code(&decision), "session.not_supported_for_forgot_password");
        assert_eq!(house.sign_in().code(&decision), "session.identifier_not_found");
    }
    assert_eq!(house.register().code(&DecideMfa::Skip), "session.identifier_not_found");
    let refused = house.sign_in().into_jane().run(&DecideMfa::Skip).unwrap_err();
    assert_eq!((refused.code(), refused.status()), ("session.mfa.mfa_policy_not_user_controlled", 422));
    let mut house = house;
    house.set(json!({
        "signIn": {"methods": house::all_methods()},
        "mfa": {"factors": ["Totp"], "policy": "PromptAtSignInAndSignUp", "organizationRequiredMfaPolicy": "Mandatory"},
    }));
    house.change(&jane, |user| {
        user.organizations = vec![UserOrganization { id: "o".into(), is_mfa_required: true }];
    });
    assert_eq!(
        house.sign_in().into_jane().code(&DecideMfa::Skip),
        "session.mfa.mfa_policy_not_user_controlled"
    );
    assert_eq!(house.sign_in().into_jane().code(&Submit), "user.missing_mfa", "the organisation asks");
    house.change(&jane, |user| user.organizations[0].is_mfa_required = false);
    let person = house.sign_in().into_jane();
    assert_eq!(person.code(&Submit), "user.suggest_mfa");
    person.run(&DecideMfa::Skip).unwrap();
    person.run(&Submit).unwrap();
    assert!(house.account(&jane).mfa.skipped, "kept on the user");
    assert!(house.sign_in().into_jane().run(&Submit).is_ok(), "and not asked again");
}

#[test]
fn m6_a_registration_may_decide_before_there_is_an_account() {
    let house = house_with(&["Totp", "BackupCode"], "PromptAtSignInAndSignUp");
    let newcomer = house.register();
    for decision in [DecideMfa::Enable, DecideMfa::SkipSuggestion, DecideMfa::SkipPasskey] {
        newcomer.run(&decision).unwrap();
    }
    let id = newcomer.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap();
    newcomer.identify(id).unwrap();
    let staged = newcomer.mfa().unwrap().clone();
    assert!(staged.enabled && staged.suggestion_skipped && staged.passkey_skipped && !staged.skipped);
    assert_eq!(newcomer.code(&Submit), "user.missing_mfa", "turned on already, and so not offered");
}

#[test]
fn m6_the_passkey_prompt_is_kept_skipped_only_from_a_sign_in() {
    let house =
        House::with(json!({"passkeySignIn": {"enabled": true}, "signUp": {"identifiers": ["username"]}}));
    let jane = house.add_jane();
    let person = house.sign_in().into_jane();
    assert_eq!(person.code(&Submit), "user.passkey_preferred");
    person.run(&DecideMfa::SkipPasskey).unwrap();
    person.run(&Submit).unwrap();
    assert!(house.account(&jane).mfa.passkey_skipped);
    let newcomer = house.register();
    let id = newcomer.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap();
    let user_id = newcomer.identify(id).unwrap();
    newcomer.run(&DecideMfa::SkipPasskey).unwrap();
    newcomer.run(&Submit).unwrap();
    assert!(!house.account(&user_id).mfa.passkey_skipped);
}

#[test]
fn s9_an_enrolment_from_the_first_prompt_to_the_end() {
    let house = house_with(&["Totp", "BackupCode"], "PromptAtSignInAndSignUp");
    let person = house.register();
    let id = person.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap();
    let user_id: UserId = person.identify(id).unwrap();
    assert_eq!(person.code(&Submit), "user.suggest_mfa", "a new account has MFA off");
    let left = |person: &Person<'_>| serde_json::to_value(person.run(&WhatRemains).unwrap()).unwrap();
    assert_eq!(
        left(&person),
        json!({"event": "Register", "identified": true, "canSubmit": false, "steps": [
            {"code": "user.suggest_mfa", "skippable": true},
            {"code": "user.missing_mfa", "data": {"availableFactors": ["Totp"], "skippable": true}, "skippable": true},
            {"code": "session.mfa.backup_code_required", "skippable": false},
        ]}),
        "each asked as if those before it were met"
    );
    person.run(&DecideMfa::Enable).unwrap();
    let rejection = person.run(&Submit).unwrap_err();
    assert_eq!(rejection.data().unwrap(), json!({"availableFactors": ["Totp"], "skippable": true}));
    bind_totp(&person);
    assert_eq!(person.code(&Submit), "session.mfa.backup_code_required");
    assert_eq!(
        left(&person)["steps"],
        json!([{"code": "session.mfa.backup_code_required", "skippable": false}])
    );
    let codes = person.run(&GenerateBackupCodes).unwrap();
    person.run(&BindMfa::new(MfaFactor::BackupCode, codes.verification_id)).unwrap();
    assert_eq!((&left(&person)["canSubmit"], &left(&person)["steps"]), (&json!(true), &json!([])));
    let view = serde_json::to_value(person.run(&ViewInteraction).unwrap()).unwrap();
    assert_eq!(view["mfa"]["factors"], json!(["Totp", "BackupCode"]));
    let debug = format!("{view} {:?}", person.interaction());
    assert!(codes.codes.iter().all(|code| !debug.contains(code.expose())));
    person.run(&Submit).unwrap();
    let account = house.account(&user_id);
    assert!(!format!("{account:?}").contains(account.mfa.totp.as_ref().unwrap().secret.expose_base32()));
    let again = house.sign_in();
    let id = again.password(username("newcomer"), OTHER_PASSWORD).unwrap();
    again.identify(id).unwrap();
    let first = &left(&again)["steps"][0];
    assert_eq!(first["code"], "session.mfa.require_mfa_verification");
    assert_eq!(first["data"]["availableFactors"], json!(["Totp", "BackupCode"]));
    assert_eq!(again.code(&Submit), "session.mfa.require_mfa_verification");
    again.run(&VerifyBackupCode::new(codes.codes[0].expose())).unwrap();
    again.run(&Submit).unwrap();
}

#[test]
fn s8_a_staged_factor_that_is_off_by_now() {
    let mut house = house_with(&["Totp"], "NoPrompt");
    house.add_jane();
    let id = {
        let person = house.sign_in().into_jane();
        bind_totp(&person);
        person.id()
    };
    house.set(json!({"signIn": {"methods": house::all_methods()}, "mfa": {"factors": ["WebAuthn"], "policy": "NoPrompt"}}));
    let person = house.person(id);
    assert_eq!(person.code(&Submit), "session.mfa.mfa_factor_not_enabled");
}

#[test]
fn i4_a_switch_drops_staged_factors_with_the_user() {
    let house = house_with(&["Totp", "PhoneVerificationCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| user.primary_phone = None);
    let person = house.sign_in().into_jane();
    let id = person.prove(&phone("61400000001"));
    person.run(&BindMfa::new(MfaFactor::PhoneVerificationCode, id)).unwrap();
    bind_totp(&person);
    person.run(&SwitchEvent::to(Register)).unwrap();
    assert_eq!((person.user_id(), person.mfa()), (None, Some(vestibule::interaction::StagedMfa::default())));
    assert!(person.profile().unwrap().is_empty());
}

#[test]
fn m5_an_app_bound_elsewhere_meanwhile_is_not_replaced() {
    let house = house_with(&["Totp"], "NoPrompt");
    let jane = house.add_jane();
    let (first, second) = (house.sign_in().into_jane(), house.sign_in().into_jane());
    let secret = bind_totp(&first);
    bind_totp(&second);
    first.run(&Submit).unwrap();
    assert_eq!(second.code(&Submit), "session.mfa.require_mfa_verification");
    second.run(&VerifyTotp::of_own_secret(totp_code(&house, &secret, 1))).unwrap();
    assert_eq!(second.code(&Submit), "user.totp_already_in_use");
    assert_eq!(house.account(&jane).mfa.totp.unwrap().secret, secret);
}

#[test]
fn s10_a_code_and_an_mfa_code_to_one_mailbox_are_one_factor() {
    let house = house_with(&["EmailVerificationCode", "PhoneVerificationCode"], "NoPrompt");
    house.add_jane();
    for (contact, amr) in [(MfaContact::Email, None), (MfaContact::Phone, Some(json!(["otp", "sms", "mfa"])))]
    {
        let person = house.sign_in();
        let id = person.prove(&email("jane@example.com"));
        person.identify(id).unwrap();
        let sent = person.run(&SendMfaCode::to(contact)).unwrap();
        let code = sent.message.unwrap().code;
        person.run(&VerifyMfaCode::new(contact, sent.verification_id, code.expose())).unwrap();
        let submitted = person.run(&Submit).map(|submitted| serde_json::to_value(submitted.amr).unwrap());
        assert_eq!(submitted.ok(), amr, "D-9");
    }
}

#[test]
fn v13_a_record_that_was_made_for_a_user_binds_to_nobody_else() {
    let house = house_with(&["Totp", "BackupCode"], "NoPrompt");
    house.add_jane();
    let thief = house.register();
    let id = thief.run(&NewPasswordIdentity::new("thief", OTHER_PASSWORD)).unwrap();
    let own = thief.identify(id).unwrap();
    thief.run(&Submit).unwrap();
    let thief = house.sign_in();
    let id = thief.password(username("thief"), OTHER_PASSWORD).unwrap();
    assert_eq!(thief.identify(id), Ok(own));
    bind_totp(&thief);
    let record = thief.interaction().registry().records().last().unwrap().id;
    for event in [Register, InteractionEvent::SignIn] {
        thief.run(&SwitchEvent::to(event)).unwrap();
    }
    let thief = thief.into_jane();
    let bind = BindMfa::new(MfaFactor::Totp, record);
    assert_eq!(thief.code(&bind), "session.verification_session_not_found");
    let jane = house.sign_in().into_jane();
    bind_totp(&jane);
    assert!(jane.run(&Submit).is_ok(), "the control");
}

#[test]
fn v16_a_sign_in_that_bound_factors_is_found_done_after_a_crash() {
    let house = house_with(&["Totp", "BackupCode"], "PromptAtSignInAndSignUp");
    let jane = house.add_jane();
    let person = house.sign_in().into_jane();
    bind_totp(&person);
    let codes = person.run(&GenerateBackupCodes).unwrap().verification_id;
    person.run(&BindMfa::new(MfaFactor::BackupCode, codes)).unwrap();
    house.crash_before_granting(&person.id(), &Submit);
    assert!(house.account(&jane).mfa.totp.is_some(), "it is written");
    house.take_events();
    person.run(&Submit).unwrap();
    let told = house.take_actions();
    for action in [
        AuditAction::FactorBound { factor: MfaFactor::Totp },
        AuditAction::FactorBound { factor: MfaFactor::BackupCode },
        AuditAction::MfaPolicyChanged,
        AuditAction::SignedIn,
    ] {
        assert!(told.contains(&action), "{action:?} in {told:?}");
    }

    // What somebody else has bound meanwhile is asked for all the same.
    let house = house_with(&["Totp", "WebAuthn"], "PromptAtSignInAndSignUp");
    let jane = house.add_jane();
    let person = house.sign_in().into_jane();
    bind_totp(&person);
    house.crash_before_granting(&person.id(), &Submit);
    house.change(&jane, |user| user.mfa.web_authn.push(credential("owners")));
    assert_eq!(person.code(&Submit), "session.mfa.require_mfa_verification");
}

#[test]
fn m5_backup_codes_stand_beside_a_contact_that_is_staged() {
    let house = House::with(json!({
        "signUp": {"identifiers": ["phone"]},
        "mfa": {"factors": ["BackupCode", "PhoneVerificationCode"], "policy": "Mandatory"},
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| user.primary_phone = None);
    let person = house.sign_in().into_jane();
    let record = person.prove(&phone("61412345678"));
    person.run(&vestibule::flow::UpdateProfile::new(vestibule::flow::ProfilePayload::phone(record))).unwrap();
    let remaining = person.run(&WhatRemains).unwrap();
    assert_eq!(remaining.steps[0].code, "session.mfa.backup_code_required");
    let codes = person.run(&GenerateBackupCodes).unwrap().verification_id;
    assert_eq!(person.run(&BindMfa::new(MfaFactor::BackupCode, codes)), Ok(()), "what remains can be done");
}
