//! The other ways to prove who one is: enterprise SSO (V-9), sign-in passkeys (V-14), one-time tokens (V-15).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/house.rs"]
mod house;

use chrono::TimeDelta;
use house::{House, PASSWORD, Person, by_email, username};
use serde_json::{Value, json};
use vestibule::experience::InteractionEvent::{Register, SignIn};
use vestibule::flow::{
    DecideMfa, Identify, StartSignInPasskey, StartSso, Submit, SwitchEvent, UsedPasskey, VerifyOneTimeToken,
    VerifySignInPasskey, VerifySso, ViewInteraction,
};
use vestibule::identifier::{Email, UserId, VerificationId};
use vestibule::operator::{IssueOneTimeToken, RevokeOneTimeToken};
use vestibule::secret::{Secret, ShownOnce};
use vestibule::store::{EntryKey, Stored, VerificationStore};
use vestibule::user::{
    ReportedContact, SocialUserInfo, SsoIdentity, TotpFactor, TotpSecret, WebAuthnCredential,
};
use vestibule::verification::PendingChallenge;

fn sso_house(more: Value) -> House {
    let mut settings = json!({
        "singleSignOnEnabled": true,
        "enterpriseSsoConnectors": [
            {"id": "acme", "domains": ["acme.example"], "issuer": "https://sso.acme.example", "syncProfile": true},
            {"id": "other", "domains": ["other.example"], "issuer": "https://sso.other.example"},
        ],
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    House::with(settings)
}

fn told(id: &str, email: &str) -> SocialUserInfo {
    SocialUserInfo {
        email: Some(ReportedContact::verified(email)),
        name: Some("Sso Name".into()),
        ..SocialUserInfo::new(id)
    }
}

fn sso(person: &Person<'_>, connector: &str, info: SocialUserInfo) -> VerificationId {
    let id = person.run(&StartSso::new(connector, "state", "https://app.example")).unwrap();
    person.run(&VerifySso::new(connector, id, "state", info)).unwrap()
}

#[test]
fn v9_an_enterprise_record_belongs_to_its_connector() {
    let house = sso_house(json!({}));
    let person = house.sign_in();
    assert_eq!(person.code(&StartSso::new("nobody", "s", "u")), "entity.not_exists_with_id");
    assert_eq!(person.code(&StartSso::new("acme", "", "u")), "session.insufficient_info");
    assert_eq!(person.code(&StartSso::new("acme", "s", "")), "session.insufficient_info");
    assert_eq!(person.code(&StartSso::new("acme", "s".repeat(3000), "u")), "guard.invalid_input");
    let id = person.run(&StartSso::new("acme", "state", "u")).unwrap();
    assert_eq!(person.code(&Identify::by(id)), "session.verification_failed", "N-5");
    for connector in ["other", "nobody"] {
        let verify = VerifySso::new(connector, id, "state", told("1", "a@acme.example"));
        assert_eq!(person.code(&verify), "session.verification_session_not_found");
    }
    assert!(person.run(&VerifySso::new("acme", id, "state", told("1", "a@acme.example"))).is_ok());
    let view = serde_json::to_value(person.run(&ViewInteraction).unwrap()).unwrap();
    assert_eq!(
        view["verificationRecords"],
        json!([{
            "id": id, "type": "EnterpriseSso", "connectorId": "acme",
            "enterpriseSsoUserInfo": {
                "id": "1", "email": "a@acme.example", "emailVerified": true, "name": "Sso Name",
            },
        }])
    );
}

#[test]
fn n3_n6_enterprise_sign_in_by_identity_else_by_email() {
    let house = sso_house(json!({}));
    let jane = house.add_jane();
    let joe = house.add("joe", |user| user.primary_email = Some(Email::parse("joe@acme.example").unwrap()));
    house.change(&jane, |user| {
        user.sso_identities = vec![SsoIdentity {
            issuer: "https://sso.acme.example".into(),
            user_id: "1".into(),
            details: None,
        }];
    });
    let person = house.sign_in();
    let id = sso(&person, "acme", told("1", "joe@acme.example"));
    assert_eq!(person.identify(id), Ok(jane.clone()), "the identity comes first");
    let person = house.sign_in();
    let id = sso(&person, "acme", told("2", "JOE@acme.example"));
    assert_eq!(person.identify(id), Ok(joe.clone()));
    person.run(&Submit).unwrap();
    let account = house.account(&joe);
    assert_eq!(account.sso_identities[0].user_id, "2", "N-10: the identity is kept");
    assert_eq!(account.name.as_deref(), Some("Sso Name"), "and the connector syncs");
    let person = house.sign_in();
    let id = sso(&person, "acme", told("3", "nobody@acme.example"));
    let rejection = person.run(&Identify::by(id)).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), ("user.sso_identity_not_exist", 404));
    let mut house = house;
    let mut settings = serde_json::to_value(house.experience.settings()).unwrap();
    settings["singleSignOnEnabled"] = json!(false);
    house.set(settings);
    let person = house.sign_in();
    let start = StartSso::new("acme", "state", "https://app.example");
    assert_eq!(person.code(&start), "user.sign_in_method_not_enabled");
}

