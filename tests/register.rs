//! Registering: new password identities (V-7), creating the account (N-11 to N-13), custom fields (S-6).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/house.rs"]
mod house;

use house::{House, OTHER_PASSWORD, PASSWORD, email, phone, username};
use serde_json::{Value, json};
use vestibule::audit::{AuditAction, AuditSubject};
use vestibule::flow::{
    Identify, NewPasswordIdentity, ProfilePayload, StartSocial, Submit, SwitchEvent, UpdateProfile,
};
use vestibule::identifier::{Username, UsernameCase};
use vestibule::interaction::InteractionEvent;
use vestibule::rejection::Rejection;
use vestibule::user::{ReportedContact, SocialUserInfo};

fn missing(rejection: &Rejection) -> Value {
    assert_eq!((rejection.code(), rejection.status()), ("user.missing_profile", 422));
    rejection.data().unwrap()["missingProfile"].clone()
}

fn extra(values: Value) -> UpdateProfile {
    serde_json::from_value(json!({"type": "extraProfile", "values": values})).unwrap()
}

#[test]
fn v7_a_new_password_identity_is_checked_in_order() {
    let house = House::with(json!({"usernamePolicy": {"caseSensitive": false}}));
    house.add_jane();
    let person = house.register();
    let code = |username: &str, password: &str| person.code(&NewPasswordIdentity::new(username, password));
    assert_eq!(code("", "short"), "user.username_required");
    assert_eq!(code("1abc", "short"), "user.username_starts_with_number");
    assert_eq!(code("a-b", "short"), "user.username_invalid_charset_hard");
    assert_eq!(code("JANE", "short"), "user.username_already_in_use", "before the password is looked at");
    assert_eq!(code("newcomer", "short"), "password.rejected");
    assert_eq!(code("newcomer77", "newcomer77"), "password.rejected", "the username is no password");
    assert_eq!(person.interaction().registry().records().iter().count(), 0);
    let rejection = person.run(&NewPasswordIdentity::new("newcomer", "123456")).unwrap_err();
    assert_eq!(
        rejection.data().unwrap(),
        json!([{"code": "password_rejected.too_short", "min": 8}, {"code": "password_rejected.restricted.sequence"}])
    );
    assert!(person.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).is_ok());
    let long = person.run(&NewPasswordIdentity::new("x".repeat(140), OTHER_PASSWORD)).unwrap();
    assert_eq!(
        person.code(&Identify::by(long)),
        "user.username_too_long",
        "the policy is asked when it is staged"
    );
}

#[test]
fn v7_the_documents_body_is_read_with_the_hard_floor() {
    let read = |value: Value| serde_json::from_value::<NewPasswordIdentity>(value).is_ok();
    let body =
        |kind: &str, value: &str| json!({"identifier": {"type": kind, "value": value}, "password": "x"});
    assert!(read(body("username", "newcomer")) && read(body("username", &"x".repeat(140))));
    assert!(
        !read(body("username", "1abc")) && !read(body("username", "")) && !read(body("email", "a@b.example"))
    );
}

#[test]
fn n11_a_username_and_password_make_an_account() {
    let house = House::open();
    let person = house.register();
    let id = person.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap();
    let made = person.run(&Identify::by(id)).unwrap();
    assert!(made.created);
    let account = house.account(&made.user_id);
    assert_eq!(account.username.unwrap().as_str(), "newcomer");
    assert_eq!(account.mfa.enabled, Some(false));
    assert_eq!(account.created_at, house.now.get());
    assert!(person.profile().unwrap().is_empty(), "the staged profile is empty again");
    let events = house.take_events();
    let [event] = &events[..] else { panic!("one event: {events:?}") };
    assert_eq!(
        (&event.action, &event.subject),
        (&AuditAction::UserCreated, &AuditSubject::User(made.user_id.clone()))
    );
    assert!(house.sign_in().password(username("newcomer"), OTHER_PASSWORD).is_ok());
    assert_eq!(person.run(&Submit).unwrap().user_id, made.user_id);
}

#[test]
fn n11_only_proofs_that_can_be_part_of_an_account_and_are_complete() {
    let house = House::with(json!({}));
    house.add_jane();
    let person = house.register();
    let unverified = person.send(&email("new@example.com")).0;
    let social = person.run(&StartSocial::new("github-connector", "s", "https://app.example")).unwrap();
    let password = person.password(username("jane"), PASSWORD).unwrap();
    for id in [unverified, social, password] {
        assert_eq!(person.code(&Identify::by(id)), "session.verification_failed");
    }
    assert!(person.profile().unwrap().is_empty());
}

