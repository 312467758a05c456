//! Servers beside each other on one database: each knows what the others were told.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule_server::stores::Stores;
use vestibule_sql_store::{HostStore as _, Settings};

use crate::support::{Client, House, PASSWORD};

/// Two servers on one file.
async fn two(directory: &tempfile::TempDir) -> [House; 2] {
    let options = vestibule_sql_store::StoreOptions::default();
    let open = async || {
        let stores = Stores::sqlite(&directory.path().join("vestibule.db"), &options).await.unwrap();
        House::with(true, false, stores).await
    };
    [open().await, open().await]
}

async fn sign_in(house: &House, name: &str) -> Client {
    let browser = house.start("SignIn").await;
    browser.identify_by_password("username", name, PASSWORD).await.is(204);
    browser.submit().await.is(200);
    browser
}

/// Another server has seen a change after a second.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(1100)).await;
}

#[tokio::test]
async fn a_person_goes_from_one_server_to_the_other() {
    let directory = tempfile::tempdir().unwrap();
    let [one, other] = two(&directory).await;
    let id = one.add_user(json!({"username": "jane", "password": PASSWORD})).await;
    let mut browser = one.start("SignIn").await;
    let body = json!({"identifier": {"type": "username", "value": "jane"}, "password": PASSWORD});
    let proof = browser.post("/api/experience/verification/password", body).await.is(200).id();
    browser.base.clone_from(&other.base);
    browser.post("/api/experience/identification", json!({"verificationId": proof})).await.is(204);
    browser.base.clone_from(&one.base);
    browser.submit().await.is(200);
    browser.base.clone_from(&other.base);
    assert_eq!(browser.get("/me").await.is(200).body["data"]["id"], id);
    let elsewhere = sign_in(&one, "jane").await;
    assert_eq!(browser.get("/me").await.is(200).body["session"]["signins"].as_array().unwrap().len(), 2);

    // Whoever is suspended here is out there too, also once they may come in again.
    let suspended = |is: bool| json!({"isSuspended": is});
    one.operator().patch(&format!("/api/users/{id}/is-suspended"), suspended(true)).await.is(200);
    browser.get("/me").await.is(401);
    one.operator().patch(&format!("/api/users/{id}/is-suspended"), suspended(false)).await.is(200);
    browser.get("/me").await.is(401);
    elsewhere.get("/me").await.is(401);
    sign_in(&other, "jane").await.get("/me").await.is(200);
}

#[tokio::test]
async fn a_change_of_the_settings_is_seen_by_both_and_none_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let [one, other] = two(&directory).await;
    let names = async |house: &House| {
        let fields = house.operator().get("/api/custom-profile-fields").await.is(200).body;
        fields.as_array().unwrap().iter().map(|field| field["name"].clone()).collect::<Vec<_>>()
    };
    assert!(names(&one).await.is_empty() && names(&other).await.is_empty());
    let add = async |house: &House, name: &str| {
        let field = json!({"name": name, "type": "Text", "required": false});
        house.operator().post("/api/custom-profile-fields", field).await.is(201);
    };
    // At once, again and again: each is a change of what the other made.
    for round in 0..5 {
        let (first, second) = (format!("a{round}"), format!("b{round}"));
        tokio::join!(add(&one, &first), add(&other, &second));
    }
    a_moment().await;
    assert_eq!(names(&one).await.len(), 10);
    assert_eq!(names(&one).await, names(&other).await);
}

#[tokio::test]
async fn usernames_become_one_on_every_server() {
    let directory = tempfile::tempdir().unwrap();
    let [one, other] = two(&directory).await;
    let id = one.add_user(json!({"username": "Jane", "password": PASSWORD})).await;
    sign_in(&other, "Jane").await;
    let case = |is: bool| json!({"usernamePolicy": {"caseSensitive": is}});
    one.operator().patch("/api/sign-in-exp", case(false)).await.is(200);
    a_moment().await;
    assert_eq!(sign_in(&other, "jANE").await.get("/me").await.is(200).body["data"]["id"], id);
    other.operator().patch("/api/sign-in-exp", case(true)).await.is(200);
    a_moment().await;
    let browser = one.start("SignIn").await;
    let body = json!({"identifier": {"type": "username", "value": "jane"}, "password": PASSWORD});
    let refused = browser.post("/api/experience/verification/password", body).await;
    refused.fails(422, "session.invalid_credentials");
    sign_in(&one, "Jane").await;
}

/// A server died while it wrote every user anew: the next one goes on with it, and nobody signs in before.
#[tokio::test]
async fn a_change_that_was_left_unfinished_is_finished() {
    let directory = tempfile::tempdir().unwrap();
    let [one, other] = two(&directory).await;
    let id = one.add_user(json!({"username": "Jane", "password": PASSWORD})).await;
    let before = one.operator().patch("/api/sign-in-exp", json!({})).await.is(200).body;
    let mut after = before.clone();
    after["usernamePolicy"]["caseSensitive"] = Value::Bool(false);
    let host = &one.server.stores.host;
    let said = async |until: chrono::DateTime<chrono::Utc>| {
        let document = json!({"settings": before, "change": {"to": after, "until": until}});
        let revision = host.settings().await.unwrap().unwrap().revision + 1;
        let row = Settings { revision, document: document.to_string().into_bytes() };
        assert!(host.put_settings(&row).await.unwrap());
    };
    let now = chrono::Utc::now();
    said(now + chrono::TimeDelta::seconds(3)).await;
    a_moment().await;
    let browser = sign_in(&other, "jANE").await;
    assert!(chrono::Utc::now() > now + chrono::TimeDelta::seconds(3), "it was waited for");
    assert_eq!(browser.get("/me").await.is(200).body["data"]["id"], id);
    assert_eq!(one.operator().get("/api/sign-in-exp").await.is(200).body, after);
}
