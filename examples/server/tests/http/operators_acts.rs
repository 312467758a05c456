//! The operator's acts on accounts and tokens (rules.md, 11.4): the routes, over sockets.

use serde_json::{Value, json};

use crate::support::{House, PASSWORD};

const OTHER: &str = "Fr3shPassw_x";

async fn signs_in(house: &House, username: &str, password: &str) -> (u16, Value) {
    let browser = house.start("SignIn").await;
    let body = json!({"identifier": {"type": "username", "value": username}, "password": password});
    let answer = browser.post("/api/experience/verification/password", body).await;
    (answer.status.as_u16(), answer.body.get("code").cloned().unwrap_or_default())
}

#[tokio::test]
async fn a_user_is_changed_member_by_member() {
    let house = House::open().await;
    let operator = house.operator();
    let id = house
        .add_user(json!({"username": "jane", "primaryEmail": "jane@example.com", "password": PASSWORD}))
        .await;
    house.add_user(json!({"username": "taken"})).await;
    let path = format!("/api/users/{id}");
    let body = json!({
        "primaryEmail": null, "primaryPhone": "61412345678", "name": "Jane",
        "profile": {"nickname": "jay"}, "customData": {"plan": {"name": "gold"}},
    });
    let user = operator.patch(&path, body).await.is(200).body;
    assert_eq!((&user["primaryEmail"], &user["primaryPhone"]), (&Value::Null, &json!("61412345678")));
    let body = json!({"customData": {"plan": {"seats": 3}}, "password": null});
    let user = operator.patch(&path, body).await.is(200).body;
    assert_eq!(user["customData"], json!({"plan": {"name": "gold", "seats": 3}}));
    assert_eq!((&user["hasPassword"], &user["username"]), (&json!(false), &json!("jane")));
    assert_eq!(operator.get(&path).await.is(200).body, user);
    operator.patch(&path, json!({"username": "taken"})).await.fails(422, "user.username_already_in_use");
    for (body, at) in [
        (json!({"primaryPhone": "+61412345678"}), "primaryPhone"),
        (json!({"username": "1st"}), "username"),
        (json!({"name": 7}), "name"),
        (json!({"profile": "x"}), "profile"),
    ] {
        let answer = operator.patch(&path, body).await.fails(400, "guard.invalid_input");
        assert_eq!(answer.body["data"]["issues"][0]["path"], at);
    }
    operator.patch("/api/users/x", json!({})).await.fails(404, "entity.not_found");
}

#[tokio::test]
async fn a_password_is_set_imported_and_marked() {
    let house = House::open().await;
    let operator = house.operator();
    // Whoever has no contact could recover through nothing, and would be let in to replace it (V-1).
    let id = house
        .add_user(json!({"username": "jane", "primaryEmail": "jane@example.com", "password": PASSWORD}))
        .await;
    let path = format!("/api/users/{id}/password");
    let user = operator.patch(&path, json!({"password": OTHER})).await.is(200).body;
    assert_eq!(user["hasPassword"], true);
    assert_eq!(signs_in(&house, "jane", PASSWORD).await.0, 422);
    assert_eq!(signs_in(&house, "jane", OTHER).await.0, 200);
    operator.patch(&path, json!({"isExpired": true})).await.is(200);
    assert_eq!(signs_in(&house, "jane", OTHER).await, (422, json!("password.expired")));
    // "U*U" by crypt_blowfish's own test vectors.
    let digest = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    operator.patch(&path, json!({"digest": digest, "scheme": "bcrypt"})).await.is(200);
    assert_eq!(signs_in(&house, "jane", OTHER).await.0, 422);
    assert_eq!(signs_in(&house, "jane", "U*U").await.0, 200);
    assert_eq!(signs_in(&house, "jane", "U*U").await.0, 200, "and by its new digest");
    for (digest, scheme) in [("5f4dcc3b5aa765d61d8327deb882cf99", "md5"), (digest, "scrypt")] {
        let refused = operator.patch(&path, json!({"digest": digest, "scheme": scheme})).await;
        refused.fails(422, "user.unsupported_digest");
    }
    for nothing in [json!({}), json!({"digest": digest}), json!({"password": ""})] {
        operator.patch(&path, nothing).await.fails(400, "guard.invalid_input");
    }
}

#[tokio::test]
async fn factors_are_seen_and_taken_away_and_decisions_changed() {
    let house = House::open().await;
    let operator = house.operator();
    let id = house.add_user(json!({"username": "jane"})).await;
    let path = format!("/api/users/{id}/mfa-verifications");
    assert_eq!(operator.get(&path).await.is(200).body, json!([]));
    let made = operator.post(&path, json!({"type": "Totp"})).await.is(200).body;
    operator.post(&path, json!({"type": "BackupCode"})).await.is(200);
    let listed = operator.get(&path).await.is(200).body;
    assert_eq!((&listed[0]["id"], &listed[1]["type"]), (&json!("Totp"), &json!("BackupCode")));
    assert!(listed[0]["createdAt"].is_string());
    assert!(!listed.to_string().contains(made["secret"].as_str().unwrap()));
    operator.delete(&format!("{path}/Totp")).await.is(204);
    operator.delete(&format!("{path}/Totp")).await.fails(404, "entity.not_found");
    assert_eq!(operator.get(&path).await.is(200).body.as_array().unwrap().len(), 1);

    let path = format!("/api/users/{id}/mfa");
    let all = json!({"enabled": null, "skipped": false, "skipMfaOnSignIn": false, "additionalSuggestionSkipped": false});
    assert_eq!(operator.get(&path).await.is(200).body, all);
    let changed = operator.patch(&path, json!({"enabled": true, "skipMfaOnSignIn": true})).await.is(200).body;
    assert_eq!(
        changed,
        json!({"enabled": true, "skipped": false, "skipMfaOnSignIn": true, "additionalSuggestionSkipped": false})
    );
    operator.patch(&path, json!({"enabled": "yes"})).await.fails(400, "guard.invalid_input");
    operator.get("/api/users/x/mfa").await.fails(404, "entity.not_found");
}

