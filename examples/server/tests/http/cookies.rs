//! Cookies: unguessable, out of a script's reach, and worth nothing once over.

use reqwest::header::SET_COOKIE;
use serde_json::json;
use vestibule_server::stores::Stores;

use crate::support::{House, PASSWORD};

#[tokio::test]
async fn cookies_carry_an_id_and_nothing_else() {
    for secure in [false, true] {
        let house = House::with(true, secure, Stores::memory()).await;
        let answer = house.browser().put("/api/experience", json!({"interactionEvent": "SignIn"})).await;
        let cookie = answer.headers[SET_COOKIE].to_str().unwrap();
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        let (name, id) = pair.split_once('=').unwrap();
        assert_eq!((name, id.len()), ("_interaction", 64), "256 bits in hexadecimal");
        let expected =
            if secure { "HttpOnly; SameSite=Lax; Path=/; Secure" } else { "HttpOnly; SameSite=Lax; Path=/" };
        assert_eq!(attributes, expected);
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
