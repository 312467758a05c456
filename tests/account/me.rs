//! `PATCH /me` and `GET /me` (A-1 to A-5).

use chrono::DateTime;
use serde_json::{Value, json};
use vestibule::audit::{AuditAction, ProfilePart};
use vestibule::identifier::UserId;
use vestibule::interaction::InteractionEvent;
use vestibule::me::{Envelope, MePatch, OpenInteraction, SessionEntry, SignedIn, UpdateMe, ViewMe};
use vestibule::secret::PasswordDigest;

use crate::house::{House, JANE, at, codes, signed_in};

/// The document's answer, as the document has it.
const DOCUMENT: &str = r#"{
  "status": 200,
  "message": "",
  "data": {
    "id": "user_456789123",
    "first_name": "Jane",
    "last_name": "Smith",
    "username": "janesmith2024",
    "email": "jane.smith@example.com",
    "phone_number": "+1234567890",
    "image_url": "https://cdn.example.com/avatars/janesmith.jpg",
    "two_factor_enabled": true,
    "email_verified": true,
    "phone_verified": true,
    "created_at": "2024-01-01T00:00:00Z",
    "updated_at": "2024-01-15T15:45:00Z"
  },
  "session": {
    "signin_attempts": [],
    "signins": [
      {
        "id": "signin_987654321",
        "user_id": "user_456789123",
        "created_at": "2024-01-01T12:00:00Z"
      }
    ],
    "signup_attempts": [],
    "active_signin": {
      "id": "signin_987654321",
      "user_id": "user_456789123",
      "created_at": "2024-01-01T12:00:00Z"
    }
  },
  "errors": []
}"#;