#[test]
fn n10_the_identity_is_refreshed_at_each_sign_in() {
    let house = sso_house(json!({}));
    let joe = house.add("joe", |user| user.primary_email = Some(Email::parse("joe@acme.example").unwrap()));
    for name in ["First", "Second"] {
        let person = house.sign_in();
        let id =
            sso(&person, "acme", SocialUserInfo { name: Some(name.into()), ..told("2", "joe@acme.example") });
        person.identify(id).unwrap();
        person.run(&Submit).unwrap();
        let account = house.account(&joe);
        assert_eq!((account.sso_identities.len(), account.name.as_deref()), (1, Some(name)));
    }
}

#[test]
fn n11_s5_an_enterprise_identity_registers_and_skips_what_is_mandatory() {
    let house = sso_house(json!({
        "signUp": {"identifiers": ["username"], "password": true},
        "customProfileFields": [{"name": "company", "type": "Text", "required": true}],
        "mfa": {"factors": ["Totp"], "policy": "Mandatory"}, "captchaPolicy": {"enabled": true},
    }));
    let person = house.register();
    let id = sso(&person, "acme", told("9", "new@acme.example"));
    let user_id = person.identify(id).unwrap();
    person.run(&Submit).unwrap();
    let account = house.account(&user_id);
    assert_eq!(account.primary_email.unwrap().as_str(), "new@acme.example", "N-4 is not asked of SSO");
    assert_eq!((account.name.as_deref(), account.sso_identities.len()), (Some("Sso Name"), 1));
    let again = house.register();
    let id = sso(&again, "acme", told("9", "other@acme.example"));
    assert_eq!(again.code(&Identify::by(id)), "user.identity_already_in_use");
}

#[test]
fn m3_an_enterprise_identity_makes_mfa_not_required_for_its_own_user_only() {
    let house = sso_house(json!({"mfa": {"factors": ["Totp"], "policy": "NoPrompt"}}));
    let jane = house.add_jane();
    let joe = house.add("joe", |user| user.primary_email = Some(Email::parse("joe@acme.example").unwrap()));
    for id in [&jane, &joe] {
        house.change(id, |user| user.mfa.totp = Some(TotpFactor::new(TotpSecret::from_bytes([7; 20]))));
    }
    house.change(&joe, |user| {
        let (issuer, user_id) = ("https://sso.acme.example".into(), "2".into());
        user.sso_identities = vec![SsoIdentity { issuer, user_id, details: None }];
    });
    let person = house.sign_in();
    let id = sso(&person, "acme", told("2", "joe@acme.example"));
    person.identify(id).unwrap();
    assert!(person.run(&Submit).is_ok());
    let thief = house.sign_in();
    sso(&thief, "acme", told("2", "joe@acme.example"));
    let id = thief.password(username("jane"), PASSWORD).unwrap();
    thief.identify(id).unwrap();
    assert_eq!(
        thief.code(&Submit),
        "session.mfa.require_mfa_verification",
        "Joe's identity says nothing of Jane"
    );
}

