//! Planting a bug, and looking whether it is caught.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Bug, SUITES, Suite};

/// How often each bug must be caught, of as many times.
const RUNS: usize = 5;

/// No run takes that long, unless it hangs.
const LONGEST: Duration = Duration::from_mins(3);

/// What a test says that the suite failed, or its own assertion; any other end is none that was meant.
const CAUGHT: [&str; 2] =
    ["called `Result::unwrap()` on an `Err` value: ", "assertion `left == right` failed"];

fn source(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn planted(bug: &Bug) -> String {
    source(bug.file).replacen(bug.from, bug.to, 1)
}

/// Quickly told, with every test run: the lists go with the code.
#[test]
fn every_bug_can_be_planted() {
    for Suite { test, bugs } in &SUITES {
        let mut seen = BTreeSet::new();
        for bug in *bugs {
            let times = source(bug.file).matches(bug.from).count();
            assert_eq!(times, 1, "{test}: {:?} applies {times} times to {}", bug.name, bug.file);
            assert!(seen.insert(bug.name) && bug.from != bug.to, "{test}: {:?}", bug.name);
        }
    }
}

#[test]
#[ignore = "it builds the crate once for each bug"]
fn every_bug_is_caught() {
    let has_postgres = std::env::var("VESTIBULE_TEST_POSTGRES").is_ok_and(|address| !address.is_empty());
    let part = std::env::var("VESTIBULE_PLANTED").unwrap_or_default();
    let copy = Copy::new();
    let (mut tried, mut missed) = (0, Vec::new());
    println!("\n| test | bug | caught | by |\n|---|---|---|---|");
    for Suite { test, bugs } in &SUITES {
        let named = |bug: &&Bug| test.contains(&part) || bug.name.contains(&part);
        let bugs: Vec<&Bug> = bugs.iter().filter(named).collect();
        if test.contains("postgres") && !has_postgres {
            println!(
                "| {test} | {} bugs | not tried | `VESTIBULE_TEST_POSTGRES` names no database |",
                bugs.len()
            );
            continue;
        }
        if !bugs.is_empty() {
            let honest = copy.build().unwrap().run_at_once(test);
            let passes = |outcome: &Outcome| matches!(outcome, Outcome::Passed);
            assert!(honest.iter().all(passes), "{test} fails without any bug: {honest:?}");
        }
        for bug in bugs {
            fs::write(copy.0.join(bug.file), planted(bug)).unwrap();
            let stores = copy.build();
            let seen = match stores {
                Some(stores) => stores.run_at_once(test),
                None => vec![Outcome::Other("it does not build".into())],
            };
            fs::write(copy.0.join(bug.file), source(bug.file)).unwrap();
            let by: BTreeSet<String> = seen.iter().map(Outcome::to_string).collect();
            let caught = seen.iter().filter(|outcome| matches!(outcome, Outcome::Caught(_))).count();
            println!("| {test} | {} | {caught}/{RUNS} | {} |", bug.name, Vec::from_iter(by).join("; "));
            tried += 1;
            if caught < RUNS {
                missed.push((test, bug.name));
            }
        }
    }
    println!("\n{tried} bugs, {} missed", missed.len());
    assert!(missed.is_empty(), "{missed:?}");
}

/// A copy of the crate that is a workspace of its own, with the same target directory: what it depends on is built already.
struct Copy(PathBuf);

impl Copy {
    fn new() -> Self {
        let (own, copy) =
            (Path::new(env!("CARGO_MANIFEST_DIR")), Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted"));
        let library = own.join("../..");
        if copy.exists() {
            fs::remove_dir_all(&copy).unwrap();
        }
        for directory in ["src", "guide", "migrations", "tests/stores"] {
            copy_all(&own.join(directory), &copy.join(directory));
        }
        let manifest = source("Cargo.toml")
            .replace("path = \"../..\"", &format!("path = {:?}", library.display()))
            .replace("[lints]\nworkspace = true\n", "[workspace]\n");
        fs::write(copy.join("Cargo.toml"), manifest).unwrap();
        fs::copy(library.join("Cargo.lock"), copy.join("Cargo.lock")).unwrap();
        Self(copy)
    }

    /// The tests of what is in the copy; `None` if it does not build.
    fn build(&self) -> Option<Stores> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["test", "--offline", "--no-run", "--test", "stores", "--message-format", "json"]);
        cargo
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap());
        let output = cargo.stderr(Stdio::inherit()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        if !output.status.success() {
            return None;
        }
        let executable = said.rsplit_once("\"executable\":\"").unwrap().1;
        let executable = executable.split_once('"').unwrap().0.into();
        Some(Stores { executable, directory: self.0.clone() })
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            copy_all(&path, &to);
        } else {
            fs::copy(path, to).unwrap();
        }
    }
}

/// The crate's tests, built.
struct Stores {
    executable: PathBuf,
    directory: PathBuf,
}

impl Stores {
    /// [`RUNS`] of them, each in the others' way: a machine is seldom idle.
    fn run_at_once(&self, test: &str) -> Vec<Outcome> {
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..RUNS).map(|number| scope.spawn(move || self.run(test, number))).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        })
    }

    fn run(&self, test: &str, number: usize) -> Outcome {
        let path = self.directory.join(format!("output-{number}.txt"));
        let output = File::create(&path).unwrap();
        let mut run = Command::new(&self.executable);
        run.args([test, "--nocapture"]).stdout(output.try_clone().unwrap()).stderr(output);
        let (mut run, begun) = (run.spawn().unwrap(), Instant::now());
        let status = loop {
            match run.try_wait().unwrap() {
                Some(status) => break status,
                None if begun.elapsed() > LONGEST => {
                    run.kill().unwrap();
                    run.wait().unwrap();
                    return Outcome::Other("it hung".into());
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        let output = fs::read_to_string(&path).unwrap();
        match CAUGHT.iter().find_map(|caught| output.split_once(caught)) {
            Some((_, said)) => {
                let said = said.trim_start_matches([':', '\n', ' ']).lines().next();
                Outcome::Caught(said.unwrap_or_default().into())
            }
            None if status.success() && output.contains("test result: ok. 1 passed") => Outcome::Passed,
            None => Outcome::Other(output),
        }
    }
}

#[derive(Debug)]
enum Outcome {
    /// With this violation.
    Caught(String),
    Passed,
    /// None that was meant.
    Other(String),
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            // The obligation without what was seen, which may be another thing each time.
            Self::Caught(said) => said.split(", but ").next().unwrap_or(said),
            Self::Passed => "it passed",
            Self::Other(what) => what,
        })
    }
}
