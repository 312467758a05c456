//! Stores that await, and let go of the thread in the middle of a write.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use chrono::{DateTime, Utc};
use vestibule::identifier::UserKey;
use vestibule::store::memory::MemoryVerificationStore;
use vestibule::store::testkit::aio::Executor;
use vestibule::store::{CommitError, Entry, EntryChange, EntryKey, UserChange, VerificationStore as _, aio};
use vestibule::user::User;

/// The thread sleeps until it is woken.
pub struct Parking;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl Executor for Parking {
    fn block_on<F>(&self, future: F) -> F::Output
    where
        F: Future<Output: Send> + Send,
    {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    }
}

/// Lets others in between, once.
async fn turn() {
    let mut waited = false;
    poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// One at a time, also across an await.
#[derive(Default)]
struct Gate(AtomicBool);

struct Inside<'a>(&'a Gate);

impl Gate {
    async fn enter(&self) -> Inside<'_> {
        while self.0.swap(true, Ordering::SeqCst) {
            thread::yield_now();
            turn().await;
        }
        Inside(self)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::SeqCst);
    }
}

#[derive(Default)]
pub struct SlowUsers {
    in_parts: bool,
    gate: Gate,
    by_key: Mutex<BTreeMap<UserKey, Arc<User>>>,
}

impl SlowUsers {
    pub fn new(in_parts: bool) -> Self {
        Self { in_parts, ..Self::default() }
    }
}

impl aio::UserStore for SlowUsers {
    type Error = Infallible;

    async fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, Infallible> {
        let _inside = self.gate.enter().await;
        let by_key = self.by_key.lock().unwrap();
        let found = keys.iter().filter_map(|key| by_key.get(key));
        let by_id: BTreeMap<_, _> = found.map(|user| (&user.id, user)).collect();
        Ok(by_id.into_values().cloned().collect())
    }

    async fn commit(&self, change: &UserChange) -> Result<(), CommitError<Infallible>> {
        let _inside = self.gate.enter().await;
        {
            let by_key = self.by_key.lock().unwrap();
            if by_key.get(&change.id().key()).map(|user| user.revision) != change.expected() {
                return Err(CommitError::Stale);
            }
            let taken = |key: &&UserKey| by_key.get(*key).is_some_and(|user| user.id != *change.id());
            if let Some(key) = change.keys().iter().find(taken) {
                return Err(CommitError::Taken(key.clone()));
            }
        }
        turn().await;
        let remove = || self.by_key.lock().unwrap().retain(|_, user| user.id != *change.id());
        if self.in_parts {
            remove();
            turn().await;
        }
        remove();
        let keys =
            change.user().into_iter().flat_map(|user| change.keys().iter().map(move |key| (key, user)));
        self.by_key.lock().unwrap().extend(keys.map(|(key, user)| (key.clone(), Arc::clone(user))));
        Ok(())
    }
}

#[derive(Default)]
pub struct SlowVerifications {
    in_parts: bool,
    gate: Gate,
    inner: MemoryVerificationStore,
}

impl SlowVerifications {
    pub fn new(in_parts: bool) -> Self {
        Self { in_parts, ..Self::default() }
    }
}

impl aio::VerificationStore for SlowVerifications {
    type Error = Infallible;

    async fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, Infallible> {
        let _inside = self.gate.enter().await;
        self.inner.load(keys)
    }

    async fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<Infallible>> {
        let _inside = self.gate.enter().await;
        turn().await;
        if !self.in_parts {
            return self.inner.commit(changes);
        }
        for change in changes {
            let stored = self.inner.load(&[change.key()]).map_err(CommitError::Store)?;
            if stored.first().map(|entry| entry.revision).unwrap_or_default() != change.expected() {
                return Err(CommitError::Stale);
            }
        }
        for change in changes {
            self.inner.commit(std::slice::from_ref(change))?;
            turn().await;
        }
        Ok(())
    }

    async fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, Infallible> {
        let _inside = self.gate.enter().await;
        self.inner.purge_expired(now, limit)
    }
}
