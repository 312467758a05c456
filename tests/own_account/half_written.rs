//! A write that came half way: the account is written, and the interaction is not (V-16, C-1, C-9). Whoever makes that happen gains
//! nothing by it, and whoever is to be told is told.

use chrono::TimeDelta;
use serde_json::json;
use vestibule::audit::{AuditAction, AuditEvent};
use vestibule::engine::{Dialogue, Next};
use vestibule::flow::{
    CloseAccount, ExtraProfile, ProfilePayload, StartSocial, Submit, UpdateProfile, VerifySocial, ViewAccount,
};
use vestibule::identifier::{UserId, Username};
use vestibule::interaction::{Interaction, InteractionEvent};
use vestibule::operation::Operation;
use vestibule::store::{UserStore as _, VerificationStore as _};
use vestibule::user::SocialUserInfo;

use crate::house::{House, PASSWORD, Person, email, username};

const GONE: &str = "session.interaction_not_found";

/// Runs a step. When it is decided, and nothing is written yet, something else happens to its interaction: so it writes the
/// account, and finds that the interaction has moved.
fn interrupted<O: Operation<Subject = Interaction>>(
    person: &Person<'_>,
    operation: &O,
    meanwhile: impl Fn(),
) -> Result<O::Output, &'static str> {
    let (house, id) = (person.house, person.id());
    house.with_context(|context| {
        let mut dialogue = Dialogue::new(operation, &id, context);
        loop {
            match dialogue.next().unwrap() {
                Next::Load(keys) => {
                    let entries = house.verifications.store.load(keys).unwrap();
                    dialogue.loaded(entries).unwrap();
                }
                Next::Find(keys) => {
                    let users = house.users.store.find(keys).unwrap();
                    dialogue.found(&users).unwrap();
                }
                Next::CommitUser(change) => {
                    meanwhile();
                    let answer = house.users.store.commit(change);
                    dialogue.committed(answer).unwrap();
                }
                Next::CommitEntries(changes) => {
                    let answer = house.verifications.store.commit(changes);
                    dialogue.committed(answer).unwrap();
                }
                Next::Finish => break,
                other => panic!("{other:?}"),
            }
        }
        let heard = |event: &AuditEvent| house.events.borrow_mut().push(event.clone());
        let answer = dialogue.finish::<(), ()>(heard);
        answer.map(|answer| answer.output).map_err(|error| error.rejection().unwrap().code())
    })
}

/// Somebody with a stolen session and a stolen password, who moves the interaction's id while it is submitted.
fn thief<'h>(house: &'h House, jane: &UserId) -> (Person<'h>, impl Fn(&Person<'_>) + use<'h>) {
    let thief = house.manage(jane);
    thief.password(username("jane"), PASSWORD).unwrap();
    let id = thief.run(&StartSocial::new("github-connector", "state", "https://app.example")).unwrap();
    let moves = move |person: &Person<'_>| {
        person.run(&VerifySocial::new("github-connector", id, "state", SocialUserInfo::new("x"))).unwrap();
    };
    (thief, moves)
}

fn changes(house: &House) -> Vec<AuditAction> {
    house.take_actions()
}

#[test]
fn c1_nothing_goes_on_after_the_owner_has_recovered() {
    let house = House::with(json!({}));
    let jane = house.add_jane();
    let (thief, moves) = thief(&house, &jane);
    thief.run(&UpdateProfile::new(ProfilePayload::password("Thi3fPass!x"))).unwrap();
    house.wait(TimeDelta::seconds(1));
    house.take_events();
    assert_eq!(interrupted(&thief, &Submit, || moves(&thief)), Err(GONE));
    assert_eq!(changes(&house), [AuditAction::PasswordSet], "the owner is told, whatever was answered");
    assert_eq!(thief.code(&Submit), GONE);
    house.wait(TimeDelta::seconds(1));
    let owner = house.recover();
    let proof = owner.prove(&email("jane@example.com"));
    owner.identify(proof).unwrap();
    owner.run(&vestibule::flow::ResetPassword::new("Own3rPass!x")).unwrap();
    owner.run(&Submit).unwrap();
    assert_eq!(thief.code(&ViewAccount), GONE);
    assert_eq!(thief.code(&Submit), GONE);
    assert!(house.sign_in().password(username("jane"), "Own3rPass!x").is_ok());
}

