//! Second factors and one-time tokens: enrolling, signing in with each, using each once.

use serde_json::{Value, json};

use crate::support::{Client, House, PASSWORD};

const VERIFY: &str = "/api/experience/verification";
const MFA: &str = "/api/experience/profile/mfa";

/// What an authenticator app shows, now or in a time step to come.
pub(crate) fn totp(secret: &Value, steps_ahead: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret.as_str().unwrap()).unwrap();
    let app = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    let time = chrono::Utc::now().timestamp() + 30 * steps_ahead;
    app.generate(u64::try_from(time).unwrap()).to_string()
}

impl House {
    pub(crate) async fn with_mfa(mfa: Value) -> Self {
        let house = Self::open().await;
        house.operator().patch("/api/sign-in-exp", json!({"mfa": mfa})).await.is(200);
        house
    }

    pub(crate) async fn signing_in(&self) -> Client {
        let browser = self.start("SignIn").await;
        browser.identify_by_password("username", "jane", PASSWORD).await.is(204);
        browser
    }
}

impl Client {
    pub(crate) async fn bind(&self, factor: &str, id: &str) {
        self.post(MFA, json!({"type": factor, "verificationId": id})).await.is(204);
    }
}

#[tokio::test]
async fn a_person_enrols_and_signs_in_with_each_factor_and_with_each_code_once() {
    let house = House::with_mfa(json!({"factors": ["Totp", "BackupCode"], "policy": "Mandatory"})).await;
    house.add_user(json!({"username": "jane", "password": PASSWORD})).await;
    let browser = house.signing_in().await;
    let remaining = browser.get("/api/experience/remaining").await.is(200).body;
    assert_eq!(remaining["steps"][0]["code"], "user.missing_mfa");
    let missing = browser.submit().await.fails(422, "user.missing_mfa").body;
    assert_eq!(missing["data"], json!({"availableFactors": ["Totp"]}), "it cannot be skipped");

    let path = &format!("{VERIFY}/totp/secret");
    let made = browser.call(reqwest::Method::POST, path, None).await.is(200);
    let secret = made.body["secret"].clone();
    assert!(made.body["secretQrCode"].as_str().unwrap().starts_with("data:image/svg+xml;base64,"));
    let tried = |code: &str| json!({"code": code, "verificationId": made.id()});
    let verify = &format!("{VERIFY}/totp/verify");
    browser.post(verify, tried("no code")).await.fails(400, "session.mfa.invalid_totp_code");
    assert_eq!(browser.post(verify, tried(&totp(&secret, 0))).await.is(200).id(), made.id());
    browser.bind("Totp", &made.id()).await;
    browser.submit().await.fails(422, "session.mfa.backup_code_required");
    let backup = browser.post(&format!("{VERIFY}/backup-code/generate"), json!({})).await.is(200);
    let codes = backup.body["codes"].as_array().unwrap().clone();
    assert_eq!(codes.len(), 10);
    browser.bind("BackupCode", &backup.id()).await;
    let view = browser.get("/api/experience/interaction").await.is(200).body;
    assert_eq!(view["mfa"]["factors"], json!(["Totp", "BackupCode"]));
    assert!(!view.to_string().contains(secret.as_str().unwrap()), "{view}");
    browser.submit().await.is(200);

    // The step after, so that it is not the one that enrolling used.
    let code = json!({"code": totp(&secret, 1)});
    let browser = house.signing_in().await;
    browser.submit().await.fails(403, "session.mfa.require_mfa_verification");
    browser.post(verify, code.clone()).await.is(200);
    browser.submit().await.is(200);
    let browser = house.signing_in().await;
    browser.post(verify, code).await.fails(400, "session.mfa.invalid_totp_code");
    let verify = &format!("{VERIFY}/backup-code/verify");
    browser.post(verify, json!({"code": codes[0]})).await.is(200);
    browser.submit().await.is(200);
    let browser = house.signing_in().await;
    browser.post(verify, json!({"code": codes[0]})).await.fails(400, "session.mfa.invalid_backup_code");
    browser.post(verify, json!({"code": codes[1]})).await.is(200);
    browser.submit().await.is(200);
}

