//! Futures that are dropped before they are done: a client that hangs up, a time that runs out.

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::super::Obligation::{DroppedIsWhole, Found};
use super::super::entries::{count, counter, load, put, put_all, remove, write};
use super::super::user_steps::{create, named, username};
use super::super::{Violation, ensure, works};
use super::{Blocking, Executor};
use crate::identifier::UsernameCase;
use crate::store::{UserChange, UserStore as _, aio};
use crate::user::User;

/// How often a future is polled, at most, before it is dropped.
const POLLS: usize = 16;

/// What a future comes to in so many polls; `None` if it is dropped before.
async fn in_polls<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        let Some(fewer) = left.checked_sub(1) else { return Poll::Ready(None) };
        left = fewer;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // Nobody need wake who is not to be polled again.
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// A rename, which gives up one key and claims another.
pub(super) fn check_users<S, E>(store: &Blocking<S, E>) -> Result<(), Violation>
where
    S: aio::UserStore<Error: Debug>,
    E: Executor,
{
    for polls in 0..POLLS {
        let (id, old, new) = (format!("u-{polls}"), format!("old_{polls}"), format!("new_{polls}"));
        let before = create(store, named(&id, &old)?)?;
        let after = UserChange::update(
            User { username: named(&id, &new)?.username, ..before.clone() },
            UsernameCase::Sensitive,
        );
        let done = store.executor.block_on(in_polls(store.store.commit(&after), polls));
        let is_done = done.map(works).transpose()?.is_some();
        // It holds one of the names, whichever.
        let holders = works(store.find(&[username(&old)?, username(&new)?]))?;
        let revisions: Vec<u64> = holders.iter().map(|user| user.revision.0).collect();
        let whole = revisions == [2] || (!is_done && revisions == [1]);
        ensure(whole, DroppedIsWhole, || {
            format!("after {polls} polls of a rename, both names find revisions {revisions:?}")
        })?;
    }
    Ok(())
}

/// A move, which removes one entry, makes another, and updates a third.
pub(super) fn check_entries<S, E>(store: &Blocking<S, E>) -> Result<(), Violation>
where
    S: aio::VerificationStore<Error: Debug>,
    E: Executor,
{
    for polls in 0..POLLS {
        let [old, tries, new] = ["old", "tries", "new"].map(|of| counter(&format!("{of}-{polls}")));
        let (old, tries, new) = (old?, tries?, new?);
        let keys = [old.key, tries.key, new.key];
        let mut before = write(store, &put_all(&[old, tries]), Found)?;
        before.last_mut().into_iter().for_each(count);
        let mut change: Vec<_> = before.iter().take(1).map(remove).collect();
        change.extend(before.iter().skip(1).chain([&new]).map(put));
        let done = store.executor.block_on(in_polls(store.store.commit(&change), polls));
        let is_done = done.map(works).transpose()?.is_some();
        let loaded = load(store, &keys)?;
        let revisions =
            keys.map(|key| loaded.iter().find(|entry| entry.key == key).map(|entry| entry.revision.0));
        let whole =
            revisions == [None, Some(2), Some(1)] || (!is_done && revisions == [Some(1), Some(1), None]);
        ensure(whole, DroppedIsWhole, || {
            format!("after {polls} polls of a move, its entries are at revisions {revisions:?}")
        })?;
    }
    Ok(())
}
