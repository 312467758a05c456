//! Two requests at once on one interaction: neither loses the other's effect.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{House, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn two_requests_at_once_both_take_effect() {
    let house = House::open().await;
    for _ in 0..10 {
        let browser = house.start("Register").await;
        let profile = "/api/experience/profile";
        // Hashing a password takes long, staging a username does not: without turns the slow one wins.
        let (password, username, extra) = tokio::join!(
            browser.post(profile, json!({"type": "password", "value": PASSWORD})),
            browser.post(profile, json!({"type": "username", "value": "jane"})),
            browser.post(profile, json!({"type": "extraProfile", "values": {"nickname": "J"}})),
        );
        for answer in [password, username, extra] {
            answer.is(204);
        }
        let view = browser.get("/api/experience/interaction").await.is(200).body;
        assert_eq!(view["profile"]["username"], "jane");
        assert_eq!(view["profile"]["profile"]["nickname"], "J");
        let remaining = browser.get("/api/experience/remaining").await.is(200).body;
        assert_eq!(remaining[0], json!({"type": "createAccount"}), "the password is staged too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_submissions_at_once_one_is_answered() {
    let house = House::open().await;
    house.add_user(json!({"username": "jane", "password": PASSWORD})).await;
    let browser = house.start("SignIn").await;
    browser.identify_by_password("username", "jane", PASSWORD).await.is(204);
    let answers = join_all((0..8).map(|_| browser.submit())).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|&&status| status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|&&status| status == 404).count(), 7, "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_registrations_of_one_name_one_wins() {
    let house = House::open().await;
    let (first, second) = (house.start("Register").await, house.start("Register").await);
    for browser in [&first, &second] {
        let profile = "/api/experience/profile";
        browser.post(profile, json!({"type": "username", "value": "jane"})).await.is(204);
        browser.post(profile, json!({"type": "password", "value": PASSWORD})).await.is(204);
    }
    let identify = "/api/experience/identification";
    let (first, second) = tokio::join!(first.post(identify, json!({})), second.post(identify, json!({})));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_does_not_undo_what_was_begun() {
    let house = House::open().await;
    let browser = house.start("Register").await;
    let leaving = browser.clone();
    let staged = tokio::spawn(async move {
        leaving.post("/api/experience/profile", json!({"type": "password", "value": PASSWORD})).await
    });
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    staged.abort();
    // Whether or not the server had begun: the next step takes its turn after it, on a state that is whole.
    browser.post("/api/experience/profile", json!({"type": "username", "value": "jane"})).await.is(204);
    let view = browser.get("/api/experience/interaction").await.is(200).body;
    assert_eq!(view["profile"]["username"], "jane");
}
