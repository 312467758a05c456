//! Whole journeys: registering, signing in, recovering a password, through a provider.

use serde_json::json;

use crate::support::{Client, House, PASSWORD};

async fn register(house: &House, username: &str) -> (Client, String) {
    let browser = house.start("Register").await;
    let profile = "/api/experience/profile";
    browser.post(profile, json!({"type": "username", "value": username})).await.is(204);
    browser.post(profile, json!({"type": "password", "value": PASSWORD})).await.is(204);
    browser.post("/api/experience/identification", json!({})).await.is(201);
    let submitted = browser.submit().await.is(200).body;
    assert_eq!(submitted["redirectTo"], "/");
    (browser, submitted["userId"].as_str().unwrap().into())
}

#[tokio::test]
async fn a_person_registers_and_signs_in() {
    let house = House::open().await;
    let (browser, id) = register(&house, "jane").await;
    let user = house.operator().get(&format!("/api/users/{id}")).await.is(200).body;
    assert_eq!((&user["username"], &user["hasPassword"]), (&json!("jane"), &json!(true)));

    browser.put("/api/experience", json!({"interactionEvent": "SignIn"})).await.is(204);
    browser.identify_by_password("username", "jane", PASSWORD).await.is(204);
    assert_eq!(browser.submit().await.is(200).body["userId"], id);
    let after = house.operator().get(&format!("/api/users/{id}")).await.is(200).body;
    assert!(after["lastSignInAt"].is_string());
}

#[tokio::test]
async fn a_person_adds_an_email_and_recovers_the_password_by_it() {
    let house = House::open().await;
    let (_, id) = register(&house, "jane").await;
    let browser = house.start("SignIn").await;
    browser.identify_by_password("username", "jane", PASSWORD).await.is(204);
    let proof = browser.prove(&house, "email", "jane@example.com", "SignIn").await;
    browser.post("/api/experience/profile", json!({"type": "email", "verificationId": proof})).await.is(204);
    let view = browser.get("/api/experience/interaction").await.is(200).body;
    assert_eq!(view["profile"]["primaryEmail"], "jane@example.com");
    browser.submit().await.is(200);

    let browser = house.start("ForgotPassword").await;
    let proof = browser.prove(&house, "email", "JANE@example.com", "ForgotPassword").await;
    browser.post("/api/experience/identification", json!({"verificationId": proof})).await.is(204);
    browser.put("/api/experience/profile/password", json!({"password": "Xu8mTr2kNe"})).await.is(204);
    let remaining = browser.get("/api/experience/remaining").await.is(200).body;
    assert_eq!((&remaining["canSubmit"], &remaining["steps"]), (&json!(true), &json!([])));
    browser.submit().await.is(204);
    assert_eq!(browser.cookie("__session"), None, "a recovery signs nobody in");

    let browser = house.start("SignIn").await;
    let by_email =
        json!({"identifier": {"type": "email", "value": "jane@example.com"}, "password": "Xu8mTr2kNe"});
    let refused = browser.post("/api/experience/verification/password", by_email).await;
    refused.fails(422, "session.invalid_credentials");
    browser.identify_by_password("username", "jane", "Xu8mTr2kNe").await.is(204);
    assert_eq!(browser.submit().await.is(200).body["userId"], id);
}

#[tokio::test]
async fn a_person_registers_through_a_provider() {
    let house = House::open().await;
    let patch = json!({"socialSignIn": {"skipRequiredIdentifiers": true}});
    house.operator().patch("/api/sign-in-exp", patch).await.is(200);
    let browser = house.start("Register").await;
    let connector = "/api/experience/verification/social/mock-social-connector";
    let begun = browser
        .post(
            &format!("{connector}/authorization-uri"),
            json!({"state": "s", "redirectUri": "https://app.example"}),
        )
        .await
        .is(200);
    assert!(begun.body["authorizationUri"].as_str().unwrap().contains("state=s"));
    let data = json!({"code": "c", "userId": "42", "name": "Jane", "avatar": "https://pics.example/a.png"});
    let told = json!({"connectorData": data, "verificationId": begun.id()});
    let id = browser.post(&format!("{connector}/verify"), told).await.is(200).id();
    browser.post("/api/experience/identification", json!({"verificationId": id})).await.is(201);
    let id = browser.submit().await.is(200).body["userId"].as_str().unwrap().to_owned();
    let user = house.operator().get(&format!("/api/users/{id}")).await.is(200).body;
    assert_eq!(user["identities"]["mock-social"]["userId"], "42");
    assert_eq!((&user["name"], &user["avatar"]), (&json!("Jane"), &json!("https://pics.example/a.png")));
    assert!(!user.to_string().contains("\"code\""), "the authorization code is not kept");
}

#[tokio::test]
async fn without_dev_there_is_no_provider_and_no_outbox() {
    let house = House::with(false, false, vestibule_server::stores::Stores::memory()).await;
    let connector = json!({"socialConnectors": [{"id": "mine", "target": "mine"}]});
    house.operator().patch("/api/sign-in-exp", connector).await.is(200);
    let browser = house.start("SignIn").await;
    let path = "/api/experience/verification/social/mine/authorization-uri";
    let body = json!({"state": "s", "redirectUri": "https://app.example"});
    browser.post(path, body).await.fails(404, "entity.not_found");
    house.operator().get("/api/dev/outbox?to=jane@example.com").await.fails(404, "request.not_found");
}

#[tokio::test]
async fn an_interaction_is_over_when_it_is_submitted() {
    let house = House::open().await;
    let (browser, id) = register(&house, "jane").await;
    browser.get("/api/experience/interaction").await.fails(404, "session.interaction_not_found");
    let session = browser.get("/me").await.is(200).body["session"].clone();
    assert_eq!(session["active_signin"]["user_id"], id);
    assert_eq!((&session["signin_attempts"], &session["signup_attempts"]), (&json!([]), &json!([])));
    let other = house.start("SignIn").await;
    other.identify_by_password("username", "jane", PASSWORD).await.is(204);
    let session = browser.get("/me").await.is(200).body["session"].clone();
    assert_eq!(session["signin_attempts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn which_connectors_an_email_has_is_told_without_an_interaction() {
    let house = House::open().await;
    house.operator().patch("/api/sign-in-exp", json!({"singleSignOnEnabled": true})).await.is(200);
    let browser = house.browser();
    let path = "/api/experience/sso-connectors";
    for (email, ids) in [
        ("jane@sso.example", json!(["mock-sso-connector"])),
        ("jane%40SSO.example", json!(["mock-sso-connector"])),
        ("jane@example.com", json!([])),
    ] {
        let answer = browser.get(&format!("{path}?email={email}")).await.is(200);
        assert_eq!(answer.body, json!({"connectorIds": ids}), "{email}");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    // A cookie that is nobody's, too.
    browser.set_cookie("_interaction", "guessed");
    browser.get(&format!("{path}?email=jane@sso.example")).await.is(200);
    for query in ["", "?", "?email=", "?email=jane", "?email=@sso.example", "?mail=jane@sso.example"] {
        let answer = browser.get(&format!("{path}{query}")).await.fails(400, "guard.invalid_input");
        assert_eq!(answer.body["data"]["issues"][0]["path"], "email", "{query}");
    }
    for query in ["?email=%ff", "?email=a@b.example&email=c@d.example"] {
        browser.get(&format!("{path}{query}")).await.fails(400, "guard.invalid_input");
    }
}
