//! Pages of other sites change nothing, and no form of theirs is understood.

use std::process::Stdio;

use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::program::{Program, TOKEN};
use crate::support::{Answer, Client, House, PASSWORD};

/// Every kind of route there is, and one that is not.
const CHANGES: [(Method, &str); 7] = [
    (Method::PUT, "/api/experience"),
    (Method::POST, "/api/experience/submit"),
    (Method::PATCH, "/me"),
    (Method::POST, "/api/users"),
    (Method::PATCH, "/api/sign-in-exp"),
    (Method::DELETE, "/api/users/x"),
    (Method::POST, "/nowhere"),
];

async fn send(client: &Client, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = client.request(method, path).json(&json!({"interactionEvent": "SignIn"}));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.take(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_change_that_another_sites_page_asks_for_is_forbidden() {
    let house = House::open().await;
    let (browser, operator) = (house.browser(), house.operator());
    let port = house.base.rsplit_once(':').unwrap().1;
    let other_port = format!("http://127.0.0.1:1{port}");
    let other_scheme = house.base.replace("http:", "https:");
    let other_name = format!("http://localhost:{port}");
    let origins = ["https://evil.example", "null", "", "\u{e9}", &other_port, &other_scheme, &other_name];
    for (method, path) in CHANGES {
        for client in [&browser, &operator] {
            for origin in origins {
                let answer = send(client, method.clone(), path, &[("origin", origin)]).await;
                answer.fails(403, "auth.forbidden");
            }
            for site in ["cross-site", "same-site"] {
                let answer = send(client, method.clone(), path, &[("sec-fetch-site", site)]).await;
                answer.fails(403, "auth.forbidden");
                let headers = [("origin", &*house.base), ("sec-fetch-site", site)];
                send(client, method.clone(), path, &headers).await.fails(403, "auth.forbidden");
            }
        }
    }
    assert!(browser.cookie("_interaction").is_none());
    let settings = operator.get("/api/sign-in-exp").await.is(200).body;
    assert!(settings.is_object());
}

#[tokio::test]
async fn the_servers_own_page_and_what_is_no_browser_pass() {
    let house = House::open().await;
    for headers in [
        &[][..],
        &[("origin", &*house.base)],
        &[("origin", &*house.base), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
    ] {
        let browser = house.browser();
        send(&browser, Method::PUT, "/api/experience", headers).await.is(204);
        send(&browser, Method::PATCH, "/me", headers).await.is(401);
        send(&house.operator(), Method::DELETE, "/api/users/x", headers).await.fails(404, "entity.not_found");
    }
    // Whatever the page, looking changes nothing.
    let evil = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    for path in ["/me", "/openapi.json", "/api/experience/sso-connectors?email=j@sso.example"] {
        assert_ne!(send(&house.browser(), Method::GET, path, &evil).await.status, 403, "{path}");
    }
    send(&house.browser(), Method::OPTIONS, "/me", &evil).await.fails(405, "request.method_not_allowed");
}

#[tokio::test]
async fn behind_a_proxy_the_origin_is_the_one_that_the_program_was_told() {
    let program = Program::start_with(&["--origin", "https://login.example.com"], Stdio::null());
    let base = format!("http://{}", program.address);
    let browser = Client::new(&base, None);
    let event = "/api/experience";
    for origin in ["https://login.example.com", "https://login.example.com:443"] {
        send(&browser, Method::PUT, event, &[("origin", origin)]).await.is(204);
    }
    for origin in [&*base, "http://login.example.com", "https://example.com"] {
        send(&browser, Method::PUT, event, &[("origin", origin)]).await.fails(403, "auth.forbidden");
    }
}

#[tokio::test]
async fn a_form_is_understood_by_no_route() {
    let house = House::open().await;
    let (id, browser) = (
        house.add_user(json!({"username": "jane", "password": PASSWORD})).await,
        house.start("SignIn").await,
    );
    browser.identify_by_password("username", "jane", PASSWORD).await.is(204);
    browser.submit().await.is(200);
    let operator = Client::new(&house.base, Some(TOKEN));
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
    {
        for (client, method, path, body) in [
            (&browser, Method::PUT, "/api/experience", json!({"interactionEvent": "Register"})),
            (&operator, Method::POST, "/api/users", json!({"username": "joe"})),
            (
                &operator,
                Method::PATCH,
                &*format!("/api/users/{id}/is-suspended"),
                json!({"isSuspended": true}),
            ),
            (&operator, Method::PATCH, "/api/sign-in-exp", json!({"signInMode": "Register"})),
        ] {
            let request = client.request(method, path).body(body.to_string());
            let request = if content_type.is_empty() {
                request
            } else {
                request.header(header::CONTENT_TYPE, content_type)
            };
            let answer = client.take(request.send().await.unwrap()).await;
            answer.fails(400, "guard.invalid_input");
        }
        let request = browser.request(Method::PATCH, "/me").body(r#"{"first_name":"Eve"}"#);
        let request = if content_type.is_empty() {
            request
        } else {
            request.header(header::CONTENT_TYPE, content_type)
        };
        let answer = browser.take(request.send().await.unwrap()).await.is(400);
        assert_eq!(answer.body["errors"][0]["code"], "VALIDATION_ERROR");
    }
    let shown = browser.get("/me").await.is(200).body;
    assert_eq!(shown["data"]["first_name"], Value::Null);
}
