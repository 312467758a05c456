//! Staging profile data: the six payloads (P-1 to P-12).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/house.rs"]
mod house;

use house::{House, OTHER_PASSWORD, PASSWORD, Person, email, phone, username};
use serde_json::{Value, json};
use vestibule::flow::{ProfilePayload, StartSocial, Submit, UpdateProfile};
use vestibule::identifier::{Email, UserId, VerificationId};
use vestibule::rejection::Rejection;
use vestibule::user::{ReportedContact, SocialUserInfo};

fn update(payload: ProfilePayload) -> UpdateProfile {
    UpdateProfile::new(payload)
}

fn extra(values: Value) -> UpdateProfile {
    serde_json::from_value(json!({"type": "extraProfile", "values": values})).unwrap()
}

fn unknown() -> VerificationId {
    VerificationId::named_by("no-such-verification")
}

/// One valid payload of each kind; the records do not exist.
fn all_payloads() -> Vec<UpdateProfile> {
    vec![
        update(ProfilePayload::username("newcomer")),
        update(ProfilePayload::password(OTHER_PASSWORD)),
        update(ProfilePayload::email(unknown())),
        update(ProfilePayload::phone(unknown())),
        update(ProfilePayload::social(unknown())),
        extra(json!({"company": "Acme"})),
    ]
}

/// Joe has an email and nothing else, and is signing in.
fn as_joe(house: &House) -> (UserId, Person<'_>) {
    let joe = house.add("joe", |user| user.primary_email = Some(Email::parse("joe@example.com").unwrap()));
    let person = house.sign_in();
    let id = person.prove(&email("joe@example.com"));
    person.identify(id).unwrap();
    (joe, person)
}

#[test]
fn p1_a_recovery_stages_nothing() {
    let house = House::open();
    let person = house.recover();
    for payload in all_payloads() {
        let rejection = person.run(&payload).unwrap_err();
        assert_eq!(
            (rejection.code(), rejection.status()),
            ("session.not_supported_for_forgot_password", 400)
        );
    }
}

#[test]
fn p2_a_sign_in_stages_for_somebody() {
    let house = House::open();
    let person = house.sign_in();
    for payload in all_payloads().into_iter().chain([extra(json!({"email": "x"}))]) {
        assert_eq!(person.code(&payload), "session.identifier_not_found");
    }
    assert_eq!(
        house.register().run(&all_payloads()[0]),
        Ok(()),
        "a registration may stage before there is a user"
    );
}

#[test]
fn p4_the_record_must_fit_the_payload() {
    let house = House::with(json!({}));
    let person = house.register();
    let by_email = person.prove(&email("new@example.com"));
    let by_phone = person.prove(&phone("61400000001"));
    let social = person.social("github-connector", SocialUserInfo::new("42"));
    for payload in [
        ProfilePayload::email(unknown()),
        ProfilePayload::email(by_phone),
        ProfilePayload::email(social),
        ProfilePayload::phone(by_email),
        ProfilePayload::phone(social),
        ProfilePayload::social(by_email),
        ProfilePayload::social(by_phone),
    ] {
        assert_eq!(person.code(&update(payload)), "session.verification_session_not_found");
    }
    for payload in
        [ProfilePayload::email(by_email), ProfilePayload::phone(by_phone), ProfilePayload::social(social)]
    {
        person.run(&update(payload)).unwrap();
    }
    let staged = person.profile().unwrap().clone();
    assert_eq!(staged.primary_email.unwrap().as_str(), "new@example.com");
    assert_eq!(staged.primary_phone.unwrap().digits(), "61400000001");
    assert_eq!(staged.social_identity.unwrap().target, "github");
}

#[test]
fn p4_the_blocklist_is_asked_before_the_proof() {
    let house = House::with(json!({"emailBlocklistPolicy": {"blockSubaddressing": true}}));
    let (_, person) = as_joe(&house);
    let (id, _) = person.send(&email("a+b@example.com"));
    assert_eq!(
        person.code(&update(ProfilePayload::email(id))),
        "session.email_blocklist.email_subaddressing_not_allowed"
    );
    let (id, _) = person.send(&phone("61400000001"));
    assert_eq!(person.code(&update(ProfilePayload::phone(id))), "session.verification_failed");
    let id = person.run(&StartSocial::new("github-connector", "s", "https://app.example")).unwrap();
    assert_eq!(person.code(&update(ProfilePayload::social(id))), "session.verification_failed");
}

