//! What another provider's word is worth.

use serde_json::{Value, json};
use vestibule::flow::{
    Identify, StartSocial, StartSso, Submit, SwitchEvent, VerifyOneTimeToken, VerifySocial, VerifySso,
};
use vestibule::identifier::{Email, UserId};
use vestibule::interaction::InteractionEvent::{ForgotPassword, Register, SignIn};
use vestibule::interaction::InteractionId;
use vestibule::user::{ReportedContact, SocialUserInfo};

use crate::house::{House, PASSWORD, username};
use crate::*;

/// D-12: V-9, N-6.
#[test]
fn an_enterprise_connector_speaks_for_its_own_people_alone() {
    let (house, jane) = sso_house(json!({"signUp": {"identifiers": ["email"]}}));
    house.change(&jane, |user| user.primary_email = Some(Email::parse("jane@example.com").unwrap()));
    let nobody = "user.sso_identity_not_exist";
    house.change(&jane, |user| user.sso_identities.clear());
    let thief = house.sign_in();
    let outside = thief.sso("other", told("7", "jane@example.com"));
    assert_eq!(thief.answer(&Identify::by(outside)), nobody, "the email is outside its domains");

    house.change(&jane, |user| {
        user.primary_email = Some(Email::parse("jane@acme.example").unwrap());
        user.sso_identities = vec![sso_identity(ACME, "1")];
    });
    let second = thief.sso("acme", told("2", "jane@acme.example"));
    assert_eq!(thief.answer(&Identify::by(second)), nobody, "a second person of one issuer");
    let registering = house.register();
    let id = registering.sso("acme", told("2", "jane@acme.example"));
    assert_eq!(registering.answer(&Identify::by(id)), "user.email_already_in_use");

    let owner = house.sign_in();
    let id = owner.sso("acme", told("1", "jane@acme.example"));
    owner.identify(id).unwrap();
    owner.gets_in();
}

/// D-12: V-9, N-3, N-11, S-1.
#[test]
fn single_sign_on_that_is_off_signs_nobody_in() {
    let (mut house, jane) = sso_house(json!({"signUp": {"identifiers": []}}));
    house.change(&jane, |user| user.primary_email = None);
    let all = || told("1", "jane@acme.example");
    let [verified, identified, newcomer] = [SignIn, SignIn, Register].map(|event| house.start(event).id());
    let on = |id: &InteractionId, info| {
        let person = house.person(id.clone());
        let record = person.sso("acme", info);
        (person.id(), record)
    };
    let (verified, first) = on(&verified, all());
    let (identified, second) = on(&identified, all());
    let (newcomer, third) = on(&newcomer, told("9", "new@acme.example"));
    let person = house.person(identified);
    person.identify(second).unwrap();
    let identified = person.id();
    let off = "user.sign_in_method_not_enabled";
    reset(&mut house, json!({"singleSignOnEnabled": false}));
    assert_eq!(house.sign_in().answer(&StartSso::new("acme", "state", "u")), off);
    assert_eq!(house.person(verified).answer(&Identify::by(first)), off);
    assert_eq!(house.person(identified.clone()).answer(&Submit), "session.verification_failed");
    assert_eq!(house.person(newcomer).answer(&Identify::by(third)), "session.verification_failed");

    reset(&mut house, json!({"singleSignOnEnabled": true}));
    house.person(identified).gets_in();
}