fn passkey_house() -> (House, UserId) {
    let house = House::with(json!({
        "passkeySignIn": {"enabled": true}, "mfa": {"factors": ["WebAuthn"], "policy": "NoPrompt"},
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| {
        user.mfa.web_authn = vec![WebAuthnCredential {
            id: "c1".into(),
            rp_id: "example.com".into(),
            public_data: "key".into(),
            counter: 3,
            user_verified: true,
            discoverable: true,
            name: None,
            created_at: None,
            last_used_at: None,
        }];
    });
    (house, jane)
}

fn start_passkey(person: &Person<'_>) -> VerificationId {
    let pending = PendingChallenge { challenge: Secret::new("challenge"), rp_id: "example.com".into() };
    person.run(&StartSignInPasskey::new(pending)).unwrap()
}

fn used(credential_id: &str, rp_id: &str, counter: u32) -> UsedPasskey {
    UsedPasskey { credential_id: credential_id.into(), rp_id: rp_id.into(), counter, user_verified: true }
}

#[test]
fn v14_a_passkey_says_who_it_is() {
    let (house, jane) = passkey_house();
    let person = house.sign_in();
    let id = start_passkey(&person);
    assert_eq!(person.code(&Identify::by(id)), "session.verification_failed");
    let touched = UsedPasskey { user_verified: false, ..used("c1", "example.com", 4) };
    for (used, code) in [
        (None, "session.mfa.webauthn_verification_failed"),
        (Some(used("c9", "evil.example", 4)), "session.passkey_sign_in.conflict_rp_id"),
        (Some(used("c9", "example.com", 4)), "session.identifier_not_found"),
        (Some(used("c1", "example.com", 3)), "session.mfa.webauthn_verification_failed"),
        (Some(touched), "session.mfa.webauthn_verification_failed"),
    ] {
        let id = start_passkey(&person);
        assert_eq!(person.code(&VerifySignInPasskey::new(id, used.clone())), code);
        let again = VerifySignInPasskey::new(id, used);
        assert_eq!(person.code(&again), "session.passkey_sign_in.pending_info_not_found", "used up");
    }
    let id = start_passkey(&person);
    let verify = |used| VerifySignInPasskey::new(id, Some(used));
    assert_eq!(person.run(&verify(used("c1", "example.com", 4))), Ok(id));
    let again = verify(used("c1", "example.com", 5));
    assert_eq!(person.code(&again), "session.passkey_sign_in.pending_info_not_found");
    assert_eq!(person.identify(id), Ok(jane.clone()));
    let submitted = person.run(&Submit).unwrap();
    assert_eq!(serde_json::to_value(submitted.amr).unwrap(), json!(["pop"]), "M-3: a passkey is enough");
    assert_eq!(house.account(&jane).mfa.web_authn[0].counter, 4);
}

#[test]
fn n3_passkeys_must_be_on_and_are_not_for_enterprise_users() {
    let (mut house, jane) = passkey_house();
    house.change(&jane, |user| {
        user.sso_identities = vec![SsoIdentity { issuer: "i".into(), user_id: "1".into(), details: None }];
    });
    let with = |issuer: &str, on: bool| {
        json!({
            "passkeySignIn": {"enabled": true}, "singleSignOnEnabled": on,
            "enterpriseSsoConnectors": [{"id": "acme", "issuer": issuer}],
        })
    };
    for (counter, settings, allowed) in
        [(4, with("i", true), false), (5, with("i", false), true), (6, with("another", true), true)]
    {
        house.set(settings);
        let person = house.sign_in();
        let id = start_passkey(&person);
        person.run(&VerifySignInPasskey::new(id, Some(used("c1", "example.com", counter)))).unwrap();
        let code = person.run(&Identify::by(id)).err().map(|rejection| rejection.code());
        let refused = "session.passkey_sign_in.sso_users_not_allowed";
        assert_eq!(code, (!allowed).then_some(refused), "{counter}");
    }
    house.set(json!({}));
    let person = house.sign_in();
    let id = start_passkey(&person);
    assert_eq!(person.code(&Identify::by(id)), "user.sign_in_method_not_enabled");
}

fn issue(house: &House, token: IssueOneTimeToken) -> ShownOnce {
    house.act(&token).unwrap().token
}

fn jane_email() -> Email {
    Email::parse("jane@example.com").unwrap()
}

fn spend(token: &ShownOnce) -> VerifyOneTimeToken {
    VerifyOneTimeToken::new(jane_email(), token.expose())
}

#[test]
fn v15_a_token_is_spent_once() {
    let house = House::with(json!({"signIn": {"methods": []}}));
    let jane = house.add_jane();
    let token = issue(&house, IssueOneTimeToken::new(jane_email()).joining(vec!["acme".into()]));
    let person = house.sign_in();
    let id = person.run(&spend(&token)).unwrap();
    assert_eq!(person.code(&spend(&token)), "one_time_token.token_consumed");
    assert_eq!(person.identify(id), Ok(jane.clone()), "N-2 and N-3 are skipped");
    person.run(&Submit).unwrap();
    assert_eq!(house.account(&jane).organizations[0].id, "acme", "N-10");
}

#[test]
fn v15_the_answers() {
    let house = House::with(json!({"sentinelPolicy": {"maxAttempts": 2}}));
    house.add_jane();
    let person = house.sign_in();
    let token = issue(&house, IssueOneTimeToken::new(jane_email()).for_event(Register));
    assert_eq!(person.code(&spend(&token)), "one_time_token.interaction_event_mismatch");
    let other = VerifyOneTimeToken::new(Email::parse("joe@example.com").unwrap(), token.expose());
    assert_eq!(person.code(&other), "one_time_token.email_mismatch");
    let revoked = house.act(&IssueOneTimeToken::new(jane_email())).unwrap();
    house.act(&RevokeOneTimeToken::new(revoked.view.id)).unwrap();
    let token = revoked.token;
    assert_eq!(person.code(&spend(&token)), "one_time_token.token_revoked");
    let late = issue(&house, IssueOneTimeToken::new(jane_email()).with_lifetime(TimeDelta::minutes(1)));
    house.wait(TimeDelta::seconds(61));
    assert_eq!(person.code(&spend(&late)), "one_time_token.token_expired");
    // L-1: guesses are not counted, and lock nobody out (D-21).
    let joes = VerifyOneTimeToken::new(Email::parse("joe@example.com").unwrap(), "guess");
    for _ in 0..5 {
        assert_eq!(person.code(&joes), "one_time_token.token_not_found");
    }
    let rejection = person.run(&spend(&ShownOnce::new(Secret::new("guess")))).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), ("one_time_token.token_not_found", 404));
    assert!(house.sign_in().password(by_email("jane@example.com"), PASSWORD).is_ok());
}

