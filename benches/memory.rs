//! What hashing does to the memory of a server: with `Argon2id`, which keeps its memory, also where digests need more
//! than it keeps; and with memory allocated anew for each hash. `cargo bench --bench memory`
#![allow(clippy::unwrap_used, reason = "a bench that cannot be set up ends there")]
#![allow(clippy::print_stdout, reason = "a bench says what it found")]
#![allow(clippy::disallowed_methods, reason = "a bench brings the time")]

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Instant;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use vestibule::password::{Argon2id, PasswordHasher, PasswordMatch};
use vestibule::secret::PasswordDigest;

const THREADS: u32 = 8;
const KEPT: u32 = 2_000;
const OUTDATED: u32 = 300;
/// Fewer, for they may need a hundred times the memory.
const ANEW: u32 = 200;

fn main() {
    // Cargo says so; without it, this runs as a test.
    let full = std::env::args().any(|argument| argument == "--bench");
    let scaled = |turns| if full { turns } else { THREADS };

    println!(
        "{:<12}{:>8}{:>12}{:>12}{:>18}{:>12}",
        "memory", "turns", "VmRSS", "VmHWM", "faults a turn", "a turn"
    );
    let hasher = Argon2id::default();
    run("kept", scaled(KEPT), |password, salt| hasher.hash(password, salt).unwrap());

    // As after the costs were lowered, or accounts imported: each sign-in verifies, then hashes anew.
    let outdated = Argon2id::new(24 * 1024, 2, 1).unwrap().hash("outdated", &[7; 16]).unwrap();
    run("outdated", scaled(OUTDATED), |password, salt| {
        assert_eq!(hasher.verify("outdated", &outdated), PasswordMatch::Outdated);
        hasher.hash(password, salt).unwrap()
    });

    // Last, for each run starts with what those before have left.
    drop(hasher);
    run("anew", scaled(ANEW), hash_anew);
}

/// Takes turns on several threads, keeps the digests as a store would, and prints what that took. `a turn` is the time
/// for all of them divided by their number: of a hash, and of the verification before it if there is one.
fn run(name: &str, turns: u32, turn: impl Fn(&str, &[u8; 16]) -> PasswordDigest + Sync) {
    let (next, digests) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    let (begun, faults) = (Instant::now(), minor_faults());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= turns {
                        break;
                    }
                    let digest = turn(&format!("password {number}"), &u128::from(number).to_le_bytes());
                    digests.lock().unwrap().push(digest);
                }
            });
        }
    });
    let took = begun.elapsed();
    let faults = faults.zip(minor_faults()).map(|(before, after)| (after - before) / u64::from(turns));
    println!(
        "{name:<12}{turns:>8}{:>12}{:>12}{:>18}{:>9.1} ms",
        or_unknown(mebibytes("VmRSS:").map(|mebibytes| format!("{mebibytes} MiB"))),
        or_unknown(mebibytes("VmHWM:").map(|mebibytes| format!("{mebibytes} MiB"))),
        or_unknown(faults),
        took.as_secs_f64() * 1e3 / f64::from(turns),
    );
    assert_eq!(digests.into_inner().unwrap().len(), turns as usize);
}

/// As `Argon2id` would, with the memory that the `argon2` crate allocates for each hash.
fn hash_anew(password: &str, salt: &[u8; 16]) -> PasswordDigest {
    let params = Params::DEFAULT;
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into(password.as_bytes(), salt, &mut output)
        .unwrap();
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).unwrap(),
        salt: Some(Salt::new(salt).unwrap()),
        hash: Some(Output::new(&output).unwrap()),
    };
    PasswordDigest::new(hash.to_string())
}

/// A size from Linux's account of this process.
fn mebibytes(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? / 1024)
}

/// How often this process touched a page for the first time: field 10, counted after the name, which may hold anything.
fn minor_faults() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(7)?.parse().ok()
}

fn or_unknown(figure: Option<impl ToString>) -> String {
    figure.map_or_else(|| "unknown".to_owned(), |figure| figure.to_string())
}
