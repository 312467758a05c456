//! A signed-in person's own account, and the operator's patch of its claims.

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Client, House, PASSWORD};

async fn signed_in(house: &House) -> (Client, String) {
    let id = house
        .add_user(json!({
            "username": "janesmith2024", "primaryEmail": "jane.smith@example.com", "primaryPhone": "61412345678",
            "password": PASSWORD, "avatar": "https://cdn.example.com/avatars/janesmith.jpg",
        }))
        .await;
    let browser = house.start("SignIn").await;
    browser.identify_by_password("username", "janesmith2024", PASSWORD).await.is(204);
    browser.submit().await.is(200);
    (browser, id)
}

#[tokio::test]
async fn a_person_changes_their_name() {
    let house = House::open().await;
    let (browser, id) = signed_in(&house).await;
    let answer = browser.patch("/me", json!({"first_name": "Jane", "last_name": "Smith"})).await.is(200).body;
    assert_eq!(
        (&answer["status"], &answer["message"], &answer["errors"]),
        (&json!(200), &json!(""), &json!([]))
    );
    let (mut me, session) = (answer["data"].clone(), &answer["session"]);
    for name in ["created_at", "updated_at"] {
        let time = me.as_object_mut().unwrap().remove(name).unwrap();
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
    }
    assert_eq!(
        me,
        json!({
            "id": id, "first_name": "Jane", "last_name": "Smith", "username": "janesmith2024",
            "email": "jane.smith@example.com", "phone_number": "+61412345678",
            "image_url": "https://cdn.example.com/avatars/janesmith.jpg", "two_factor_enabled": false,
            "email_verified": false, "phone_verified": false,
        })
    );
    assert_eq!((&session["signin_attempts"], &session["signup_attempts"]), (&json!([]), &json!([])));
    assert_eq!(session["signins"], json!([session["active_signin"]]));
    assert_eq!(session["active_signin"]["user_id"], id);
    assert!(!answer.to_string().contains(&browser.cookie("__session").unwrap()));
    assert_eq!(browser.get("/me").await.is(200).body["data"], answer["data"]);
    let user = house.operator().get(&format!("/api/users/{id}")).await.is(200).body;
    assert_eq!(user["profile"], json!({"givenName": "Jane", "familyName": "Smith"}));
}

#[tokio::test]
async fn open_interactions_and_other_sign_ins_are_shown() {
    let house = House::open().await;
    let (browser, id) = signed_in(&house).await;
    let other = house.start("SignIn").await;
    other.identify_by_password("username", "janesmith2024", PASSWORD).await.is(204);
    house.start("SignIn").await;
    browser.put("/api/experience", json!({"interactionEvent": "Register"})).await.is(204);
    let session = browser.get("/me").await.is(200).body["session"].clone();
    assert_eq!(session["signin_attempts"].as_array().unwrap().len(), 1, "a stranger's is not shown");
    assert_eq!(session["signin_attempts"][0]["user_id"], id);
    assert_eq!(session["signup_attempts"][0]["user_id"], Value::Null, "this browser's own");
    assert!(!session.to_string().contains(&browser.cookie("_interaction").unwrap()));
    let switched = json!({"interactionEvent": "SignIn"});
    browser.put("/api/experience/interaction-event", switched).await.is(204);
    let session = browser.get("/me").await.is(200).body["session"].clone();
    assert_eq!(
        (session["signin_attempts"].as_array().unwrap().len(), &session["signup_attempts"]),
        (2, &json!([]))
    );
    browser.put("/api/experience", json!({"interactionEvent": "ForgotPassword"})).await.is(204);
    other.submit().await.is(200);
    let session = browser.get("/me").await.is(200).body["session"].clone();
    assert_eq!((&session["signin_attempts"], session["signins"].as_array().unwrap().len()), (&json!([]), 2));
    assert_ne!(session["signins"][1], session["active_signin"]);
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_so_in_the_envelope() {
    let house = House::open().await;
    let (browser, id) = signed_in(&house).await;
    let stranger = house.browser();
    let answer = stranger.patch("/me", json!({"first_name": 7})).await.is(401).body;
    let error = json!({"code": "NOT_AUTHENTICATED", "message": "User must be signed in to update profile"});
    assert_eq!(
        answer,
        json!({"status": 401, "message": "Not authenticated", "data": null, "session": null, "errors": [error]})
    );
    stranger.set_cookie("__session", "guessed");
    stranger.get("/me").await.is(401);
    browser.get("/me").await.is(200);
    house
        .operator()
        .patch(&format!("/api/users/{id}/is-suspended"), json!({"isSuspended": true}))
        .await
        .is(200);
    browser.get("/me").await.is(401);
}

#[tokio::test]
async fn every_problem_of_a_change_is_told_and_nothing_is_changed() {
    let house = House::open().await;
    house.add_user(json!({"username": "taken"})).await;
    let (browser, _) = signed_in(&house).await;
    let before = browser.get("/me").await.is(200).body;
    let bad = json!({"username": "taken", "first_name": "x".repeat(129), "email": "a@b.example"});
    let answer = browser.patch("/me", bad).await.is(400).body;
    assert_eq!((&answer["message"], &answer["data"]), (&json!("Username not available"), &Value::Null));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 3, "{answer}");
    for (content_type, body) in
        [("application/json", "{nonsense"), ("text/plain", "{}"), ("application/json", "[]")]
    {
        let request = browser.request(Method::PATCH, "/me").header(header::CONTENT_TYPE, content_type);
        let answer = browser.take(request.body(body).send().await.unwrap()).await.is(400);
        assert_eq!(answer.body["errors"][0]["code"], "VALIDATION_ERROR");
    }
    assert_eq!(browser.get("/me").await.is(200).body, before);
    assert_eq!(
        browser.call(Method::PATCH, "/me", None).await.is(200).body,
        before,
        "no body is an empty one"
    );
    browser.patch("/me", json!({"first_name": "x".repeat(65 * 1024)})).await.fails(413, "request.too_large");
}

