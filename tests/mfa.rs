//! Multi-factor authentication: factors verified (V-6, V-10 to V-13), asked for (M-1 to M-4, P-3, S-3), bound and
//! skipped (M-5, M-6), enrolled at submit (S-7 to S-9).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/house.rs"]
mod house;

use chrono::TimeDelta;
use house::{House, OTHER_PASSWORD, PASSWORD, Person, email, phone, username};
use serde_json::{Value, json};
use vestibule::event::{Event, UserField};
use vestibule::experience::MfaFactor;
use vestibule::flow::{
    BindMfa, DecideMfa, GenerateBackupCodes, GenerateTotpSecret, Identify, MfaContact, NewPasswordIdentity,
    NewTotpSecret, PendingWebAuthn, ProfilePayload, SendMfaCode, StartWebAuthn, Submit, SwitchEvent,
    UpdateProfile, VerifyBackupCode, VerifyMfaCode, VerifyTotp, VerifyWebAuthn, ViewInteraction,
    WebAuthnCeremony, WebAuthnReport, WhatRemains,
};
use vestibule::identifier::{Email, UserId, VerificationId};
use vestibule::interaction::InteractionEvent::{ForgotPassword, Register, SignIn};
use vestibule::rejection::Rejection;
use vestibule::secret::Secret;
use vestibule::user::{BackupCode, TotpFactor, TotpSecret, User, UserOrganization, WebAuthnCredential};
use vestibule::verification::{MessageTemplate, PendingChallenge};

const ALL_FACTORS: [&str; 5] =
    ["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"];

fn house_with(factors: &[&str], policy: &str) -> House {
    House::with(json!({"mfa": {"factors": factors, "policy": policy}}))
}

fn totp_secret() -> TotpSecret {
    TotpSecret::from_bytes(*b"12345678901234567890")
}

/// What an authenticator app shows, `steps` away from now.
fn totp_code(house: &House, secret: &TotpSecret, steps: i64) -> String {
    let at = house.now.get() + TimeDelta::seconds(30 * steps);
    let secret = totp_rs::Secret::try_from_base32(secret.expose_base32()).unwrap();
    let app =
        totp_rs::Builder::new().with_algorithm(totp_rs::Algorithm::SHA1).with_secret(secret).build().unwrap();
    app.generate(u64::try_from(at.timestamp()).unwrap()).to_string()
}

fn with_totp(user: &mut User) {
    user.mfa.totp = Some(TotpFactor::new(totp_secret()));
}

fn with_backup_codes(user: &mut User) {
    user.mfa.backup_codes =
        vec![BackupCode::new(&user.id, "00000000aa"), BackupCode::new(&user.id, "00000000bb")];
}

fn credential(id: &str) -> WebAuthnCredential {
    WebAuthnCredential {
        id: id.into(),
        rp_id: "example.com".into(),
        public_data: "key".into(),
        counter: 3,
        last_used_at: None,
    }
}

fn pending() -> PendingChallenge {
    PendingChallenge { challenge: Secret::new("challenge"), rp_id: "example.com".into() }
}

fn new_secret(person: &Person<'_>) -> NewTotpSecret {
    person.run(&GenerateTotpSecret::new("Shop")).unwrap()
}

/// A new authenticator app, verified and staged.
fn bind_totp(person: &Person<'_>) -> TotpSecret {
    let made = new_secret(person);
    let code = totp_code(person.house, &made.secret, 0);
    person.run(&VerifyTotp::of_new_secret(code, made.verification_id)).unwrap();
    person.run(&BindMfa::new(MfaFactor::Totp, made.verification_id)).unwrap();
    made.secret
}

