//! What the server answers in a second, and how long that takes, over each store with few and with many accounts:
//! `cargo bench -p vestibule-server --bench http`, and `-- sqlite memory` for these stores alone.
//!
//! | from the environment | what |
//! |---|---|
//! | `VESTIBULE_TEST_POSTGRES` | the PostgreSQL to write to. Without it, that one is left out |
//! | `VESTIBULE_BENCH_ACCOUNTS` | how many accounts there are: `1000,1000000` without it |
//! | `VESTIBULE_BENCH_ROUND` | how many people come in a round: 1,000 without it |
//! | `VESTIBULE_BENCH_ROUNDS` | how many rounds count: 4 without it, and one before them that does not |
//!
//! Server and clients share the process and the machine. The load is bounded: each client has one connection, and asks when
//! it has its answer. Rounds over few and many accounts take turns, so that a machine that is slow for a while is slow for both.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench that fails ends there"
)]
#![allow(clippy::print_stdout, reason = "a bench says what it found")]

mod accounts;
mod client;
mod figures;
mod house;
mod place;
mod round;

use std::io;

use tokio::runtime::{Builder, Runtime};

use crate::figures::Figures;
use crate::house::House;
use crate::place::Place;

const STORES: [&str; 3] = ["memory", "sqlite", "postgres"];

struct Asked {
    accounts: Vec<usize>,
    people: usize,
    rounds: usize,
}

fn main() {
    // Cargo says so; without it, this runs as a test.
    let full = std::env::args().any(|argument| argument == "--bench");
    // What else there may be is for tests.
    let named: Vec<String> =
        std::env::args().filter(|argument| STORES.contains(&argument.as_str())).collect();
    let accounts = from_environment("ACCOUNTS", if full { "1000,1000000" } else { "20,30" });
    let asked = Asked {
        accounts: accounts.split(',').map(|number| number.trim().parse().unwrap()).collect(),
        people: from_environment("ROUND", if full { "1000" } else { "16" }).parse().unwrap(),
        rounds: from_environment("ROUNDS", if full { "4" } else { "1" }).parse().unwrap(),
    };
    // Lines are made as the server's program makes them, and go nowhere.
    tracing_subscriber::fmt().json().with_writer(io::sink).init();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    Figures::print_head();
    for store in STORES {
        if named.is_empty() || named.iter().any(|name| name == store) {
            measure(&runtime, store, &asked);
        }
    }
}

fn from_environment(name: &str, without: &str) -> String {
    std::env::var(format!("VESTIBULE_BENCH_{name}")).unwrap_or_else(|_| without.into())
}

fn measure(runtime: &Runtime, store: &str, asked: &Asked) {
    let mut houses = Vec::new();
    for &accounts in &asked.accounts {
        let Some(place) = runtime.block_on(Place::new(store, accounts)) else {
            println!("({store} is left out: VESTIBULE_TEST_POSTGRES names none)");
            return;
        };
        houses.push((runtime.block_on(House::open(place, accounts)), Figures::default()));
    }
    for number in 0..=asked.rounds {
        for (house, figures) in &mut houses {
            let timed = round::run(runtime, house, number * asked.people, asked.people);
            // The first fills caches and makes plans.
            if number > 0 {
                figures.add(timed);
            }
        }
    }
    let mut fewest = None;
    for (house, figures) in houses {
        figures.print(store, house.accounts, fewest.as_ref());
        fewest = fewest.or(Some(figures));
        runtime.block_on(house.place.remove());
    }
}
