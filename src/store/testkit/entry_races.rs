//! What a store of entries owes to many at once.

use std::fmt::Debug;
use std::sync::Arc;

use super::Obligation::{
    AllOrNothing, Found, NeverTaken, NoneIsLost, OneMoment, OneWins, SomeoneGetsThrough,
};
use super::at_once::{THREADS, at_once, under_watch};
use super::entries::{are_stored, count, counted, counter, keys, load, put, put_all, remove, write, written};
use super::samples::at;
use super::{Violation, ensure, works};
use crate::identifier::Revision;
use crate::store::{CommitError, Entry, EntryChange, EntryKey, VerificationStore};

/// How often a race is run.
const RACES: usize = 8;

/// How many keys of nothing are asked for between those of two entries.
const NOTHINGS: usize = 64;

/// How many increments each thread makes.
const INCREMENTS: usize = 8;

/// How often a thread tries one increment: each refusal must be another's success, so no more are needed, and half
/// as many again for a store that refuses out of caution.
const MAX_TRIES: usize = THREADS * INCREMENTS * 3 / 2;

pub(super) fn check<S: VerificationStore<Error: Debug> + Sync>(
    store: &impl Fn() -> S,
) -> Result<(), Violation> {
    one_spends_an_entry(&store())?;
    one_moves_an_entry(&store())?;
    counts_every_increment(&store())?;
    shows_batches_as_one(&store())?;
    shows_moves_as_one(&store())?;
    writes_batches_as_one(&store())?;
    purging_spares_the_renewed(&store())
}

/// Whether a write went through.
fn went_through<E: Debug>(answer: Result<(), CommitError<E>>) -> Result<bool, Violation> {
    match answer {
        Ok(()) => Ok(true),
        Err(CommitError::Stale) => Ok(false),
        Err(CommitError::Taken(key)) => Err(Violation::new(NeverTaken, format!("a write took {key:?}"))),
        Err(CommitError::Store(error)) => works(Err(error)),
    }
}

/// Checks that exactly one of these goes through, each tried by a thread of its own.
fn one_wins<S: VerificationStore<Error: Debug> + Sync>(
    store: &S,
    what: &str,
    changes: impl Fn(usize) -> Vec<EntryChange> + Sync,
) -> Result<(), Violation> {
    let mut won = 0;
    for accepted in at_once(|number| went_through(store.commit(&changes(number)))) {
        won += usize::from(accepted?);
    }
    ensure(won == 1, OneWins, || format!("{won} of {THREADS} {what} were accepted"))
}

/// The first write of an entry, its second, and its removal.
fn one_spends_an_entry<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    for race in 0..RACES {
        let mut entry = counter(&format!("race-{race}"))?;
        for what in ["writes of one new entry", "writes of one entry"] {
            one_wins(store, what, |_| vec![put(&entry)])?;
            entry.revision = entry.revision.next();
        }
        one_wins(store, "removals of one entry", |_| vec![remove(&entry)])?;
    }
    Ok(())
}

/// Each moves the entry to a key of its own.
fn one_moves_an_entry<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    for race in 0..RACES {
        let moved = write(store, &[put(&counter(&format!("old-{race}"))?)], Found)?;
        let targets = (0..THREADS)
            .map(|number| counter(&format!("new-{race}-{number}")))
            .collect::<Result<Vec<Entry>, Violation>>()?;
        let changes = |number: usize| {
            let target = targets.get(number).map(put);
            moved.iter().map(remove).chain(target).collect()
        };
        one_wins(store, "moves of one entry", changes)?;
        let exist = load(store, &keys(&targets))?.len() + load(store, &keys(&moved))?.len();
        ensure(exist == 1, OneWins, || format!("{exist} entries exist of which one was moved"))?;
    }
    Ok(())
}

fn counts_every_increment<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    // It does not exist yet: the first increment creates it, having counted once.
    let first = counter("jane")?;
    let read = || Ok(load(store, &[first.key])?.pop());
    let increment = || {
        for _ in 0..MAX_TRIES {
            let next = match read()? {
                Some(entry) => {
                    let mut entry = Entry::clone(&entry);
                    count(&mut entry);
                    entry
                }
                None => first.clone(),
            };
            if went_through(store.commit(&[put(&next)]))? {
                return Ok(());
            }
        }
        Err(Violation::new(
            SomeoneGetsThrough,
            format!("{MAX_TRIES} tries of one increment were all refused"),
        ))
    };
    for answer in at_once(|_| (0..INCREMENTS).try_for_each(|_| increment())) {
        answer?;
    }
    let seen = read()?.map_or(0, |entry| counted(&entry));
    ensure(seen == THREADS * INCREMENTS, NoneIsLost, || {
        format!("{} increments were accepted and {seen} were counted", THREADS * INCREMENTS)
    })
}

