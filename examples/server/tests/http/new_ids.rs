//! A step that verifies a record or identifies somebody gives the interaction a new id (I-6), and the old one is
//! nobody's.

use reqwest::header::SET_COOKIE;
use serde_json::{Value, json};

use crate::factors::totp;
use crate::support::{Answer, Client, House, PASSWORD};

const VERIFICATION: &str = "/api/experience/verification";
const IDENTIFICATION: &str = "/api/experience/identification";

impl Client {
    /// A step after which the browser's cookie is another, and the one before is worth nothing.
    async fn moves(&self, path: &str, body: Value) -> Answer {
        let old = self.cookie("_interaction").unwrap();
        let answer = self.post(path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.body);
        assert_ne!(self.cookie("_interaction").unwrap(), old, "{path}");
        let set = answer.headers[SET_COOKIE].to_str().unwrap();
        assert!(set.ends_with("; HttpOnly; SameSite=Lax; Path=/"), "{path}: {set}");
        let thief = Self::new(&self.base, None);
        thief.set_cookie("_interaction", &old);
        thief.get("/api/experience/interaction").await.fails(404, "session.interaction_not_found");
        thief.submit().await.fails(404, "session.interaction_not_found");
        self.get("/api/experience/interaction").await.is(200);
        answer
    }

    /// A step that sets no cookie.
    async fn stays(&self, path: &str, body: Value) -> Answer {
        let answer = self.post(path, body).await;
        assert_eq!(answer.headers.get(SET_COOKIE), None, "{path}");
        answer
    }

    async fn verifies_at_provider(&self, connector: &str, data: Value) -> String {
        let path = |rest| format!("{VERIFICATION}/{connector}/{rest}");
        let begin = json!({"state": "s", "redirectUri": "https://app.example"});
        let begun = self.stays(&path("authorization-uri"), begin).await.is(200);
        let told = json!({"connectorData": data, "verificationId": begun.id()});
        self.moves(&path("verify"), told).await.id()
    }
}

#[tokio::test]
async fn whoever_registers_gets_one_with_each_proof() {
    let house = House::open().await;
    house.operator().patch("/api/sign-in-exp", json!({"singleSignOnEnabled": true})).await.is(200);
    let browser = house.start("Register").await;

    let email = json!({"type": "email", "value": "jane@example.com"});
    let path = &format!("{VERIFICATION}/verification-code");
    let sent =
        browser.stays(path, json!({"identifier": email, "interactionEvent": "Register"})).await.is(200);
    let tried = |code: &str| json!({"identifier": email, "verificationId": sent.id(), "code": code});
    let verify = &format!("{path}/verify");
    browser.stays(verify, tried("none")).await.fails(400, "verification_code.code_mismatch");
    browser.moves(verify, tried(&house.code("jane@example.com").await)).await;

    let issued = house.operator().post("/api/one-time-tokens", json!({"email": "joe@example.com"})).await;
    let email = json!({"type": "email", "value": "joe@example.com"});
    let spent = json!({"identifier": email, "token": issued.is(201).body["token"]});
    browser.moves(&format!("{VERIFICATION}/one-time-token/verify"), spent).await;

    let data = json!({"code": "c", "userId": "42"});
    browser.verifies_at_provider("social/mock-social-connector", data).await;
    let data = json!({"code": "c", "userId": "42", "email": "jane@sso.example"});
    browser.verifies_at_provider("sso/mock-sso-connector", data).await;

    let identifier = json!({"type": "username", "value": "jane"});
    let proposed = json!({"identifier": identifier, "password": PASSWORD});
    let proof = browser.moves(&format!("{VERIFICATION}/new-password-identity"), proposed).await.id();
    browser.moves(IDENTIFICATION, json!({"verificationId": proof})).await.is(201);
}

#[tokio::test]
async fn whoever_signs_in_gets_one_with_each_proof() {
    let factors = json!({"factors": ["Totp", "BackupCode", "EmailVerificationCode"]});
    let house = House::with_mfa(factors).await;
    let jane = json!({"username": "jane", "primaryEmail": "jane@example.com", "password": PASSWORD});
    let id = house.add_user(jane).await;
    let give = async |factor: &str| {
        let path = format!("/api/users/{id}/mfa-verifications");
        house.operator().post(&path, json!({"type": factor})).await.is(200).body
    };
    let (app, codes) = (give("Totp").await, give("BackupCode").await);
    let browser = house.start("SignIn").await;

    let identifier = json!({"type": "username", "value": "jane"});
    let path = &format!("{VERIFICATION}/password");
    let wrong = json!({"identifier": identifier, "password": "wrong"});
    browser.stays(path, wrong).await.fails(422, "session.invalid_credentials");
    let right = json!({"identifier": identifier, "password": PASSWORD});
    let proof = browser.moves(path, right).await.id();
    browser.moves(IDENTIFICATION, json!({"verificationId": proof})).await.is(204);

    let code = json!({"code": totp(&app["secret"], 0)});
    browser.moves(&format!("{VERIFICATION}/totp/verify"), code).await;
    let code = json!({"code": codes["codes"][0]});
    browser.moves(&format!("{VERIFICATION}/backup-code/verify"), code).await;
    let path = &format!("{VERIFICATION}/mfa-verification-code");
    let sent = browser.stays(path, json!({"identifierType": "email"})).await.is(200);
    let code = house.code("jane@example.com").await;
    let tried = json!({"verificationId": sent.id(), "code": code, "identifierType": "email"});
    browser.moves(&format!("{path}/verify"), tried).await;

    let made = browser.stays(&format!("{VERIFICATION}/totp/secret"), json!({})).await.is(200);
    let code = json!({"code": totp(&made.body["secret"], 0), "verificationId": made.id()});
    browser.moves(&format!("{VERIFICATION}/totp/verify"), code).await;

    let last = browser.cookie("_interaction").unwrap();
    browser.submit().await.is(200);
    assert_eq!(browser.cookie("_interaction"), None);
    browser.set_cookie("_interaction", &last);
    browser.get("/api/experience/interaction").await.fails(404, "session.interaction_not_found");
    browser.submit().await.fails(404, "session.interaction_not_found");
}
