//! Mistakes that somebody could make in a rule, or that a reference made (D-8 to D-22), each planted in a copy of the crate: does the
//! explorer find them?
//!
//! `cargo test --test planted -- --ignored --nocapture` builds the crate once for each, and prints the shortest path that shows it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A mistake: in this file, this text becomes that.
struct Mistake {
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

/// What the explorer calls what it holds to.
const INVARIANTS: [&str; 3] = [
    "a_session_is_granted_only_to_whoever_proved_enough",
    "an_account_changes_only_for_whoever_proved_enough",
    "whoever_has_nothing_learns_nothing",
];

const MISTAKES: &[Mistake] = &[
    Mistake {
        name: "S-3, D-8: no factor is asked for at submit",
        file: "src/flow/rules/submission.rs",
        from: "pub(in crate::flow) const PROFILE: &[Check] = &[\n    check_verified_before,",
        to: "pub(in crate::flow) const PROFILE: &[Check] = &[\n    |_, _| { let _ = check_verified_before; Ok(()) },",
    },
    Mistake {
        name: "M-3, D-9: one mailbox is two factors",
        file: "src/flow/rules/mfa.rs",
        from: "    let channel = single_channel(interaction, experience, user);\n    asked_beside(",
        to: "    let channel: Option<Channel> = None;\n    asked_beside(",
    },
    Mistake {
        name: "M-5, D-18: a factor that is off guards nothing",
        file: "src/flow/rules/mfa.rs",
        from: "    if held.is_empty() || interaction.proofs().iter().any(proved) {",
        to: "    if true || interaction.proofs().iter().any(proved) {",
    },
    Mistake {
        name: "N-3, C-2: a code that was sent to recover shows who somebody is",
        file: "src/flow/rules/method.rs",
        from: "    if event == Some(InteractionEvent::ForgotPassword) { Err(Rejection::VerificationFailed) } else { Ok(()) }",
        to: "    if event == Some(InteractionEvent::Account) { Err(Rejection::VerificationFailed) } else { Ok(()) }",
    },
    Mistake {
        name: "N-3: a method that is off signs in",
        file: "src/flow/rules/method.rs",
        from: "            _ if !on => Err(Rejection::SignInMethodNotEnabled),",
        to: "            _ if !on && false => Err(Rejection::SignInMethodNotEnabled),",
    },
    Mistake {
        name: "V-8, D-14: what a provider has not verified links",
        file: "src/user/identity.rs",
        from: "        self.verified.then_some(&self.value)",
        to: "        Some(&self.value)",
    },
    Mistake {
        name: "C-2, C-10: a session alone closes the account",
        file: "src/flow/account/close.rs",
        from: "            check_step_up(step, user)?;\n",
        to: "            let _ = check_step_up;\n",
    },
    Mistake {
        name: "C-2: one channel is enough",
        file: "src/flow/rules/step_up.rs",
        from: "first.iter().any(|other| may_be_the_same || other != one)",
        to: "first.iter().any(|other| may_be_the_same || other != one || true)",
    },
    Mistake {
        name: "V-4: a recovery tells who exists",
        file: "src/flow/verify/send_code.rs",
        from: "        let template = self.template(",
        to: "        if withheld {\n            return Err(Rejection::CodeNotFound);\n        }\n        let template = self.template(",
    },
];

fn own(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn source(file: &str) -> String {
    fs::read_to_string(own(file)).unwrap()
}

/// Quickly told, with every test run: the list goes with the code.
#[test]
fn every_mistake_can_be_planted() {
    for mistake in MISTAKES {
        assert_eq!(source(mistake.file).matches(mistake.from).count(), 1, "{}", mistake.name);
        assert_ne!(mistake.from, mistake.to, "{}", mistake.name);
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_all(&path, &to);
        } else {
            fs::copy(path, to).unwrap();
        }
    }
}

/// A copy of the crate that is a workspace of its own.
fn copy() -> PathBuf {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted_rules");
    if copy.exists() {
        fs::remove_dir_all(&copy).unwrap();
    }
    for directory in ["src", "examples/explore", "tests/explore"] {
        copy_all(&own(directory), &copy.join(directory));
    }
    for file in ["Cargo.lock", "README.md"] {
        fs::copy(own(file), copy.join(file)).unwrap();
    }
    // What is not copied is not declared.
    let manifest =
        source("Cargo.toml").replace("members = [\"examples/server\", \"examples/sql-store\"]", "");
    let declared = |section: &&str| !section.starts_with("[example]]") && !section.starts_with("[bench]]");
    let sections: Vec<_> = manifest.split("\n[").filter(declared).collect();
    fs::write(copy.join("Cargo.toml"), sections.join("\n[")).unwrap();
    copy
}

/// What the explorer says of the copy.
fn explore(copy: &Path) -> (bool, String) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(copy).args(["test", "--release", "--quiet", "--offline", "--test", "explore"]);
    cargo.args(["--", "--skip", "whoever_has_all"]);
    cargo.env("CARGO_TARGET_DIR", copy.with_file_name("planted_rules_target"));
    cargo.env("VESTIBULE_EXPLORE_DEPTH", "5").env("RUST_BACKTRACE", "0");
    let output = cargo.output().unwrap();
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    (output.status.success(), said.concat())
}

#[test]
#[ignore = "it builds the crate once for each mistake"]
fn every_mistake_is_found_by_the_explorer() {
    let copy = copy();
    let (holds, said) = explore(&copy);
    assert!(holds, "without any mistake: {said}");
    let mut missed = Vec::new();
    println!("| mistake | found by | shortest path |\n|---|---|---|");
    for Mistake { name, file, from, to } in MISTAKES {
        fs::write(copy.join(file), source(file).replacen(from, to, 1)).unwrap();
        let (holds, said) = explore(&copy);
        fs::write(copy.join(file), source(file)).unwrap();
        let path = said.lines().find_map(|line| line.trim().strip_prefix("by: ")).unwrap_or_default();
        let found_by = INVARIANTS.iter().find(|invariant| !holds && said.contains(**invariant));
        println!("| {name} | {} | {path} |", found_by.unwrap_or(&"nothing"));
        if found_by.is_none() {
            missed.push((name, said));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
