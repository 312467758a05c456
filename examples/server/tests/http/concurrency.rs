//! Two requests at once on one interaction: neither loses the other's effect.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::factors::totp;
use crate::support::{House, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn two_requests_at_once_both_take_effect() {
    let house = House::open().await;
    for _ in 0..10 {
        let browser = house.start("Register").await;
        let profile = "/api/experience/profile";
        // Hashing a password takes long, staging a username does not: the slow one is decided again on what it finds.
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
        let by = json!([{"type": "stagedProfile"}]);
        assert_eq!(remaining["steps"][0]["data"]["by"], by, "the password is staged too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_staged_while_the_interaction_got_a_new_id_is_there_or_was_refused() {
    let house = House::open().await;
    for round in 0..10 {
        let browser = house.start("Register").await;
        let (old, profile) = (browser.clone(), "/api/experience/profile");
        let path = "/api/experience/verification/new-password-identity";
        let identifier = json!({"type": "username", "value": format!("jane{round}")});
        let staged = json!({"type": "extraProfile", "values": {"nickname": "J"}});
        let (proven, staged) = tokio::join!(
            browser.post(path, json!({"identifier": identifier, "password": PASSWORD})),
            old.post(profile, staged),
        );
        let view = browser.get("/api/experience/interaction").await.is(200).body;
        assert_eq!(view["verificationRecords"][0]["id"], proven.is(200).id());
        if staged.status.is_success() {
            assert_eq!(view["profile"]["profile"], json!({"nickname": "J"}));
        } else {
            staged.fails(404, "session.interaction_not_found");
            assert_eq!(view["profile"], json!({}));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_tries_of_one_code_at_once_one_is_granted() {
    let house = House::open().await;
    let id = house.add_user(json!({"username": "jane", "password": PASSWORD})).await;
    let factors = format!("/api/users/{id}/mfa-verifications");
    let codes = house.operator().post(&factors, json!({"type": "BackupCode"})).await.is(200).body;
    let browser = house.start("SignIn").await;
    browser.identify_by_password("username", "jane", PASSWORD).await.is(204);
    let (path, code) =
        ("/api/experience/verification/backup-code/verify", json!({"code": codes["codes"][0]}));
    let answers = join_all((0..8).map(|_| browser.post(path, code.clone()))).await;
    let granted = answers.iter().filter(|answer| answer.status.is_success()).count();
    assert_eq!(granted, 1);
    browser.get("/api/experience/interaction").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_proofs_at_once_the_slower_is_granted_on_a_second_try() {
    let house = House::open().await;
    for round in 0..10 {
        let name = format!("jane{round}");
        let id = house.add_user(json!({"username": name, "password": PASSWORD})).await;
        let factors = format!("/api/users/{id}/mfa-verifications");
        let give =
            async |factor: &str| house.operator().post(&factors, json!({"type": factor})).await.is(200).body;
        let (app, codes) = (give("Totp").await, give("BackupCode").await);
        let browser = house.start("SignIn").await;
        browser.identify_by_password("username", &name, PASSWORD).await.is(204);
        let proofs = [("totp", json!(totp(&app["secret"], 0))), ("backup-code", codes["codes"][0].clone())];
        let prove = async |(proof, code): &(&str, Value)| {
            let path = format!("/api/experience/verification/{proof}/verify");
            browser.post(&path, json!({"code": code})).await
        };
        let answers = tokio::join!(prove(&proofs[0]), prove(&proofs[1]));
        for (proof, answer) in proofs.iter().zip([answers.0, answers.1]) {
            if !answer.status.is_success() {
                answer.fails(404, "session.interaction_not_found");
                prove(proof).await.is(200);
            }
        }
        let view = browser.get("/api/experience/interaction").await.is(200).body;
        assert_eq!(view["verificationRecords"].as_array().unwrap().len(), 3, "{view}");
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
    // Whether or not the server had begun: the next step is decided on a state that is whole.
    browser.post("/api/experience/profile", json!({"type": "username", "value": "jane"})).await.is(204);
    let view = browser.get("/api/experience/interaction").await.is(200).body;
    assert_eq!(view["profile"]["username"], "jane");
}