#[test]
fn v6_a_code_to_the_users_own_contact() {
    let house = house_with(&ALL_FACTORS, "NoPrompt");
    let jane = house.add_jane();
    let send = SendMfaCode::to(MfaContact::Email);
    let rejection = house.sign_in().run(&send).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), ("session.identifier_not_found", 400));
    let person = house.sign_in().into_jane();
    let sent = person.run(&send).unwrap();
    let message = sent.message.unwrap();
    assert_eq!(
        (message.recipient, message.template),
        (email("jane@example.com"), MessageTemplate::MfaVerification)
    );
    let verify = |code: &str| VerifyMfaCode::new(MfaContact::Email, sent.verification_id, code);
    assert_eq!(person.code(&verify("wrong")), "verification_code.code_mismatch");
    let by_type = VerifyMfaCode::new(MfaContact::Phone, sent.verification_id, message.code.expose());
    assert_eq!(person.code(&by_type), "session.verification_session_not_found");
    assert_eq!(person.run(&verify(message.code.expose())), Ok(sent.verification_id));
    assert_eq!(person.code(&verify(message.code.expose())), "verification_code.not_found", "spent");
    let identify = person.code(&Identify::by(sent.verification_id));
    assert_eq!(identify, "user.sign_in_method_not_enabled", "it says nothing of who it is");
    house.change(&jane, |user| user.primary_email = None);
    assert_eq!(person.code(&send), "session.mfa.mfa_factor_not_enabled");
}

#[test]
fn v6_sends_are_limited_and_tries_lock() {
    let house = House::with(json!({
        "mfa": {"factors": ALL_FACTORS, "policy": "NoPrompt"},
        "messageRateLimit": {"maxMessages": 1}, "sentinelPolicy": {"maxAttempts": 1},
    }));
    house.add_jane();
    let person = house.sign_in().into_jane();
    let sent = person.run(&SendMfaCode::to(MfaContact::Phone)).unwrap();
    assert_eq!(person.code(&SendMfaCode::to(MfaContact::Phone)), "request.message_rate_limited");
    let verify = |code: &str| VerifyMfaCode::new(MfaContact::Phone, sent.verification_id, code);
    person.run(&verify("wrong")).unwrap_err();
    let right = sent.message.unwrap().code;
    assert_eq!(person.code(&verify(right.expose())), "session.verification_blocked_too_many_attempts");
}

#[test]
fn v10_a_new_secret_of_the_identified_user() {
    let house = house_with(&["Totp"], "NoPrompt");
    house.add_jane();
    assert_eq!(house.sign_in().code(&GenerateTotpSecret::new("Shop")), "session.identifier_not_found");
    let person = house.sign_in().into_jane();
    let made = new_secret(&person);
    assert_eq!(made.secret.expose_base32().len(), 32, "160 bits");
    assert!(made.otpauth_uri.expose().starts_with("otpauth://totp/Shop:jane?secret="));
    let verify = |code: &str| VerifyTotp::of_new_secret(code, made.verification_id);
    assert_eq!(person.code(&verify("000000")), "session.mfa.invalid_totp_code");
    assert_eq!(
        person.code(&BindMfa::new(MfaFactor::Totp, made.verification_id)),
        "session.verification_failed"
    );
    let code = totp_code(&house, &made.secret, 0);
    assert_eq!(person.run(&verify(&code)), Ok(made.verification_id));
    assert_eq!(person.code(&verify(&code)), "session.mfa.invalid_totp_code", "each step once");
    let unknown = VerifyTotp::of_new_secret(code, VerificationId::named_by("x"));
    assert_eq!(person.code(&unknown), "session.verification_session_not_found");
}