#[tokio::test]
async fn factors_that_the_operator_gave_are_the_users_own() {
    let house = House::with_mfa(json!({"factors": ["Totp", "BackupCode"]})).await;
    let id = house.add_user(json!({"username": "jane", "password": PASSWORD})).await;
    let (operator, path) = (house.operator(), format!("/api/users/{id}/mfa-verifications"));
    let given = operator.post(&path, json!({"type": "Totp"})).await.is(200).body;
    assert_eq!(given["type"], "Totp");
    let codes = operator.post(&path, json!({"type": "BackupCode"})).await.is(200).body;
    assert_eq!(codes["codes"].as_array().unwrap().len(), 10);
    operator.post(&path, json!({"type": "WebAuthn"})).await.fails(400, "guard.invalid_input");
    let nobodys = operator.post("/api/users/x/mfa-verifications", json!({"type": "Totp"})).await;
    nobodys.fails(404, "entity.not_found");

    let browser = house.signing_in().await;
    let refused = browser.submit().await.fails(403, "session.mfa.require_mfa_verification");
    assert_eq!(refused.body["data"]["availableFactors"], json!(["Totp", "BackupCode"]));
    let code = json!({"code": totp(&given["secret"], 0)});
    browser.post(&format!("{VERIFY}/totp/verify"), code).await.is(200);
    browser.post(&format!("{VERIFY}/backup-code/verify"), json!({"code": codes["codes"][9]})).await.is(200);
    browser.submit().await.is(200);
}

#[tokio::test]
async fn a_code_goes_to_the_users_own_email() {
    let house = House::with_mfa(json!({"factors": ["EmailVerificationCode"]})).await;
    let user = json!({"username": "jane", "primaryEmail": "jane@example.com", "password": PASSWORD});
    house.add_user(user).await;
    let browser = house.signing_in().await;
    let path = &format!("{VERIFY}/mfa-verification-code");
    let email = json!({"identifierType": "email"});
    house.start("SignIn").await.post(path, email.clone()).await.fails(400, "session.identifier_not_found");
    let id = browser.post(path, email).await.is(200).id();
    let code = house.code("jane@example.com").await;
    let tried = json!({"verificationId": id, "code": code, "identifierType": "email"});
    browser.post(&format!("{path}/verify"), tried).await.is(200);
    browser
        .post(path, json!({"identifierType": "phone"}))
        .await
        .fails(400, "session.mfa.mfa_factor_not_enabled");
    browser.submit().await.is(200);
}

#[tokio::test]
async fn m6_what_a_person_decides_about_mfa() {
    let house = House::with_mfa(json!({"factors": ["Totp"]})).await;
    let browser = house.start("Register").await;
    for decision in ["mfa-enabled", "mfa-suggestion-skipped", "passkey-skipped"] {
        browser.post(&format!("{MFA}/{decision}"), json!({})).await.is(204);
    }
    let skip = &format!("{MFA}/mfa-skipped");
    browser.post(skip, json!({})).await.fails(404, "session.identifier_not_found");
    let profile = "/api/experience/profile";
    browser.post(profile, json!({"type": "username", "value": "jane"})).await.is(204);
    browser.post(profile, json!({"type": "password", "value": PASSWORD})).await.is(204);
    browser.post("/api/experience/identification", json!({})).await.is(201);
    let view = browser.get("/api/experience/interaction").await.is(200).body;
    assert_eq!((&view["mfa"]["mfaEnabled"], &view["mfa"]["mfaSkipped"]), (&json!(true), &json!(false)));
    browser.submit().await.fails(422, "user.missing_mfa");
    browser.call(reqwest::Method::POST, skip, None).await.is(204);
    browser.submit().await.is(200);
}

