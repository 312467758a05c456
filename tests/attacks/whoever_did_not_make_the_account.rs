//! Whoever did not make the account in this interaction proves all that the account asks, whatever the event and whichever
//! door.

mod doors;

use serde_json::json;
use vestibule::experience::MfaFactor;
use vestibule::flow::{
    BindMfa, DecideMfa, GenerateBackupCodes, Identify, NewPasswordIdentity, ProfilePayload, ResetPassword,
    Submit, SwitchEvent, UpdateProfile, ViewInteraction,
};
use vestibule::identifier::UserId;
use vestibule::interaction::InteractionEvent::{ForgotPassword, Register, SignIn};
use vestibule::user::{SocialUserInfo, User, UserOrganization};

use crate::factors::*;
use crate::house::{House, OTHER_PASSWORD, PASSWORD, email, username};
use crate::*;

fn house_with_an_app(factors: &[&str], policy: &str) -> (House, UserId) {
    let house = house_with(factors, policy);
    let jane = house.add_jane();
    house.change(&jane, with_totp);
    (house, jane)
}

/// D-8: I-4, P-3, M-3, S-3.
#[test]
fn a_stolen_password_alone_passes_no_factor_by_switching() {
    let (house, _) = house_with_an_app(&["Totp"], "NoPrompt");
    let thief = as_jane(&house);
    thief.is_asked_for_a_factor();
    thief.run(&SwitchEvent::to(Register)).unwrap();
    assert_eq!(thief.answer(&Submit), "session.identifier_not_found");
    assert_eq!(thief.answer(&DecideMfa::Skip), "session.identifier_not_found");
    thief.run(&SwitchEvent::to(SignIn)).unwrap();
    assert_eq!(thief.answer(&Submit), "session.identifier_not_found");
    let again = thief.password(username("jane"), PASSWORD).unwrap();
    thief.identify(again).unwrap();
    thief.is_asked_for_a_factor();

    let owner = as_jane(&house);
    owner.totp();
    owner.gets_in();
}

/// D-8: N-11.
#[test]
fn a_stolen_password_registers_nobody_into_the_account() {
    let (house, jane) = house_with_an_app(&["Totp"], "NoPrompt");
    let thief = house.register();
    let id = thief.password(username("jane"), PASSWORD).unwrap();
    assert_eq!(thief.answer(&Identify::by(id)), "session.verification_failed");
    assert_eq!(
        thief.answer(&NewPasswordIdentity::new("jane", OTHER_PASSWORD)),
        "user.username_already_in_use"
    );
    assert_eq!(thief.answer(&Submit), "session.identifier_not_found");

    let owner = as_jane(&house);
    owner.totp();
    assert_eq!(owner.run(&Submit).unwrap().user_id, jane);
}

/// D-8: M-3, P-3. What a registration excuses, it excuses for the account that it made.
#[test]
fn an_account_of_the_thiefs_own_excuses_no_other() {
    let (house, _) = house_with_an_app(&["Totp"], "NoPrompt");
    let thief = house.register();
    let id = thief.run(&NewPasswordIdentity::new("neo", OTHER_PASSWORD)).unwrap();
    thief.identify(id).unwrap();
    thief.run(&SwitchEvent::to(SignIn)).unwrap();
    let id = thief.password(username("jane"), PASSWORD).unwrap();
    assert_eq!(thief.answer(&Identify::by(id)), "session.identity_conflict");
    assert_ne!(thief.run(&Submit).unwrap().user_id.as_str(), "jane", "the own account alone");

    let owner = as_jane(&house);
    owner.totp();
    owner.gets_in();
}

/// D-8: P-3, S-3. A social identity may be staged before the factor: it is not written before it.
#[test]
fn a_stolen_password_links_no_identity_without_the_factor() {
    let (house, jane) = house_with_an_app(&["Totp"], "NoPrompt");
    let link = |person: &Person<'_>| {
        let id = person.social("google-connector", SocialUserInfo::new("at-google"));
        person.run(&UpdateProfile::new(ProfilePayload::social(id))).unwrap();
    };
    let thief = as_jane(&house);
    link(&thief);
    for profile in [ProfilePayload::password("x"), ProfilePayload::username("mallory2")] {
        assert_eq!(thief.answer(&UpdateProfile::new(profile)), ASKED_FOR_A_FACTOR);
    }
    thief.is_asked_for_a_factor();
    assert!(!house.account(&jane).identities.contains_key("google"));

    let owner = as_jane(&house);
    link(&owner);
    owner.totp();
    owner.gets_in();
    assert!(house.account(&jane).identities.contains_key("google"));
}