#[test]
fn c9_whoever_loses_an_email_is_told_whatever_was_answered() {
    let house = House::with(json!({}));
    let jane = house.add_jane();
    let (thief, moves) = thief(&house, &jane);
    let record = thief.prove(&email("thief@example.com"));
    thief.run(&UpdateProfile::new(ProfilePayload::email(record))).unwrap();
    house.take_events();
    assert_eq!(interrupted(&thief, &Submit, || moves(&thief)), Err(GONE));
    let told = house.take_events();
    let told_of_email = |event: &AuditEvent| {
        event.action == AuditAction::EmailSet && event.notify.contains(&email("jane@example.com"))
    };
    assert!(told.iter().any(told_of_email), "{told:?}");
    // Tried again, it is found done, and the old address is told again.
    thief.run(&Submit).unwrap();
    assert!(house.take_events().iter().any(told_of_email));
}

#[test]
fn c10_whoever_closes_an_account_is_heard_of() {
    let house = House::with(json!({}));
    let jane = house.add_jane();
    let (thief, moves) = thief(&house, &jane);
    house.take_events();
    assert_eq!(interrupted(&thief, &CloseAccount, || moves(&thief)).err(), Some(GONE));
    assert!(matches!(changes(&house)[..], [AuditAction::DeletionRequested { .. }]));
}

/// What was proved is good for what was staged then; what is staged later is asked, and written, like all else.
#[test]
fn v16_what_is_staged_after_a_lost_write_is_written_as_well() {
    let house = House::with(json!({}));
    let jane = house.add_jane();
    let person = house.manage(&jane);
    let values =
        |nickname| ExtraProfile::new(json!({"nickname": nickname}).as_object().unwrap().clone()).unwrap();
    let stage = |nickname| UpdateProfile::new(ProfilePayload::extra_profile(values(nickname)));
    person.run(&stage("J")).unwrap();
    house.crash_before_granting(&person.id(), &Submit);
    assert_eq!(
        person.code(&UpdateProfile::new(ProfilePayload::password("Xu8mTr2kNe"))),
        "session.step_up_required"
    );
    person.password(username("jane"), PASSWORD).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::password("Xu8mTr2kNe"))).unwrap();
    assert!(person.run(&Submit).unwrap().ends_other_sessions);
    assert!(house.sign_in().password(username("jane"), "Xu8mTr2kNe").is_ok());
    assert!(house.sign_in().password(username("jane"), PASSWORD).is_err());
}

#[test]
fn v16_a_submission_is_found_done_after_a_crash_and_is_not_done_twice() {
    let house = House::with(json!({}));
    let jane = house.add_jane();
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::username("jane_2"))).unwrap();
    house.crash_before_granting(&person.id(), &Submit);
    // Meanwhile another of her browsers has another idea.
    let other = Username::parse("jane_3").unwrap();
    house.change(&jane, |user| user.username = Some(other));
    let submitted = person.run(&Submit).unwrap();
    assert_eq!(submitted.event, InteractionEvent::Account);
    assert_eq!(house.account(&jane).username.unwrap().as_str(), "jane_3");
    assert_eq!(person.code(&Submit), GONE);
}

/// The session is over by the write itself: the owner signs in with the new password.
#[test]
fn c5_a_new_password_ends_the_interaction_also_where_its_answer_was_lost() {
    let house = House::with(json!({}));
    let jane = house.add_jane();
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::password("Xu8mTr2kNe"))).unwrap();
    house.wait(TimeDelta::seconds(1));
    house.crash_before_granting(&person.id(), &Submit);
    assert_eq!(person.code(&Submit), GONE);
    assert!(house.sign_in().password(username("jane"), "Xu8mTr2kNe").is_ok());
}
