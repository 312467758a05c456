//! One's own account over HTTP: by the session that `submit` opened, and with fresh proofs.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, House, PASSWORD};

const EXPERIENCE: &str = "/api/experience";
const REQUIRED: &str = "session.step_up_required";

async fn jane(house: &House) -> (Client, String) {
    let id = house
        .add_user(json!({"username": "jane", "primaryEmail": "jane@example.com", "password": PASSWORD}))
        .await;
    (signed_in(house).await, id)
}

async fn signed_in(house: &House) -> Client {
    let browser = house.start("SignIn").await;
    browser.identify_by_password("username", "jane", PASSWORD).await.is(204);
    browser.submit().await.is(200);
    browser
}

async fn begin(browser: &Client) {
    browser.put(EXPERIENCE, json!({"interactionEvent": "Account"})).await.is(204);
}

async fn step_up(browser: &Client) {
    let body = json!({"identifier": {"type": "username", "value": "jane"}, "password": PASSWORD});
    browser.post("/api/experience/verification/password", body).await.is(200);
}

#[tokio::test]
async fn a_person_changes_their_email_with_a_fresh_proof() {
    let house = House::open().await;
    let (browser, id) = jane(&house).await;
    begin(&browser).await;
    let view = browser.get("/api/experience/account").await.is(200).body;
    assert_eq!(
        (&view["userId"], &view["hasPassword"], &view["factors"]),
        (&json!(id), &json!(true), &json!([]))
    );
    let remaining = browser.get("/api/experience/remaining").await.is(200).body;
    assert_eq!(remaining["steps"][0]["code"], REQUIRED);
    let record = browser.prove(&house, "email", "new@example.com", "Account").await;
    let staged = json!({"type": "email", "verificationId": record});
    let refused = browser.post("/api/experience/profile", staged.clone()).await.fails(403, REQUIRED);
    assert_eq!(refused.body["data"]["availableMethods"], json!(["Password", "EmailVerificationCode"]));
    step_up(&browser).await;
    browser.post("/api/experience/profile", staged).await.is(204);
    browser.submit().await.is(204);
    assert_eq!(browser.get("/me").await.is(200).body["data"]["email"], "new@example.com");
    browser.get("/api/experience/account").await.fails(404, "session.interaction_not_found");
}