#[test]
fn v11_the_users_own_secret_without_replay() {
    let house = house_with(&["Totp"], "Mandatory");
    let jane = house.add_jane();
    let person = house.sign_in();
    assert_eq!(person.code(&VerifyTotp::of_own_secret("000000")), "session.identifier_not_found");
    let person = person.into_jane();
    assert_eq!(person.code(&VerifyTotp::of_own_secret("000000")), "session.mfa.invalid_totp_code", "no app");
    house.change(&jane, with_totp);
    let (before, now) = (totp_code(&house, &totp_secret(), -1), totp_code(&house, &totp_secret(), 0));
    person.run(&VerifyTotp::of_own_secret(&now)).unwrap();
    for replay in [&now, &before] {
        assert_eq!(
            house.sign_in().into_jane().code(&VerifyTotp::of_own_secret(replay)),
            "session.mfa.invalid_totp_code"
        );
    }
    house.wait(TimeDelta::seconds(30));
    let next = totp_code(&house, &totp_secret(), 0);
    assert!(house.sign_in().into_jane().run(&VerifyTotp::of_own_secret(next)).is_ok());
    let own = person.interaction().registry().ids().last().unwrap();
    assert_eq!(
        person.code(&BindMfa::new(MfaFactor::Totp, own)),
        "session.mfa.pending_info_not_found",
        "not a new binding"
    );
}

#[test]
fn v12_backup_codes_are_shown_once_and_spent_once() {
    let house = house_with(&["Totp", "BackupCode"], "NoPrompt");
    let jane = house.add_jane();
    for code in [
        house.sign_in().code(&GenerateBackupCodes),
        house.sign_in().code(&VerifyBackupCode::new("00000000aa")),
    ] {
        assert_eq!(code, "session.identifier_not_found");
    }
    let person = house.sign_in().into_jane();
    let made = person.run(&GenerateBackupCodes).unwrap();
    assert_eq!(made.codes.len(), 10);
    let hex = |code: &str| code.len() == 10 && code.bytes().all(|b| b.is_ascii_hexdigit());
    assert!(made.codes.iter().all(|code| hex(code.expose())));
    assert_eq!(
        person.code(&VerifyBackupCode::new(made.codes[0].expose())),
        "session.mfa.invalid_backup_code",
        "not bound"
    );
    house.change(&jane, with_backup_codes);
    assert!(person.run(&VerifyBackupCode::new("00000000AA")).is_ok());
    assert_eq!(person.code(&VerifyBackupCode::new("00000000aa")), "session.mfa.invalid_backup_code");
    assert_eq!(house.account(&jane).mfa.backup_codes.iter().filter(|code| code.used_at.is_some()).count(), 1);
}

#[test]
fn v13_a_credential_is_registered_and_used() {
    let house = house_with(&["WebAuthn"], "NoPrompt");
    let jane = house.add_jane();
    let start = StartWebAuthn::new(WebAuthnCeremony::Registration, pending());
    assert_eq!(house.sign_in().code(&start), "session.identifier_not_found");
    let person = house.sign_in().into_jane();
    let id = person.run(&start).unwrap();
    assert_eq!(person.run(&PendingWebAuthn::of(id)).unwrap(), pending());
    let registered = |id| VerifyWebAuthn::new(id, WebAuthnReport::Registered(credential("c1")));
    let elsewhere = WebAuthnCredential { rp_id: "evil.example".into(), ..credential("c1") };
    for report in [
        WebAuthnReport::Refused,
        WebAuthnReport::Registered(elsewhere),
        WebAuthnReport::Authenticated { credential_id: "c1".into(), rp_id: "example.com".into(), counter: 9 },
    ] {
        assert_eq!(person.code(&VerifyWebAuthn::new(id, report)), "session.mfa.webauthn_verification_failed");
    }
    assert_eq!(person.run(&registered(id)), Ok(id));
    assert_eq!(person.code(&registered(id)), "session.mfa.pending_info_not_found");
    assert_eq!(person.code(&PendingWebAuthn::of(id)), "session.mfa.pending_info_not_found");
    person.run(&BindMfa::new(MfaFactor::WebAuthn, id)).unwrap();
    person.run(&Submit).unwrap();
    assert_eq!(house.account(&jane).mfa.web_authn, [credential("c1")]);

    let person = house.sign_in().into_jane();
    let id = person.run(&StartWebAuthn::new(WebAuthnCeremony::Authentication, pending())).unwrap();
    let used = |credential_id: &str, counter| {
        let (credential_id, rp_id) = (credential_id.into(), "example.com".into());
        VerifyWebAuthn::new(id, WebAuthnReport::Authenticated { credential_id, rp_id, counter })
    };
    assert_eq!(person.code(&used("c2", 4)), "session.mfa.webauthn_verification_failed", "unknown");
    assert_eq!(person.code(&used("c1", 3)), "session.mfa.webauthn_verification_failed", "backwards");
    assert_eq!(person.code(&registered(id)), "session.mfa.webauthn_verification_failed", "another ceremony");
    assert_eq!(person.run(&used("c1", 4)), Ok(id));
    let own = &house.account(&jane).mfa.web_authn[0];
    assert_eq!((own.counter, own.last_used_at), (4, Some(house.now.get())));
    assert_eq!(person.code(&BindMfa::new(MfaFactor::WebAuthn, id)), "session.mfa.pending_info_not_found");
}

