//! Servers under a load of full flows, killed again and again, or whose database is away, or whose disk is full: every answer that
//! was given is in the store, no account is half written, nothing is spent or submitted twice, no lock is lost, and a lost answer
//! never costs the owner.
//!
//! ```sh
//! export VESTIBULE_TEST_POSTGRES=postgres://postgres@127.0.0.1/postgres
//! VESTIBULE_CRASH_KILLS=50 VESTIBULE_CRASH_FULL=20 cargo test -p vestibule-server --test crash -- --nocapture
//! ```

// `cfg(test)` says to the lints what cargo knows: all of this is tests.
#[cfg(test)]
mod browser;
#[cfg(test)]
mod disks;
#[cfg(test)]
mod fleet;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod life;
#[cfg(test)]
mod load;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod places;
#[cfg(test)]
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../http/program.rs"]
mod program;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod spending;

/// A random number below another.
#[cfg(test)]
fn random(below: usize) -> usize {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    usize::from_le_bytes(bytes) % below
}
