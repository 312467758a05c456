//! One-time tokens, by their ids.

use chrono::TimeDelta;
use serde_json::json;
use vestibule::audit::{AuditAction, AuditSubject};
use vestibule::experience::InteractionEvent;
use vestibule::flow::VerifyOneTimeToken;
use vestibule::identifier::Email;
use vestibule::operator::{FindOneTimeToken, IssueOneTimeToken, IssuedOneTimeToken, RevokeOneTimeToken};
use vestibule::rejection::Rejection;
use vestibule::verification::OneTimeTokenStatus::{self, Active, Consumed, Expired, Revoked};

use crate::house::House;

fn jane_email() -> Email {
    Email::parse("jane@example.com").unwrap()
}

fn issue(house: &House) -> IssuedOneTimeToken {
    house.act(&IssueOneTimeToken::new(jane_email()).for_event(InteractionEvent::SignIn)).unwrap()
}

fn status(house: &House, issued: &IssuedOneTimeToken) -> OneTimeTokenStatus {
    house.act(&FindOneTimeToken::new(&issued.view.id)).unwrap().status
}

#[test]
fn v15_a_token_is_active_consumed_revoked_or_expired() {
    let house = House::open();
    house.add_jane();
    let (used, revoked, late) = (issue(&house), issue(&house), issue(&house));
    assert_eq!(status(&house, &used), Active);
    let spend = |issued: &IssuedOneTimeToken| {
        house.sign_in().code(&VerifyOneTimeToken::new(jane_email(), issued.token.expose()))
    };
    house.sign_in().run(&VerifyOneTimeToken::new(jane_email(), used.token.expose())).unwrap();
    let revoke =
        |issued: &IssuedOneTimeToken| house.act(&RevokeOneTimeToken::new(&issued.view.id)).unwrap().status;
    house.take_events();
    assert_eq!((revoke(&used), revoke(&revoked), revoke(&revoked)), (Consumed, Revoked, Revoked));
    assert_eq!(house.take_actions(), [AuditAction::TokenRevoked], "told once, where it changed anything");
    assert_eq!(spend(&revoked), "one_time_token.token_revoked");
    house.wait(TimeDelta::minutes(11));
    assert_eq!((status(&house, &late), revoke(&late)), (Expired, Expired));
    assert_eq!(spend(&late), "one_time_token.token_expired");
    assert_eq!((status(&house, &used), status(&house, &revoked)), (Consumed, Revoked));
}

#[test]
fn the_id_of_a_token_is_not_the_token() {
    let house = House::open();
    house.add_jane();
    let issued = issue(&house);
    let id = &issued.view.id;
    assert_eq!(
        house.sign_in().code(&VerifyOneTimeToken::new(jane_email(), id)),
        "one_time_token.token_not_found"
    );
    for nobody in [issued.token.expose(), "", "x", &id.to_uppercase(), &format!("{id}0")] {
        let found = house.act(&FindOneTimeToken::new(nobody));
        assert_eq!(found, Err(Rejection::EntityNotFound), "{nobody}");
        assert_eq!(house.act(&RevokeOneTimeToken::new(nobody)), Err(Rejection::EntityNotFound));
    }
    let shown = serde_json::to_value(&issued).unwrap();
    assert_eq!(
        shown,
        json!({"token": issued.token.expose(), "id": id, "email": "jane@example.com", "status": "active",
            "expiresAt": house.now.get() + TimeDelta::minutes(10)})
    );
}

#[test]
fn a_tokens_events_name_nobody() {
    let house = House::open();
    house.add_jane();
    house.take_events();
    let issued = issue(&house);
    house.act(&RevokeOneTimeToken::new(&issued.view.id)).unwrap();
    for event in house.take_events() {
        assert!(matches!(event.subject, AuditSubject::Unknown { .. }), "{event:?}");
        let json = serde_json::to_string(&event).unwrap();
        assert!(!json.contains("jane") && !json.contains(issued.token.expose()), "{json}");
    }
}

#[test]
fn i8_a_token_joins_what_an_operator_could_set_and_no_other() {
    let house = House::open();
    let too_many = (0..65).map(|at| format!("org-{at}")).collect();
    for wrong in [vec![String::new()], vec!["x".repeat(257)], vec!["x".into(), "x".into()], too_many] {
        let issue = IssueOneTimeToken::new(jane_email()).joining(wrong);
        let refused = house.act(&issue).unwrap_err();
        assert_eq!(refused.code(), "guard.invalid_input");
        let path = refused.data().unwrap()["issues"][0]["path"].as_str().unwrap().to_owned();
        assert!(path.starts_with("context.jitOrganizationIds."), "{path}");
    }
    assert!(house.act(&IssueOneTimeToken::new(jane_email()).joining(vec!["acme".into()])).is_ok());
}

#[test]
fn a_lifetime_below_nothing_is_none() {
    let house = House::open();
    let issued = house.act(&IssueOneTimeToken::new(jane_email()).with_lifetime(TimeDelta::MIN)).unwrap();
    assert_eq!(issued.view.expires_at, house.now.get());
}