#[test]
fn a5_the_documents_request_gives_the_documents_answer() {
    let house = House::new(json!({}));
    let patch: MePatch = serde_json::from_str(r#"{"first_name": "Jane", "last_name": "Smith"}"#).unwrap();
    let answer = house.run(&UpdateMe::new(signed_in(), patch)).unwrap();
    assert_eq!(serde_json::to_string_pretty(&answer).unwrap(), DOCUMENT);
    assert_eq!(serde_json::from_str::<Envelope>(DOCUMENT).unwrap(), answer);
    assert_eq!(house.actions(), [AuditAction::ProfileUpdated { parts: vec![ProfilePart::Profile] }]);
    let viewed = house.run(&ViewMe::new(signed_in())).unwrap();
    assert_eq!(viewed, answer);
}

#[test]
fn a5_open_interactions_are_attempts() {
    let house = House::new(json!({}));
    let open = |id: &str, event| OpenInteraction {
        id: id.into(),
        event,
        user_id: (event == InteractionEvent::SignIn).then(|| UserId::parse(JANE).unwrap()),
        created_at: DateTime::UNIX_EPOCH,
    };
    let signed_in = signed_in().with_open(vec![
        open("attempt_1", InteractionEvent::SignIn),
        open("attempt_2", InteractionEvent::Register),
    ]);
    let session = house.run(&ViewMe::new(signed_in)).unwrap().session.unwrap();
    let created_at = "1970-01-01T00:00:00Z";
    assert_eq!(
        serde_json::to_value([session.signin_attempts, session.signup_attempts]).unwrap(),
        json!([
            [{"id": "attempt_1", "user_id": JANE, "created_at": created_at}],
            [{"id": "attempt_2", "user_id": null, "created_at": created_at}],
        ])
    );
}

#[test]
fn a1_who_is_not_signed_in_is_told_so_and_nothing_else() {
    let house = House::new(json!({}));
    let expected = json!({
        "status": 401, "message": "Not authenticated", "data": null, "session": null,
        "errors": [{"code": "NOT_AUTHENTICATED", "message": "User must be signed in to update profile"}],
    });
    let patch = MePatch::from_json(&json!({"username": "taken", "nonsense": 1}));
    let answer = house.run(&UpdateMe::new(None, patch.clone())).unwrap();
    assert_eq!(serde_json::to_value(answer).unwrap(), expected);
    let nobody = SignedIn::new(UserId::parse("user_gone").unwrap(), at("2024-01-01T12:00:00Z"));
    assert_eq!(house.run(&UpdateMe::new(nobody, patch.clone())).unwrap().status, 401);
    assert_eq!(house.run(&ViewMe::new(None)).unwrap().status, 401);
    house.change(|jane| jane.is_suspended = true);
    assert_eq!(house.run(&UpdateMe::new(signed_in(), patch)).unwrap().status, 401);
    assert_eq!(house.run(&ViewMe::new(signed_in())).unwrap().status, 401);
}

#[test]
fn a1_a_session_is_over_once_its_password_is_another() {
    let house = House::new(json!({}));
    let opened = |at| SignedIn::new(UserId::parse(JANE).unwrap(), at);
    let sign_in = |at| SessionEntry::new("signin", UserId::parse(JANE).unwrap(), at);
    let (before, now, after) =
        (at("2024-01-02T00:00:00Z"), at("2024-01-02T00:00:01Z"), at("2024-01-02T00:00:02Z"));
    assert_eq!(house.run(&ViewMe::new(opened(before))).unwrap().status, 200);
    house.change(|jane| jane.set_password(PasswordDigest::new("digest"), now));
    assert_eq!(house.run(&ViewMe::new(opened(before))).unwrap().status, 401);
    let patch = MePatch::default().first_name("Mallory");
    assert_eq!(house.run(&UpdateMe::new(opened(before), patch)).unwrap().status, 401);
    // The sign-in that set it stays, and so does whoever comes later; but what was opened before is not shown.
    let answer = house.run(&ViewMe::new(opened(now))).unwrap();
    assert_eq!(answer.status, 200);
    let with_others = opened(after).with_sign_ins(vec![sign_in(before), sign_in(now)]);
    let session = house.run(&ViewMe::new(with_others)).unwrap().session.unwrap();
    assert_eq!(session.signins, [sign_in(now)]);
}

#[test]
fn a2_absent_stays_and_null_or_white_space_clears() {
    let house = House::new(json!({"signUp": {"identifiers": ["email"]}}));
    house.update(&json!({"first_name": "Jane", "last_name": "Smith"}));
    let me = house.update(&json!({"first_name": "  "})).data.unwrap();
    assert_eq!((me.first_name, me.last_name.as_deref()), (None, Some("Smith")));
    let me = house.update(&json!({"last_name": null})).data.unwrap();
    assert_eq!(me.last_name, None);
    // What becomes of a username that is cleared: `tests/own_account/me.rs`.
    let answer = house.update(&json!({"first_name": "X", "username": ""}));
    assert_eq!((answer.status, codes(&answer)), (403, vec!["STEP_UP_REQUIRED"]));
    assert_eq!(house.jane().profile.given_name, None, "all or nothing");
}

#[test]
fn a2_a_mandatory_username_cannot_be_cleared() {
    for sign_up in [
        json!({"identifiers": ["username"]}),
        json!({"identifiers": ["email"], "secondaryIdentifiers": [{"identifier": "username"}]}),
    ] {
        let house = House::new(json!({"signUp": sign_up}));
        for empty in [json!(null), json!(""), json!(" \t")] {
            let answer = house.update(&json!({"username": empty, "first_name": "X"}));
            assert_eq!((answer.status, codes(&answer)), (400, vec!["USERNAME_REQUIRED"]));
            assert_eq!(answer.message, "Username required");
        }
        assert_eq!(house.jane(), House::new(json!({})).jane());
    }
}

#[test]
fn a2_unknown_fields_and_wrong_types_are_each_named() {
    let house = House::new(json!({}));
    let answer = house.update(&json!({"first_name": 7, "username": {}, "email": "new@example.com"}));
    assert_eq!((answer.status, answer.message.as_str()), (400, "Validation failed"));
    assert_eq!(codes(&answer), ["VALIDATION_ERROR"; 3]);
    for (error, name) in answer.errors.iter().zip(["`email`", "`first_name`", "`username`"]) {
        assert!(error.message.contains(name), "{error:?}");
    }
    assert_eq!(codes(&house.update(&json!(["first_name"]))), ["VALIDATION_ERROR"]);
    assert_eq!(house.update(&json!({})).status, 200);
    assert_eq!(house.jane(), House::new(json!({})).jane());
    assert!(house.events.borrow().is_empty());
}

#[test]
fn a3_names_are_trimmed_bounded_and_free_of_control_characters() {
    let house = House::new(json!({}));
    let long = "é".repeat(128);
    let me = house.update(&json!({"first_name": " Jane\n", "last_name": format!(" {long} ")})).data.unwrap();
    assert_eq!((me.first_name.as_deref(), me.last_name.as_ref()), (Some("Jane"), Some(&long)));
    assert_eq!(house.jane().profile.given_name.as_deref(), Some("Jane"));
    for bad in ["x".repeat(129), "Ja\nne".into(), "Jane\u{0}".into(), "Ja\u{85}ne".into()] {
        let answer = house.update(&json!({"first_name": bad, "last_name": bad}));
        assert_eq!((answer.status, codes(&answer)), (400, vec!["VALIDATION_ERROR"; 2]));
    }
}

#[test]
fn a3_username_policy_decides() {
    let house = House::new(json!({"usernamePolicy": {"minLength": 3, "allowedChars": {"uppercase": false}}}));
    for (bad, says) in [
        ("1st", "A username cannot start with a number"),
        ("a-b", "A username has only letters, digits and underscores"),
        (" jane", "A username has only letters, digits and underscores"),
        ("jo", "The username is too short"),
        ("Jane", "Upper-case letters are not allowed in usernames"),
    ] {
        let answer = house.update(&json!({"username": bad}));
        assert_eq!((answer.status, codes(&answer)), (400, vec!["USERNAME_INVALID"]), "{bad}");
        assert_eq!(
            (answer.message.as_str(), answer.errors[0].message.as_str()),
            ("Username not valid", says)
        );
    }
    assert_eq!(house.update(&json!({"username": "jane_2"})).data.unwrap().username.unwrap(), "jane_2");
    assert_eq!(house.actions(), [AuditAction::UsernameSet]);
}

#[test]
fn a3_username_taken_by_somebody_else() {
    let house = House::new(json!({}));
    let answer = house.update(&json!({"username": "taken"}));
    let mut expected: Value = serde_json::from_str(DOCUMENT).unwrap();
    expected["status"] = json!(400);
    expected["message"] = json!("Username not available");
    expected["data"] = json!(null);
    expected["errors"] = json!([{"code": "USERNAME_TAKEN", "message": "This username is already taken"}]);
    assert_eq!(serde_json::to_value(answer).unwrap(), expected);
    assert_eq!(house.update(&json!({"username": "Taken"})).status, 200);
}

#[test]
fn a3_ones_own_username_is_not_taken_in_any_case() {
    let house = House::new(json!({"usernamePolicy": {"caseSensitive": false}}));
    assert_eq!(codes(&house.update(&json!({"username": "TAKEN"}))), ["USERNAME_TAKEN"]);
    let me = house.update(&json!({"username": "JaneSmith2024"})).data.unwrap();
    assert_eq!(me.username.as_deref(), Some("JaneSmith2024"));
    assert_eq!(house.update(&json!({"username": "JaneSmith2024"})).status, 200);
    assert_eq!(house.events.borrow().len(), 1);
}

#[test]
fn a4_every_problem_is_reported_and_nothing_written() {
    let house = House::new(json!({}));
    let before = house.jane();
    let body =
        json!({"username": "taken", "first_name": "Ja\u{7}ne", "last_name": "Doe", "id": "x", "name": 1});
    let answer = house.update(&body);
    assert_eq!((answer.status, answer.message.as_str()), (400, "Username not available"));
    assert_eq!(
        codes(&answer),
        ["USERNAME_TAKEN", "VALIDATION_ERROR", "VALIDATION_ERROR", "VALIDATION_ERROR"]
    );
    assert_eq!(house.jane(), before);
    assert!(house.events.borrow().is_empty());
}

#[test]
fn a4_what_changes_nothing_writes_nothing() {
    let house = House::new(json!({}));
    let before = house.jane();
    for body in [json!({}), json!({"username": "janesmith2024"}), json!({"first_name": null})] {
        assert_eq!(house.update(&body).status, 200);
    }
    house.patch(&json!({"nickname": null})).unwrap();
    assert_eq!(house.jane(), before);
    assert!(house.events.borrow().is_empty());
}
