//! The operator's calls.

use serde_json::{Value, json};

use crate::support::{House, PASSWORD};

#[tokio::test]
async fn without_the_token_nothing_is_answered() {
    let house = House::open().await;
    let stranger = house.browser();
    for path in ["/api/sign-in-exp", "/api/custom-profile-fields", "/api/users/x", "/api/dev/outbox?to=x"] {
        stranger.get(path).await.fails(401, "auth.unauthorized");
    }
    stranger.post("/api/users", json!({})).await.fails(401, "auth.unauthorized");
    for authorization in ["Bearer wrong", "Bearer", "Basic the-operators-token", ""] {
        let request = stranger.request(reqwest::Method::GET, "/api/sign-in-exp");
        let response = request.header("authorization", authorization).send().await.unwrap();
        stranger.take(response).await.fails(401, "auth.unauthorized");
    }
}

#[tokio::test]
async fn a_user_is_made_shown_and_deleted() {
    let house = House::open().await;
    let operator = house.operator();
    let made = operator
        .post(
            "/api/users",
            json!({
                "username": "jane", "primaryEmail": "Jane@example.com", "primaryPhone": "610412345678",
                "password": PASSWORD, "name": "Jane", "avatar": "https://pics.example/a.png",
                "profile": {"givenName": "Jane"}, "customData": {"plan": "gold"},
            }),
        )
        .await
        .is(200)
        .body;
    let path = format!("/api/users/{}", made["id"].as_str().unwrap());
    let shown = operator.get(&path).await.is(200).body;
    assert_eq!(shown, made);
    for (name, value) in [
        ("username", json!("jane")),
        ("primaryEmail", json!("Jane@example.com")),
        ("primaryPhone", json!("61412345678")),
        ("profile", json!({"givenName": "Jane"})),
        ("customData", json!({"plan": "gold"})),
        ("identities", json!({})),
        ("hasPassword", json!(true)),
        ("isSuspended", json!(false)),
        ("lastSignInAt", Value::Null),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    assert!(!shown.to_string().contains("argon2"));
    operator.delete(&path).await.is(204);
    operator.get(&path).await.fails(404, "entity.not_found");
    operator.delete(&path).await.fails(404, "entity.not_found");
}

#[tokio::test]
async fn what_a_user_lacks_is_null() {
    let house = House::open().await;
    let user = house.operator().post("/api/users", json!({})).await.is(200).body;
    for name in ["username", "primaryEmail", "primaryPhone", "name", "avatar", "lastSignInAt"] {
        assert_eq!(user.get(name), Some(&Value::Null), "{name}");
    }
    assert_eq!((&user["profile"], &user["customData"]), (&json!({}), &json!({})));
}

#[tokio::test]
async fn a_user_that_cannot_be_is_not_made() {
    let house = House::open().await;
    let operator = house.operator();
    for (body, path) in [
        (json!({"username": "1st"}), "username"),
        (json!({"primaryEmail": "nope"}), "primaryEmail"),
        (json!({"primaryPhone": "+61412345678"}), "primaryPhone"),
        (json!({"password": ""}), "password"),
        (json!({"password": 7}), "password"),
        (json!({"name": "x".repeat(129)}), "name"),
        (json!({"avatar": "javascript:alert(1)"}), "avatar"),
        (json!({"profile": 7}), "profile"),
        (json!({"customData": []}), "customData"),
    ] {
        let answer = operator.post("/api/users", body).await.fails(400, "guard.invalid_input");
        assert_eq!(answer.body["data"]["issues"][0]["path"], path);
    }
    house.add_user(json!({"username": "jane", "primaryEmail": "jane@example.com"})).await;
    operator.post("/api/users", json!({"username": "jane"})).await.fails(422, "user.username_already_in_use");
    operator
        .post("/api/users", json!({"primaryEmail": "JANE@example.com"}))
        .await
        .fails(422, "user.email_already_in_use");
}

#[tokio::test]
async fn a_suspended_user_cannot_sign_in() {
    let house = House::open().await;
    let id = house.add_user(json!({"username": "jane", "password": PASSWORD})).await;
    let path = format!("/api/users/{id}/is-suspended");
    let user = house.operator().patch(&path, json!({"isSuspended": true})).await.is(200).body;
    assert_eq!(user["isSuspended"], true);
    let browser = house.start("SignIn").await;
    let body = json!({"identifier": {"type": "username", "value": "jane"}, "password": PASSWORD});
    browser.post("/api/experience/verification/password", body).await.fails(401, "user.suspended");
    house.operator().patch(&path, json!({})).await.fails(400, "guard.invalid_input");
    let nobody = house.operator().patch("/api/users/x/is-suspended", json!({"isSuspended": true})).await;
    nobody.fails(404, "entity.not_found");
}

#[tokio::test]
async fn an_identity_belongs_to_one_user() {
    let house = House::open().await;
    let (first, second) = (house.add_user(json!({})).await, house.add_user(json!({})).await);
    let body = json!({"userId": "42", "details": {"email": "jane@example.com"}});
    let operator = house.operator();
    let linked =
        operator.put(&format!("/api/users/{first}/identities/mock-social"), body.clone()).await.is(201);
    assert_eq!(linked.body["identities"], json!({"mock-social": body}));
    let malformed = json!({"userId": "42", "details": [null]});
    let refused =
        operator.put(&format!("/api/users/{first}/identities/mock-social"), malformed).await.is(400);
    assert_eq!(refused.body["code"], "guard.invalid_input");
    operator
        .put(&format!("/api/users/{second}/identities/mock-social"), body)
        .await
        .fails(422, "user.identity_already_in_use");
}

#[tokio::test]
async fn settings_are_replaced_one_by_one_and_must_be_usable() {
    let house = House::open().await;
    let operator = house.operator();
    let field = json!({"name": "company", "type": "Text", "required": true});
    operator.post("/api/custom-profile-fields", field.clone()).await.is(201);
    let patch = json!({
        "signInMode": "Register", "mfa": {"factors": ["Totp"], "policy": "Mandatory"},
        "passwordPolicy": {"length": {"min": 12}},
    });
    let all = operator.patch("/api/sign-in-exp", patch).await.is(200).body;
    assert_eq!(all["mfa"]["policy"], "Mandatory");
    assert_eq!(all["customProfileFields"][0]["name"], "company");
    assert_eq!(all["socialConnectors"][0]["id"], "mock-social-connector");
    for bad in [
        json!({"usernamePolicy": {"minLength": 9, "maxLength": 5}}),
        json!({"signInMode": "Sleep"}),
        json!({"nonsense": true}),
        json!({"signInMode": null}),
        json!({"emailBlocklistPolicy": {"customBlocklist": ["no-at-sign"]}}),
    ] {
        operator.patch("/api/sign-in-exp", bad).await.fails(400, "guard.invalid_input");
    }
    assert_eq!(operator.get("/api/sign-in-exp").await.is(200).body, all);

    operator.post("/api/custom-profile-fields", field).await.fails(400, "guard.invalid_input");
    let bad = json!({"name": "plan", "type": "Select"});
    operator
        .post("/api/custom-profile-fields", bad)
        .await
        .fails(400, "custom_profile_fields.invalid_options");
    operator.delete("/api/custom-profile-fields/company").await.is(204);
    operator.delete("/api/custom-profile-fields/company").await.fails(404, "entity.not_found");
    assert_eq!(operator.get("/api/custom-profile-fields").await.is(200).body, json!([]));
}
