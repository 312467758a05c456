//! What was found, as a table.

use std::time::Duration;

use crate::client::Timed;
use crate::round::OPERATIONS;

/// What each of the operations took, in all rounds that count.
#[derive(Default)]
pub(crate) struct Figures([Timed; OPERATIONS.len()]);

impl Figures {
    pub(crate) fn print_head() {
        println!(
            "| store | accounts | request | requests/s | p50, ms | p99, ms | p50, of the fewest accounts' |"
        );
        println!("|---|---|---|---|---|---|---|");
    }

    pub(crate) fn add(&mut self, timed: [Timed; OPERATIONS.len()]) {
        for (all, more) in self.0.iter_mut().zip(timed) {
            all.whole += more.whole;
            all.each.extend(more.each);
        }
    }

    pub(crate) fn print(&self, store: &str, accounts: usize, fewest: Option<&Self>) {
        for (at, (operation, timed)) in OPERATIONS.iter().zip(&self.0).enumerate() {
            let (p50, p99) = (percentile(timed, 50), percentile(timed, 99));
            let requests = u32::try_from(timed.each.len()).unwrap();
            let ratio = fewest.map_or(1.0, |fewest| p50.div_duration_f64(percentile(&fewest.0[at], 50)));
            println!(
                "| {store} | {accounts} | {operation} | {:.0} | {:.2} | {:.2} | {ratio:.2} |",
                f64::from(requests) / timed.whole.as_secs_f64(),
                p50.as_secs_f64() * 1e3,
                p99.as_secs_f64() * 1e3,
            );
        }
    }
}

fn percentile(timed: &Timed, percent: usize) -> Duration {
    let mut each = timed.each.clone();
    each.sort_unstable();
    each[(each.len() - 1) * percent / 100]
}