#[test]
fn n11_the_blocklist_is_asked_before_the_proof() {
    let house = House::with(json!({"emailBlocklistPolicy": {"customBlocklist": ["@blocked.example"]}}));
    let person = house.sign_in();
    let (id, _) = person.send(&email("a@blocked.example"));
    person.run(&SwitchEvent::to(InteractionEvent::Register)).unwrap();
    assert_eq!(person.code(&Identify::by(id)), "session.email_blocklist.email_not_allowed");
    let social = |reported: &str| SocialUserInfo {
        email: Some(ReportedContact::verified(reported)),
        ..SocialUserInfo::new("42")
    };
    let id = person.social("github-connector", social("a@blocked.example"));
    assert_eq!(person.code(&Identify::by(id)), "session.email_blocklist.email_not_allowed");
    let id = person.social("github-connector", social("no-domain"));
    assert_eq!(person.code(&Identify::by(id)), "session.email_blocklist.invalid_email");
}

#[test]
fn n11_taken_identifiers_are_answered_before_what_is_missing() {
    let house = House::with(json!({}));
    house.add_jane();
    let person = house.register();
    let email_id = person.prove(&email("JANE@example.com"));
    assert_eq!(person.code(&Identify::by(email_id)), "user.email_already_in_use");
    let phone_id = person.prove(&phone("610412345678"));
    assert_eq!(person.code(&Identify::by(phone_id)), "user.phone_already_in_use");
    let social = person.social("github-connector", SocialUserInfo::new("jane-at-github"));
    assert_eq!(person.code(&Identify::by(social)), "user.identity_already_in_use");
    let racing = person.run(&NewPasswordIdentity::new("racer", OTHER_PASSWORD)).unwrap();
    house.add("racer", |user| user.username = Some(Username::parse("racer").unwrap()));
    assert_eq!(person.code(&Identify::by(racing)), "user.username_already_in_use");
    assert!(person.profile().unwrap().is_empty(), "what is refused is not staged");
}

#[test]
fn n11_the_username_policy_is_asked_when_it_is_staged() {
    let house = House::with(json!({"usernamePolicy": {"minLength": 5}}));
    let person = house.register();
    let id = person.run(&NewPasswordIdentity::new("abc", OTHER_PASSWORD)).unwrap();
    assert_eq!(person.code(&Identify::by(id)), "user.username_too_short");
}

#[test]
fn n11_what_was_staged_stays_staged_though_n12_refuses() {
    let house = House::with(
        json!({"signUp": {"identifiers": ["email"], "password": true, "secondaryIdentifiers": [{"identifier": "username"}]}}),
    );
    let person = house.register();
    let id = person.prove(&email("new@example.com"));
    let rejection = person.run(&Identify::by(id)).unwrap_err();
    assert_eq!(missing(&rejection), json!(["username", "password"]));
    person.run(&UpdateProfile::new(ProfilePayload::username("newcomer"))).unwrap();
    let rejection = person.run(&Identify::from_staged_profile()).unwrap_err();
    assert_eq!(missing(&rejection), json!(["password"]));
    person.run(&UpdateProfile::new(ProfilePayload::password(OTHER_PASSWORD))).unwrap();
    let made = person.run(&Identify::from_staged_profile()).unwrap();
    assert_eq!(house.account(&made.user_id).primary_email.unwrap().as_str(), "new@example.com");
}

#[test]
fn n11_social_brings_name_avatar_and_what_nobody_owns() {
    let house = House::with(json!({"signUp": {"identifiers": ["phone"], "password": true}}));
    house.add_jane();
    let person = house.register();
    let info = SocialUserInfo {
        email: Some(ReportedContact::verified("jane@example.com")),
        phone: Some(ReportedContact::verified("61400000001")),
        name: Some("New Comer".into()),
        avatar: Some("https://pics.example/n.png".into()),
        ..SocialUserInfo::new("42")
    };
    let id = person.social("github-connector", info);
    let made = person.run(&Identify::by(id)).unwrap();
    let account = house.account(&made.user_id);
    assert_eq!(account.primary_email, None, "Jane owns it");
    assert_eq!(account.primary_phone.unwrap().digits(), "61400000001");
    assert_eq!(account.name.as_deref(), Some("New Comer"));
    assert_eq!(account.avatar.as_deref(), Some("https://pics.example/n.png"));
    assert_eq!(account.identities["github"].user_id, "42");
    assert!(account.password.is_none(), "S-5: the identity stands in for the password");
}