#[tokio::test]
async fn organizations_and_identities_are_set_and_taken_away() {
    let house = House::open().await;
    let operator = house.operator();
    let id = house.add_user(json!({"username": "jane"})).await;
    let path = format!("/api/users/{id}/organizations");
    assert_eq!(operator.get(&path).await.is(200).body, json!([]));
    let set = operator
        .put(&path, json!([{"id": "acme", "isMfaRequired": true}, {"id": "other"}]))
        .await
        .is(200)
        .body;
    assert_eq!(set, json!([{"id": "acme", "isMfaRequired": true}, {"id": "other", "isMfaRequired": false}]));
    assert_eq!(operator.get(&path).await.is(200).body, set);
    operator.put(&path, json!([{"id": "acme"}, {"id": "acme"}])).await.fails(400, "guard.invalid_input");

    let path = format!("/api/users/{id}/identities/mock-social");
    operator.put(&path, json!({"userId": "42"})).await.is(201);
    operator.delete(&path).await.is(204);
    operator.delete(&path).await.fails(404, "user.identity_not_exist");
    let nowhere = format!("/api/users/{id}/sso-identities/nowhere");
    operator.put(&nowhere, json!({"userId": "42"})).await.fails(404, "entity.not_exists_with_id");
    operator.delete(&nowhere).await.fails(404, "user.identity_not_exist");
}

#[tokio::test]
async fn l1_a_lock_is_undone_for_a_user_and_for_an_identifier() {
    let house = House::open().await;
    let operator = house.operator();
    operator.patch("/api/sign-in-exp", json!({"sentinelPolicy": {"maxAttempts": 2}})).await.is(200);
    let id = house.add_user(json!({"username": "jane", "password": PASSWORD})).await;
    for unlock in [
        (format!("/api/users/{id}/unlock"), json!({})),
        ("/api/unlock".into(), json!({"identifier": {"type": "username", "value": "jane"}})),
    ] {
        for _ in 0..2 {
            signs_in(&house, "jane", "wrong").await;
        }
        let locked = signs_in(&house, "jane", PASSWORD).await;
        assert_eq!(locked, (400, json!("session.verification_blocked_too_many_attempts")));
        operator.post(&unlock.0, unlock.1).await.is(204);
        assert_eq!(signs_in(&house, "jane", PASSWORD).await.0, 200);
    }
    operator.post("/api/users/x/unlock", json!({})).await.fails(404, "entity.not_found");
    operator.post("/api/unlock", json!({})).await.fails(400, "guard.invalid_input");
    house.browser().post("/api/unlock", json!({})).await.fails(401, "auth.unauthorized");
}

#[tokio::test]
async fn v15_a_token_is_followed_by_its_id() {
    let house = House::open().await;
    let operator = house.operator();
    house.add_user(json!({"primaryEmail": "jane@example.com"})).await;
    let issue = || operator.post("/api/one-time-tokens", json!({"email": "jane@example.com"}));
    let made = issue().await.is(201).body;
    assert_eq!((&made["status"], &made["email"]), (&json!("active"), &json!("jane@example.com")));
    let path = format!("/api/one-time-tokens/{}", made["id"].as_str().unwrap());
    let mut seen = made.clone();
    let token = seen.as_object_mut().unwrap().remove("token").unwrap();
    assert_eq!(operator.get(&path).await.is(200).body, seen);
    let verify = |token: &Value| {
        let body = json!({"identifier": {"type": "email", "value": "jane@example.com"}, "token": token});
        let house = &house;
        async move {
            house.start("SignIn").await.post("/api/experience/verification/one-time-token/verify", body).await
        }
    };
    verify(&token).await.is(200);
    assert_eq!(operator.get(&path).await.is(200).body["status"], "consumed");
    let put = operator.put(&format!("{path}/status"), json!({"status": "revoked"})).await.is(200).body;
    assert_eq!(put["status"], "consumed", "what was used stays used");

    let made = issue().await.is(201).body;
    let path = format!("/api/one-time-tokens/{}", made["id"].as_str().unwrap());
    operator
        .put(&format!("{path}/status"), json!({"status": "active"}))
        .await
        .fails(400, "guard.invalid_input");
    let put = operator.put(&format!("{path}/status"), json!({"status": "revoked"})).await.is(200).body;
    assert_eq!(put["status"], "revoked");
    verify(&made["token"]).await.fails(400, "one_time_token.token_revoked");
    let by_token = format!("/api/one-time-tokens/{}", made["token"].as_str().unwrap());
    operator.get(&by_token).await.fails(404, "entity.not_found");
}
