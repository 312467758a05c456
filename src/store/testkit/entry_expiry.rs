//! What a store of entries owes to time: nothing is forgotten before it is purged.

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};

use super::Obligation::{
    Found, KeysAreBytes, PurgeCounts, PurgesAtMost, PurgesByTheLastWrite, PurgesTheExpired, ThereUntilPurged,
};
use super::entries::{
    are_gone, are_stored, counter, is_stale, keys, load, new_entries, one_of_each_kind, put, put_all, write,
};
use super::samples::at;
use super::{Violation, ensure, works};
use crate::store::{Entry, VerificationStore};

pub(super) fn check<S: VerificationStore<Error: Debug>>(store: &impl Fn() -> S) -> Result<(), Violation> {
    keeps_the_expired(&store())?;
    purges_the_expired(&store())?;
    purges_long_ago(&store())?;
    keeps_what_expires_late(&store())?;
    purges_at_most(&store())?;
    purges_any_number(&store())?;
    purges_by_the_last_write(&store())?;
    purges_one_kind(&store())
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
    // Nor is it free for a new one.
    for entry in &entries {
        is_stale(store, &[put(entry)], "a new entry in the place of one that expired", ThereUntilPurged)?;
    }
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

/// Before 1970 as well: nothing is rounded to zero, nor loses its sign.
fn purges_long_ago<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let second = TimeDelta::seconds(1);
    let epoch = DateTime::UNIX_EPOCH;
    for (number, now) in
        [epoch - tick(), epoch - second + tick(), epoch - TimeDelta::days(36_525)].into_iter().enumerate()
    {
        let of = |name, expires_at| Ok(until(counter(&format!("{name}-{number}"))?, expires_at));
        let dead = [of("dead", now - tick())?, of("long-dead", now - second)?];
        let live = [of("live", now)?, of("then", epoch)?, of("later", at(0))?];
        let dead = write(store, &put_all(&dead), Found)?;
        let live = write(store, &put_all(&live), Found)?;
        let removed = works(store.purge_expired(now, usize::MAX))?;
        are_stored(store, &live, PurgesTheExpired)?;
        are_gone(store, &keys(&dead), PurgesTheExpired)?;
        ensure(removed == dead.len(), PurgeCounts, || {
            format!("{removed} were said to be removed, of {}", dead.len())
        })?;
        works(store.purge_expired(now + second, usize::MAX))?;
    }
    Ok(())
}

/// Where computers count to, and people, and this library: no time is so late that it is early.
fn keeps_what_expires_late<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let seconds = [i64::from(i32::MAX), i64::from(u32::MAX), i64::MAX / 1_000_000_000, 253_402_300_799];
    let mut late = Vec::new();
    for (number, seconds) in (0..).zip(seconds) {
        for after in [0, 1] {
            // The year 9999 is the last one that is kept everywhere.
            let expires_at = DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds + after.min(3 - number));
            late.push(until(counter(&format!("late-{number}-{after}"))?, expires_at));
        }
    }
    let late = write(store, &put_all(&late), Found)?;
    are_stored(store, &late, Found)?;
    let last = write(store, &[put(&until(counter("last")?, DateTime::<Utc>::MAX_UTC))], Found)?;
    for now in [DateTime::UNIX_EPOCH, now()] {
        let removed = works(store.purge_expired(now, usize::MAX))?;
        ensure(removed == 0, PurgesTheExpired, || {
            format!("{removed} were removed years before they expire")
        })?;
        are_stored(store, &late, PurgesTheExpired)?;
        // A backend may have no time as late as that.
        let left = load(store, &keys(&last))?.len();
        ensure(left == 1, PurgesTheExpired, || "what never expires was removed".into())?;
    }
    Ok(())
}

/// As many as there are, if nothing else is said.
fn purges_any_number<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let mut all = Vec::new();
    for batch in 0..6 {
        let entries =
            (0..50).map(|number| Ok(until(counter(&format!("c-{batch}-{number}"))?, now() - tick())));
        all.extend(write(store, &put_all(&entries.collect::<Result<Vec<_>, Violation>>()?), Found)?);
    }
    for (limit, expected) in [(all.len() - 1, all.len() - 1), (usize::MAX, 1), (usize::MAX, 0)] {
        let said = works(store.purge_expired(now(), limit))?;
        ensure(said == expected, PurgesAtMost, || {
            format!("{said} were said to be removed, of {expected} that expired and a limit of {limit}")
        })?;
    }
    are_gone(store, &keys(&all), PurgesTheExpired)
}

fn purges_at_most<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    // Those before and behind are no part of the limit.
    let first = write(store, &[put(&until(counter("first")?, now()))], Found)?;
    let mut entries = Vec::new();
    for number in 0..5 {
        let expires_at = now() - TimeDelta::seconds(number + 1);
        entries.push(until(counter(&format!("c-{number}"))?, expires_at));
    }
    write(store, &put_all(&entries), Found)?;
    let last = write(store, &[put(&until(counter("last")?, now() + tick()))], Found)?;
    let mut left = entries.len();
    for (limit, expected) in [(0, 0), (1, 1), (2, 2), (0, 0), (2, 2), (2, 0)] {
        let said = works(store.purge_expired(now(), limit))?;
        let before = std::mem::replace(&mut left, load(store, &keys(&entries))?.len());
        let removed = before.saturating_sub(left);
        ensure(removed == expected, PurgesAtMost, || {
            format!("of {before} that expired, with a limit of {limit}, {removed} were removed")
        })?;
        ensure(said == removed, PurgeCounts, || format!("{said} were said to be removed, of {removed}"))?;
        are_stored(store, &first, PurgesTheExpired)?;
        are_stored(store, &last, PurgesTheExpired)?;
    }
    Ok(())
}

/// What expired of one kind is nothing to another, whose digest is the same.
fn purges_one_kind<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    for expired in 0..3 {
        let all = one_of_each_kind(&format!("2{expired}").repeat(32))?.into_iter();
        let mut live: Vec<Entry> = all.map(|entry| until(entry, now())).collect();
        let dead = until(live.remove(expired), now() - tick());
        write(store, &[put(&dead)], Found)?;
        let live = write(store, &put_all(&live), Found)?;
        works(store.purge_expired(now(), usize::MAX))?;
        are_stored(store, &live, KeysAreBytes)?;
        are_gone(store, &[dead.key], PurgesTheExpired)?;
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