#[test]
fn n12_the_mode_is_asked_after_staging_and_before_what_is_missing() {
    let house = House::with(json!({"signInMode": "SignIn", "captchaPolicy": {"enabled": true}}));
    let person = house.start_passing_captcha(InteractionEvent::Register);
    let id = person.prove(&email("new@example.com"));
    assert_eq!(person.code(&Identify::by(id)), "auth.forbidden");
    assert!(person.profile().unwrap().primary_email.is_some());
    assert_eq!(
        house.register().code(&Identify::from_staged_profile()),
        "auth.forbidden",
        "and before the captcha"
    );
}

#[test]
fn n12_without_mandatory_profile_anybody_is_someone() {
    let house = House::with(json!({"signUp": {"identifiers": []}}));
    let person = house.register();
    assert!(person.run(&Identify::from_staged_profile()).unwrap().created);
}

#[test]
fn n12_somebody_may_have_been_faster_since_staging() {
    let house = House::with(json!({"signUp": {"identifiers": ["username"]}}));
    let person = house.register();
    person.run(&UpdateProfile::new(ProfilePayload::username("racer"))).unwrap();
    house.add("racer", |user| user.username = Some(Username::parse("racer").unwrap()));
    assert_eq!(person.code(&Identify::from_staged_profile()), "user.username_already_in_use");
}

#[test]
fn n13_after_a_crash_between_the_two_writes_a_retry_finds_the_account_it_made() {
    let house = House::open();
    let person = house.register();
    let id = person.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap();
    house.crash_before_granting(&person.id(), &Identify::by(id));
    assert_eq!((house.users.store.len(), person.user_id()), (1, None));
    let made = person.run(&Identify::by(id)).unwrap();
    assert_eq!(house.users.store.len(), 1);
    assert!(person.profile().unwrap().is_empty());
    assert_eq!(person.run(&Submit).unwrap().user_id, made.user_id);
    assert_eq!(house.account(&made.user_id).username.unwrap().as_str(), "newcomer");
}

#[test]
fn n13_after_a_crash_the_account_becomes_what_is_proposed_then() {
    let house = House::open();
    let person = house.register();
    let first = person.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap();
    house.crash_before_granting(&person.id(), &Identify::by(first));
    let second = person.run(&NewPasswordIdentity::new("latecomer", OTHER_PASSWORD)).unwrap();
    let made = person.identify(second).unwrap();
    assert_eq!(house.users.store.len(), 1);
    assert_eq!(house.account(&made).username.unwrap().as_str(), "latecomer");
    assert!(house.owner(&Username::parse("newcomer").unwrap().key(UsernameCase::Sensitive)).is_none());
}

#[test]
fn n13_an_account_that_somebody_went_on_with_meanwhile_is_not_overwritten() {
    let house = House::open();
    let person = house.register();
    let id = person.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap();
    house.crash_before_granting(&person.id(), &Identify::by(id));
    let elsewhere = house.sign_in();
    let password = elsewhere.password(username("newcomer"), OTHER_PASSWORD).unwrap();
    elsewhere.identify(password).unwrap();
    elsewhere.run(&Submit).unwrap();
    assert_eq!(person.code(&Identify::by(id)), "session.identity_conflict");
}

#[test]
fn d1_an_account_is_made_once() {
    let house = House::open();
    let person = house.register();
    let id = person.run(&NewPasswordIdentity::new("newcomer", OTHER_PASSWORD)).unwrap();
    person.run(&Identify::by(id)).unwrap();
    let rejection = person.run(&Identify::from_staged_profile()).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), ("session.identity_conflict", 409));
    assert_eq!(person.code(&Identify::by(id)), "user.username_exists_in_profile", "N-11 asks P-5 first");
    let more = person.prove(&email("new@example.com"));
    assert_eq!(person.code(&Identify::by(more)), "session.identity_conflict");
    assert!(person.profile().unwrap().is_empty(), "and nothing is staged by it");
    assert_eq!(house.users.store.len(), 1);
}