#[tokio::test]
async fn nobody_without_the_session_does_a_step() {
    let house = House::open().await;
    let (browser, _) = jane(&house).await;
    let nobody = house.browser();
    let start = json!({"interactionEvent": "Account"});
    nobody.put(EXPERIENCE, start).await.fails(404, "session.interaction_not_found");
    begin(&browser).await;
    step_up(&browser).await;
    let interaction = browser.cookie("_interaction").unwrap();
    // Whoever has the interaction's cookie alone, or with a session of their own, or says that it is none of an account's.
    let other = signed_in(&house).await;
    let thief = house.browser();
    let not_found = "session.interaction_not_found";
    for (client, cookie) in [
        (&thief, &*interaction),
        (&other, &*interaction),
        (&browser, interaction.trim_end_matches(".account")),
    ] {
        client.set_cookie("_interaction", cookie);
        client.get("/api/experience/account").await.fails(404, not_found);
        client.delete("/api/experience/account").await.fails(404, not_found);
        client.submit().await.fails(404, not_found);
    }
    browser.set_cookie("_interaction", &interaction);
    browser.get("/api/experience/account").await.is(200);
    browser.delete("/me/session").await.is(204);
    browser.get("/api/experience/account").await.fails(404, not_found);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_not_this_one() {
    let house = House::open().await;
    let (browser, id) = jane(&house).await;
    let thief = signed_in(&house).await;
    begin(&browser).await;
    step_up(&browser).await;
    let same = json!({"type": "password", "value": PASSWORD});
    browser.post("/api/experience/profile", same).await.fails(422, "user.same_password");
    let new = json!({"type": "password", "value": "Xu8mTr2kNe"});
    browser.post("/api/experience/profile", new).await.is(204);
    let before = browser.cookie("__session").unwrap();
    browser.submit().await.is(204);
    assert_ne!(browser.cookie("__session").unwrap(), before);
    assert_eq!(browser.get("/me").await.is(200).body["data"]["id"], id);
    thief.get("/me").await.is(401);
}

#[tokio::test]
async fn what_is_there_is_taken_away_but_the_last_way_in() {
    let house = House::open().await;
    let (browser, id) = jane(&house).await;
    let settings = json!({
        "signUp": {"identifiers": []}, "signIn": {"methods": [{"identifier": "username", "password": true}]},
        "mfa": {"factors": ["Totp", "BackupCode"], "policy": "NoPrompt"},
    });
    house.operator().patch("/api/sign-in-exp", settings).await.is(200);
    begin(&browser).await;
    browser.delete("/api/experience/profile/email").await.fails(403, REQUIRED);
    step_up(&browser).await;
    browser.delete("/api/experience/profile/email").await.is(204);
    browser.delete("/api/experience/profile/phone").await.is(204);
    let last = "user.last_sign_in_method_required";
    browser.delete("/api/experience/profile/password").await.fails(422, last);
    browser.delete("/api/experience/profile/username").await.fails(422, last);
    let identities = "/api/experience/profile/identities/mock-social";
    browser.delete(identities).await.fails(404, "user.identity_not_exist");
    let sso = "/api/experience/profile/sso-identities/mock-sso-connector";
    browser.delete(sso).await.fails(404, "user.identity_not_exist");
    let factor = "/api/experience/profile/mfa/Totp";
    browser.delete(factor).await.fails(400, "session.mfa.mfa_factor_not_enabled");
    browser.patch(factor, json!({"name": "x"})).await.fails(400, "session.mfa.mfa_factor_not_enabled");
    browser.call(Method::PATCH, factor, Some(json!({}))).await.fails(400, "guard.invalid_input");
    let view = browser.get("/api/experience/interaction").await.is(200).body;
    assert_eq!(view["removals"]["primaryEmail"], true);
    browser.submit().await.is(204);
    let user = house.operator().get(&format!("/api/users/{id}")).await.is(200).body;
    assert_eq!((&user["primaryEmail"], &user["username"]), (&Value::Null, &json!("jane")));
}

#[tokio::test]
async fn an_account_is_closed_and_its_owner_comes_back() {
    let house = House::open().await;
    let (browser, _) = jane(&house).await;
    begin(&browser).await;
    browser.delete("/api/experience/account").await.fails(403, REQUIRED);
    step_up(&browser).await;
    browser.delete("/api/experience/account").await.is(204);
    assert_eq!(browser.cookie("_interaction"), None);
    browser.get("/me").await.is(401);
    signed_in(&house).await.get("/me").await.is(200);
}

#[tokio::test]
async fn me_asks_for_the_proofs_of_an_accounts_interaction() {
    let house = House::open().await;
    let methods = ["username", "email"].map(|identifier| json!({"identifier": identifier, "password": true}));
    let settings = json!({"signUp": {"identifiers": []}, "signIn": {"methods": methods}});
    house.operator().patch("/api/sign-in-exp", settings).await.is(200);
    let (browser, _) = jane(&house).await;
    let clear = json!({"username": null});
    let refused = browser.patch("/me", clear.clone()).await.is(403).body;
    assert_eq!((&refused["errors"][0]["code"], &refused["data"]), (&json!("STEP_UP_REQUIRED"), &Value::Null));
    begin(&browser).await;
    browser.patch("/me", clear.clone()).await.is(403);
    step_up(&browser).await;
    assert_eq!(browser.patch("/me", clear).await.is(200).body["data"]["username"], Value::Null);
    let policy = |policy: &str| json!({"second_factor_policy": policy});
    browser.patch("/me", policy("enforced")).await.is(200);
    assert_eq!(browser.patch("/me", policy("none")).await.is(200).body["errors"], json!([]));
    browser.patch("/me", policy("sometimes")).await.is(400);
}