#[test]
fn i3_n11_whoever_was_sent_a_token_may_register_though_registering_is_off() {
    let house = House::with(json!({
        "signInMode": "SignIn", "signUp": {"identifiers": ["email"]}, "captchaPolicy": {"enabled": true},
    }));
    let email = Email::parse("new@example.com").unwrap();
    let person = house.sign_in();
    assert_eq!(person.code(&SwitchEvent::to(Register)), "auth.forbidden");
    let token = issue(&house, IssueOneTimeToken::new(email.clone()));
    let id = person.run(&VerifyOneTimeToken::new(email, token.expose())).unwrap();
    assert_eq!(person.code(&Identify::by(id)), "user.user_not_exist");
    person.run(&SwitchEvent::to(Register)).unwrap();
    let user_id = person.identify(id).unwrap();
    assert_eq!(house.account(&user_id).primary_email.unwrap().as_str(), "new@example.com");
    assert!(person.run(&Submit).is_ok(), "I-5: the token stands in for the captcha");
    assert_eq!(house.start(SignIn).code(&DecideMfa::Enable), "session.identifier_not_found");
}

#[test]
fn v15_a_store_that_is_read_gives_no_token_away() {
    let house = House::open();
    let token = issue(&house, IssueOneTimeToken::new(jane_email()));
    let key = EntryKey::one_time_token(&Secret::new(token.expose()));
    let entry = house.verifications.store.load(&[key]).unwrap().pop().unwrap();
    let stored = String::from_utf8(Stored::new(&*entry).to_bytes().unwrap()).unwrap();
    assert!(!stored.contains(token.expose()) && !format!("{entry:?}").contains(token.expose()));
}
