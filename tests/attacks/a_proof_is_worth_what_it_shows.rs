//! A proof is worth what it shows, to whom, through which channel, and what its method is worth now.

mod now;
mod providers;

use serde_json::{Value, json};
use vestibule::experience::MfaFactor;
use vestibule::flow::{
    BindMfa, GenerateBackupCodes, Identify, ProfilePayload, ResetPassword, SendCode, Submit, UpdateProfile,
    VerifyBackupCode, VerifyCode, VerifyOneTimeToken,
};
use vestibule::identifier::Email;
use vestibule::interaction::InteractionEvent::{ForgotPassword, Register, SignIn};
use vestibule::secret::Secret;
use vestibule::user::{ReportedContact, SocialUserInfo, WebAuthnCredential};

use crate::factors::*;
use crate::house::{House, OTHER_PASSWORD, PASSWORD, email};
use crate::*;

const CHANNELS: [&str; 2] = ["EmailVerificationCode", "PhoneVerificationCode"];

/// D-9: M-3.
#[test]
fn one_mailbox_is_not_two_factors() {
    let house = house_with(&CHANNELS, "NoPrompt");
    house.add_jane();
    let thief = house.sign_in().by_code(&janes_mail());
    thief.mfa_code(MfaContact::Email);
    thief.is_asked_for_a_factor();
    // In the other order, and with a one-time token for the first.
    let again = thief.prove(&email("JANE@EXAMPLE.COM"));
    thief.identify(again).unwrap();
    thief.is_asked_for_a_factor();
    let thief = house.sign_in();
    let made = token(&house, "jane@example.com", None);
    let jane = Email::parse("jane@example.com").unwrap();
    let id = thief.run(&VerifyOneTimeToken::new(jane, made.expose())).unwrap();
    thief.identify(id).unwrap();
    thief.mfa_code(MfaContact::Email);
    thief.is_asked_for_a_factor();

    let owner = house.sign_in().by_code(&janes_mail());
    owner.mfa_code(MfaContact::Phone);
    owner.gets_in();
    let owner = as_jane(&house);
    owner.mfa_code(MfaContact::Email);
    owner.gets_in();
}

/// D-9: M-3.
#[test]
fn one_phone_is_not_two_factors() {
    let house = house_with(&CHANNELS, "NoPrompt");
    house.add_jane();
    let thief = house.sign_in().by_code(&janes_phone());
    thief.mfa_code(MfaContact::Phone);
    thief.is_asked_for_a_factor();
    thief.mfa_code(MfaContact::Email);
    thief.gets_in();
}

/// D-9: M-3. A provider whose account is made with the mailbox, linked on the strength of it, is that mailbox.
#[test]
fn a_mailbox_and_an_identity_linked_through_it_are_not_two_factors() {
    for automatic in [false, true] {
        let house = House::with(json!({
            "mfa": {"factors": CHANNELS, "policy": "NoPrompt"},
            "socialSignIn": {"automaticAccountLinking": automatic},
        }));
        house.add_jane();
        let thief = house.sign_in();
        thief.prove(&janes_mail());
        let id = thief.social("google-connector", told("made-with-the-mailbox", "jane@example.com"));
        thief.run(&Identify::by(id).linking_social_identity()).unwrap();
        thief.mfa_code(MfaContact::Email);
        thief.is_asked_for_a_factor();
        thief.mfa_code(MfaContact::Phone);
        thief.gets_in();
    }
}

/// D-9: M-3. While nothing else can be asked, the mailbox is both; that makes it no more than it is.
#[test]
fn a_recovered_password_is_not_freed_by_the_mailbox_that_recovered_it() {
    let mut house = house_with(&["EmailVerificationCode"], "NoPrompt");
    house.add_jane();
    recover_through(&house, &janes_mail());
    let thief = house.sign_in().by_password("jane", OTHER_PASSWORD);
    thief.mfa_code(MfaContact::Email);
    thief.gets_in();
    reset(&mut house, json!({"mfa": {"factors": CHANNELS, "policy": "NoPrompt"}}));
    let thief = house.sign_in().by_password("jane", OTHER_PASSWORD);
    thief.mfa_code(MfaContact::Email);
    thief.is_asked_for_a_factor();
    thief.mfa_code(MfaContact::Phone);
    thief.gets_in();
}