/// The answer of S-3 to Jane, signed in by password under a policy.
fn asked(policy: &str, factors: &[&str], change: impl FnOnce(&mut User)) -> Result<(), Value> {
    let house = house_with(factors, policy);
    let jane = house.add_jane();
    house.change(&jane, change);
    match house.sign_in().into_jane().run(&Submit) {
        Err(rejection @ Rejection::RequireMfaVerification(_)) => {
            assert_eq!((rejection.code(), rejection.status()), ("session.mfa.require_mfa_verification", 403));
            Err(rejection.data().unwrap())
        }
        _ => Ok(()),
    }
}

#[test]
fn m1_without_factors_nothing_is_asked() {
    assert_eq!(asked("Mandatory", &["Totp"], |_| ()), Ok(()));
    assert_eq!(asked("Mandatory", &["WebAuthn"], with_totp), Ok(()), "the factor is off");
    let used_up = |user: &mut User| {
        with_backup_codes(user);
        for code in &mut user.mfa.backup_codes {
            code.used_at = Some(user.created_at);
        }
    };
    assert_eq!(asked("Mandatory", &["BackupCode", "WebAuthn"], used_up), Ok(()), "all are used");
}

#[test]
fn m2_the_user_may_turn_it_off_under_a_skippable_policy() {
    let off = |user: &mut User| {
        with_totp(user);
        user.mfa.enabled = Some(false);
    };
    let skips = |user: &mut User| {
        with_totp(user);
        user.mfa.skip_mfa_on_sign_in = true;
    };
    for policy in ["UserControlled", "PromptAtSignInAndSignUp", "PromptOnlyAtSignIn", "NoPrompt"] {
        assert!(asked(policy, &["Totp"], with_totp).is_err(), "{policy}: unknown is not off");
        assert_eq!(asked(policy, &["Totp"], off), Ok(()));
        assert_eq!(asked(policy, &["Totp"], skips), Ok(()));
    }
    for policy in ["Mandatory", "PromptAtSignInAndSignUpMandatory", "PromptOnlyAtSignInMandatory"] {
        assert!(asked(policy, &["Totp"], off).is_err() && asked(policy, &["Totp"], skips).is_err());
    }
}

#[test]
fn m3_m4_the_answer_names_the_factors_in_order_and_masks() {
    let all = |user: &mut User| {
        with_totp(user);
        with_backup_codes(user);
        user.mfa.web_authn.push(credential("c1"));
        user.primary_email = Some(Email::parse("jane.roe@example.com").unwrap());
    };
    assert_eq!(
        asked("Mandatory", &ALL_FACTORS, all),
        Err(json!({
            "availableFactors": ["WebAuthn", "Totp", "PhoneVerificationCode", "EmailVerificationCode", "BackupCode"],
            "maskedIdentifiers": {"PhoneVerificationCode": "****5678", "EmailVerificationCode": "jane****@example.com"},
        }))
    );
}

