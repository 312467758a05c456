//! Whatever is no success is `{code, message, data?}`, and no input is a 500.

use reqwest::{Method, header};
use serde_json::{Value, json};
use vestibule_server::stores::Stores;

use crate::support::House;

#[tokio::test]
async fn unknown_routes_wrong_methods_and_large_bodies() {
    let house = House::open().await;
    let browser = house.start("Register").await;
    browser.get("/nowhere").await.fails(404, "request.not_found");
    browser.get("/api/users").await.fails(405, "request.method_not_allowed");
    browser.delete("/api/experience").await.fails(405, "request.method_not_allowed");
    let large = json!({"interactionEvent": "Register", "captchaToken": "x".repeat(65 * 1024)});
    browser.put("/api/experience", large).await.fails(413, "request.too_large");
    // Without a length up front it is counted as it comes.
    let chunks = futures_util::stream::iter((0..70).map(|_| Ok::<_, std::io::Error>(" ".repeat(1024))));
    let request = browser
        .request(Method::PUT, "/api/experience")
        .header(header::CONTENT_TYPE, "application/json")
        .body(reqwest::Body::wrap_stream(chunks));
    let answer = browser.take(request.send().await.unwrap()).await;
    answer.fails(413, "request.too_large");
}

#[tokio::test]
async fn the_limits_hold_on_every_kind_of_route() {
    let house = House::open().await;
    let (browser, operator) = (house.start("SignIn").await, house.operator());
    // The largest body there may be, and one byte more.
    let body = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
    for (client, method, path) in [
        (&browser, Method::POST, "/api/experience/identification"),
        (&browser, Method::POST, "/api/experience/verification/password"),
        // This one reads no body.
        (&browser, Method::POST, "/api/experience/submit"),
        (&browser, Method::PATCH, "/me"),
        (&operator, Method::POST, "/api/users"),
        (&operator, Method::PATCH, "/api/sign-in-exp"),
        (&browser, Method::POST, "/nowhere"),
    ] {
        let send = async |body: String| {
            let request =
                client.request(method.clone(), path).header(header::CONTENT_TYPE, "application/json");
            client.take(request.body(body).send().await.unwrap()).await
        };
        send(body(64 * 1024 + 1)).await.fails(413, "request.too_large");
        let answer = send(body(64 * 1024)).await;
        assert_ne!(answer.status, 413, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_answered_in_the_documented_form() {
    let house = House::open().await;
    let (browser, operator) = (house.start("SignIn").await, house.operator());
    for path in
        ["/nowhere", "/api", "/api/experience/", "/api/experience/nowhere", "/me/", "/api/users/", "/%ff"]
    {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = browser.call(method.clone(), path, None).await;
            answer.fails(404, "request.not_found");
            operator.call(method, path, None).await.fails(404, "request.not_found");
        }
    }
    let brew = Method::from_bytes(b"BREW").unwrap();
    for (method, path) in [
        (Method::GET, "/api/experience"),
        (Method::GET, "/api/experience/submit"),
        (Method::PUT, "/api/experience/submit"),
        (Method::POST, "/api/experience/interaction"),
        (Method::PUT, "/me"),
        (Method::POST, "/openapi.json"),
        (Method::PUT, "/api/users"),
        (Method::POST, "/api/users/x"),
        (brew, "/me"),
    ] {
        let answer = operator.call(method.clone(), path, None).await.fails(405, "request.method_not_allowed");
        assert!(answer.headers.contains_key(header::ALLOW), "{method} {path}");
    }
}

#[tokio::test]
async fn a_body_of_another_form_is_answered_by_path() {
    let house = House::open().await;
    let browser = house.start("SignIn").await;
    let code = "/api/experience/verification/verification-code";
    for (path, body, at) in [
        ("/api/experience/verification/password", json!({"identifier": {"type": "fax"}}), "identifier.type"),
        ("/api/experience/verification/password", json!([]), ""),
        (code, json!({"identifier": {"type": "email", "value": "nope"}}), "identifier"),
        (code, json!({"identifier": {"type": "phone", "value": "+61 4"}}), "identifier"),
        ("/api/experience/identification", json!({"verificationId": 7}), "verificationId"),
        ("/api/experience/identification", Value::Null, ""),
        ("/api/experience/profile", json!({"type": "nonsense"}), "type"),
        ("/api/experience/profile", json!({}), "type"),
        ("/api/experience/profile", json!({"type": "email"}), "verificationId"),
        ("/api/experience/profile/mfa", json!({"type": "Fax"}), "type"),
        ("/api/experience/profile/mfa/passkey", json!({}), "verificationId"),
        ("/api/experience/verification/totp/verify", json!({"code": 123_456}), "code"),
        ("/api/experience/verification/backup-code/verify", Value::Null, ""),
        (
            "/api/experience/verification/mfa-verification-code",
            json!({"identifierType": "fax"}),
            "identifierType",
        ),
        ("/api/experience/verification/one-time-token/verify", json!({"identifier": {}}), "identifier.type"),
    ] {
        let answer = browser.post(path, body).await.fails(400, "guard.invalid_input");
        let issue = &answer.body["data"]["issues"][0];
        assert_eq!(issue["path"], at, "{}", answer.body);
        assert!(issue["message"].is_string());
    }
}

#[tokio::test]
async fn what_is_not_json_is_answered_as_that() {
    let house = House::open().await;
    let browser = house.start("SignIn").await;
    let long = "[".repeat(60_000);
    for (content_type, body) in [
        ("application/json", "{"),
        ("application/json", "\u{0}"),
        ("application/json", &long),
        ("application/json", "{} {}"),
        ("application/x-www-form-urlencoded", "a=b"),
        ("text/plain", "{}"),
    ] {
        let request = browser
            .request(Method::POST, "/api/experience/identification")
            .header(header::CONTENT_TYPE, content_type)
            .body(body.to_owned());
        browser.take(request.send().await.unwrap()).await.fails(400, "guard.invalid_input");
    }
    // No body is an empty one.
    let answer = browser.call(Method::POST, "/api/experience/identification", None).await;
    assert_eq!(answer.fails(400, "guard.invalid_input").body["data"]["issues"][0]["path"], "verificationId");
}

#[tokio::test]
async fn without_an_interaction_the_body_is_not_looked_at() {
    let house = House::open().await;
    let browser = house.browser();
    for path in
        ["identification", "profile", "submit", "verification/password", "verification/verification-code"]
    {
        let path = format!("/api/experience/{path}");
        browser.post(&path, json!([7])).await.fails(404, "session.interaction_not_found");
        let guessing = house.browser();
        guessing.set_cookie("_interaction", "guessed");
        guessing.post(&path, json!([7])).await.fails(404, "session.interaction_not_found");
    }
    let guessing = house.browser();
    guessing.set_cookie("_interaction", "guessed");
    for path in ["verification/social/%ff/verify", "verification/social/none/authorization-uri"] {
        let path = format!("/api/experience/{path}");
        guessing.post(&path, json!({})).await.fails(404, "session.interaction_not_found");
    }
}

#[tokio::test]
async fn paths_and_queries_of_any_kind_are_no_failure() {
    let house = House::open().await;
    let operator = house.operator();
    for path in
        ["/api/users/%00", "/api/users/a%20b", "/api/users/x", &format!("/api/users/{}", "x".repeat(500))]
    {
        operator.get(path).await.fails(404, "entity.not_found");
    }
    operator.get("/api/users/%ff").await.fails(400, "guard.invalid_input");
    operator.get("/api/dev/outbox").await.fails(400, "guard.invalid_input");
    assert_eq!(operator.get("/api/dev/outbox?to=%ff&to=b").await.status.as_u16() / 100, 4);
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own() {
    let house = House::open().await;
    let (first, second) = (house.browser().get("/nowhere").await, house.browser().get("/openapi.json").await);
    let (first, second) = (&first.headers["x-request-id"], &second.headers["x-request-id"]);
    assert!(first != second && first.len() == 36);
}

#[tokio::test]
async fn a_failing_store_is_a_503_that_does_not_say_why() {
    let failing = Stores::new(failing::Users, failing::Verifications, failing::Host);
    let house = House::with(true, false, failing.clone()).await;
    let answer = house.operator().get("/api/users/u1").await.fails(503, "storage.unavailable");
    assert!(!answer.body.to_string().contains("disk"));
    house.operator().patch("/api/sign-in-exp", json!({})).await.fails(503, "storage.unavailable");
    let browser = house.browser();
    browser.set_cookie("__session", "some-id");
    browser.get("/me").await.fails(503, "storage.unavailable");
    browser.delete("/me/session").await.fails(503, "storage.unavailable");

    let mut stores = Stores::memory();
    stores.verifications = failing.verifications;
    let house = House::with(true, false, stores).await;
    let browser = house.browser();
    let started = browser.put("/api/experience", json!({"interactionEvent": "SignIn"})).await;
    started.fails(503, "storage.unavailable");
    browser.set_cookie("_interaction", "some-id");
    browser.get("/api/experience/interaction").await.fails(503, "storage.unavailable");
    browser.post("/api/experience/profile", json!([7])).await.fails(503, "storage.unavailable");

    let mut stores = Stores::memory();
    stores.users = failing.users;
    let house = House::with(true, false, stores).await;
    let browser = house.start("SignIn").await;
    let body = json!({"identifier": {"type": "username", "value": "jane"}, "password": "x"});
    browser.post("/api/experience/verification/password", body).await.fails(503, "storage.unavailable");
}

/// Stores that always fail.
mod failing {
    use std::io;
    use std::sync::Arc;

    use chrono::{DateTime, Utc};
    use vestibule::identifier::{UserId, UserKey};
    use vestibule::store::aio::{UserStore, VerificationStore};
    use vestibule::store::{CommitError, Entry, EntryChange, EntryKey, UserChange};
    use vestibule::user::User;
    use vestibule_sql_store::{HostStore, Session, SessionDigest, Settings};

    pub(super) struct Users;
    pub(super) struct Verifications;
    pub(super) struct Host;

    fn failure() -> io::Error {
        io::Error::other("the disk is full")
    }

    impl UserStore for Users {
        type Error = io::Error;

        async fn find(&self, _: &[UserKey]) -> io::Result<Vec<Arc<User>>> {
            Err(failure())
        }

        async fn commit(&self, _: &UserChange) -> Result<(), CommitError<io::Error>> {
            Err(CommitError::Store(failure()))
        }
    }

    impl HostStore for Host {
        type Error = io::Error;

        async fn open_session(&self, _: &Session, _: Option<&SessionDigest>) -> io::Result<()> {
            Err(failure())
        }

        async fn close_session(&self, _: &SessionDigest) -> io::Result<()> {
            Err(failure())
        }

        async fn sessions_beside(&self, _: &SessionDigest, _: DateTime<Utc>) -> io::Result<Vec<Session>> {
            Err(failure())
        }

        async fn purge_sessions(&self, _: DateTime<Utc>, _: usize) -> io::Result<usize> {
            Err(failure())
        }

        async fn interactions(&self, _: &UserId, _: Option<EntryKey>) -> io::Result<Vec<Arc<Entry>>> {
            Err(failure())
        }

        async fn user_ids(&self) -> io::Result<Vec<UserId>> {
            Err(failure())
        }

        async fn due_for_deletion(&self, _: DateTime<Utc>, _: usize) -> io::Result<Vec<UserId>> {
            Err(failure())
        }

        async fn settings(&self) -> io::Result<Option<Settings>> {
            Err(failure())
        }

        async fn put_settings(&self, _: &Settings) -> io::Result<bool> {
            Err(failure())
        }
    }

    impl VerificationStore for Verifications {
        type Error = io::Error;

        async fn load(&self, _: &[EntryKey]) -> io::Result<Vec<Arc<Entry>>> {
            Err(failure())
        }

        async fn commit(&self, _: &[EntryChange]) -> Result<(), CommitError<io::Error>> {
            Err(CommitError::Store(failure()))
        }

        async fn purge_expired(&self, _: DateTime<Utc>, _: usize) -> io::Result<usize> {
            Err(failure())
        }
    }
}
