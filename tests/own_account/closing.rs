//! Closing the account (C-10).

use chrono::TimeDelta;
use vestibule::audit::{Actor, AuditAction};
use vestibule::flow::{CloseAccount, Submit};
use vestibule::operator::DeleteClosedAccount;

use crate::house::{House, PASSWORD, email, username};

#[test]
fn c10_an_account_is_closed_at_once_and_waits_for_its_owner() {
    let house = House::open();
    let jane = house.add_jane();
    let (person, opened) = (house.manage(&jane), house.now.get());
    assert_eq!(person.code(&CloseAccount), "session.step_up_required");
    person.password(username("jane"), PASSWORD).unwrap();
    house.wait(TimeDelta::seconds(1));
    house.take_events();
    let due = person.run(&CloseAccount).unwrap();
    assert_eq!(due, house.now.get() + TimeDelta::days(14));
    let account = house.account(&jane);
    assert_eq!(account.deletion_due_at, Some(due));
    assert!(!account.keeps_session(opened), "all sessions are over");
    assert_eq!(person.code(&Submit), "session.interaction_not_found", "and so is the interaction");
    let events = house.take_events();
    let [event] = &events[..] else { panic!("one event: {events:?}") };
    assert_eq!(event.action, AuditAction::DeletionRequested { due });
    assert!(event.ends_sessions() && event.notify.contains(&email("jane@example.com")));

    // Until then nobody else gets the keys, and whoever signs in has it back.
    assert!(house.owner(&email("jane@example.com").key()).is_some());
    let person = house.sign_in().into_jane();
    assert_eq!(house.account(&jane).deletion_due_at, Some(due), "to be identified is not yet to sign in");
    house.take_events();
    person.run(&Submit).unwrap();
    assert_eq!(house.account(&jane).deletion_due_at, None);
    assert!(house.take_actions().contains(&AuditAction::DeletionWithdrawn));
}

#[test]
fn c10_whoever_does_not_come_back_is_deleted_when_it_is_due_and_not_before() {
    let house = House::open();
    let jane = house.add_jane();
    let delete = DeleteClosedAccount::new(jane.clone());
    assert_eq!(house.act(&delete), Ok(false), "nobody closed it");
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    let due = person.run(&CloseAccount).unwrap();
    house.wait(due - house.now.get() - TimeDelta::microseconds(1));
    assert_eq!(house.act(&delete), Ok(false));
    house.wait(TimeDelta::microseconds(1));
    assert_eq!(house.act(&delete), Ok(true));
    assert!(house.owner(&email("jane@example.com").key()).is_none(), "the keys are free");
    let events = house.take_events();
    let deleted = events.last().unwrap();
    assert_eq!((&deleted.action, deleted.actor), (&AuditAction::UserDeleted, Actor::Host));
    assert_eq!(house.act(&delete), Ok(false));
}

#[test]
fn c10_a_close_that_crashed_is_found_done() {
    let house = House::open();
    let jane = house.add_jane();
    let person = house.manage(&jane);
    person.password(username("jane"), PASSWORD).unwrap();
    house.crash_before_granting(&person.id(), &CloseAccount);
    let due = house.account(&jane).deletion_due_at;
    house.wait(TimeDelta::minutes(1));
    assert_eq!(person.run(&CloseAccount).ok(), due, "the time does not begin anew");
}
