//! The stored form: what was written once is read for ever, or refused for its version.
//!
//! The files in `golden` are the form of one of each shape. A change of any of them is a change of what stores hold:
//! raise the version. Then `cargo test --test stored_form -- --ignored` writes them anew.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use vestibule::store::testkit::samples;
use vestibule::store::{Entry, Stored, StoredError};
use vestibule::user::User;

fn golden(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", &format!("{name}.json")].iter().collect()
}

fn users() -> [(&'static str, User); 2] {
    [("user", samples::user().unwrap()), ("user_bare", samples::bare_user().unwrap())]
}

fn bytes() -> Vec<(&'static str, Vec<u8>)> {
    let users = users().map(|(name, user)| (name, Stored::new(&user).to_bytes().unwrap()));
    let entries = samples::entries().unwrap();
    let entries = entries.iter().map(|(name, entry)| (*name, Stored::new(entry).to_bytes().unwrap()));
    users.into_iter().chain(entries).collect()
}

fn pretty(bytes: &[u8]) -> String {
    let value: Value = serde_json::from_slice(bytes).unwrap();
    format!("{}\n", serde_json::to_string_pretty(&value).unwrap())
}

#[test]
#[ignore = "writes the golden files"]
fn write_the_golden_files() {
    for (name, bytes) in bytes() {
        fs::create_dir_all(golden(name).parent().unwrap()).unwrap();
        fs::write(golden(name), pretty(&bytes)).unwrap();
    }
}

#[test]
fn the_form_is_what_it_was() {
    for (name, bytes) in bytes() {
        let golden = fs::read_to_string(golden(name)).expect(name);
        assert!(pretty(&bytes) == golden, "the form of {name} changed");
    }
    let named: BTreeSet<PathBuf> = bytes().iter().map(|(name, _)| golden(name)).collect();
    let files = fs::read_dir(golden("user").parent().unwrap()).unwrap();
    let files: BTreeSet<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(files, named, "each file is a sample's");
}

#[test]
fn what_was_written_once_is_read() {
    for (name, user) in users() {
        let bytes = fs::read(golden(name)).unwrap();
        assert_eq!(Stored::<User>::from_bytes(&bytes).unwrap(), user, "{name}");
    }
    for (name, entry) in samples::entries().unwrap() {
        let bytes = fs::read(golden(name)).unwrap();
        assert_eq!(Stored::<Entry>::from_bytes(&bytes).unwrap(), entry, "{name}");
    }
}

#[test]
fn every_sample_round_trips_byte_by_byte() {
    for (name, user) in users() {
        let bytes = Stored::new(&user).to_bytes().unwrap();
        let read = Stored::<User>::from_bytes(&bytes).unwrap();
        assert_eq!(read, user, "{name}");
        assert!(Stored::new(&read).to_bytes().unwrap() == bytes, "{name}");
    }
    for (name, entry) in samples::entries().unwrap() {
        let bytes = Stored::new(&entry).to_bytes().unwrap();
        let read = Stored::<Entry>::from_bytes(&bytes).unwrap();
        assert_eq!(read, entry, "{name}");
        assert!(Stored::new(&read).to_bytes().unwrap() == bytes, "{name}");
    }
}

fn read(name: &str, bytes: &[u8]) -> Result<(), StoredError> {
    if name.starts_with("user") {
        Stored::<User>::from_bytes(bytes).map(drop)
    } else {
        Stored::<Entry>::from_bytes(bytes).map(drop)
    }
}

fn is_malformed(name: &str, bytes: &[u8]) {
    match read(name, bytes) {
        Err(error @ StoredError::Malformed { .. }) => shows_nothing(name, &error),
        other => panic!("{name}: {other:?}"),
    }
}

/// An error tells a place and nothing of what stands there.
fn shows_nothing(name: &str, error: &StoredError) {
    let words = format!("{error} {error:?}");
    for secret in ["argon2", "012345", "GEZDGNBV", "Jane", "jane", "stamp", "org-", "Y3Jl", "example"] {
        assert!(!words.contains(secret), "{name}: {words}");
    }
}

#[test]
fn another_version_is_refused() {
    for (name, bytes) in bytes() {
        for version in [0, 2, u32::MAX] {
            let mut value: Value = serde_json::from_slice(&bytes).unwrap();
            value["version"] = version.into();
            let other = serde_json::to_vec(&value).unwrap();
            assert_eq!(read(name, &other), Err(StoredError::UnknownVersion(version)), "{name}");
            // What another version holds is not looked at.
            value["data"] = Value::from("of another shape");
            let other = serde_json::to_vec(&value).unwrap();
            assert_eq!(read(name, &other), Err(StoredError::UnknownVersion(version)), "{name}");
        }
    }
}

#[test]
fn what_is_cut_off_is_malformed() {
    for (name, bytes) in bytes() {
        for length in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
            is_malformed(name, &bytes[..length]);
        }
    }
}

#[test]
fn what_is_garbled_is_malformed() {
    for (name, bytes) in bytes() {
        is_malformed(name, b"");
        is_malformed(name, b"null");
        is_malformed(name, &[bytes.as_slice(), b"x"].concat());
        is_malformed(name, &[0xFF, 0xFE]);
        is_malformed(name, br#"{"version":1}"#);
        is_malformed(name, br#"{"version":-1,"data":{}}"#);
        is_malformed(name, br#"{"version":4294967296,"data":{}}"#);
        // A byte that is no text, wherever it stands.
        for at in (0..bytes.len()).step_by(97) {
            let mut garbled = bytes.clone();
            garbled[at] = 0xFF;
            is_malformed(name, &garbled);
        }
    }
}

/// One member after the other is missing, of another type, or one too many.
#[test]
fn what_has_another_shape_is_malformed() {
    for (name, bytes) in bytes() {
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        for member in value["data"].as_object().unwrap().keys() {
            let mut without = value.clone();
            without["data"].as_object_mut().unwrap().remove(member);
            is_malformed(name, &serde_json::to_vec(&without).unwrap());
            let mut other = value.clone();
            other["data"][member] = serde_json::json!([["Jane's 012345"]]);
            is_malformed(name, &serde_json::to_vec(&other).unwrap());
        }
        let mut more = value.clone();
        more["data"]["Jane's 012345"] = true.into();
        is_malformed(name, &serde_json::to_vec(&more).unwrap());
    }
}

#[test]
fn a_user_is_no_entry() {
    for (name, bytes) in bytes() {
        let other = if name.starts_with("user") { "entry" } else { "user" };
        is_malformed(other, &bytes);
    }
}

proptest::proptest! {
    /// A number that an operator keeps about somebody is read as it was written, to the last bit.
    #[test]
    fn every_number_of_custom_data_comes_back(number in proptest::num::f64::NORMAL) {
        let mut user = samples::bare_user().unwrap();
        user.custom_data.insert("score".into(), number.into());
        let read = Stored::<User>::from_bytes(&Stored::new(&user).to_bytes().unwrap()).unwrap();
        proptest::prop_assert_eq!(read, user);
    }
}
