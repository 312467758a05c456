//! The log says what happened and holds no secret.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::json;

use crate::program::{Program, TOKEN};
use crate::support::{Client, PASSWORD};

#[tokio::test]
async fn no_secret_is_in_the_log() {
    let mut program = Program::start(Stdio::piped());
    let base = format!("http://{}", program.address);
    let (browser, operator) = (Client::new(&base, None), Client::new(&base, Some(TOKEN)));

    let started = browser.put("/api/experience", json!({"interactionEvent": "Register"})).await.is(204);
    let interaction = browser.cookie("_interaction").unwrap();
    let profile = "/api/experience/profile";
    browser.post(profile, json!({"type": "username", "value": "jane"})).await.is(204);
    browser.post(profile, json!({"type": "password", "value": PASSWORD})).await.is(204);
    let identifier = json!({"type": "email", "value": "jane@example.com"});
    let path = "/api/experience/verification/verification-code";
    let body = json!({"identifier": identifier, "interactionEvent": "Register"});
    let id = browser.post(path, body).await.is(200).id();
    let sent = operator.get("/api/dev/outbox?to=jane@example.com").await.is(200).body;
    let code = sent[0]["code"].as_str().unwrap().to_owned();
    let wrong = json!({"identifier": identifier, "verificationId": id, "code": "no-code-at-all"});
    browser.post(&format!("{path}/verify"), wrong).await.fails(400, "verification_code.code_mismatch");
    browser.post("/api/experience/identification", json!({"password": PASSWORD})).await.is(201);
    browser.submit().await.is(200);
    let session = browser.cookie("__session").unwrap();
    let me = browser.get("/me").await.is(200).body["data"]["id"].as_str().unwrap().to_owned();
    let factors = format!("/api/users/{me}/mfa-verifications");
    let totp = operator.post(&factors, json!({"type": "Totp"})).await.is(200).body["secret"].clone();
    let codes = operator.post(&factors, json!({"type": "BackupCode"})).await.is(200).body["codes"].clone();
    let new = json!({"email": "jane@example.com"});
    let token = operator.post("/api/one-time-tokens", new).await.is(201).body["token"].clone();
    browser.put("/api/experience", json!({"interactionEvent": "SignIn"})).await.is(204);
    browser.identify_by_password("username", "jane", PASSWORD).await.is(204);
    let made =
        browser.post("/api/experience/verification/totp/secret", json!({})).await.is(200).body["secret"]
            .clone();
    let spent = json!({"code": codes[0]});
    browser.post("/api/experience/verification/backup-code/verify", spent).await.is(200);
    let signing_in = browser.cookie("_interaction").unwrap();
    let secrets = [&totp, &codes[0], &token, &made].map(|secret| secret.as_str().unwrap().to_owned());

    program.terminate();
    let mut log = String::new();
    program.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("UserCreated") && log.contains("CodeSent"), "{log}");
    assert!(log.contains(started.headers["x-request-id"].to_str().unwrap()));
    // A code is six digits, which may stand in an id by chance: look for it as a value.
    let code = format!("\"{code}\"");
    let others = [PASSWORD, TOKEN, &interaction, &signing_in, &session, &code, "no-code-at-all", "argon2"];
    for secret in others.into_iter().chain(secrets.iter().map(String::as_str)) {
        assert!(!log.contains(secret), "{secret}");
    }
}