#[test]
fn d7_names_are_unique_regardless_of_case_where_the_operator_says_so() {
    let house = House::with(json!({"usernamePolicy": {"caseSensitive": false}}));
    house.add_jane();
    let person = house.register();
    assert_eq!(
        person.code(&UpdateProfile::new(ProfilePayload::username("JaNe"))),
        "user.username_already_in_use"
    );
    let key = Username::parse("JANE").unwrap().key(UsernameCase::Insensitive);
    assert!(house.owner(&key).is_some());
    assert!(house.sign_in().password(username("JANE"), PASSWORD).is_ok());
}

fn with_fields() -> House {
    House::with(json!({
        "signUp": {"identifiers": ["username"]},
        "customProfileFields": [
            {"name": "company", "type": "Text", "required": true},
            {"name": "inviteCode", "type": "Text", "required": false},
            {"name": "fullname", "type": "Fullname", "required": true, "config": {"parts": [
                {"name": "givenName", "enabled": true, "required": true},
                {"name": "familyName", "enabled": true},
                {"name": "middleName", "enabled": false},
            ]}},
        ],
    }))
}

#[test]
fn s6_required_fields_and_optional_ones_until_the_form_was_submitted() {
    let house = with_fields();
    let person = house.register();
    let create = || person.run(&Identify::from_staged_profile()).map(|made| made.user_id);
    let refused = |answer: Result<_, Rejection>| {
        missing(&answer.map(|_: vestibule::identifier::UserId| ()).unwrap_err())
    };
    assert_eq!(refused(create()), json!(["username"]), "S-5 first");
    person.run(&UpdateProfile::new(ProfilePayload::username("newcomer"))).unwrap();
    assert_eq!(refused(create()), json!(["extraProfile"]));
    for incomplete in [
        json!({"company": "Acme"}),
        json!({"company": "Acme", "givenName": "New"}),
        json!({"company": "", "givenName": "New", "familyName": "Comer"}),
        json!({"givenName": "New", "familyName": "Comer"}),
    ] {
        person.run(&extra(incomplete)).unwrap();
        assert_eq!(refused(create()), json!(["extraProfile"]), "all enabled parts, and no empty text");
    }
    person.run(&extra(json!({"company": "Acme", "givenName": "New", "familyName": "Comer"}))).unwrap();
    let account = house.account(&create().unwrap());
    assert_eq!(Value::Object(account.custom_data), json!({"company": "Acme"}));
    assert_eq!(account.profile.given_name.as_deref(), Some("New"));
}

#[test]
fn s6_an_empty_form_satisfies_optional_fields() {
    let house = House::with(json!({
        "signUp": {"identifiers": []},
        "customProfileFields": [{"name": "inviteCode", "type": "Text", "required": false}],
    }));
    let person = house.register();
    let rejection = person.run(&Identify::from_staged_profile()).unwrap_err();
    assert_eq!(missing(&rejection), json!(["extraProfile"]));
    person.run(&extra(json!({}))).unwrap();
    assert!(person.run(&Identify::from_staged_profile()).is_ok());
}

#[test]
fn s6_only_the_fields_that_sign_up_asks_for() {
    let mut house = with_fields();
    let mut settings = serde_json::to_value(house.experience.settings()).unwrap();
    settings["signUpProfileFields"] = json!([{"name": "inviteCode"}]);
    house.set(settings);
    let person = house.register();
    person.run(&UpdateProfile::new(ProfilePayload::username("newcomer"))).unwrap();
    assert_eq!(missing(&person.run(&Identify::from_staged_profile()).unwrap_err()), json!(["extraProfile"]));
    person.run(&extra(json!({"inviteCode": ""}))).unwrap();
    assert!(person.run(&Identify::from_staged_profile()).is_ok());
}

#[test]
fn s5_s6_a_social_account_may_skip_what_is_mandatory() {
    let settings = |skip: bool| {
        json!({
            "signUp": {"identifiers": ["email"], "password": true},
            "socialSignIn": {"skipRequiredIdentifiers": skip},
            "customProfileFields": [{"name": "company", "type": "Text", "required": true}],
        })
    };
    for skip in [true, false] {
        let house = House::with(settings(skip));
        let person = house.register();
        let id = person.social("github-connector", SocialUserInfo::new("42"));
        assert_eq!(person.identify(id).is_ok(), skip);
    }
}
