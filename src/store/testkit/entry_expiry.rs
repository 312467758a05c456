//! What a store of entries owes to time: nothing is forgotten before it is purged.

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};

use super::Obligation::{
    Found, PurgeCounts, PurgesAtMost, PurgesByTheLastWrite, PurgesTheExpired, ThereUntilPurged,
};
use super::entries::{are_gone, are_stored, counter, keys, load, new_entries, put, put_all, write};
use super::samples::at;
use super::{Violation, ensure, works};
use crate::store::{Entry, VerificationStore};

pub(super) fn check<S: VerificationStore<Error: Debug>>(store: &impl Fn() -> S) -> Result<(), Violation> {
    keeps_the_expired(&store())?;
    purges_the_expired(&store())?;
    purges_at_most(&store())?;
    purges_by_the_last_write(&store())
}

/// The time at which purging is done. It is past, so that a clock that a store should not ask calls all of it old.
fn now() -> DateTime<Utc> {
    at(1000)
}

fn tick() -> TimeDelta {
    TimeDelta::microseconds(1)
}

fn until(entry: Entry, expires_at: DateTime<Utc>) -> Entry {
    Entry { expires_at, ..entry }
}

/// That an entry is old is for a rule to say.
fn keeps_the_expired<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let old = [("one", DateTime::UNIX_EPOCH), ("other", now())];
    let mut entries = Vec::new();
    for (of, expires_at) in old {
        entries.push(until(counter(of)?, expires_at));
    }
    let written = write(store, &put_all(&entries), ThereUntilPurged)?;
    are_stored(store, &written, ThereUntilPurged)?;
    let again = write(store, &put_all(&written), ThereUntilPurged)?;
    are_stored(store, &again, ThereUntilPurged)
}

fn purges_the_expired<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let dead: Vec<Entry> = new_entries()?.into_iter().map(|entry| until(entry, now() - tick())).collect();
    let live = [until(counter("now")?, now()), until(counter("then")?, now() + tick()), counter("later")?];
    let expired = write(store, &put_all(&dead), Found)?;
    let live = write(store, &put_all(&live), Found)?;
    let none = works(store.purge_expired(now() - tick(), usize::MAX))?;
    are_stored(store, &expired, PurgesTheExpired)?;
    are_stored(store, &live, PurgesTheExpired)?;
    ensure(none == 0, PurgeCounts, || format!("{none} were said to be removed before anything expired"))?;
    let removed = works(store.purge_expired(now(), usize::MAX))?;
    are_stored(store, &live, PurgesTheExpired)?;
    are_gone(store, &keys(&expired), PurgesTheExpired)?;
    let count = expired.len();
    ensure(removed == count, PurgeCounts, || format!("{removed} were said to be removed, of {count}"))?;
    // What was purged is as if it had never been.
    let anew = write(store, &put_all(&dead), PurgesTheExpired)?;
    are_stored(store, &anew, PurgesTheExpired)
}

fn purges_at_most<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let mut entries = Vec::new();
    for number in 0..5 {
        let expires_at = now() - TimeDelta::seconds(number + 1);
        entries.push(until(counter(&format!("c-{number}"))?, expires_at));
    }
    write(store, &put_all(&entries), Found)?;
    let mut left = entries.len();
    for (limit, expected) in [(0, 0), (2, 2), (2, 2), (2, 1), (2, 0)] {
        let said = works(store.purge_expired(now(), limit))?;
        let before = std::mem::replace(&mut left, load(store, &keys(&entries))?.len());
        let removed = before.saturating_sub(left);
        ensure(removed == expected, PurgesAtMost, || {
            format!("of {before} that expired, with a limit of {limit}, {removed} were removed")
        })?;
        ensure(said == removed, PurgeCounts, || format!("{said} were said to be removed, of {removed}"))?;
    }
    Ok(())
}

/// A write that gives more time, and one that takes some.
fn purges_by_the_last_write<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let (soon, late) = (now() - tick(), now() + TimeDelta::days(1));
    let new = [until(counter("renewed")?, soon), until(counter("cut-short")?, late)];
    for _ in 0..2 {
        let first = write(store, &put_all(&new), PurgesByTheLastWrite)?;
        let [Some(renewed), Some(cut)] = [first.first(), first.get(1)] else { return Ok(()) };
        let changes = [put(&until(renewed.clone(), late)), put(&until(cut.clone(), soon))];
        let second = write(store, &changes, PurgesByTheLastWrite)?;
        let removed = works(store.purge_expired(now(), usize::MAX))?;
        let [Some(renewed), Some(cut)] = [second.first(), second.get(1)] else { return Ok(()) };
        are_stored(store, std::slice::from_ref(renewed), PurgesByTheLastWrite)?;
        are_gone(store, &[cut.key], PurgesByTheLastWrite)?;
        ensure(removed == 1, PurgeCounts, || format!("{removed} were said to be removed, of 1"))?;
        // Once more, with what is left of it out of the way.
        works(store.purge_expired(late + tick(), usize::MAX))?;
        are_gone(store, &keys(&second), PurgesByTheLastWrite)?;
    }
    Ok(())
}
