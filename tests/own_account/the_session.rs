//! An account's interaction begins with a session, and ends with it (C-1).

use serde_json::json;
use vestibule::experience::InteractionEvent::{self, Account, ForgotPassword, Register, SignIn};
use vestibule::flow::{
    CloseAccount, Identify, NameFactor, ProfilePayload, Removal, RemoveFromAccount, SendCode, Start, Submit,
    SwitchEvent, UpdateProfile, ViewAccount, ViewInteraction, WhatRemains,
};
use vestibule::identifier::UserId;
use vestibule::secret::PasswordDigest;
use vestibule::user::FactorId;

use crate::house::{House, PASSWORD, SESSION, email, username};

#[test]
fn c1_who_it_is_is_known_from_the_start() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.manage(&jane);
    assert_eq!(person.user_id(), Some(jane.clone()));
    let view = serde_json::to_value(person.run(&ViewInteraction).unwrap()).unwrap();
    assert_eq!((&view["interactionEvent"], &view["userId"]), (&json!("Account"), &json!("jane")));
    assert!(!person.stored().contains(SESSION), "a session's name is not kept");
    let proof = person.password(username("jane"), PASSWORD).unwrap();
    assert_eq!(person.code(&Identify::by(proof)), "session.invalid_interaction_type");
    let view = serde_json::to_value(person.run(&ViewAccount).unwrap()).unwrap();
    assert_eq!((&view["primaryEmail"], &view["hasPassword"]), (&json!("jane@example.com"), &json!(true)));
    assert!(!view.to_string().contains("argon2"));
    // Nothing staged: nothing is written but that it is over.
    assert_eq!(person.run(&Submit).unwrap().event, Account);
    assert_eq!(person.code(&Submit), "session.interaction_not_found");
}

#[test]
fn c1_nobody_starts_one_without_an_account_or_a_session() {
    let house = House::open();
    let jane = house.add_jane();
    let start = |id: &UserId, opened| Start::account(id.clone(), SESSION, opened);
    let code = |start: Start| house.act(&start).unwrap_err().code();
    assert_eq!(code(Start::new(Account)), "session.interaction_not_found");
    assert_eq!(code(start(&UserId::parse("gone").unwrap(), house.now.get())), "entity.not_found");
    let opened = house.now.get();
    house.wait(chrono::TimeDelta::seconds(1));
    house.change(&jane, |user| user.set_password(PasswordDigest::new("other"), house.now.get()));
    assert_eq!(code(start(&jane, opened)), "session.interaction_not_found", "the session is over");
    assert!(house.act(&start(&jane, house.now.get())).is_ok());
    house.change(&jane, |user| user.suspend(true, house.now.get()));
    assert_eq!(code(start(&jane, house.now.get())), "user.suspended");
}

#[test]
fn c1_every_step_needs_the_session_that_started_it() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.manage(&jane);
    for session in [None, Some("another session of hers")] {
        house.session.set(session);
        assert_eq!(person.code(&ViewAccount), "session.interaction_not_found");
        assert_eq!(person.code(&Submit), "session.interaction_not_found");
        let new_name = UpdateProfile::new(ProfilePayload::username("jane_2"));
        assert_eq!(person.code(&new_name), "session.interaction_not_found");
    }
    house.session.set(Some(SESSION));
    person.run(&ViewAccount).unwrap();
    // The account ends it as well: another session has set a password, or the owner has recovered it.
    house.wait(chrono::TimeDelta::seconds(1));
    house.change(&jane, |user| user.set_password(PasswordDigest::new("other"), house.now.get()));
    assert_eq!(person.code(&WhatRemains), "session.interaction_not_found");
    // Other events have no session, and need none.
    house.session.set(None);
    house.sign_in().run(&ViewInteraction).unwrap();
}

#[test]
fn c1_its_verbs_are_of_no_other_event() {
    let house = House::open();
    house.add_jane();
    for event in [SignIn, Register, ForgotPassword] {
        let person = house.start(event);
        let remove = RemoveFromAccount::new(Removal::Username);
        assert_eq!(person.code(&remove), "session.invalid_interaction_type");
        assert_eq!(person.code(&CloseAccount), "session.invalid_interaction_type");
        assert_eq!(person.code(&ViewAccount), "session.invalid_interaction_type");
        let name = NameFactor::new(FactorId::Totp, "x");
        assert_eq!(person.code(&name), "session.invalid_interaction_type");
        let send = SendCode::new(email("jane@example.com"), Account);
        assert_eq!(person.code(&send), "session.invalid_interaction_type", "no code says that it is for one");
    }
}

#[test]
fn i3_it_becomes_no_other_event_and_no_other_becomes_it() {
    let house = House::open();
    let jane = house.add_jane();
    let into = |event: InteractionEvent| SwitchEvent::to(event);
    let person = house.manage(&jane);
    person.run(&into(Account)).unwrap();
    for event in [SignIn, Register] {
        assert_eq!(person.code(&into(event)), "session.invalid_interaction_type");
        assert_eq!(house.start(event).code(&into(Account)), "session.invalid_interaction_type");
    }
    assert_eq!(person.code(&into(ForgotPassword)), "session.not_supported_for_forgot_password");
    assert_eq!(house.recover().code(&into(Account)), "session.not_supported_for_forgot_password");
    assert_eq!(person.user_id(), Some(jane));
}

#[test]
fn c1_a_suspension_ends_it() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    house.change(&jane, |user| user.suspend(true, house.now.get()));
    assert_eq!(person.code(&ViewAccount), "session.interaction_not_found");
    assert_eq!(person.code(&Submit), "session.interaction_not_found");
    assert_eq!(person.code(&CloseAccount), "session.interaction_not_found");
}

/// D-25: where no method takes a password, nobody learns in their own account whether a stranger's is right.
#[test]
fn c1_a_strangers_password_is_not_confirmed_where_the_method_is_off() {
    let house =
        House::with(json!({"signIn": {"methods": [{"identifier": "email", "verificationCode": true}]}}));
    house.add_jane();
    let joe = house.add("joe", |user| {
        user.username = Some(vestibule::identifier::Username::parse("joe_doe").unwrap());
        user.set_password(house.account_password(), user.created_at);
    });
    let person = house.manage(&joe);
    assert!(person.password(username("joe_doe"), PASSWORD).is_ok());
    let refused = person.password(username("jane"), PASSWORD).unwrap_err();
    assert_eq!(refused.code(), "session.invalid_credentials");
}