/// D-9: M-3, S-2.
#[test]
fn a_recovered_mailbox_is_not_the_second_factor_until_another_channel_is_proved() {
    let house = house_with(&CHANNELS, "NoPrompt");
    house.add_jane();
    recover_through(&house, &janes_mail());
    let recovered = || house.sign_in().by_password("jane", OTHER_PASSWORD);
    let thief = recovered();
    thief.mfa_code(MfaContact::Email);
    thief.is_asked_for_a_factor();
    let id = thief.prove(&janes_mail());
    thief.identify(id).unwrap();
    thief.is_asked_for_a_factor();
    // What is proved, and not submitted, frees nothing.
    recovered().mfa_code(MfaContact::Phone);
    thief.is_asked_for_a_factor();

    let owner = recovered();
    owner.mfa_code(MfaContact::Phone);
    owner.gets_in();
    let owner = recovered();
    owner.mfa_code(MfaContact::Email);
    owner.gets_in();
}

/// D-9: M-3. What frees a password frees that one: recovered again, it is the mailbox again.
#[test]
fn a_password_recovered_again_is_the_mailbox_again() {
    let house = house_with(&CHANNELS, "NoPrompt");
    let jane = house.add_jane();
    for password in [OTHER_PASSWORD, PASSWORD] {
        let recovery = house.recover().by_code(&janes_mail());
        recovery.run(&ResetPassword::new(password)).unwrap();
        recovery.run(&Submit).unwrap();
        let thief = house.sign_in().by_password("jane", password);
        thief.mfa_code(MfaContact::Email);
        thief.is_asked_for_a_factor();
        let owner = house.sign_in().by_password("jane", password);
        owner.mfa_code(MfaContact::Phone);
        owner.gets_in();
        assert_eq!(house.account(&jane).password.unwrap().set_through, None);
    }
}