/// V-17, M-3: a factor is the user's who proved it.
#[test]
fn a_factor_of_the_thiefs_own_proves_nothing_of_jane() {
    let (house, _) = house_with_an_app(&["Totp", "EmailVerificationCode"], "NoPrompt");
    let mallory = add_mallory(&house);
    house.change(&mallory, with_totp);
    let thief = house.sign_in().by_password("mallory", OTHER_PASSWORD);
    thief.totp();
    thief.mfa_code(MfaContact::Email);
    let id = thief.password(username("jane"), PASSWORD).unwrap();
    assert_eq!(thief.answer(&Identify::by(id)), "session.identity_conflict");
    thief.run(&SwitchEvent::to(Register)).unwrap();
    thief.run(&SwitchEvent::to(SignIn)).unwrap();
    thief.identify(id).unwrap();
    thief.is_asked_for_a_factor();

    thief.totp();
    thief.gets_in();
}

/// M-3, V-17: nor does what is worth more than a factor.
#[test]
fn a_passkey_or_an_enterprise_identity_of_the_thiefs_own_excuses_nothing_of_jane() {
    let (house, jane) = sso_house(json!({
        "passkeySignIn": {"enabled": true}, "mfa": {"factors": ["Totp", "WebAuthn"], "policy": "NoPrompt"},
    }));
    house.change(&jane, |user| {
        with_totp(user);
        user.mfa.web_authn = vec![credential("janes")];
        user.primary_email = None;
    });
    let mallory = add_mallory(&house);
    house.change(&mallory, |user| {
        user.mfa.web_authn = vec![credential("c1")];
        user.sso_identities = vec![sso_identity(ACME, "2")];
    });
    let thief = house.sign_in();
    thief.passkey(4, true).unwrap();
    thief.sso("acme", told("2", "mallory@acme.example"));
    let id = thief.password(username("jane"), PASSWORD).unwrap();
    thief.identify(id).unwrap();
    thief.is_asked_for_a_factor();
    thief.sso("acme", told("1", "jane@acme.example"));
    thief.gets_in();
}

/// V-13: a credential is one user's. One that calls itself as Jane's does is none.
#[test]
fn a_key_with_the_id_of_janes_is_bound_to_nobody_else() {
    let house = house_with(&["WebAuthn"], "NoPrompt");
    let jane = house.add_jane();
    house.change(&jane, |user| user.mfa.web_authn = vec![credential("c1")]);
    add_mallory(&house);
    let mallory = || house.sign_in().by_password("mallory", OTHER_PASSWORD);
    let thief = mallory();
    assert!(thief.bind_key("c1").is_err() || thief.answer(&Submit) == "user.identity_already_in_use");
    let other = mallory();
    other.bind_key("c2").unwrap();
    other.gets_in();
}

fn app_is_off(user: &mut User) {
    with_totp(user);
}

fn app_is_skipped(user: &mut User) {
    with_totp(user);
    user.mfa.skip_mfa_on_sign_in = true;
}

fn app_is_not_enabled(user: &mut User) {
    with_totp(user);
    user.mfa.enabled = Some(false);
}

/// D-18: M-5.
#[test]
fn a_password_thief_binds_no_key_while_the_app_is_off_or_skipped() {
    for (factors, change) in [
        (["WebAuthn", "EmailVerificationCode"], app_is_off as fn(&mut User)),
        (["WebAuthn", "Totp"], app_is_skipped),
        (["WebAuthn", "Totp"], app_is_not_enabled),
    ] {
        let house = house_with(&factors, "UserControlled");
        let jane = house.add_jane();
        house.change(&jane, change);
        let thief = as_jane(&house);
        thief.mfa_code(MfaContact::Email);
        let refused = thief.bind_key("thiefs").unwrap_err();
        assert_eq!(refused.code(), ASKED_FOR_A_FACTOR);
        assert_eq!(refused.data().unwrap()["availableFactors"], json!(["Totp"]));

        let owner = as_jane(&house);
        owner.mfa_code(MfaContact::Email);
        owner.totp();
        assert_eq!(owner.bind_key("janes"), Ok(()));
    }
}

