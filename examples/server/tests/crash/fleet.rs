//! The servers on one store: started, killed, and started again, each time on another port.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Mutex, watch};
use tokio::time::sleep;

use crate::program::{PROGRAM, Program, TOKEN};
use crate::random;

/// How many wrong tries lock an identifier, or a user's factor.
pub(crate) const MAX_ATTEMPTS: u32 = 5;

/// What the operator sets once, on the first server: whatever is started after finds it so.
fn settings() -> Value {
    let method = |identifier: &str, code: bool| json!({"identifier": identifier, "password": true, "verificationCode": code, "isPasswordPrimary": true});
    json!({
        "signUp": {"identifiers": [], "password": false, "verify": false},
        "signIn": {"methods": [method("username", false), method("email", true)]},
        "mfa": {"factors": ["Totp", "BackupCode"], "policy": "NoPrompt"},
        "sentinelPolicy": {"maxAttempts": MAX_ATTEMPTS, "lockoutDuration": 60},
    })
}

/// The program, in a shell that leaves it alive where a file may not grow any more: it is told so as of a full disk.
fn command() -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", PROGRAM]);
    shell
}

pub(crate) struct Fleet {
    options: Vec<String>,
    log: PathBuf,
    programs: Vec<Mutex<Option<Program>>>,
    /// Where each server listens, while it runs and is set.
    up: watch::Sender<Vec<Option<String>>>,
}

impl Fleet {
    /// So many servers on one store. Their log is kept, to be read at the end.
    pub(crate) async fn start(store: &str, servers: usize, log: PathBuf) -> Self {
        let fleet = Self {
            options: ["--dev", "--store", store].map(Into::into).into(),
            log,
            programs: (0..servers).map(|_| Mutex::default()).collect(),
            up: watch::Sender::new(vec![None; servers]),
        };
        for server in 0..servers {
            fleet.start_one_as(server, server == 0).await;
        }
        fleet
    }

    pub(crate) fn servers(&self) -> usize {
        self.programs.len()
    }

    pub(crate) async fn start_one(&self, server: usize) {
        self.start_one_as(server, false).await;
    }

    async fn start_one_as(&self, server: usize, is_first: bool) {
        let log: File = OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let options = self.options.clone();
        let started = tokio::task::spawn_blocking(move || {
            let options: Vec<&str> = options.iter().map(|option| &**option).collect();
            Program::start_by(command(), &options, Stdio::from(log))
        });
        let program = started.await.unwrap();
        let address = program.address.clone();
        *self.programs[server].lock().await = Some(program);
        let operator = reqwest::Client::new();
        let url = format!("http://{address}/api/sign-in-exp");
        loop {
            let asked = if is_first { operator.patch(&url).json(&settings()) } else { operator.get(&url) };
            let answer = asked.bearer_auth(TOKEN).send().await.unwrap();
            match answer.status().as_u16() {
                200 => {
                    let all: Value = answer.json().await.unwrap();
                    assert_eq!(all["mfa"], settings()["mfa"], "the settings were forgotten");
                    assert_eq!(all["sentinelPolicy"]["maxAttempts"], MAX_ATTEMPTS);
                    break;
                }
                // The database is away.
                503 => sleep(Duration::from_millis(50)).await,
                other => panic!("the settings were refused: {other}"),
            }
        }
        self.up.send_modify(|up| up[server] = Some(address));
    }

    /// Kills a server, whatever it is doing.
    pub(crate) async fn kill(&self, server: usize) {
        let mut program = self.programs[server].lock().await.take().unwrap();
        program.child.kill().unwrap();
        // From here on nobody is sent there. Who is there already has lost the answer.
        self.up.send_modify(|up| up[server] = None);
        tokio::task::spawn_blocking(move || program.child.wait().unwrap()).await.unwrap();
    }

    pub(crate) async fn process_id(&self, server: usize) -> u32 {
        self.programs[server].lock().await.as_ref().unwrap().child.id()
    }

    /// Any server that runs; if none does, the first that does again.
    pub(crate) async fn any(&self) -> String {
        let mut up = self.up.subscribe();
        let up = up.wait_for(|up| up.iter().any(Option::is_some)).await.unwrap();
        let up: Vec<&String> = up.iter().flatten().collect();
        up[random(up.len())].clone()
    }

    /// What the servers said.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}
