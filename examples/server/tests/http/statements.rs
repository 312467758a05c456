//! How many statements a request takes: counted on the way to PostgreSQL, where `VESTIBULE_TEST_POSTGRES` names one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPool};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use vestibule_server::stores::Stores;
use vestibule_sql_store::StoreOptions;

use crate::support::{Client, House, PASSWORD};

/// For how long a server believes what it has read of the settings.
const BELIEVED: Duration = Duration::from_secs(1);

const SCHEMA: &str = "vestibule_statements_test";

/// What stands between the server and the database, and counts the statements that pass.
struct Counter {
    port: u16,
    statements: Arc<AtomicUsize>,
    settings_looked_at: Mutex<Option<Instant>>,
}

impl Counter {
    async fn before(database: &PgConnectOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let statements: Arc<AtomicUsize> = Arc::default();
        let to = (database.get_host().to_owned(), database.get_port());
        let counted = Arc::clone(&statements);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&to).await.unwrap();
                let (mut from_client, mut to_client) = client.into_split();
                let (mut from_server, mut to_server) = server.into_split();
                tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    // A message is a letter, its length and what it says. Those before a session have no letter, and
                    // are short: they begin with the zero of their length.
                    loop {
                        let mut message = vec![from_client.read_u8().await?];
                        let letter = message[0];
                        message.resize(if letter == 0 { 4 } else { 5 }, 0);
                        from_client.read_exact(&mut message[1..]).await?;
                        let length = u32::from_be_bytes(*message.last_chunk().unwrap());
                        let head = message.len();
                        message.resize(head + usize::try_from(length).unwrap() - 4, 0);
                        from_client.read_exact(&mut message[head..]).await?;
                        // `Execute`, and a query of the simple kind.
                        if matches!(letter, b'E' | b'Q') {
                            counted.fetch_add(1, Ordering::Relaxed);
                        }
                        to_server.write_all(&message).await?;
                    }
                    #[allow(unreachable_code, reason = "it says what is answered when a connection ends")]
                    Ok::<(), std::io::Error>(())
                });
            }
        });
        Self { port, statements, settings_looked_at: Mutex::default() }
    }

    /// What a request takes, the settings aside: a server looks at them once a second, whatever it is asked.
    async fn of<T>(&self, house: &House, request: impl Future<Output = T>) -> (usize, T) {
        while self.settings_looked_at.lock().unwrap().is_none_or(|at| at.elapsed() > BELIEVED / 2) {
            self.statements.store(0, Ordering::Relaxed);
            house.operator().get("/api/sign-in-exp").await.is(200);
            if self.statements.load(Ordering::Relaxed) > 0 {
                *self.settings_looked_at.lock().unwrap() = Some(Instant::now());
            } else {
                tokio::time::sleep(BELIEVED / 20).await;
            }
        }
        self.statements.store(0, Ordering::Relaxed);
        let begun = Instant::now();
        let answer = request.await;
        let looked = usize::from(begun.elapsed() > BELIEVED / 2);
        (self.statements.load(Ordering::Relaxed) - looked, answer)
    }
}

#[tokio::test]
async fn no_request_takes_more_than_five_statements() {
    let Some(address) = std::env::var("VESTIBULE_TEST_POSTGRES").ok().filter(|address| !address.is_empty())
    else {
        return;
    };
    let pool = PgPool::connect(&address).await.unwrap();
    let anew = format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(anew)).execute(&pool).await.unwrap();
    let database: PgConnectOptions = address.parse().unwrap();
    let counter = Counter::before(&database).await;
    let mut by_way_of = database.host("127.0.0.1").port(counter.port).to_url_lossy();
    by_way_of.query_pairs_mut().append_pair("options[search_path]", SCHEMA);
    let options = StoreOptions::default().with_max_connections(1);
    let stores = Stores::postgres(by_way_of.as_str(), &options).await.unwrap();
    let house = House::with(true, false, stores).await;

    // What a connection asks of the database when it sees a statement for the first time is not counted.
    one_life(&house, &counter, "anna").await;
    let counted = one_life(&house, &counter, "jane").await;
    println!("statements of each request:");
    for (what, statements) in &counted {
        println!("{statements} {what}");
        assert!((1..=5).contains(statements), "{what}: {statements}");
    }
    // The count itself can fail: the engine reads and writes, so nothing here is less than two but a view.
    assert!(counted.iter().map(|(_, statements)| statements).sum::<usize>() > 2 * counted.len());
    pool.close().await;
}

/// Somebody registers, signs in and changes their name: what each request took.
async fn one_life(house: &House, counter: &Counter, name: &str) -> Vec<(&'static str, usize)> {
    let mut counted = Vec::new();
    let mut count =
        async |what: &'static str, browser: &Client, method: reqwest::Method, path: &str, body| {
            let (statements, answer) = counter.of(house, browser.call(method, path, body)).await;
            assert!(answer.status.is_success(), "{what}: {}", answer.body);
            counted.push((what, statements));
            answer
        };
    let (put, post, patch) = (reqwest::Method::PUT, reqwest::Method::POST, reqwest::Method::PATCH);
    let start = |event: &str| Some(json!({"interactionEvent": event}));
    let experience = |path: &str| format!("/api/experience{path}");

    let jane = house.browser();
    count("start", &jane, put.clone(), "/api/experience", start("Register")).await;
    let username = Some(json!({"type": "username", "value": name}));
    count("stage a username", &jane, post.clone(), &experience("/profile"), username).await;
    let password = Some(json!({"type": "password", "value": PASSWORD}));
    count("stage a password", &jane, post.clone(), &experience("/profile"), password).await;
    count("make the account", &jane, post.clone(), &experience("/identification"), Some(json!({}))).await;
    count("submit a registration", &jane, post.clone(), &experience("/submit"), None).await;

    count("start anew", &jane, put.clone(), "/api/experience", start("SignIn")).await;
    let body = json!({"identifier": {"type": "username", "value": name}, "password": PASSWORD});
    let password = experience("/verification/password");
    let proof = count("verify a password", &jane, post.clone(), &password, Some(body)).await.id();
    let body = Some(json!({"verificationId": proof}));
    count("identify", &jane, post.clone(), &experience("/identification"), body).await;
    let remaining = experience("/remaining");
    count("what remains", &jane, reqwest::Method::GET, &remaining, None).await;
    count("submit a sign-in", &jane, post.clone(), &experience("/submit"), None).await;
    count("view /me", &jane, reqwest::Method::GET, "/me", None).await;
    let changed = Some(json!({"first_name": "Jane", "username": format!("{name}_2")}));
    count("update /me", &jane, patch, "/me", changed).await;
    counted
}