/// D-18, M-5: an email that is a factor is enrolled by whatever adds it.
#[test]
fn a_password_thief_adds_no_mailbox_as_a_factor_while_the_app_is_off() {
    let house = house_with(&["EmailVerificationCode"], "UserControlled");
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        user.primary_email = None;
    });
    let thief = as_jane(&house);
    let id = thief.prove(&thiefs_mail());
    let bind = BindMfa::new(MfaFactor::EmailVerificationCode, id);
    assert_eq!(thief.answer(&bind), ASKED_FOR_A_FACTOR);
    assert_eq!(thief.answer(&UpdateProfile::new(ProfilePayload::email(id))), ASKED_FOR_A_FACTOR);

    let owner = as_jane(&house);
    let id = owner.prove(&email("new@example.com"));
    owner.totp();
    owner.run(&UpdateProfile::new(ProfilePayload::email(id))).unwrap();
}

/// V-10, V-13: a record that was made for a user is that user's.
#[test]
fn what_was_made_for_one_user_is_bound_to_no_other() {
    for factor in [MfaFactor::Totp, MfaFactor::WebAuthn, MfaFactor::BackupCode] {
        let house = house_with(&["Totp", "WebAuthn", "BackupCode"], "NoPrompt");
        house.add_jane();
        add_mallory(&house);
        let person = house.sign_in().by_password("mallory", OTHER_PASSWORD);
        let id = match factor {
            MfaFactor::Totp => {
                let made = new_secret(&person);
                person.run(&VerifyTotp::of_new_secret(code_of(&house, &made), made.verification_id)).unwrap()
            }
            MfaFactor::WebAuthn => person.new_key("mallorys"),
            _ => person.run(&GenerateBackupCodes).unwrap().verification_id,
        };
        if factor != MfaFactor::BackupCode {
            person.run(&BindMfa::new(factor, id)).unwrap();
        }
        person.run(&SwitchEvent::to(Register)).unwrap();
        person.run(&SwitchEvent::to(SignIn)).unwrap();
        let stolen = person.password(username("jane"), PASSWORD).unwrap();
        person.identify(stolen).unwrap();
        let bound = person.answer(&BindMfa::new(factor, id));
        assert_eq!(bound, "session.verification_session_not_found", "{factor:?}");
        bind_totp(&person);
        person.gets_in();
    }
}

/// V-10: nor is it verified for another.
#[test]
fn a_secret_that_was_shown_to_one_user_is_verified_for_no_other() {
    let house = house_with(&["Totp"], "NoPrompt");
    house.add_jane();
    add_mallory(&house);
    let person = house.sign_in().by_password("mallory", OTHER_PASSWORD);
    let made = new_secret(&person);
    person.run(&SwitchEvent::to(Register)).unwrap();
    person.run(&SwitchEvent::to(SignIn)).unwrap();
    let stolen = person.password(username("jane"), PASSWORD).unwrap();
    person.identify(stolen).unwrap();
    let verify = VerifyTotp::of_new_secret(code_of(&house, &made), made.verification_id);
    assert_eq!(person.answer(&verify), "session.verification_session_not_found");
    bind_totp(&person);
    person.gets_in();
}

