//! Many threads that start together.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Violation;

/// How many threads race.
pub(super) const THREADS: usize = 8;

/// How often each thread looks at what another does.
const LOOKS: usize = 32;

/// How often the other does it.
const TURNS: usize = 32;

/// What each of [`THREADS`] threads answers when all start at once; each is told its number.
pub(super) fn at_once<T: Send>(act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(THREADS);
    let start = |number| {
        barrier.wait();
        act(number)
    };
    std::thread::scope(|scope| {
        let start = &start;
        let threads: Vec<_> = (0..THREADS).map(|number| scope.spawn(move || start(number))).collect();
        // A store that panics does so in its own name.
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|answer| answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// One thread acts, in turns, while the others watch: as often as [`LOOKS`] at least, and for as many [`TURNS`] at least,
/// however fast one is and however slow the other.
pub(super) fn under_watch(
    act: impl Fn(&dyn Fn() -> bool) -> Result<(), Violation> + Sync,
    look: impl Fn() -> Result<(), Violation> + Sync,
) -> Result<(), Violation> {
    let (done, turns) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let answers = at_once(|number| {
        if number == 0 {
            // Nobody waits for turns that do not come.
            let _over = AtTheEnd(&turns, TURNS);
            return act(&|| {
                turns.fetch_add(1, Ordering::SeqCst) < TURNS || done.load(Ordering::SeqCst) < THREADS - 1
            });
        }
        let _done = AtTheEnd(&done, 1);
        let mut looks = 0;
        while looks < LOOKS || turns.load(Ordering::SeqCst) < TURNS {
            look()?;
            looks += 1;
        }
        Ok(())
    });
    answers.into_iter().collect()
}

/// Counts so much when a thread is done, however it ends.
struct AtTheEnd<'a>(&'a AtomicUsize, usize);

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(self.1, Ordering::SeqCst);
    }
}