#[test]
fn m3_any_factor_of_the_user_is_enough() {
    let house = house_with(&ALL_FACTORS, "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        with_backup_codes(user);
        user.mfa.web_authn.push(credential("c1"));
    });
    let by_totp = house.sign_in().into_jane();
    by_totp.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    let by_code = house.sign_in().into_jane();
    by_code.run(&VerifyBackupCode::new("00000000aa")).unwrap();
    let by_email = house.sign_in().into_jane();
    let sent = by_email.run(&SendMfaCode::to(MfaContact::Email)).unwrap();
    let code = sent.message.unwrap().code;
    by_email.run(&VerifyMfaCode::new(MfaContact::Email, sent.verification_id, code.expose())).unwrap();
    let by_key = house.sign_in().into_jane();
    let id = by_key.run(&StartWebAuthn::new(WebAuthnCeremony::Authentication, pending())).unwrap();
    let report =
        WebAuthnReport::Authenticated { credential_id: "c1".into(), rp_id: "example.com".into(), counter: 4 };
    by_key.run(&VerifyWebAuthn::new(id, report)).unwrap();
    for (person, amr) in [
        (by_totp, json!(["pwd", "otp", "mfa"])),
        (by_code, json!(["pwd", "otp", "mfa"])),
        (by_email, json!(["pwd", "otp", "mfa"])),
        (by_key, json!(["pwd", "pop", "mfa"])),
    ] {
        assert_eq!(serde_json::to_value(person.run(&Submit).unwrap().amr).unwrap(), amr);
    }
}

