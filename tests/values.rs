//! The value policies, through the front door: emails (9.3) and passwords (9.2).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "support/house.rs"]
mod house;

use house::{House, email};
use serde_json::json;
use vestibule::flow::{Identify, NewPasswordIdentity, Submit, VerifyCode, VerifyPassword};
use vestibule::identifier::{ClaimedIdentifier, Contact, IdentifierType};

#[test]
fn a_password_is_the_same_however_it_is_spelt() {
    let house = House::with(json!({}));
    let person = house.register();
    let id = person.run(&NewPasswordIdentity::new("zoe", "cafe\u{301} au lait")).unwrap();
    person.run(&Identify::by(id)).unwrap();
    person.run(&Submit).unwrap();
    let zoe = || ClaimedIdentifier::new(IdentifierType::Username, "zoe");
    let person = house.sign_in();
    assert_eq!(person.code(&VerifyPassword::new(zoe(), "cafe au lait")), "session.invalid_credentials");
    for spelling in ["caf\u{e9} au lait", "cafe\u{301} au lait"] {
        assert!(house.sign_in().run(&VerifyPassword::new(zoe(), spelling)).is_ok(), "{spelling:?}");
    }
}

#[test]
#[cfg(feature = "common-passwords")]
fn a_common_password_is_refused_without_a_list_of_the_hosts() {
    let house = House::with(json!({}));
    let person = house.register();
    let rejection = person.run(&NewPasswordIdentity::new("zoe", "Liverpool1")).unwrap_err();
    assert_eq!(rejection.data().unwrap(), json!([{"code": "password_rejected.pwned"}]));
}

#[test]
fn every_spelling_of_a_domain_meets_its_mailbox_and_its_connector() {
    let house = House::with(json!({
        "singleSignOnEnabled": true,
        "enterpriseSsoConnectors": [{"id": "sso", "issuer": "i", "domains": ["b\u{fc}cher.example"]}],
        "signUp": {"identifiers": ["email"]},
        "signIn": {"methods": [{"identifier": "email", "password": true, "verificationCode": true}]},
    }));
    for domain in ["xn--bcher-kva.example", "B\u{dc}CHER.example", "bu\u{308}cher.example"] {
        let person = house.register();
        let (id, message) = person.send(&email(&format!("Jane@{domain}")));
        let message = message.unwrap();
        assert_eq!(message.recipient, email("jane@xn--bcher-kva.example"));
        let Contact::Email(recipient) = &message.recipient else { panic!("an email") };
        assert_eq!(recipient.as_str(), "Jane@xn--bcher-kva.example", "V-3: the domain is canonical");
        let id = person.run(&VerifyCode::new(message.recipient, id, message.code.expose())).unwrap();
        assert_eq!(person.code(&Identify::by(id)), "session.sso_enabled", "N-4: {domain}");
    }
}
