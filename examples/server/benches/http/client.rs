//! Clients that cost little beside the server: a connection, a thread, and requests that were written beforehand.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// How many there are at once.
pub(crate) const CLIENTS: usize = 8;

/// What is asked, with its cookie, as it goes over the wire.
pub(crate) fn request(method: &str, path: &str, cookie: &str, body: &str) -> Vec<u8> {
    let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\n{kind}content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// What was answered.
pub(crate) struct Answer {
    text: String,
}

impl Answer {
    pub(crate) fn is(&self, status: u16) {
        assert!(self.text.starts_with(&format!("HTTP/1.1 {status} ")), "{}", self.text);
    }

    /// A cookie that it set, as it is sent back.
    pub(crate) fn cookie(&self, name: &str) -> String {
        let set = |line: &str| line.strip_prefix("set-cookie: ")?.split(';').next().map(str::to_owned);
        let begin = format!("{name}=");
        self.text.lines().filter_map(set).find(|pair| pair.starts_with(&begin)).unwrap()
    }
}

/// What a load took.
#[derive(Default)]
pub(crate) struct Timed {
    /// From the first request to the last answer.
    pub(crate) whole: Duration,
    /// Each answer.
    pub(crate) each: Vec<Duration>,
}

/// Sends the requests, each client as many, and takes the answers, in the order of the requests.
pub(crate) fn load(address: SocketAddr, requests: &[Vec<u8>]) -> (Timed, Vec<Answer>) {
    let shares: Vec<&[Vec<u8>]> = requests.chunks(requests.len().div_ceil(CLIENTS)).collect();
    let together = Barrier::new(shares.len());
    let ask = |share: &[Vec<u8>]| {
        let mut connection = Connection::open(address);
        together.wait();
        let begun = Instant::now();
        let answers: Vec<_> = share.iter().map(|request| connection.ask(request)).collect();
        (begun, Instant::now(), answers)
    };
    let done: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = shares.iter().map(|share| scope.spawn(|| ask(share))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let begun = done.iter().map(|(begun, ..)| *begun).min().unwrap();
    let ended = done.iter().map(|(_, ended, _)| *ended).max().unwrap();
    let (each, answers) = done.into_iter().flat_map(|(.., answers)| answers).unzip();
    (Timed { whole: ended - begun, each }, answers)
}

struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// A connection that has been answered once: making it is no part of what is timed.
    fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut connection = Self { stream, read: vec![0; 64 * 1024] };
        connection.ask(&request("GET", "/none", "", "")).1.is(404);
        connection
    }

    fn ask(&mut self, request: &[u8]) -> (Duration, Answer) {
        let begun = Instant::now();
        self.stream.write_all(request).unwrap();
        let mut length = 0;
        while !is_whole(&self.read[..length]) {
            let more = self.stream.read(&mut self.read[length..]).unwrap();
            assert!(more > 0, "the server hung up");
            length += more;
        }
        let took = begun.elapsed();
        (took, Answer { text: String::from_utf8(self.read[..length].to_vec()).unwrap() })
    }
}

/// Whether an answer's head is there, and as much of its body as the head says.
fn is_whole(read: &[u8]) -> bool {
    let Some(head) = read.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let text = std::str::from_utf8(&read[..head]).unwrap();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    read.len() == head + 4 + length.map_or(0, |length| length.parse().unwrap())
}