#[test]
fn m3_a_new_binding_or_somebody_elses_factor_proves_nothing() {
    let house = house_with(&["Totp", "WebAuthn"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| user.mfa.web_authn.push(credential("c1")));
    let person = house.sign_in().into_jane();
    let made = new_secret(&person);
    person.run(&VerifyTotp::of_new_secret(totp_code(&house, &made.secret, 0), made.verification_id)).unwrap();
    assert_eq!(
        person.code(&BindMfa::new(MfaFactor::Totp, made.verification_id)),
        "session.mfa.require_mfa_verification"
    );
    assert_eq!(person.code(&Submit), "session.mfa.require_mfa_verification");
    let plain_code = house.sign_in().into_jane();
    plain_code.prove(&email("jane@example.com"));
    assert_eq!(
        plain_code.code(&Submit),
        "session.mfa.require_mfa_verification",
        "a sign-in code is no MFA code"
    );
}

#[test]
fn p3_mfa_guards_the_profile_but_for_social() {
    let house = house_with(&["Totp"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        (user.username, user.password) = (None, None);
        user.identities.clear();
    });
    let person = house.sign_in();
    let id = person.prove(&email("jane@example.com"));
    person.identify(id).unwrap();
    let extra: UpdateProfile =
        serde_json::from_value(json!({"type": "extraProfile", "values": {"email": "reserved"}})).unwrap();
    for payload in [
        UpdateProfile::new(ProfilePayload::username("1-")),
        UpdateProfile::new(ProfilePayload::password("x")),
        UpdateProfile::new(ProfilePayload::email(VerificationId::named_by("x"))),
        extra,
    ] {
        assert_eq!(
            person.code(&payload),
            "session.mfa.require_mfa_verification",
            "before anything else is looked at"
        );
    }
    let social = person.social("github-connector", vestibule::user::SocialUserInfo::new("42"));
    person.run(&UpdateProfile::new(ProfilePayload::social(social))).unwrap();
    assert_eq!(person.code(&Submit), "session.mfa.require_mfa_verification", "submit still asks");
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0))).unwrap();
    assert!(person.run(&UpdateProfile::new(ProfilePayload::username("jane"))).is_ok());
    let registering = house.register();
    assert!(
        registering.run(&UpdateProfile::new(ProfilePayload::username("new"))).is_ok(),
        "a sign-in's rule"
    );
}

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
    person.run(&VerifyTotp::of_new_secret(totp_code(&house, &made.secret, 0), made.verification_id)).unwrap();
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
    let bound = |factor| Event::FactorBound { user_id: jane.clone(), factor };
    let events = house.take_events();
    assert!(events.contains(&bound(MfaFactor::Totp)) && events.contains(&bound(MfaFactor::BackupCode)));
    assert!(events.contains(&Event::UserUpdated { user_id: jane.clone(), fields: vec![UserField::Mfa] }));
    house.wait(TimeDelta::seconds(30));
    let person = house.sign_in().into_jane();
    let secret = account.mfa.totp.unwrap().secret;
    person.run(&VerifyTotp::of_own_secret(totp_code(&house, &secret, 0))).unwrap();
    let made = new_secret(&person);
    house.wait(TimeDelta::seconds(30));
    person.run(&VerifyTotp::of_new_secret(totp_code(&house, &made.secret, 0), made.verification_id)).unwrap();
    // The new secret took the place of the proof in the registry, so the factor must be proved again.
    assert_eq!(person.code(&totp(made.verification_id)), "session.mfa.require_mfa_verification");
    person.run(&SwitchEvent::to(Register)).unwrap();
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
    assert_eq!(person.interaction().mfa().unwrap().contacts, [MfaFactor::EmailVerificationCode]);
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
    let staged = newcomer.interaction().mfa().unwrap().clone();
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
        left(&person)[0],
        json!({"type": "bindMfa", "factors": ["Totp", "BackupCode"], "skippable": true})
    );
    person.run(&DecideMfa::Enable).unwrap();
    let rejection = person.run(&Submit).unwrap_err();
    assert_eq!(rejection.data().unwrap(), json!({"availableFactors": ["Totp"], "skippable": true}));
    bind_totp(&person);
    assert_eq!(person.code(&Submit), "session.mfa.backup_code_required");
    assert_eq!(left(&person)[0], json!({"type": "bindBackupCodes"}));
    let codes = person.run(&GenerateBackupCodes).unwrap();
    person.run(&BindMfa::new(MfaFactor::BackupCode, codes.verification_id)).unwrap();
    assert_eq!(left(&person), json!([{"type": "submit"}]));
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
    assert_eq!(left(&again)[0], json!({"type": "verifyMfa", "factors": ["Totp", "BackupCode"]}));
    assert_eq!(again.code(&Submit), "session.mfa.require_mfa_verification");
    again.run(&VerifyBackupCode::new(codes.codes[0].expose())).unwrap();
    again.run(&Submit).unwrap();
}

#[test]
fn s8_a_staged_factor_that_is_off_by_now() {
    let mut house = house_with(&["Totp"], "NoPrompt");
    house.add_jane();
    let interaction = {
        let person = house.sign_in().into_jane();
        bind_totp(&person);
        person.interaction()
    };
    house.set(json!({"signIn": {"methods": house::all_methods()}, "mfa": {"factors": ["WebAuthn"], "policy": "NoPrompt"}}));
    let person = house.sign_in();
    person.interaction.replace(interaction);
    assert_eq!(person.code(&Submit), "session.mfa.mfa_factor_not_enabled");
}