/// M-2, M-6: an organisation's wish is not the member's to skip.
#[test]
fn nobody_skips_what_their_organisation_requires() {
    let house = House::with(json!({
        "organizations": [{"id": "acme", "isMfaRequired": true}],
        "mfa": {"factors": ["Totp"], "policy": "UserControlled", "organizationRequiredMfaPolicy": "Mandatory"},
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| {
        user.organizations = vec![UserOrganization { id: "acme".into(), is_mfa_required: false }];
        user.mfa.skipped = true;
    });
    let member = as_jane(&house);
    assert_eq!(member.answer(&DecideMfa::Skip), "session.mfa.mfa_policy_not_user_controlled");
    assert_eq!(member.answer(&Submit), "user.missing_mfa");
    bind_totp(&member);
    member.gets_in();

    house.change(&jane, |user| {
        app_is_skipped(user);
        user.mfa.enabled = Some(false);
    });
    as_jane(&house).is_asked_for_a_factor();
    house.change(&jane, |user| user.organizations.clear());
    as_jane(&house).gets_in();
}

/// M-7: what the host's signals said once, no later step takes back.
#[test]
fn nobody_skips_a_factor_while_the_risk_is_elevated() {
    let house = House::with(json!({
        "adaptiveMfa": {"enabled": true}, "mfa": {"factors": ["Totp"], "policy": "UserControlled"},
    }));
    let jane = house.add_jane();
    house.change(&jane, app_is_skipped);
    as_jane(&house).gets_in();
    let risky = as_jane(&house);
    house.is_risky.set(true);
    risky.is_asked_for_a_factor();
    house.is_risky.set(false);
    risky.is_asked_for_a_factor();
    risky.totp();
    risky.gets_in();

    house.change(&jane, |user| (user.mfa.totp, user.mfa.skipped) = (None, true));
    house.is_risky.set(true);
    let without = as_jane(&house);
    house.is_risky.set(false);
    assert_eq!(without.answer(&DecideMfa::Skip), "session.mfa.mfa_policy_not_user_controlled");
    assert_eq!(without.answer(&Submit), "user.missing_mfa");
    bind_totp(&without);
    without.gets_in();
}

/// M-6, M-2: a skip under a policy that lets nobody.
#[test]
fn a_wish_to_skip_outlives_no_stricter_policy() {
    let (house, jane) = house_with_an_app(&["Totp"], "Mandatory");
    house.change(&jane, app_is_skipped);
    let thief = as_jane(&house);
    assert_eq!(thief.answer(&DecideMfa::Skip), ASKED_FOR_A_FACTOR);
    thief.is_asked_for_a_factor();
    thief.totp();
    assert_eq!(thief.answer(&DecideMfa::Skip), "session.mfa.mfa_policy_not_user_controlled");
    thief.gets_in();

    let (house, jane) = house_with_an_app(&["Totp"], "NoPrompt");
    house.change(&jane, app_is_not_enabled);
    as_jane(&house).is_asked_for_a_factor();
    house.change(&jane, app_is_skipped);
    as_jane(&house).gets_in();
}

/// S-3, P-1, M-5, I-3: a recovery changes the password, and nothing else.
#[test]
fn a_recovery_is_no_way_round_the_factor() {
    let (house, jane) = house_with_an_app(&["Totp", "WebAuthn"], "NoPrompt");
    let thief = house.recover().by_code(&janes_mail());
    let refused = "session.not_supported_for_forgot_password";
    assert_eq!(thief.answer(&UpdateProfile::new(ProfilePayload::username("x"))), refused);
    let key = thief.new_key("thiefs");
    assert_eq!(thief.answer(&BindMfa::new(MfaFactor::WebAuthn, key)), refused);
    assert_eq!(thief.answer(&DecideMfa::Skip), refused);
    assert_eq!(thief.answer(&SwitchEvent::to(SignIn)), refused);
    assert_eq!(thief.answer(&Submit), "user.new_password_required_in_profile");
    thief.run(&ResetPassword::new(OTHER_PASSWORD)).unwrap();
    assert_eq!(thief.run(&Submit).unwrap().event, ForgotPassword);
    assert!(house.account(&jane).mfa.web_authn.is_empty());
    house.sign_in().by_password("jane", OTHER_PASSWORD).is_asked_for_a_factor();

    let owner = house.sign_in().by_password("jane", OTHER_PASSWORD);
    owner.totp();
    owner.gets_in();
}

/// I-6: an id that was planted in the owner's browser.
#[test]
fn whoever_planted_an_id_has_nothing_of_what_is_shown_afterwards() {
    let house = House::open();
    house.add_jane();
    let owner = house.sign_in();
    let is_dead = |id| assert_eq!(house.person(id).answer(&ViewInteraction), "session.interaction_not_found");
    let planted = owner.id();
    owner.prove(&janes_mail());
    is_dead(planted);
    let planted = owner.id();
    let id = owner.password(username("jane"), PASSWORD).unwrap();
    is_dead(planted);
    let planted = owner.id();
    owner.identify(id).unwrap();
    is_dead(planted);
    owner.gets_in();
    assert_eq!(owner.answer(&Submit), "session.interaction_not_found", "S-11: and it is over");
}
