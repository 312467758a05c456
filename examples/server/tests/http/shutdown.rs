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
        .args(["--store", "mysql://jane:hunter2@localhost/users"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("use `memory`"));
}

/// Every way to keep a connection open that there is.
#[test]
fn no_client_can_keep_the_program_from_stopping() {
    let mut program = Program::start(Stdio::null());
    let head = "PUT /api/experience HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let begins = [
        String::new(),
        "GET /".into(),
        "GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n".into(),
        format!("{head}content-length: 1000\r\n\r\n{{"),
        format!("{head}transfer-encoding: chunked\r\n\r\n1\r\n{{\r\n"),
        // It asks and does not read: the answers fill all buffers.
        "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200),
    ];
    let mut clients: Vec<_> = begins
        .iter()
        .map(|begin| {
            let mut client = TcpStream::connect(&program.address).unwrap();
            client.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
            let _ = client.write_all(begin.as_bytes());
            client
        })
        .collect();
    sleep(Duration::from_millis(300));

    program.terminate();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = program.child.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "it still runs");
        // The bodies trickle on.
        for client in &mut clients[3..5] {
            let _ = client.write_all(b"1\r\n \r\n");
        }
        sleep(Duration::from_millis(100));
    };
    assert!(status.success(), "{status}");
    assert!(begun.elapsed() > Duration::from_secs(5), "requests had no time to end");
}

#[test]
fn idle_connections_do_not_delay_the_stop() {
    let mut program = Program::start(Stdio::null());
    let _silent = TcpStream::connect(&program.address).unwrap();
    let mut answered = TcpStream::connect(&program.address).unwrap();
    answered.write_all(b"GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(answered.read(&mut [0; 1024]).unwrap() > 0);
    program.terminate();
    let begun = Instant::now();
    assert!(program.child.wait().unwrap().success());
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn dev_listens_on_loopback_only() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[::ffff:192.0.2.1]:0"] {
        let output = Command::new(env!("CARGO_BIN_EXE_vestibule-server"))
            .args(["--dev", "--listen", address])
            .output()
            .unwrap();
        assert!(!output.status.success(), "{address}");
        assert!(output.stdout.is_empty(), "it did not listen");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("--dev listens on loopback only"), "{said}");
    }
    for address in ["localhost:0", "127.1.2.3:0"] {
        let program = Program::start_with(&["--dev", "--listen", address], Stdio::null());
        assert!(TcpStream::connect(&program.address).is_ok());
    }
    let output =
        Command::new(env!("CARGO_BIN_EXE_vestibule-server")).args(["--listen", "x"]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("--listen: `x` is no address"));
}
