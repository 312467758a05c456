//! Stores that last: a server that is killed forgets nobody, and one whose database is away says so.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use sqlx::postgres::PgPool;
use vestibule_server::stores::Stores;
use vestibule_sql_store::StoreOptions;

use crate::program::{Program, TOKEN};
use crate::support::{Client, House, PASSWORD};

/// Somebody registers; somebody else is half way when the server is killed, and goes on with the next one.
async fn survives_a_kill(store: &str) {
    let start = || Program::start_with(&["--dev", "--store", store], Stdio::null());
    let profile = "/api/experience/profile";
    let register = json!({"interactionEvent": "Register"});

    let mut program = start();
    let mut jane = Client::new(&format!("http://{}", program.address), None);
    jane.put("/api/experience", register.clone()).await.is(204);
    jane.post(profile, json!({"type": "username", "value": "jane"})).await.is(204);
    jane.post(profile, json!({"type": "password", "value": PASSWORD})).await.is(204);
    jane.post("/api/experience/identification", json!({})).await.is(201);
    let id = jane.submit().await.is(200).body["userId"].clone();
    let mut joe = Client::new(&jane.base, None);
    joe.put("/api/experience", register).await.is(204);
    joe.post(profile, json!({"type": "username", "value": "joe"})).await.is(204);
    let operator = Client::new(&jane.base, Some(TOKEN));
    let settings =
        operator.patch("/api/sign-in-exp", json!({"usernamePolicy": {"minLength": 2}})).await.is(200).body;
    let me = jane.get("/me").await.is(200).body;
    let leaving = Client::new(&jane.base, None);
    leaving.put("/api/experience", json!({"interactionEvent": "SignIn"})).await.is(204);
    leaving.identify_by_password("username", "jane", PASSWORD).await.is(204);
    leaving.submit().await.is(200);
    let mut out = leaving.clone();
    leaving.delete("/me/session").await.is(204);
    program.child.kill().unwrap();
    program.child.wait().unwrap();

    let program = start();
    for client in [&mut joe, &mut jane, &mut out] {
        client.base = format!("http://{}", program.address);
    }
    assert_eq!(
        jane.get("/me").await.is(200).body["session"]["active_signin"],
        me["session"]["active_signin"]
    );
    out.get("/me").await.is(401);
    let operator = Client::new(&jane.base, Some(TOKEN));
    assert_eq!(operator.get("/api/sign-in-exp").await.is(200).body, settings);
    joe.post(profile, json!({"type": "password", "value": PASSWORD})).await.is(204);
    joe.post("/api/experience/identification", json!({})).await.is(201);
    assert_ne!(joe.submit().await.is(200).body["userId"], id);
    jane.put("/api/experience", json!({"interactionEvent": "SignIn"})).await.is(204);
    jane.identify_by_password("username", "jane", PASSWORD).await.is(204);
    let attempts = jane.get("/me").await.is(200).body["session"]["signin_attempts"].clone();
    assert_eq!(attempts.as_array().unwrap().len(), 1);
    assert_eq!(jane.submit().await.is(200).body["userId"], id);
}

#[tokio::test]
async fn a_server_that_is_killed_forgets_nobody_in_its_file() {
    let directory = tempfile::tempdir().unwrap();
    survives_a_kill(&format!("sqlite:{}", directory.path().join("vestibule.db").display())).await;
}

/// With other keys than before, of which one opens what was sealed; and with none, which nobody reads.
#[tokio::test]
async fn what_is_kept_is_sealed_under_the_keys_of_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name).display().to_string();
    let (keys, store) = (file("keys"), format!("sqlite:{}", file("vestibule.db")));
    let key = |letter: &str| format!("{letter} {}=\n", letter.repeat(43));
    let start = || {
        let arguments = ["--dev", "--store", &store, "--sealing-keys", &keys];
        Program::start_with(&arguments, Stdio::null())
    };
    std::fs::write(&keys, key("A")).unwrap();
    let program = start();
    let operator = Client::new(&format!("http://{}", program.address), Some(TOKEN));
    let made = operator.post("/api/users", json!({"username": "jane", "name": "Jane Secret"})).await.is(200);
    let path = format!("/api/users/{}", made.body["id"].as_str().unwrap());
    drop(program);

    std::fs::write(&keys, key("Q") + &key("A")).unwrap();
    let program = start();
    let operator = Client::new(&format!("http://{}", program.address), Some(TOKEN));
    operator.get(&path).await.is(200);
    // It is sealed anew as soon as it starts.
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(program);

    std::fs::write(&keys, key("Q")).unwrap();
    let program = start();
    let operator = Client::new(&format!("http://{}", program.address), Some(TOKEN));
    assert_eq!(operator.get(&path).await.is(200).body["name"], "Jane Secret");
    drop(program);
    for name in ["vestibule.db", "vestibule.db-wal"] {
        let bytes = std::fs::read(file(name)).unwrap_or_default();
        assert!(!bytes.windows(11).any(|window| window == b"Jane Secret"), "{name}");
    }
    let program = Program::start_with(&["--dev", "--store", &store], Stdio::null());
    let operator = Client::new(&format!("http://{}", program.address), Some(TOKEN));
    operator.get(&path).await.fails(503, "storage.unavailable");
}

/// Where `VESTIBULE_TEST_POSTGRES` names a database: in a schema of its own.
#[tokio::test]
async fn a_server_that_is_killed_forgets_nobody_in_postgresql() {
    let Some(address) = std::env::var("VESTIBULE_TEST_POSTGRES").ok().filter(|address| !address.is_empty())
    else {
        return;
    };
    let pool = PgPool::connect(&address).await.unwrap();
    sqlx::raw_sql("DROP SCHEMA IF EXISTS vestibule_server_test CASCADE; CREATE SCHEMA vestibule_server_test")
        .execute(&pool)
        .await
        .unwrap();
    let separator = if address.contains('?') { '&' } else { '?' };
    survives_a_kill(&format!("{address}{separator}options[search_path]=vestibule_server_test")).await;
    sqlx::raw_sql("DROP SCHEMA vestibule_server_test CASCADE").execute(&pool).await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_away_is_a_503() {
    let port = {
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        closed.local_addr().unwrap().port()
    };
    let impatient = StoreOptions::default().with_acquire_timeout(Duration::from_millis(100));
    let stores = Stores::postgres(&format!("postgres://u:hunter2@127.0.0.1:{port}/d"), &impatient).await;
    let house = House::with(true, false, stores.unwrap()).await;
    let browser = house.browser();
    let started = browser.put("/api/experience", json!({"interactionEvent": "SignIn"})).await;
    started.fails(503, "storage.unavailable");
    house.operator().get("/api/users/u1").await.fails(503, "storage.unavailable");
    browser.get("/openapi.json").await.is(200);
}

#[test]
fn a_store_that_cannot_be_used_is_told_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("no/such/file.db");
    let options = ["--listen", "127.0.0.1:0", "--store", &format!("sqlite:{}", path.display())];
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_vestibule-server")).args(options).output();
    let output = output.unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("--store: the database failed: "), "{said}");
    assert!(said.contains("No such file"), "{said}");
}
