//! A request's head must arrive in time: a client that sends nothing, or a byte now and then, is not waited for.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use vestibule_server::serve::Patience;
use vestibule_server::stores::Stores;

use crate::support::House;

const HEAD: Duration = Duration::from_millis(500);

/// Longer than any answer of the server's may take here.
const LONG: Duration = Duration::from_secs(5);

async fn connect() -> (House, TcpStream) {
    let patience = Patience { head: HEAD, ..Patience::default() };
    let house = House::with_patience(true, false, Stores::memory(), patience).await;
    let stream = TcpStream::connect(house.base.strip_prefix("http://").unwrap()).await.unwrap();
    (house, stream)
}

/// What the server sends until it hangs up, and how long that takes.
async fn until_closed(stream: &mut TcpStream) -> (String, Duration) {
    let (begun, mut answer) = (Instant::now(), String::new());
    timeout(LONG, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    (answer, begun.elapsed())
}

#[tokio::test]
async fn whoever_sends_nothing_is_hung_up_on() {
    let (_house, mut stream) = connect().await;
    let (answer, took) = until_closed(&mut stream).await;
    assert_eq!(answer, "");
    assert!(took >= HEAD / 2, "{took:?}");
}

#[tokio::test]
async fn half_a_head_is_answered_in_the_documented_form() {
    let (_house, mut stream) = connect().await;
    stream.write_all(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    let (answer, _) = until_closed(&mut stream).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["code"], "request.timeout");
    assert!(body["message"].is_string());
}

#[tokio::test]
async fn a_byte_now_and_then_gains_no_time() {
    let (_house, stream) = connect().await;
    let (mut reading, mut writing) = stream.into_split();
    let trickle = tokio::spawn(async move {
        for byte in b"GET / HTTP/1.1\r\nx: ".iter().chain([b'y'; 1000].iter()) {
            if writing.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(HEAD / 20).await;
        }
    });
    let begun = Instant::now();
    let mut bytes = Vec::new();
    // The bytes that come too late may reset the connection.
    let _ = timeout(LONG, reading.read_to_end(&mut bytes)).await.unwrap();
    assert!(begun.elapsed() < HEAD * 4, "{:?}", begun.elapsed());
    trickle.abort();
}

#[tokio::test]
async fn between_requests_the_same_time_holds() {
    let (_house, mut stream) = connect().await;
    for _ in 0..3 {
        stream.write_all(b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut answer = [0; 1024];
        let read = timeout(LONG, stream.read(&mut answer)).await.unwrap().unwrap();
        assert!(String::from_utf8_lossy(&answer[..read]).starts_with("HTTP/1.1 404 "));
        sleep(HEAD / 2).await;
    }
    // The answers are over: silence is no question.
    let (answer, _) = until_closed(&mut stream).await;
    assert_eq!(answer, "");
}

#[test]
fn ten_seconds_is_what_the_program_waits() {
    assert_eq!(Patience::default().head, Duration::from_secs(10));
    assert!(Patience::default().drain < Duration::from_secs(10));
}
