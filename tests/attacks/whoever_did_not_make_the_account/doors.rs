//! The doors: enterprise domains, and one-time tokens.

use serde_json::json;
use vestibule::flow::{
    Identify, ProfilePayload, ResetPassword, SwitchEvent, UpdateProfile, VerifyOneTimeToken,
};
use vestibule::identifier::Email;
use vestibule::interaction::InteractionEvent::{self, ForgotPassword, Register, SignIn};
use vestibule::user::{ReportedContact, SocialUserInfo};

use crate::factors::*;
use crate::house::{House, OTHER_PASSWORD, PASSWORD, email, username};
use crate::*;

/// D-13: N-4, in every event and by every door.
#[test]
fn whoever_belongs_to_a_domain_comes_by_no_other_door() {
    let (house, jane) = sso_house(json!({"passkeySignIn": {"enabled": true}}));
    house.change(&jane, |user| {
        user.mfa.web_authn = vec![credential("c1")];
        user.sso_identities = vec![sso_identity("https://sso.other.example", "1")];
    });
    let refused = "session.sso_enabled";
    for event in [SignIn, ForgotPassword] {
        let thief = house.start(event);
        let id = thief.prove(&janes_phone());
        assert_eq!(thief.answer(&Identify::by(id)), refused, "{event:?}");
    }
    let thief = house.sign_in();
    let password = thief.password(username("jane"), PASSWORD).unwrap();
    let social = thief.social("github-connector", SocialUserInfo::new("jane-at-github"));
    let elsewhere = thief.sso("other", SocialUserInfo::new("1"));
    for id in [password, social, elsewhere] {
        assert_eq!(thief.answer(&Identify::by(id)), refused);
    }
    house.change(&jane, |user| user.sso_identities = vec![sso_identity("gone", "1")]);
    let passkey = thief.passkey(4, true).unwrap();
    assert_eq!(thief.answer(&Identify::by(passkey)), refused);
    house.change(&jane, |user| {
        user.primary_email = None;
        user.sso_identities = vec![sso_identity(ACME, "1")];
    });
    let by_passkey = thief.answer(&Identify::by(passkey));
    assert_eq!(by_passkey, "session.passkey_sign_in.sso_users_not_allowed", "N-3");

    let owner = house.sign_in();
    let id = owner.sso("acme", told("1", "jane@acme.example"));
    owner.identify(id).unwrap();
    owner.gets_in();
}

/// D-13: N-4, N-7. Nor by linking.
#[test]
fn whoever_belongs_to_a_domain_is_linked_by_no_other_door() {
    let (house, jane) = sso_house(json!({"socialSignIn": {"automaticAccountLinking": true}}));
    house.change(&jane, |user| user.identities.clear());
    let thief = house.sign_in();
    let info = SocialUserInfo {
        phone: Some(ReportedContact::verified("61412345678")),
        ..SocialUserInfo::new("thief-at-github")
    };
    let id = thief.social("github-connector", info.clone());
    assert_eq!(thief.answer(&Identify::by(id).linking_social_identity()), "session.sso_enabled");

    house.change(&jane, |user| user.primary_email = None);
    let owner = house.sign_in();
    let id = owner.social("github-connector", info);
    owner.run(&Identify::by(id).linking_social_identity()).unwrap();
    owner.gets_in();
}

/// D-11: I-3, V-15, N-12.
#[test]
fn a_token_opens_a_closed_registration_for_its_email_and_event_alone() {
    let house = House::with(json!({"signInMode": "SignIn", "signUp": {"identifiers": ["email"]}}));
    house.add_jane();
    let new = Email::parse("new@example.com").unwrap();
    let with_token = |event: Option<InteractionEvent>| {
        let (person, token) = (house.sign_in(), token(&house, new.as_str(), event));
        let id = person.run(&VerifyOneTimeToken::new(new.clone(), token.expose())).unwrap();
        (person, id)
    };
    let (to_sign_in, _) = with_token(Some(SignIn));
    assert_eq!(to_sign_in.answer(&SwitchEvent::to(Register)), "auth.forbidden");

    let (thief, _) = with_token(None);
    thief.run(&SwitchEvent::to(Register)).unwrap();
    let id = thief.prove_for(Register, &thiefs_mail());
    assert_eq!(thief.answer(&Identify::by(id)), "auth.forbidden", "for the token's own email");

    let (invited, id) = with_token(None);
    invited.run(&SwitchEvent::to(Register)).unwrap();
    invited.identify(id).unwrap();
    invited.gets_in();
}

