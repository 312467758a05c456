//! Cookies: unguessable, out of a script's reach, and worth nothing once over.

use std::process::Stdio;

use reqwest::header::SET_COOKIE;
use serde_json::json;
use vestibule_server::stores::Stores;

use crate::program::Program;
use crate::support::{Client, House, PASSWORD};

#[tokio::test]
async fn cookies_carry_an_id_and_nothing_else() {
    for (secure, expected_name, expected) in [
        (false, "_interaction", "HttpOnly; SameSite=Lax; Path=/"),
        (true, "__Host-_interaction", "HttpOnly; SameSite=Lax; Path=/; Secure"),
    ] {
        let house = House::with(true, secure, Stores::memory()).await;
        let answer = house.browser().put("/api/experience", json!({"interactionEvent": "SignIn"})).await;
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        let (name, id) = pair.split_once('=').unwrap();
        assert_eq!((name, id.len()), (expected_name, 64), "256 bits in hexadecimal");
        assert_eq!(attributes, expected);
        let description = house.browser().get("/openapi.json").await.is(200).body;
        assert_eq!(description["components"]["securitySchemes"]["interaction"]["name"], expected_name);
    }
}

#[tokio::test]
async fn over_tls_the_insecure_name_is_nobodys() {
    let house = House::with(true, true, Stores::memory()).await;
    house.add_user(json!({"username": "jane", "password": PASSWORD})).await;
    let browser = house.start("SignIn").await;
    let id = browser.cookie("__Host-_interaction").unwrap();
    let planted = house.browser();
    planted.set_cookie("_interaction", &id);
    planted.get("/api/experience/interaction").await.fails(404, "session.interaction_not_found");
    // Beside the true one, it changes nothing.
    browser.set_cookie("_interaction", "planted");
    browser.identify_by_password("username", "jane", PASSWORD).await.is(204);
    let answer = browser.submit().await.is(200);
    let cookies: Vec<_> =
        answer.headers.get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    assert!(cookies.iter().any(|cookie| cookie.starts_with("__Host-_interaction=;")), "{cookies:?}");
    assert!(cookies.iter().any(|cookie| cookie.starts_with("__session=")), "{cookies:?}");
    assert!(cookies.iter().all(|cookie| cookie.contains("; Path=/; Secure")), "{cookies:?}");
    browser.get("/me").await.is(200);
}

#[tokio::test]
async fn cookies_are_for_tls_unless_the_program_is_told_otherwise() {
    for (options, begins) in [
        (&[][..], "__Host-_interaction="),
        (&["--insecure-cookies"], "_interaction="),
        (&["--dev"], "_interaction="),
    ] {
        let program = Program::start_with(options, Stdio::null());
        let browser = Client::new(&format!("http://{}", program.address), None);
        let answer = browser.put("/api/experience", json!({"interactionEvent": "SignIn"})).await.is(204);
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with(begins), "{options:?}: {cookie}");
        assert_eq!(cookie.contains("Secure"), begins.starts_with("__Host-"), "{cookie}");
    }
}

#[tokio::test]
async fn starting_again_leaves_the_old_interaction_behind() {
    let house = House::open().await;
    let browser = house.start("SignIn").await;
    let old = browser.cookie("_interaction").unwrap();
    browser.put("/api/experience", json!({"interactionEvent": "Register"})).await.is(204);
    assert_ne!(browser.cookie("_interaction").unwrap(), old);
    assert_eq!(browser.get("/api/experience/interaction").await.is(200).body["interactionEvent"], "Register");
    browser.set_cookie("_interaction", &old);
    browser.get("/api/experience/interaction").await.fails(404, "session.interaction_not_found");
}

#[tokio::test]
async fn a_guessed_id_is_nobodys() {
    let house = House::open().await;
    house.start("SignIn").await;
    let browser = house.browser();
    for guess in ["x", "", "\"x\"", &"A".repeat(43), &"A".repeat(5000)] {
        browser.set_cookie("_interaction", guess);
        browser.get("/api/experience/interaction").await.fails(404, "session.interaction_not_found");
    }
}

#[tokio::test]
async fn signing_in_gives_a_new_session_whatever_the_browser_had() {
    let house = House::open().await;
    house.add_user(json!({"username": "jane", "password": PASSWORD})).await;
    let browser = house.start("SignIn").await;
    browser.set_cookie("__session", "planted");
    browser.identify_by_password("username", "jane", PASSWORD).await.is(204);
    let answer = browser.submit().await.is(200);
    let cookies: Vec<_> =
        answer.headers.get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap()).collect();
    assert!(
        cookies.iter().any(|cookie| cookie.starts_with("_interaction=;") && cookie.contains("Max-Age=0"))
    );
    assert!(cookies.iter().any(|cookie| cookie.starts_with("__session=") && cookie.contains("HttpOnly")));
    assert_ne!(browser.cookie("__session").unwrap(), "planted");
}