/// Two entries that are always written together are always seen at one revision, while one thread writes them.
fn shows_batches_as_one<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    let both = write(store, &put_all(&[counter("one")?, counter("other")?]), Found)?;
    let keys = far_apart(&both)?;
    let rewrite = |watched: &dyn Fn() -> bool| {
        let mut both = both.clone();
        while watched() {
            both = write(store, &put_all(&both), NoneIsLost)?;
        }
        Ok(())
    };
    under_watch(rewrite, || seen_together(&load(store, &keys)?))
}

/// The keys of these, and between them those of what is not there: whoever reads one after the other is long on the way.
fn far_apart(entries: &[Entry]) -> Result<Vec<EntryKey>, Violation> {
    let mut all = Vec::new();
    for (key, entry) in keys(entries).into_iter().zip(0..) {
        for number in 0..NOTHINGS * entry {
            all.push(counter(&format!("nothing-{number}"))?.key);
        }
        all.push(key);
    }
    Ok(all)
}

fn seen_together(loaded: &[Arc<Entry>]) -> Result<(), Violation> {
    let revisions: Vec<u64> = loaded.iter().map(|entry| entry.revision.0).collect();
    ensure(matches!(revisions.as_slice(), [one, other] if one == other), OneMoment, || {
        format!("two entries that are written together were seen at revisions {revisions:?}")
    })
}

/// An entry that moves between two keys is always seen under exactly one.
fn shows_moves_as_one<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    let (here, there) = (counter("here")?, counter("there")?);
    let keys = far_apart(&[here.clone(), there.clone()])?;
    write(store, &[put(&here)], Found)?;
    let go = |watched: &dyn Fn() -> bool| {
        let (mut from, mut to) = (&here, &there);
        while watched() {
            let change = [EntryChange::remove(from.key, Revision(1)), put(to)];
            write(store, &change, NoneIsLost)?;
            (from, to) = (to, from);
        }
        Ok(())
    };
    under_watch(go, || {
        let seen = load(store, &keys)?.len();
        ensure(seen == 1, OneMoment, || format!("an entry that moves was seen under {seen} keys at once"))
    })
}

/// As many write the same two entries, in either order, each write takes both or neither.
fn writes_batches_as_one<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    let keys = keys(&write(store, &put_all(&[counter("one")?, counter("other")?]), Found)?);
    let step = |number: usize| -> Result<bool, Violation> {
        let loaded = load(store, &keys)?;
        seen_together(&loaded)?;
        let mut changes: Vec<EntryChange> = loaded.iter().map(|entry| put(entry)).collect();
        if number % 2 == 1 {
            changes.reverse();
        }
        went_through(store.commit(&changes))
    };
    let answers = at_once(|number| {
        (0..INCREMENTS).try_fold(0_u64, |written, _| Ok(written + u64::from(step(number)?)))
    });
    let accepted = answers.into_iter().sum::<Result<u64, Violation>>()?;
    ensure(accepted > 0, SomeoneGetsThrough, || "no batch of many at once was accepted".into())?;
    let revisions: Vec<u64> = load(store, &keys)?.iter().map(|entry| entry.revision.0).collect();
    ensure(revisions == [accepted + 1; 2], AllOrNothing, || {
        format!("after {accepted} more writes of two entries they are at revisions {revisions:?}")
    })
}

/// An entry that is given more time while the expired are purged is purged before that, or not at all.
fn purging_spares_the_renewed<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    for race in 0..RACES {
        let renewed = counter(&format!("renewed-{race}"))?;
        let old = write(store, &[put(&Entry { expires_at: at(0), ..renewed.clone() })], Found)?;
        let changes: Vec<EntryChange> =
            old.iter().map(|old| put(&Entry { revision: old.revision, ..renewed.clone() })).collect();
        let answers = at_once(|number| {
            // The threads that come first purge in one race, and write in the next.
            if (number + race) % 2 == 1 {
                return works(store.purge_expired(at(1), usize::MAX)).map(|_| false);
            }
            went_through(store.commit(&changes))
        });
        let accepted: usize = answers
            .into_iter()
            .map(|accepted| accepted.map(usize::from))
            .sum::<Result<usize, Violation>>()?;
        if accepted > 0 {
            are_stored(store, &written(&changes), NoneIsLost)?;
        }
    }
    Ok(())
}
