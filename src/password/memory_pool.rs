//! Memory that is used again: a bounded number of buffers, lent one at a time to whoever needs one.

use std::collections::TryReserveError;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use argon2::Block;
use zeroize::Zeroize;

/// Room for so many blocks, of 1 KiB each, is asked for at least, however few will be written.
///
/// A buffer is freed when a larger one takes its place. Beyond 32 MiB, glibc takes a buffer from the system and hands
/// it back when it is freed. A smaller one may lie in the heap, where it leaves a hole; small allocations go into the
/// hole, and then no buffer fits there any more. Room that is not written takes address space, and no memory.
const ROOM: usize = 33 * 1024;

/// As many buffers as there are slots, and never more. Each is allocated when it is first needed, kept when it is
/// given back, and wiped then.
pub(super) struct MemoryPool {
    slots: NonZeroUsize,
    kept_blocks: usize,
    state: Mutex<State>,
    given_back: Condvar,
    /// Held by whoever has more than the pool keeps.
    oversized: Mutex<()>,
}

/// Free and lent buffers together are never more than the slots.
#[derive(Default)]
struct State {
    free: Vec<Vec<Block>>,
    lent: usize,
}

impl MemoryPool {
    /// A pool that has no memory yet, and will keep buffers of so many blocks of 1 KiB.
    pub(super) fn new(slots: NonZeroUsize, kept_blocks: usize) -> Self {
        Self {
            slots,
            kept_blocks,
            state: Mutex::default(),
            given_back: Condvar::new(),
            oversized: Mutex::default(),
        }
    }

    /// Lends so many blocks, all of them zero. Waits until a slot is free.
    ///
    /// Who asks for more than the pool keeps gets a larger buffer in place of the slot's own, for this one time; one after the
    /// other, so that all memory together has a bound, however many slots there are.
    ///
    /// # Errors
    /// If the allocator has not got that much.
    pub(super) fn lend(&self, blocks: usize) -> Result<Lent<'_>, TryReserveError> {
        let buffer = self.take();
        let is_oversized = blocks > self.kept_blocks;
        let turn = is_oversized.then(|| self.oversized.lock().unwrap_or_else(PoisonError::into_inner));
        let mut lent = Lent { pool: self, buffer, used: blocks, _turn: turn };
        lent.make_room()?;
        Ok(lent)
    }

    fn take(&self) -> Vec<Block> {
        let all_lent = |state: &mut State| state.lent >= self.slots.get();
        let waited = self.given_back.wait_while(self.state(), all_lent);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.lent += 1;
        state.free.pop().unwrap_or_default()
    }

    fn give_back(&self, buffer: Vec<Block>) {
        let mut state = self.state();
        state.lent -= 1;
        if !buffer.is_empty() {
            state.free.push(buffer);
        }
        drop(state);
        self.given_back.notify_one();
    }

    /// A panic elsewhere leaves the counts right: nothing between two of their changes can panic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Never shows what is in the memory.
impl fmt::Debug for MemoryPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryPool")
            .field("slots", &self.slots)
            .field("kept_blocks", &self.kept_blocks)
            .finish_non_exhaustive()
    }
}

/// Blocks on loan. They go back to the pool when this is dropped, whatever happened in between.
pub(super) struct Lent<'a> {
    pool: &'a MemoryPool,
    buffer: Vec<Block>,
    used: usize,
    /// Of whoever has more than the pool keeps.
    _turn: Option<MutexGuard<'a, ()>>,
}

impl Lent<'_> {
    fn make_room(&mut self) -> Result<(), TryReserveError> {
        if self.buffer.len() >= self.used {
            return Ok(());
        }
        // Freed before the larger one is allocated: growing would need both at once.
        self.buffer = Vec::new();
        let blocks = self.used.max(self.pool.kept_blocks);
        self.buffer.try_reserve_exact(blocks.max(ROOM))?;
        self.buffer.resize(blocks, Block::new());
        Ok(())
    }
}