#[tokio::test]
async fn a_one_time_token_is_good_for_one_sign_in() {
    let house = House::open().await;
    let jane = json!({"username": "jane", "primaryEmail": "jane@example.com", "password": PASSWORD});
    let id = house.add_user(jane).await;
    let operator = house.operator();
    let new = json!({
        "email": "jane@example.com", "expiresIn": 60,
        "context": {"interactionEvent": "SignIn", "jitOrganizationIds": ["org"]},
    });
    let token = operator.post("/api/one-time-tokens", new).await.is(201).body["token"].clone();
    for bad in [
        json!({}),
        json!({"email": "nope"}),
        json!({"email": "jane@example.com", "expiresIn": 0}),
        json!({"email": "jane@example.com", "expiresIn": u64::MAX}),
        json!({"email": "jane@example.com", "context": {"interactionEvent": "Nap"}}),
    ] {
        operator.post("/api/one-time-tokens", bad).await.fails(400, "guard.invalid_input");
    }
    let path = &format!("{VERIFY}/one-time-token/verify");
    let used = |email: &str| json!({"identifier": {"type": "email", "value": email}, "token": token});
    let register = house.start("Register").await;
    register
        .post(path, used("jane@example.com"))
        .await
        .fails(400, "one_time_token.interaction_event_mismatch");
    let browser = house.start("SignIn").await;
    browser.post(path, used("joe@example.com")).await.fails(400, "one_time_token.email_mismatch");
    let proof = browser.post(path, used("JANE@example.com")).await.is(200).id();
    browser.post("/api/experience/identification", json!({"verificationId": proof})).await.is(204);
    assert_eq!(browser.submit().await.is(200).body["userId"], id);
    let again = house.start("SignIn").await;
    again.post(path, used("jane@example.com")).await.fails(400, "one_time_token.token_consumed");
}

#[tokio::test]
async fn a_person_signs_in_through_an_enterprise_provider() {
    let house = House::open().await;
    let browser = house.start("Register").await;
    let list = "/api/experience/sso-connectors?email=jane@SSO.example";
    assert_eq!(browser.get(list).await.is(200).body, json!({"connectorIds": []}));
    house.operator().patch("/api/sign-in-exp", json!({"singleSignOnEnabled": true})).await.is(200);
    assert_eq!(browser.get(list).await.is(200).body, json!({"connectorIds": ["mock-sso-connector"]}));
    browser.get("/api/experience/sso-connectors?email=nope").await.fails(400, "guard.invalid_input");

    let connector = format!("{VERIFY}/sso/mock-sso-connector");
    let begin = json!({"state": "s", "redirectUri": "https://app.example"});
    let begun = browser.post(&format!("{connector}/authorization-uri"), begin).await.is(200);
    let data = json!({"code": "c", "userId": "42", "email": "jane@sso.example", "name": "Jane"});
    let told = json!({"connectorData": data, "verificationId": begun.id()});
    let id = browser.post(&format!("{connector}/verify"), told).await.is(200).id();
    browser.post("/api/experience/identification", json!({"verificationId": id})).await.is(201);
    let id = browser.submit().await.is(200).body["userId"].as_str().unwrap().to_owned();
    let user = house.operator().get(&format!("/api/users/{id}")).await.is(200).body;
    assert_eq!(user["name"], "Jane");
}

#[tokio::test]
async fn p12_a_form_replaces_a_providers_name_and_picture() {
    let house = House::open().await;
    let browser = house.start("Register").await;
    let connector = format!("{VERIFY}/social/mock-social-connector");
    let begin = json!({"state": "s", "redirectUri": "https://app.example"});
    let begun = browser.post(&format!("{connector}/authorization-uri"), begin).await.is(200);
    let data = json!({"code": "c", "userId": "42", "name": "Jane", "avatar": "https://pics.example/a.png"});
    let told = json!({"connectorData": data, "verificationId": begun.id()});
    let id = browser.post(&format!("{connector}/verify"), told).await.is(200).id();
    let profile = "/api/experience/profile";
    browser.post(profile, json!({"type": "social", "verificationId": id})).await.is(204);
    let view = browser.get("/api/experience/interaction").await.is(200).body;
    assert_eq!(view["profile"]["name"], "Jane");
    browser.post(profile, json!({"type": "extraProfile", "values": {"givenName": "J"}})).await.is(204);
    let view = browser.get("/api/experience/interaction").await.is(200).body;
    assert_eq!(view["profile"]["profile"], json!({"givenName": "J"}));
    assert_eq!((view["profile"].get("name"), view["profile"].get("avatar")), (None, None));
}