/// D-11: N-3, V-15.
#[test]
fn a_token_made_for_something_else_resets_no_password() {
    let house = House::open();
    house.add_jane();
    let jane = Email::parse("jane@example.com").unwrap();
    let recovery = house.recover();
    let spend =
        |event| VerifyOneTimeToken::new(jane.clone(), token(&house, "jane@example.com", event).expose());
    for event in [SignIn, Register] {
        assert_eq!(recovery.answer(&spend(Some(event))), "one_time_token.interaction_event_mismatch");
    }
    let id = recovery.run(&spend(None)).unwrap();
    assert_eq!(recovery.answer(&Identify::by(id)), "session.not_supported_for_forgot_password");

    let id = recovery.run(&spend(Some(ForgotPassword))).unwrap();
    recovery.identify(id).unwrap();
    recovery.run(&ResetPassword::new(OTHER_PASSWORD)).unwrap();
    recovery.gets_in();
}

/// V-15: a token that was spent to register signs nobody in.
#[test]
fn a_token_made_for_one_event_identifies_in_no_other() {
    let house = House::open();
    house.add_jane();
    let jane = Email::parse("jane@example.com").unwrap();
    for (made_for, event) in [(Register, SignIn), (SignIn, Register)] {
        let thief = house.start(made_for);
        let made = token(&house, jane.as_str(), Some(made_for));
        let id = thief.run(&VerifyOneTimeToken::new(jane.clone(), made.expose())).unwrap();
        thief.run(&SwitchEvent::to(event)).unwrap();
        assert_eq!(thief.answer(&Identify::by(id)), "one_time_token.interaction_event_mismatch");
    }
    let owner = house.sign_in();
    let made = token(&house, jane.as_str(), Some(SignIn));
    let id = owner.run(&VerifyOneTimeToken::new(jane, made.expose())).unwrap();
    owner.identify(id).unwrap();
    owner.gets_in();
}

/// N-8, S-1.
#[test]
fn a_suspended_account_lets_nobody_in() {
    let house = House::open();
    let jane = house.add_jane();
    let (before, behind) = (house.sign_in(), as_jane(&house));
    let id = before.password(username("jane"), PASSWORD).unwrap();
    house.change(&jane, |user| user.is_suspended = true);
    assert_eq!(before.answer(&Identify::by(id)), "user.suspended");
    assert_eq!(behind.answer(&Submit), "user.suspended");
    house.change(&jane, |user| user.is_suspended = false);
    before.identify(id).unwrap();
    before.gets_in();
}

/// D-13: N-4, P-4, N-11. Nor does anybody begin elsewhere.
#[test]
fn nobody_registers_beside_the_door_of_their_domain() {
    let (house, _) = sso_house(json!({"signUp": {"identifiers": []}}));
    let person = house.register();
    let code = person.prove(&email("new@acme.example"));
    let social = person.social("github-connector", told("new", "new@acme.example"));
    for id in [code, social] {
        assert_eq!(person.answer(&Identify::by(id)), "session.sso_enabled");
    }
    let profiles = [ProfilePayload::email(code), ProfilePayload::social(social)];
    for profile in profiles {
        assert_eq!(person.answer(&UpdateProfile::new(profile)), "session.sso_enabled");
    }
    let id = person.sso("acme", told("9", "new@acme.example"));
    person.identify(id).unwrap();
    person.gets_in();
}
