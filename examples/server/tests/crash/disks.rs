//! A disk that is full under load, a file that may not grow, and one that may not be written: each is said, who reads is served,
//! and nothing is lost.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::browser::{Browser, EXPERIENCE};
use crate::fleet::Fleet;
use crate::load::{Load, Report};
use crate::places::{alone, number};
use crate::program::{PROGRAM, Program, TOKEN};
use crate::random;
use crate::rows::Rows;

/// How often the disk is full, in a test that anybody runs.
const FEW: usize = 2;

/// How long it may take until somebody is told that the disk is full, and that it is not.
const SOON: Duration = Duration::from_secs(20);

fn does(program: &str, arguments: &[&str]) -> bool {
    let done = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}

/// While there is no room, writes are 503 and reads are 200; once there is again, writes go through.
async fn without_room(load: &Arc<Load>, take: impl AsyncFn(), give_back: impl AsyncFn()) {
    let mut operator = Browser::operator(load);
    let joe = json!({"name": "Joe", "primaryEmail": format!("joe{}@example.com", random(usize::MAX))});
    let made = operator.post("/api/users", joe).await.expect(200);
    let path = format!("/api/users/{}", made.body["id"].as_str().unwrap());
    sleep(Duration::from_millis(200 + random(600) as u64)).await;

    let (told, begun) = (load.told.unavailable.load(Ordering::SeqCst), Instant::now());
    take().await;
    while load.told.unavailable.load(Ordering::SeqCst) < told + 10 {
        assert!(begun.elapsed() < SOON, "nobody saw that there is no room");
        sleep(Duration::from_millis(10)).await;
    }
    for _ in 0..5 {
        let read = operator.once(&Method::GET, &path, None).await;
        assert_eq!(read.expect("who reads was not served").expect(200).body["name"], "Joe");
    }
    let begun = Instant::now();
    give_back().await;
    // Without a new start.
    Browser::new(load).start("SignIn").await;
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

fn tell(report: &Report, name: &str) -> String {
    println!("{}\n{}", Report::head(), report.line(name));
    report.holds();
    let log = report.load.fleet.log();
    assert!(!log.contains("panicked"));
    log
}

/// A file system of 12 MiB, which is root's to make.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let made = ["-t", "tmpfs", "-o", "size=12m", "vestibule", directory.path().to_str().unwrap()];
        does("mount", &made).then_some(Self(directory))
    }

    fn ballast(&self) -> PathBuf {
        self.0.path().join("ballast")
    }

    /// Fills it to its end.
    fn fill(&self) {
        let done = std::fs::write(self.ballast(), vec![0; 12 << 20]);
        assert_eq!(done.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        does("umount", &["-l", self.0.path().to_str().unwrap()]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_loses_nothing() {
    let Some(disk) = SmallDisk::new() else {
        println!("there may be no small disk: who is not root tries a file that may not grow instead");
        return;
    };
    let _alone = alone().await;
    let directory = tempfile::tempdir().unwrap();
    let path = disk.0.path().join("vestibule.db");
    let fleet = Fleet::start(&format!("sqlite:{}", path.display()), 1, directory.path().join("log")).await;
    let trouble = async |load: Arc<Load>, _| {
        let empty = async || std::fs::remove_file(disk.ballast()).unwrap();
        without_room(&load, async || disk.fill(), empty).await;
    };
    let rounds = number("VESTIBULE_CRASH_FULL", FEW);
    let report = Load::new(fleet, Rows::Sqlite(path), true).run(4, rounds, trouble).await;
    let log = tell(&report, "SQLite, the disk is full");
    assert!(log.contains("database or disk is full (13)"), "{log}");
}

/// It needs no root. The log may not grow either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_not_grow_loses_nothing() {
    let _alone = alone().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vestibule.db");
    let fleet = Fleet::start(&format!("sqlite:{}", path.display()), 1, directory.path().join("log")).await;
    let trouble = async |load: Arc<Load>, _| {
        let process = load.fleet.process_id(0).await.to_string();
        let limit =
            |limit: &str| assert!(does("prlimit", &["--pid", &process, &format!("--fsize={limit}:")]));
        without_room(&load, async || limit("4096"), async || limit("unlimited")).await;
    };
    let rounds = number("VESTIBULE_CRASH_FULL", FEW);
    let report = Load::new(fleet, Rows::Sqlite(path), true).run(4, rounds, trouble).await;
    tell(&report, "SQLite, the file may not grow");
}

/// Root may write whatever it likes, so the program is somebody else's then.
fn command_of_nobody(path: &Path) -> Command {
    if std::fs::File::options().append(true).open(path).is_err() {
        return Command::new(PROGRAM);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--clear-groups", PROGRAM]);
    command
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_may_not_be_written_is_read() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let (path, log) = (directory.path().join("vestibule.db"), directory.path().join("log"));
    let store = format!("sqlite:{}", path.display());
    let options = ["--dev", "--store", &store];
    let open_log = || Stdio::from(std::fs::File::create(&log).unwrap());
    let http = reqwest::Client::new();
    let add = async |program: &Program, name: &str| {
        let url = format!("http://{}/api/users", program.address);
        let answer = http.post(url).bearer_auth(TOKEN).json(&json!({"username": name})).send().await.unwrap();
        let (status, body): (u16, serde_json::Value) =
            (answer.status().as_u16(), answer.json().await.unwrap());
        (status, body)
    };
    let find = async |program: &Program, id: &serde_json::Value| {
        let url = format!("http://{}/api/users/{}", program.address, id.as_str().unwrap());
        http.get(url).bearer_auth(TOKEN).send().await.unwrap().status().as_u16()
    };
    let allow = |mode: u32, in_directory: u32| {
        let files = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path());
        for file in files.filter(|file| *file != log) {
            std::fs::set_permissions(file, PermissionsExt::from_mode(mode)).unwrap();
        }
        std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(in_directory)).unwrap();
    };

    let program = Program::start_with(&options, open_log());
    let (status, jane) = add(&program, "jane").await;
    assert_eq!(status, 200);
    // Killed: the log that is written ahead is there, and must be read.
    drop(program);
    for in_directory in [0o777, 0o755] {
        allow(0o444, in_directory);
        let program = Program::start_by(command_of_nobody(&path), &options, open_log());
        assert_eq!(find(&program, &jane["id"]).await, 200);
        let (status, refused) = add(&program, "joe").await;
        assert_eq!((status, &refused["code"]), (503, &json!("storage.unavailable")));
        let url = format!("http://{}{EXPERIENCE}", program.address);
        let started = http.put(url).json(&json!({"interactionEvent": "SignIn"})).send().await.unwrap();
        assert_eq!(started.status().as_u16(), 503);
        let said = std::fs::read_to_string(&log).unwrap();
        assert!(said.contains("attempt to write a readonly database (8)"), "{said}");
    }
    allow(0o600, 0o700);
    let program = Program::start_with(&options, open_log());
    assert_eq!(find(&program, &jane["id"]).await, 200);
    assert_eq!(add(&program, "joe").await.0, 200);
}