#[tokio::test]
async fn the_operator_patches_claims() {
    let house = House::open().await;
    let id = house.add_user(json!({})).await;
    let (operator, path) = (house.operator(), format!("/api/users/{id}/profile"));
    let patch = async |profile: Value| operator.patch(&path, json!({"profile": profile})).await;
    let first =
        json!({"nickname": "jay", "address": {"locality": "Lyon", "country": "France"}, "shoeSize": 43});
    let all = patch(first).await.is(200).body;
    assert_eq!(all, json!({"nickname": "jay", "address": {"locality": "Lyon", "country": "France"}}));
    let all =
        patch(json!({"nickname": null, "address": {"locality": null, "region": "ARA"}})).await.is(200).body;
    assert_eq!(all, json!({"address": {"region": "ARA", "country": "France"}}));
    assert_eq!(operator.get(&format!("/api/users/{id}")).await.is(200).body["profile"], all);
    let refused = patch(json!({"nickname": 7})).await.fails(400, "guard.invalid_input").body;
    assert_eq!(refused["data"]["issues"][0]["path"], "profile.nickname");
    operator.patch(&path, json!({})).await.fails(400, "guard.invalid_input");
    operator.call(Method::PATCH, &path, None).await.fails(400, "guard.invalid_input");
    operator.patch("/api/users/x/profile", json!({})).await.fails(404, "entity.not_found");
    house.browser().patch(&path, json!({"profile": {}})).await.fails(401, "auth.unauthorized");
    house.operator().patch("/api/sign-in-exp", json!({"strictClaims": true})).await.is(200);
    patch(json!({"birthdate": "yesterday"})).await.fails(400, "guard.invalid_input");
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_that_the_old_one_opened() {
    let house = House::open().await;
    let (thief, id) = signed_in(&house).await;
    let owner = house.start("ForgotPassword").await;
    let proof = owner.prove(&house, "email", "jane.smith@example.com", "ForgotPassword").await;
    owner.post("/api/experience/identification", json!({"verificationId": proof})).await.is(204);
    owner.put("/api/experience/profile/password", json!({"password": "Xu8mTr2kNe"})).await.is(204);
    thief.get("/me").await.is(200);
    owner.submit().await.is(204);
    thief.get("/me").await.is(401);

    let owner = house.start("SignIn").await;
    owner.identify_by_password("username", "janesmith2024", "Xu8mTr2kNe").await.is(204);
    assert_eq!(owner.submit().await.is(200).body["userId"], id);
    owner.get("/me").await.is(200);
    let kept = owner.clone();
    owner.delete("/me/session").await.is(204);
    owner.get("/me").await.is(401);
    kept.get("/me").await.is(401);
    owner.delete("/me/session").await.is(204);
}