/// V-8, V-9: RFC 6749, section 10.12.
#[test]
fn a_providers_answer_belongs_to_one_record_of_one_browser() {
    let (house, _) = sso_house(json!({}));
    let thief = house.sign_in();
    let social = thief.run(&StartSocial::new("github-connector", "state", "u")).unwrap();
    let finish = |connector: &str, state: &str, id: &str| {
        VerifySocial::new(connector, social, state, SocialUserInfo::new(id))
    };
    let (failed, not_found) = ("session.verification_failed", "session.verification_session_not_found");
    assert_eq!(thief.answer(&finish("github-connector", "another", "jane-at-github")), failed);
    assert_eq!(thief.answer(&finish("google-connector", "state", "jane-at-github")), not_found);
    thief.run(&finish("github-connector", "state", "thief")).unwrap();
    assert_eq!(thief.answer(&finish("github-connector", "state", "jane-at-github")), failed, "final");
    let sso = thief.run(&StartSso::new("acme", "state", "u")).unwrap();
    let finish = |connector, state| VerifySso::new(connector, sso, state, told("1", "jane@acme.example"));
    assert_eq!(thief.answer(&finish("acme", "another")), failed);
    assert_eq!(thief.answer(&finish("other", "state")), not_found);
    thief.run(&finish("acme", "state")).unwrap();
    assert_eq!(thief.answer(&finish("acme", "state")), failed, "final");
}

fn linking_house(more: Value) -> (House, UserId) {
    let house = House::with(more);
    let jane = house.add_jane();
    (house, jane)
}

/// The thief's identity at Google, to be linked to Jane by what the provider says.
fn link(thief: &Person<'_>, info: SocialUserInfo) -> &'static str {
    let id = thief.social("google-connector", info);
    thief.answer(&Identify::by(id).linking_social_identity())
}

/// D-14: V-8, N-6, N-7.
#[test]
fn a_providers_word_alone_links_nobody() {
    let (mut house, jane) = linking_house(json!({"socialSignIn": {"automaticAccountLinking": false}}));
    let verified = || told("thief-at-google", "jane@example.com");
    let unverified = || SocialUserInfo {
        email: Some(ReportedContact::unverified("jane@example.com")),
        phone: Some(ReportedContact::unverified("61412345678")),
        ..SocialUserInfo::new("thief-at-google")
    };
    let thief = house.sign_in();
    assert_eq!(link(&thief, verified()), "session.verification_failed");
    thief.prove(&thiefs_mail());
    thief.prove(&janes_phone());
    assert_eq!(link(&thief, verified()), "session.verification_failed", "it is the related email to prove");
    reset(&mut house, json!({"socialSignIn": {"automaticAccountLinking": true}}));
    let thief = house.sign_in();
    assert_eq!(link(&thief, unverified()), "user.identity_not_exist");
    let id = thief.social("google-connector", unverified());
    let named = thief.run(&Identify::by(id)).unwrap_err();
    assert_eq!(named.data().unwrap(), json!({}), "nor is anybody named");

    reset(&mut house, json!({"socialSignIn": {"automaticAccountLinking": false}}));
    for by_password in [true, false] {
        house.change(&jane, |user| drop(user.identities.remove("google")));
        let owner = house.sign_in();
        if by_password {
            owner.password(username("jane"), PASSWORD).unwrap();
        } else {
            owner.prove(&janes_mail());
        }
        assert_eq!(link(&owner, verified()), "in");
        owner.gets_in();
    }
}

/// D-14, D-22: N-3, N-7. A code that says "recover" to whoever reads it out.
#[test]
fn a_code_sent_for_a_recovery_links_no_identity() {
    let (house, _) = linking_house(json!({}));
    let thief = house.sign_in();
    thief.prove_for(ForgotPassword, &janes_mail());
    assert_eq!(link(&thief, told("thief-at-google", "jane@example.com")), "session.verification_failed");
    let owner = house.sign_in();
    owner.prove(&janes_mail());
    assert_eq!(link(&owner, told("jane-at-google", "jane@example.com")), "in");
    owner.gets_in();
}

/// D-11, D-14: V-15, N-7.
#[test]
fn a_token_made_to_register_links_no_identity() {
    let (house, _) = linking_house(json!({}));
    let thief = house.register();
    let made = token(&house, "jane@example.com", Some(Register));
    let jane = Email::parse("jane@example.com").unwrap();
    thief.run(&VerifyOneTimeToken::new(jane, made.expose())).unwrap();
    thief.run(&SwitchEvent::to(SignIn)).unwrap();
    assert_eq!(link(&thief, told("thief-at-google", "jane@example.com")), "session.verification_failed");
}
