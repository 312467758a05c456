//! Multi-factor authentication: factors verified (V-6, V-10 to V-13), and asked for (M-1 to M-4, P-3, S-3, L-1).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/factors.rs"]
mod factors;
#[path = "support/house.rs"]
mod house;

use chrono::TimeDelta;
use factors::*;
use house::{House, PASSWORD, email, username};
use serde_json::{Value, json};
use vestibule::experience::MfaFactor;
use vestibule::flow::{
    BindMfa, GenerateBackupCodes, GenerateTotpSecret, Identify, MfaContact, PendingWebAuthn, ProfilePayload,
    SendMfaCode, StartWebAuthn, Submit, UpdateProfile, VerifyBackupCode, VerifyMfaCode, VerifyTotp,
    VerifyWebAuthn, WebAuthnCeremony, WebAuthnReport,
};
use vestibule::identifier::{Email, VerificationId};
use vestibule::interaction::InteractionEvent::{ForgotPassword, Register, SignIn};
use vestibule::rejection::Rejection;
use vestibule::user::{BackupCode, ReportedContact, SocialUserInfo, User, WebAuthnCredential};
use vestibule::verification::MessageTemplate;

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
    assert_eq!(made.secret.expose().len(), 32, "160 bits");
    assert!(made.otpauth_uri.expose().starts_with("otpauth://totp/Shop:jane?secret="));
    let verify = |code: &str| VerifyTotp::of_new_secret(code, made.verification_id);
    assert_eq!(person.code(&verify("000000")), "session.mfa.invalid_totp_code");
    assert_eq!(
        person.code(&BindMfa::new(MfaFactor::Totp, made.verification_id)),
        "session.verification_failed"
    );
    let code = code_of(&house, &made);
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
    let own = person.interaction().registry().records().last().unwrap().id;
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
    let grouped = |code: &str| {
        let groups: Vec<&str> = code.split('-').collect();
        groups.len() == 4
            && groups.iter().all(|group| group.len() == 4)
            && !code.contains(['I', 'L', 'O', 'U'])
            && code.bytes().all(|b| b == b'-' || b.is_ascii_digit() || b.is_ascii_uppercase())
    };
    assert!(made.codes.iter().all(|code| grouped(code.expose())), "sixteen of Crockford's base 32: 80 bits");
    assert_eq!(
        person.code(&VerifyBackupCode::new(made.codes[0].expose())),
        "session.mfa.invalid_backup_code",
        "not bound"
    );
    house.change(&jane, with_backup_codes);
    assert!(person.run(&VerifyBackupCode::new("00000000AA")).is_ok(), "D-19: an imported one, in any case");
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
        let id = person.run(&start).unwrap();
        assert_eq!(person.code(&VerifyWebAuthn::new(id, report)), "session.mfa.webauthn_verification_failed");
        assert_eq!(
            person.code(&registered(id)),
            "session.mfa.pending_info_not_found",
            "the challenge is used up"
        );
    }
    let id = person.run(&start).unwrap();
    assert_eq!(person.run(&registered(id)), Ok(id));
    assert_eq!(person.code(&registered(id)), "session.mfa.pending_info_not_found");
    assert_eq!(person.code(&PendingWebAuthn::of(id)), "session.mfa.pending_info_not_found");
    person.run(&BindMfa::new(MfaFactor::WebAuthn, id)).unwrap();
    person.run(&Submit).unwrap();
    let bound = WebAuthnCredential { created_at: Some(house.now.get()), ..credential("c1") };
    assert_eq!(house.account(&jane).mfa.web_authn, [bound]);

    let person = house.sign_in().into_jane();
    let start = StartWebAuthn::new(WebAuthnCeremony::Authentication, pending());
    let used = |id, credential_id: &str, counter| {
        let (credential_id, rp_id) = (credential_id.into(), "example.com".into());
        VerifyWebAuthn::new(id, WebAuthnReport::Authenticated { credential_id, rp_id, counter })
    };
    let failed = "session.mfa.webauthn_verification_failed";
    let id = person.run(&start).unwrap();
    assert_eq!(person.code(&used(id, "c2", 4)), failed, "unknown");
    let id = person.run(&start).unwrap();
    assert_eq!(person.code(&used(id, "c1", 3)), failed, "backwards");
    let id = person.run(&start).unwrap();
    assert_eq!(person.code(&registered(id)), failed, "another ceremony");
    let id = person.run(&start).unwrap();
    assert_eq!(person.run(&used(id, "c1", 4)), Ok(id));
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
    // An email, and no app, key or code: what is bound is not turned off by `enabled` (D-18).
    let off = |user: &mut User| user.mfa.enabled = Some(false);
    let off_with_an_app = |user: &mut User| {
        with_totp(user);
        user.mfa.enabled = Some(false);
    };
    let skips = |user: &mut User| {
        with_totp(user);
        user.mfa.skip_mfa_on_sign_in = true;
    };
    for policy in ["UserControlled", "PromptAtSignInAndSignUp", "PromptOnlyAtSignIn", "NoPrompt"] {
        assert!(asked(policy, &["Totp"], with_totp).is_err(), "{policy}: unknown is not off");
        assert!(asked(policy, &["Totp"], off_with_an_app).is_err(), "{policy}");
        assert_eq!(asked(policy, &["EmailVerificationCode"], off), Ok(()));
        assert_eq!(asked(policy, &["Totp"], skips), Ok(()));
    }
    for policy in ["Mandatory", "PromptAtSignInAndSignUpMandatory", "PromptOnlyAtSignInMandatory"] {
        let factors = ["EmailVerificationCode"];
        assert!(asked(policy, &factors, off).is_err() && asked(policy, &["Totp"], skips).is_err());
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
    person.run(&VerifyTotp::of_new_secret(code_of(&house, &made), made.verification_id)).unwrap();
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
    let social = person.social("github-connector", SocialUserInfo::new("42"));
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
fn l1_each_factor_has_its_own_pool() {
    let house = House::with(json!({
        "mfa": {"factors": ["Totp", "BackupCode"], "policy": "NoPrompt"}, "sentinelPolicy": {"maxAttempts": 2},
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        with_backup_codes(user);
    });
    let person = house.sign_in().into_jane();
    let blocked = "session.verification_blocked_too_many_attempts";
    assert_eq!(person.code(&VerifyTotp::of_own_secret("000000")), "session.mfa.invalid_totp_code");
    assert_eq!(
        person.code(&VerifyTotp::of_own_secret("000000")),
        blocked,
        "the failure that reaches the limit"
    );
    let right = totp_code(&house, &totp_secret(), 0);
    assert_eq!(person.code(&VerifyTotp::of_own_secret(right)), blocked);
    assert_eq!(person.code(&VerifyBackupCode::new("ff")), "session.mfa.invalid_backup_code");
    assert_eq!(person.code(&VerifyBackupCode::new("ff")), blocked);
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

/// D-9: an identity that a provider gives to whoever has the mailbox is worth that mailbox, and no second factor to it.
#[test]
fn m3_an_identity_that_is_linked_by_a_mailbox_is_that_mailbox() {
    let house = House::with(json!({
        "mfa": {"factors": ["EmailVerificationCode", "PhoneVerificationCode"], "policy": "Mandatory"},
        "socialSignIn": {"automaticAccountLinking": true},
    }));
    house.add_jane();
    let info = SocialUserInfo {
        email: Some(ReportedContact::verified("jane@example.com")),
        ..SocialUserInfo::new("made-by-whoever-has-the-mailbox")
    };
    let identified = |by_password: bool| {
        let person = house.sign_in();
        person.prove(&email("jane@example.com"));
        if by_password {
            person.password(username("jane"), PASSWORD).unwrap();
        }
        let social = person.social("google-connector", info.clone());
        person.run(&Identify::by(social).linking_social_identity()).unwrap();
        let sent = person.run(&SendMfaCode::to(MfaContact::Email)).unwrap();
        let code = sent.message.unwrap().code;
        person.run(&VerifyMfaCode::new(MfaContact::Email, sent.verification_id, code.expose())).unwrap();
        person
    };
    assert_eq!(identified(false).code(&Submit), "session.mfa.require_mfa_verification");
    assert_ne!(
        identified(true).run(&Submit).err().map(|rejection| rejection.code()),
        Some("session.mfa.require_mfa_verification"),
        "the control: the owner knows the password"
    );
}