/// D-9: M-3.
#[test]
fn a_first_password_set_on_the_strength_of_a_mailbox_is_that_mailbox() {
    let house = house_with(&["Totp", "EmailVerificationCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| user.password = None);
    let thief = house.sign_in().by_code(&janes_mail());
    thief.run(&UpdateProfile::new(ProfilePayload::password(PASSWORD))).unwrap();
    thief.gets_in();
    house.change(&jane, with_totp);
    let thief = as_jane(&house);
    thief.mfa_code(MfaContact::Email);
    thief.is_asked_for_a_factor();
    thief.totp();
    thief.gets_in();
    let owner = as_jane(&house);
    owner.mfa_code(MfaContact::Email);
    owner.gets_in();
}

/// D-15: V-14.
#[test]
fn a_touched_key_is_no_sign_in() {
    let house = House::with(json!({
        "passkeySignIn": {"enabled": true}, "mfa": {"factors": ["WebAuthn"], "policy": "NoPrompt"},
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| user.mfa.web_authn = vec![credential("c1")]);
    let refused = "session.mfa.webauthn_verification_failed";
    let thief = house.sign_in();
    assert_eq!(thief.passkey(4, false).unwrap_err().code(), refused, "this use without UV");
    let without_uv = || WebAuthnCredential { user_verified: false, ..credential("c1") };
    house.change(&jane, |user| user.mfa.web_authn = vec![without_uv()]);
    assert_eq!(thief.passkey(5, true).unwrap_err().code(), refused, "registered without UV");
    // As a second factor it is one.
    let with_password = as_jane(&house);
    prove_factor(&with_password, "WebAuthn", 6, "");
    assert_ne!(with_password.answer(&Submit), ASKED_FOR_A_FACTOR);

    house.change(&jane, |user| user.mfa.web_authn = vec![credential("c1")]);
    let owner = house.sign_in();
    let id = owner.passkey(7, true).unwrap();
    owner.identify(id).unwrap();
    owner.gets_in();
}

/// D-15: M-5. Nor is one bound for signing in.
#[test]
fn a_touched_key_is_bound_as_no_passkey() {
    let house = House::with(json!({"passkeySignIn": {"enabled": true}}));
    house.add_jane();
    let owner = as_jane(&house);
    for made in [
        WebAuthnCredential { user_verified: false, ..credential("k") },
        WebAuthnCredential { discoverable: false, ..credential("k") },
    ] {
        let begun = owner.run(&StartWebAuthn::new(WebAuthnCeremony::Registration, pending())).unwrap();
        let id = owner.run(&VerifyWebAuthn::new(begun, WebAuthnReport::Registered(made))).unwrap();
        assert_eq!(owner.answer(&BindMfa::sign_in_passkey(id)), "session.mfa.webauthn_verification_failed");
    }
    let id = owner.new_key("k");
    owner.run(&BindMfa::sign_in_passkey(id)).unwrap();
    owner.gets_in();
}

/// D-22: N-3, V-3.
#[test]
fn a_code_is_good_for_what_its_message_said() {
    let house = House::open();
    house.add_jane();
    let thief = house.sign_in();
    let id = thief.prove_for(ForgotPassword, &janes_mail());
    assert_eq!(thief.answer(&Identify::by(id)), "session.verification_failed");
    for event in [SignIn, Register] {
        let recovery = house.recover();
        let id = recovery.prove_for(event, &janes_mail());
        assert_eq!(recovery.answer(&Identify::by(id)), "session.not_supported_for_forgot_password");
    }
    let registering = house.register();
    let id = registering.prove_for(ForgotPassword, &janes_mail());
    assert_ne!(registering.answer(&Identify::by(id)), "in");
    house.sign_in().by_code(&janes_mail()).gets_in();
    recover_through(&house, &janes_mail());
    assert!(signs_in(&house, OTHER_PASSWORD));
}

/// D-22: V-4. A code asked for inside a recovery is one for a recovery, whatever the request says.
#[test]
fn a_recovery_sends_nothing_to_whom_nobody_knows() {
    let house = House::open();
    house.add_jane();
    let thief = house.recover();
    for event in [SignIn, Register, ForgotPassword] {
        let sent = thief.run(&SendCode::new(thiefs_mail(), event)).unwrap();
        assert_eq!(sent.message, None, "{event:?}");
        let verify = VerifyCode::new(thiefs_mail(), sent.verification_id, "000000");
        assert_eq!(thief.answer(&verify), "verification_code.code_mismatch");
    }
    let sent = house.sign_in().run(&SendCode::new(thiefs_mail(), ForgotPassword)).unwrap();
    assert_eq!(sent.message, None);
    recover_through(&house, &janes_mail());
    assert!(signs_in(&house, OTHER_PASSWORD));
}

/// N-11: organisations stay with the email that they came with.
#[test]
fn a_tokens_organisations_go_to_no_other_email() {
    let house = House::with(json!({"signUp": {"identifiers": ["email"]}}));
    let new = Email::parse("new@example.com").unwrap();
    let made = |email: &Email| {
        let issue = IssueOneTimeToken::new(email.clone()).joining(vec!["acme".into()]);
        house.act(&issue).unwrap().token
    };
    for own_mailbox in [true, false] {
        let person = house.register();
        let id = person.run(&VerifyOneTimeToken::new(new.clone(), made(&new).expose())).unwrap();
        // Staged, though the account is not made yet: the captcha, say, or a mandatory field is wanting.
        let user_id = if own_mailbox {
            let other = person.prove(&thiefs_mail());
            person.identify(other).unwrap()
        } else {
            person.identify(id).unwrap()
        };
        let joined = house.account(&user_id).organizations.len();
        assert_eq!(joined, usize::from(!own_mailbox));
    }
}

/// N-11: nor where its email was staged before.
#[test]
fn a_staged_organisation_leaves_with_its_email() {
    let house = House::with(json!({"signUp": {"identifiers": ["email", "phone"], "secondaryIdentifiers": [
        {"identifier": "username"},
    ]}}));
    let new = Email::parse("new@example.com").unwrap();
    let issue = IssueOneTimeToken::new(new.clone()).joining(vec!["acme".into()]);
    let made = house.act(&issue).unwrap().token;
    let thief = house.register();
    let id = thief.run(&VerifyOneTimeToken::new(new, made.expose())).unwrap();
    assert_eq!(thief.answer(&Identify::by(id)), "user.missing_profile");
    assert_eq!(thief.profile().unwrap().jit_organization_ids, ["acme"]);
    thief.run(&UpdateProfile::new(ProfilePayload::username("neo"))).unwrap();
    let other = thief.prove(&thiefs_mail());
    let user_id = thief.identify(other).unwrap();
    assert!(house.account(&user_id).organizations.is_empty());
}

/// N-14: by a verified email of the domain, or by the connector.
#[test]
fn nobody_joins_an_organisation_by_an_unverified_email() {
    let house = House::with(json!({
        "signUp": {"identifiers": []},
        "organizations": [{"id": "acme", "emailDomains": ["acme.example"]}],
    }));
    let registered = |info: SocialUserInfo| {
        let person = house.register();
        let id = person.social("github-connector", info);
        house.account(&person.identify(id).unwrap()).organizations
    };
    let unverified = SocialUserInfo {
        email: Some(ReportedContact::unverified("thief@acme.example")),
        ..SocialUserInfo::new("thief")
    };
    assert!(registered(unverified).is_empty());
    assert!(registered(told("other", "thief@other.example")).is_empty());
    assert_eq!(registered(told("joe", "joe@acme.example"))[0].id, "acme");
}

/// D-17: P-9, P-10.
#[test]
fn a_client_writes_no_custom_data_that_nobody_asks_for() {
    let house = House::with(json!({"customProfileFields": [{"name": "company", "type": "Text"}]}));
    let jane = house.add_jane();
    let form = |values: Value| -> UpdateProfile {
        serde_json::from_value(json!({"type": "extraProfile", "values": values})).unwrap()
    };
    let person = as_jane(&house);
    for (values, code) in [
        (json!({"isAdmin": true}), "guard.invalid_input"),
        (json!({"company": "Acme", "plan": "gold"}), "guard.invalid_input"),
        (
            json!({"preferredUsername": "x", "email": "y"}),
            "custom_profile_fields.name_conflict_built_in_prop",
        ),
        (json!({"primaryEmail": "y"}), "custom_profile_fields.name_conflict_sign_in_identifier"),
        (json!({"onboarding": {}}), "custom_profile_fields.name_conflict_custom_data"),
        (json!({"website": "javascript:alert(1)"}), "user.invalid_profile"),
        (json!({"nickname": "\u{202E}nimda"}), "user.invalid_profile"),
    ] {
        assert_eq!(person.answer(&form(values.clone())), code, "{values}");
    }
    person.run(&form(json!({"company": "Acme", "nickname": "jay"}))).unwrap();
    person.gets_in();
    assert_eq!(Value::Object(house.account(&jane).custom_data), json!({"company": "Acme"}));
}

/// D-19: V-12. Short codes are an operator's import alone.
#[test]
fn backup_codes_are_too_long_to_guess() {
    let house = house_with(&["Totp", "BackupCode"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, with_totp);
    let owner = as_jane(&house);
    owner.totp();
    let made = owner.run(&GenerateBackupCodes).unwrap();
    let letters = |code: &str| code.chars().filter(char::is_ascii_alphanumeric).count();
    assert!(made.codes.iter().all(|code| letters(code.expose()) * 5 >= 80));
    owner.run(&BindMfa::new(MfaFactor::BackupCode, made.verification_id)).unwrap();
    owner.gets_in();
    let (owner, thief) = (as_jane(&house), as_jane(&house));
    let code = Secret::new(made.codes[0].expose().to_lowercase());
    owner.run(&VerifyBackupCode::new(code.expose())).unwrap();
    assert_eq!(thief.answer(&VerifyBackupCode::new(code.expose())), "session.mfa.invalid_backup_code");
    owner.gets_in();
}

/// V-11: read over the shoulder, and typed a moment later.
#[test]
fn a_code_of_the_app_is_good_once() {
    let house = house_with(&["Totp"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, with_totp);
    let (owner, thief) = (as_jane(&house), as_jane(&house));
    owner.totp();
    let seen = VerifyTotp::of_own_secret(totp_code(&house, &totp_secret(), 0));
    assert_eq!(thief.answer(&seen), "session.mfa.invalid_totp_code");
    thief.is_asked_for_a_factor();
    owner.gets_in();
}