#[test]
fn p5_what_the_user_has_is_not_added_again() {
    let house = House::with(json!({}));
    house.add_jane();
    let person = house.sign_in().into_jane();
    assert_eq!(person.code(&update(ProfilePayload::username("jane"))), "user.username_exists_in_profile");
    assert_eq!(
        person.code(&update(ProfilePayload::username("1-"))),
        "user.username_exists_in_profile",
        "before P-6"
    );
    let id = person.prove(&email("new@example.com"));
    assert_eq!(person.code(&update(ProfilePayload::email(id))), "user.email_exists_in_profile");
    let id = person.prove(&phone("61400000001"));
    assert_eq!(person.code(&update(ProfilePayload::phone(id))), "user.phone_exists_in_profile");
    assert_eq!(
        person.code(&update(ProfilePayload::password(OTHER_PASSWORD))),
        "user.password_exists_in_profile"
    );
}

#[test]
fn d5_another_account_of_a_target_is_not_added() {
    let house = House::with(json!({}));
    house.add_jane();
    let person = house.sign_in().into_jane();
    let id = person.social("github-connector", SocialUserInfo::new("other"));
    assert_eq!(person.code(&update(ProfilePayload::social(id))), "user.social_account_exists_in_profile");
    let id = person.social("github-connector", SocialUserInfo::new("jane-at-github"));
    assert_eq!(
        person.code(&update(ProfilePayload::social(id))),
        "user.identity_already_in_use",
        "her own, again"
    );
}

#[test]
fn p6_the_policy_then_uniqueness() {
    let house = House::with(json!({"usernamePolicy": {"minLength": 4, "allowedChars": {"numbers": false}}}));
    house.add_jane();
    house.add("jan", |user| user.username = Some("jan".to_owned().try_into().unwrap()));
    let (_, person) = as_joe(&house);
    for (text, code) in [
        ("", "user.username_required"),
        ("1abc", "user.username_starts_with_number"),
        ("a-b", "user.username_invalid_charset_hard"),
        ("jan", "user.username_too_short"),
        ("joe1", "user.username_numbers_not_allowed"),
        ("jane", "user.username_already_in_use"),
    ] {
        assert_eq!(person.code(&update(ProfilePayload::username(text))), code, "{text}");
    }
    assert_eq!(person.code(&update(ProfilePayload::username("x".repeat(129)))), "user.username_too_long");
    assert!(person.run(&update(ProfilePayload::username("joey"))).is_ok());
    let id = person.prove(&phone("61412345678"));
    assert_eq!(person.code(&update(ProfilePayload::phone(id))), "user.phone_already_in_use");
    let id = person.social("github-connector", SocialUserInfo::new("jane-at-github"));
    assert_eq!(person.code(&update(ProfilePayload::social(id))), "user.identity_already_in_use");
    let newcomer = house.register();
    let id = newcomer.prove(&email("Joe@example.com"));
    assert_eq!(newcomer.code(&update(ProfilePayload::email(id))), "user.email_already_in_use");
}

#[test]
fn p7_policy_then_p5_and_nothing_is_compared() {
    let house = House::with(json!({"passwordPolicy": {"length": {"min": 10}}}));
    house.add_jane();
    let person = house.sign_in().into_jane();
    assert_eq!(person.code(&update(ProfilePayload::password("Ab1"))), "password.rejected");
    for password in [PASSWORD, OTHER_PASSWORD] {
        assert_eq!(
            person.code(&update(ProfilePayload::password(password))),
            "user.password_exists_in_profile",
            "D-10: the answer does not tell the current password"
        );
    }
    let (joe, person) = as_joe(&house);
    person.run(&update(ProfilePayload::password(OTHER_PASSWORD))).unwrap();
    assert!(!person.stored().contains(OTHER_PASSWORD), "only the digest is staged");
    assert_eq!(house.account(&joe).password, None, "nothing is written before submitting");
}

#[test]
fn p7_the_persons_own_data_is_no_password() {
    let house = House::open();
    let person = house.register();
    person.run(&update(ProfilePayload::username("newcomer77"))).unwrap();
    assert_eq!(person.code(&update(ProfilePayload::password("newcomer77"))), "password.rejected", "staged");
    let (joe, person) = as_joe(&house);
    house.change(&joe, |user| user.name = Some("Joseph Longname".into()));
    assert_eq!(
        person.code(&update(ProfilePayload::password("longname1x"))),
        "password.rejected",
        "of the account"
    );
}

