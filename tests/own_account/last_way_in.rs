//! Nobody locks themselves out (C-8).

use serde_json::{Value, json};
use vestibule::flow::{ProfilePayload, Removal, RemoveFromAccount, Submit, UpdateProfile};
use vestibule::identifier::Email;
use vestibule::user::SocialIdentity;

use crate::factors::credential;
use crate::house::{House, PASSWORD, email, username};

const LAST: &str = "user.last_sign_in_method_required";

fn remove(what: Removal) -> RemoveFromAccount {
    RemoveFromAccount::new(what)
}

#[test]
fn c8_the_last_way_in_stays() {
    let house = House::with(json!({"signIn": {"methods": [{"identifier": "username", "password": true}]}}));
    let jane = house.add_jane();
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    person.run(&remove(Removal::Password)).unwrap();
    assert_eq!(
        person.code(&remove(Removal::SocialIdentity("github".into()))),
        LAST,
        "without the password, it is what signs in"
    );
    person.run(&remove(Removal::Email)).unwrap();
    person.run(&remove(Removal::Phone)).unwrap();
    person.run(&Submit).unwrap();
    let account = house.account(&jane);
    assert!(account.password.is_none() && account.primary_email.is_none());
    assert_eq!(account.identities.len(), 1);
}

#[test]
fn c8_a_way_in_is_one_that_works_now() {
    let password = json!([{"identifier": "username", "password": true}]);
    let code = json!([{"identifier": "email", "verificationCode": true}]);
    // Without the password, what is left of Jane: an email, a phone, an identity at GitHub, and a passkey where she has one.
    for (settings, passkey, stays) in [
        (json!({"signIn": {"methods": password}}), false, false),
        (json!({"signIn": {"methods": code}}), false, true),
        (json!({"signIn": {"methods": code}, "senders": {"email": false}}), false, false),
        (json!({"passkeySignIn": {"enabled": true}}), true, true),
        (json!({"passkeySignIn": {"enabled": false}}), true, false),
        (json!({"socialConnectors": [{"id": "c", "target": "github"}]}), false, true),
        (json!({"socialConnectors": [{"id": "c", "target": "gitlab"}]}), false, false),
    ] {
        let mut all = json!({"signIn": {"methods": password}, "socialConnectors": []});
        all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let house = House::new(all);
        let jane = house.add_jane();
        house.change(&jane, |user| {
            if passkey {
                user.mfa.web_authn = vec![credential("k")];
            }
        });
        let person = house.manage(&jane);
        person.password(username("jane"), PASSWORD).unwrap();
        if passkey {
            let outcome = person.code(&remove(Removal::Password));
            assert_eq!(outcome, "session.step_up_required", "a key is held");
            house.change(&jane, |user| user.mfa.web_authn.clear());
        }
        let after_all = person.run(&remove(Removal::Password)).is_ok();
        assert_eq!(after_all, stays && !passkey, "{settings}");
    }
}

#[test]
fn c8_what_everybody_must_have_stays_if_it_was_there() {
    let settings = |sign_up: Value| {
        json!({
            "signUp": sign_up,
            "signIn": {"methods": [
                {"identifier": "username", "password": true}, {"identifier": "email", "verificationCode": true},
            ]},
        })
    };
    let house = House::with(settings(json!({"identifiers": ["username"], "password": true})));
    let jane = house.add_jane();
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    assert_eq!(person.code(&remove(Removal::Username)), LAST);
    person.run(&remove(Removal::Email)).unwrap();
    // What was not there is not taken away: Joe never had a username.
    let house = House::with(settings(json!({"identifiers": ["username"]})));
    let joe = house.add("joe", |user| {
        user.primary_email = Some(Email::parse("joe@example.com").unwrap());
        user.identities.insert("github".into(), SocialIdentity::new("joe"));
    });
    let person = house.manage(&joe);
    person.prove(&email("joe@example.com"));
    person.run(&remove(Removal::SocialIdentity("github".into()))).unwrap();
}

/// Two browsers of one person take away one way in each: the later one sees what the other did.
#[test]
fn c8_two_removals_at_once_do_not_lock_the_owner_out() {
    let house = House::with(json!({
        "signUp": {"identifiers": []}, "signIn": {"methods": [{"identifier": "username", "password": true}]},
    }));
    let jane = house.add_jane();
    let (one, other) = (house.manage(&jane), house.manage(&jane));
    for person in [&one, &other] {
        person.password(username("jane"), PASSWORD).unwrap();
    }
    one.run(&remove(Removal::Username)).unwrap();
    other.run(&remove(Removal::SocialIdentity("github".into()))).unwrap();
    one.run(&Submit).unwrap();
    assert_eq!(other.code(&Submit), LAST);
    assert_eq!(house.account(&jane).identities.len(), 1);
    other.run(&remove(Removal::Email)).unwrap_err();
}

#[test]
fn c8_what_takes_nothing_away_is_not_asked() {
    // Nothing signs Jane in but a code that cannot be sent; she may change her password all the same.
    let house = House::with(json!({
        "signIn": {"methods": [{"identifier": "email", "verificationCode": true}]},
        "senders": {"email": false}, "socialConnectors": [],
    }));
    let jane = house.add_jane();
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::password("Xu8mTr2kNe"))).unwrap();
    person.run(&Submit).unwrap();
}