impl AsMut<[Block]> for Lent<'_> {
    fn as_mut(&mut self) -> &mut [Block] {
        self.buffer.get_mut(..self.used).unwrap_or_default()
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        // This takes about a twentieth of the time of a hash with the default parameters.
        self.as_mut().iter_mut().zeroize();
        let mut buffer = std::mem::take(&mut self.buffer);
        if buffer.len() > self.pool.kept_blocks {
            buffer = Vec::new();
        }
        self.pool.give_back(buffer);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    fn pool(slots: usize, kept_blocks: usize) -> MemoryPool {
        MemoryPool::new(NonZeroUsize::new(slots).unwrap(), kept_blocks)
    }

    /// The sizes of the free buffers, in blocks; and how many are lent.
    fn counted(pool: &MemoryPool) -> (Vec<usize>, usize) {
        let state = pool.state();
        (state.free.iter().map(Vec::len).collect(), state.lent)
    }

    fn word_sum(blocks: &[Block]) -> u64 {
        blocks.iter().flat_map(AsRef::<[u64]>::as_ref).sum()
    }

    #[test]
    fn memory_is_allocated_when_it_is_needed_and_kept() {
        let pool = pool(3, 8);
        assert_eq!(counted(&pool), (vec![], 0));
        for _ in 0..5 {
            assert_eq!(pool.lend(8).unwrap().as_mut().len(), 8);
            assert_eq!(counted(&pool), (vec![8], 0));
        }
        let (first, second) = (pool.lend(8).unwrap(), pool.lend(8).unwrap());
        assert_eq!(counted(&pool), (vec![], 2));
        drop((first, second));
        assert_eq!(counted(&pool), (vec![8, 8], 0));
    }

    #[test]
    fn there_are_never_more_buffers_than_slots() {
        let (pool, in_use, most) = (pool(2, 8), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for number in 0..8 {
                let (pool, in_use, most) = (&pool, &in_use, &most);
                scope.spawn(move || {
                    for turn in 0..50 {
                        let lent = pool.lend(1 + (number + turn) % 12).unwrap();
                        most.fetch_max(in_use.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        let (free, lent_now) = counted(pool);
                        assert!(free.len() + lent_now <= 2);
                        thread::yield_now();
                        in_use.fetch_sub(1, Ordering::SeqCst);
                        drop(lent);
                    }
                });
            }
        });
        assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
        let (free, lent) = counted(&pool);
        assert!(free.len() <= 2 && free.iter().all(|blocks| *blocks == 8), "{free:?}");
        assert_eq!(lent, 0);
    }

    #[test]
    fn a_buffer_is_wiped_before_it_is_lent_again() {
        let pool = pool(1, 8);
        for blocks in [8, 3, 8] {
            let mut lent = pool.lend(blocks).unwrap();
            assert_eq!((lent.as_mut().len(), word_sum(lent.as_mut())), (blocks, 0));
            lent.as_mut().iter_mut().for_each(|block| block.as_mut().fill(7));
        }
        assert_eq!(word_sum(pool.lend(8).unwrap().as_mut()), 0);
    }

    #[test]
    fn a_larger_buffer_is_not_kept() {
        let pool = pool(1, 8);
        drop(pool.lend(8).unwrap());
        assert_eq!(pool.lend(40).unwrap().as_mut().len(), 40);
        assert_eq!(counted(&pool), (vec![], 0));
        assert_eq!(pool.lend(2).unwrap().as_mut().len(), 2);
        assert_eq!(counted(&pool), (vec![8], 0));
    }

    #[test]
    fn a_slot_comes_back_after_a_panic_and_after_a_refusal() {
        let pool = pool(1, 8);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _lent = pool.lend(8).unwrap();
            panic!("in between");
        }));
        assert!(panicked.is_err());
        assert_eq!(counted(&pool), (vec![8], 0));
        assert!(pool.lend(usize::MAX).is_err());
        assert_eq!(counted(&pool), (vec![], 0));
        assert_eq!(pool.lend(8).unwrap().as_mut().len(), 8);
    }

    #[test]
    fn what_is_in_the_memory_is_never_shown() {
        assert_eq!(format!("{:?}", pool(2, 8)), "MemoryPool { slots: 2, kept_blocks: 8, .. }");
    }
}
