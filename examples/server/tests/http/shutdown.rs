//! Stopping the program: open requests are finished, then it exits with 0.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::program::Program;

const BODY: &str = r#"{"interactionEvent":"SignIn"}"#;

#[test]
fn a_request_that_is_open_is_finished() {
    let mut program = Program::start(Stdio::null());
    let address = program.address.clone();

    let mut open = TcpStream::connect(&address).unwrap();
    open.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (first, second) = BODY.split_at(10);
    write!(
        open,
        "PUT /api/experience HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{first}",
        BODY.len()
    )
    .unwrap();
    sleep(Duration::from_millis(300));

    program.terminate();
    // It stops listening while the request is open.
    let begun = Instant::now();
    while TcpStream::connect(&address).is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(10), "still listening");
        sleep(Duration::from_millis(20));
    }
    assert!(program.child.try_wait().unwrap().is_none(), "it waits for the request");

    open.write_all(second.as_bytes()).unwrap();
    let mut answer = String::new();
    open.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    assert!(answer.contains("set-cookie: _interaction="));
    assert!(program.child.wait().unwrap().success());
}

#[test]
fn a_store_that_is_not_there_is_refused_with_a_reason() {
    let output = Command::new(env!("CARGO_BIN_EXE_vestibule-server"))
        .args(["--store", "sqlite:users.db"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("use `memory`"));
}
