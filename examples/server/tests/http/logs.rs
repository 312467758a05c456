//! The log says what happened and holds no secret.

use std::io::Read as _;
use std::process::Stdio;
use std::thread::spawn;

use serde_json::{Value, json};

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

/// What may stand where a username, an email or a phone belongs.
const MISTYPED: [(&str, &str); 4] = [
    ("username", "TypedMyPassword77"),
    ("username", "typed my p4ssword!"),
    ("email", "typed_my_email_77@example.com"),
    ("phone", "61412345677"),
];

#[tokio::test]
async fn a_password_in_the_wrong_field_is_not_in_the_log() {
    let mut program = Program::start_with(&["--insecure-cookies"], Stdio::piped());
    // A full pipe would keep the program waiting.
    let mut stderr = program.child.stderr.take().unwrap();
    let reading = spawn(move || {
        let mut log = String::new();
        stderr.read_to_string(&mut log).unwrap();
        log
    });
    let base = format!("http://{}", program.address);
    let (browser, operator) = (Client::new(&base, None), Client::new(&base, Some(TOKEN)));
    operator.post("/api/users", json!({"username": "jane", "password": PASSWORD})).await.is(200);
    let limits = json!({"sentinelPolicy": {"maxAttempts": 2}});
    operator.patch("/api/sign-in-exp", limits).await.is(200);
    let verification = "/api/experience/verification";
    for event in ["SignIn", "Register", "ForgotPassword"] {
        for (kind, value) in MISTYPED {
            browser.put("/api/experience", json!({"interactionEvent": event})).await.is(204);
            let identifier = json!({"type": kind, "value": value});
            let body = json!({"identifier": identifier, "password": "x"});
            for route in ["password", "password", "password", "new-password-identity"] {
                let answer = browser.post(&format!("{verification}/{route}"), body.clone()).await;
                assert!(answer.status.is_client_error() || event == "Register", "{}", answer.body);
            }
            let code = json!({"identifier": identifier, "interactionEvent": event});
            browser.post(&format!("{verification}/verification-code"), code).await;
            let code = json!({"identifier": identifier, "verificationId": "x", "code": "1"});
            browser.post(&format!("{verification}/verification-code/verify"), code).await;
            browser.post("/api/experience/profile", json!({"type": "username", "value": value})).await;
            browser.post(&format!("{verification}/sign-in-passkey/authentication"), body).await;
            browser.get(&format!("/api/experience/sso-connectors?email={value}")).await;
            browser.get(&format!("/{value}")).await.fails(404, "request.not_found");
            operator.get(&format!("/api/users/{value}")).await.fails(404, "entity.not_found");
            operator.post("/api/users", json!({"username": value, "name": value, "nonsense": value})).await;
        }
    }
    browser.put("/api/experience", json!({"interactionEvent": "SignIn"})).await.is(204);
    browser.identify_by_password("username", "jane", PASSWORD).await.is(204);

    program.terminate();
    let log = reading.join().unwrap();
    let lower = log.to_lowercase();
    for (_, value) in MISTYPED {
        for part in [value.to_lowercase(), value.to_lowercase().replace(' ', "%20")] {
            assert!(!lower.contains(&part), "{part}");
        }
    }
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let tries: Vec<Value> = lines.filter(|line| line["fields"]["event"] == "try_failed").collect();
    let of = |at: usize| tries[at]["fields"]["subject"].as_str().unwrap();
    assert_eq!(of(0), of(1), "lines about one identifier can be told to be about one");
    assert!(of(0).starts_with('#') && of(0).len() == 17, "{}", of(0));
    assert!(tries.iter().any(|line| line["fields"]["subject"].as_str().is_some_and(|text| text != of(0))));
    assert!(tries[0]["fields"]["operation"].is_string());
}

/// Such as one on a disk that is full, or one whose reader has gone.
#[tokio::test]
async fn a_log_that_cannot_be_written_stops_nobody() {
    let mut program = Program::start(Stdio::piped());
    drop(program.child.stderr.take());
    let browser = Client::new(&format!("http://{}", program.address), None);
    for _ in 0..2 {
        browser.put("/api/experience", json!({"interactionEvent": "Register"})).await.is(204);
    }
    assert!(program.child.try_wait().unwrap().is_none(), "it stopped");
}