#[test]
fn i4_a_switch_keeps_staged_factors_but_not_staged_contacts() {
    let house = house_with(&["Totp", "PhoneVerificationCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| user.primary_phone = None);
    let person = house.sign_in().into_jane();
    let id = person.prove(&phone("61400000001"));
    person.run(&BindMfa::new(MfaFactor::PhoneVerificationCode, id)).unwrap();
    bind_totp(&person);
    person.run(&SwitchEvent::to(Register)).unwrap();
    let staged = person.interaction().mfa().unwrap().clone();
    assert!(staged.totp.is_some() && staged.contacts.is_empty());
    assert!(person.interaction().profile().unwrap().is_empty());
}

#[test]
fn l1_each_factor_has_its_own_pool() {
    let house = House::with(json!({
        "mfa": {"factors": ["Totp", "BackupCode"], "policy": "NoPrompt"}, "sentinelPolicy": {"maxAttempts": 1},
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        with_backup_codes(user);
    });
    let person = house.sign_in().into_jane();
    let blocked = "session.verification_blocked_too_many_attempts";
    assert_eq!(person.code(&VerifyTotp::of_own_secret("000000")), "session.mfa.invalid_totp_code");
    let right = totp_code(&house, &totp_secret(), 0);
    assert_eq!(person.code(&VerifyTotp::of_own_secret(right)), blocked);
    assert_eq!(person.code(&VerifyBackupCode::new("ff")), "session.mfa.invalid_backup_code");
    assert_eq!(person.code(&VerifyBackupCode::new("00000000aa")), blocked);
    assert!(house.sign_in().password(username("jane"), PASSWORD).is_ok());
    for event in [SignIn, Register, ForgotPassword] {
        assert_eq!(house.start(event).code(&VerifyTotp::of_own_secret("0")), "session.identifier_not_found");
    }
}

#[test]
fn m3_a_staged_contact_proves_nothing_about_a_factor_enrolled_meanwhile() {
    let house = house_with(&["Totp", "EmailVerificationCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| user.primary_email = None);
    let thief = house.sign_in().into_jane();
    let id = thief.prove(&email("thief@example.com"));
    thief.run(&BindMfa::new(MfaFactor::EmailVerificationCode, id)).unwrap();
    house.change(&jane, with_totp);
    assert_eq!(thief.code(&Submit), "session.mfa.require_mfa_verification");
    assert_eq!(house.account(&jane).primary_email, None);
}

#[test]
fn m3_the_last_backup_code_lets_in() {
    let house = house_with(&["Totp", "BackupCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        user.mfa.backup_codes = vec![BackupCode::new(&user.id, "00000000aa")];
    });
    let person = house.sign_in().into_jane();
    person.run(&VerifyBackupCode::new("00000000aa")).unwrap();
    assert!(person.run(&Submit).is_ok());
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
    second.run(&SwitchEvent::to(Register)).unwrap();
    assert_eq!(second.code(&Submit), "user.totp_already_in_use");
    assert_eq!(house.account(&jane).mfa.totp.unwrap().secret, secret);
}

#[test]
fn m5_backup_codes_do_not_outlive_the_contact_they_stood_beside() {
    let house = house_with(&["EmailVerificationCode", "BackupCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| user.primary_email = None);
    let person = house.sign_in().into_jane();
    let id = person.prove(&email("new@example.com"));
    person.run(&BindMfa::new(MfaFactor::EmailVerificationCode, id)).unwrap();
    let codes = person.run(&GenerateBackupCodes).unwrap().verification_id;
    person.run(&BindMfa::new(MfaFactor::BackupCode, codes)).unwrap();
    person.run(&SwitchEvent::to(Register)).unwrap();
    person.run(&SwitchEvent::to(SignIn)).unwrap();
    person.run(&Submit).unwrap();
    assert!(house.account(&jane).mfa.backup_codes.is_empty());
}

#[test]
fn s10_a_code_and_an_mfa_code_to_one_mailbox_are_one_factor() {
    let house = house_with(&["EmailVerificationCode", "PhoneVerificationCode"], "NoPrompt");
    house.add_jane();
    for (contact, amr) in
        [(MfaContact::Email, json!(["otp"])), (MfaContact::Phone, json!(["otp", "sms", "mfa"]))]
    {
        let person = house.sign_in();
        let id = person.prove(&email("jane@example.com"));
        person.identify(id).unwrap();
        let sent = person.run(&SendMfaCode::to(contact)).unwrap();
        let code = sent.message.unwrap().code;
        person.run(&VerifyMfaCode::new(contact, sent.verification_id, code.expose())).unwrap();
        assert_eq!(serde_json::to_value(person.run(&Submit).unwrap().amr).unwrap(), amr);
    }
}
