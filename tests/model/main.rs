//! The library against a model: the rule book written down a second time, from the book alone and by other hands, and
//! random steps in random worlds until the two differ.
//!
//! `VESTIBULE_MODEL_CASES` says how many worlds, `VESTIBULE_MODEL_STEPS` how many steps in each at most, and
//! `VESTIBULE_MODEL_SEED` which worlds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::too_many_lines,
    clippy::too_many_arguments,
    reason = "tests"
)]
#![allow(
    clippy::assigning_clones,
    clippy::struct_excessive_bools,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "a model is plain data, and one shape for all rules"
)]
#![allow(missing_docs, unreachable_pub, reason = "fields and methods of test data say it by their names")]

mod choose;
mod differential;
mod known;
mod library;
mod next;
mod play;
mod rules;
mod steps;
mod world;

use std::cell::Cell;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// A number from the environment, or else this one.
fn setting(name: &str, default: usize) -> usize {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test says how long")]
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn the_library_does_what_the_model_says() {
    let cases = u32::try_from(setting("VESTIBULE_MODEL_CASES", 1200)).unwrap();
    let most = setting("VESTIBULE_MODEL_STEPS", 50);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    // The same worlds each time, but where a long run is asked for.
    let seed = setting("VESTIBULE_MODEL_SEED", 1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(seed as u64).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let (played, compared, found) = (Cell::new(0_usize), Cell::new(0_usize), Cell::new(None));
    let strategy = (world::world(), steps::steps(most));
    let outcome = runner.run(&strategy, |(world, drawn)| {
        let steps = differential::play(&world, &drawn).map_err(|difference| {
            // What shrinks the case plays it again and again.
            if found.get().is_none() {
                println!("a difference after {} steps: looking for the shortest case", compared.get());
                found.set(Some((played.get(), compared.get())));
            }
            TestCaseError::fail(difference)
        })?;
        played.set(played.get() + 1);
        compared.set(compared.get() + steps);
        Ok(())
    });
    let (worlds, steps) = found.get().unwrap_or((played.get(), compared.get()));
    println!("{worlds} worlds, {steps} steps");
    if let Err(TestError::Fail(reason, _)) = outcome {
        panic!("they differ after {worlds} worlds and {steps} steps:\n{reason}");
    }
    outcome.unwrap();
}