#[test]
fn p8_social_data_goes_behind_what_is_staged() {
    let house = House::with(json!({}));
    let info = |id: &str| SocialUserInfo {
        name: Some("From Provider".into()),
        avatar: Some("https://pics.example/p.png".into()),
        email: Some(ReportedContact::verified("provided@example.com")),
        ..SocialUserInfo::new(id)
    };
    let person = house.register();
    person.run(&extra(json!({"name": "My Own"}))).unwrap();
    let id = person.social("github-connector", info("42"));
    person.run(&update(ProfilePayload::social(id))).unwrap();
    let staged = person.profile().unwrap().clone();
    assert_eq!(staged.name.as_deref(), Some("My Own"));
    assert_eq!(staged.avatar.as_deref(), Some("https://pics.example/p.png"));
    assert_eq!(staged.primary_email.unwrap().as_str(), "provided@example.com");

    let (_, joe) = as_joe(&house);
    let id = joe.social("github-connector", info("43"));
    joe.run(&update(ProfilePayload::social(id))).unwrap();
    assert_eq!(joe.profile().unwrap().name, None, "this connector does not sync");
    let id = joe.social("google-connector", info("44"));
    joe.run(&update(ProfilePayload::social(id))).unwrap();
    let staged = joe.profile().unwrap().clone();
    assert_eq!(staged.name.as_deref(), Some("From Provider"));
    assert_eq!(staged.primary_email, None, "never an identifier for somebody identified");
    assert_eq!(staged.social_identity.unwrap().target, "google", "P-12: the same kind overwrites");
}

#[test]
fn p8_an_email_that_somebody_owns_is_left_out() {
    let house = House::with(json!({}));
    house.add_jane();
    let person = house.register();
    let info = SocialUserInfo {
        email: Some(ReportedContact::verified("jane@example.com")),
        ..SocialUserInfo::new("42")
    };
    let id = person.social("github-connector", info);
    person.run(&update(ProfilePayload::social(id))).unwrap();
    assert_eq!(person.profile().unwrap().primary_email, None);
}

#[test]
fn p11_a_successful_form_is_marked_as_submitted() {
    let house = House::open();
    let person = house.register();
    person.run(&extra(json!({"avatar": "no url"}))).unwrap_err();
    assert!(!person.interaction().extra_profile_submitted());
    person.run(&extra(json!({}))).unwrap();
    assert!(person.interaction().extra_profile_submitted());
}

#[test]
fn p12_staging_the_same_kind_again_overwrites() {
    let house = House::with(json!({"customProfileFields": [
        {"name": "first", "type": "Text"}, {"name": "second", "type": "Text"},
    ]}));
    let person = house.register();
    for name in ["first", "second"] {
        person.run(&update(ProfilePayload::username(name))).unwrap();
        let id = person.prove(&email(&format!("{name}@example.com")));
        person.run(&update(ProfilePayload::email(id))).unwrap();
        person.run(&extra(json!({ name: name, "nickname": name }))).unwrap();
    }
    let staged = person.profile().unwrap().clone();
    assert_eq!(staged.username.unwrap().as_str(), "second");
    assert_eq!(staged.primary_email.unwrap().as_str(), "second@example.com");
    assert_eq!(staged.profile.nickname.as_deref(), Some("second"));
    assert_eq!(Value::Object(staged.custom_data), json!({"second": "second"}));
}

#[test]
fn p12_a_form_replaces_the_form_before() {
    let house = House::with(json!({"customProfileFields": [{"name": "plan", "type": "Text"}]}));
    let person = house.register();
    let forms = [json!({"name": "Jane", "nickname": "J", "plan": "pro"}), json!({"gender": "x"}), json!({})];
    let profiles = [json!({"nickname": "J"}), json!({"gender": "x"}), json!({})];
    let names = [Some("Jane"), None, None];
    for ((form, profile), name) in forms.into_iter().zip(profiles).zip(names) {
        person.run(&extra(form)).unwrap();
        let staged = person.profile().unwrap().clone();
        assert_eq!(serde_json::to_value(&staged.profile).unwrap(), profile);
        assert_eq!(staged.name.as_deref(), name, "a name that the form leaves out goes");
    }
    assert!(person.profile().unwrap().custom_data.is_empty());
}

#[test]
fn a_rejected_payload_stages_nothing() {
    let house = House::open();
    house.add_jane();
    let person = house.register();
    let before = person.interaction();
    for payload in [
        update(ProfilePayload::username("jane")),
        update(ProfilePayload::password("short")),
        extra(json!({"name": 7, "company": "Acme"})),
    ] {
        person.run(&payload).unwrap_err();
        assert_eq!(person.interaction(), before);
    }
}

#[test]
fn somebody_deleted_meanwhile_is_nobody() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.sign_in().into_jane();
    let change = vestibule::store::UserChange::delete(&house.account(&jane));
    vestibule::store::UserStore::commit(&house.users.store, &change).unwrap();
    assert_eq!(person.code(&update(ProfilePayload::username("x"))), "session.identifier_not_found");
    assert_eq!(person.code(&Submit), "session.identifier_not_found");
    assert_eq!(house.sign_in().password(username("jane"), PASSWORD), Err(Rejection::InvalidCredentials));
}
