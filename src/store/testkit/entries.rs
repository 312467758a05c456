//! What a store of entries owes, one caller at a time.

use std::fmt::Debug;
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::json;

use super::Obligation::{
    AllOrNothing, Found, FoundOnlyIfAsked, KeysAreBytes, NeverTaken, RemovedIsGone, StaleIsRefused, Visible,
};
use super::one_change::{OneChangeEach, difference};
use super::samples::{self, in_future};
use super::{Obligation, Violation, ensure, works};

use crate::form::Read;
use crate::identifier::{Revision, UserId};
use crate::store::{CommitError, Entry, EntryChange, EntryContent, EntryKey, VerificationStore};
use crate::verification::{Counter, Pool};

/// How often entries of all shapes are generated, and as often again for their updates.
const GENERATED: u64 = 6;

pub(super) fn check<S: VerificationStore<Error: Debug> + Sync>(
    store: &impl Fn() -> S,
) -> Result<(), Violation> {
    loads(&store())?;
    compares_bytes(&store())?;
    tells_kinds_apart(&store())?;
    refuses_stale(&store())?;
    removes(&store())?;
    mixes_put_and_remove(&store())?;
    shows_to_all(&store())?;
    changes_every_shape(&store())
}

/// One entry of each shape, never written so far.
pub(super) fn new_entries() -> Result<Vec<Entry>, Violation> {
    let all = samples::entries()?.into_iter();
    Ok(all.map(|(_, entry)| Entry { revision: Revision::default(), ..entry }).collect())
}

/// A counter that was never written, and counted once.
pub(super) fn counter(of: &str) -> Result<Entry, Violation> {
    let key = EntryKey::counter(Pool::Password, &works(UserId::parse(of))?.key(), None);
    let mut entry = Entry {
        key,
        revision: Revision::default(),
        expires_at: in_future(60),
        content: EntryContent::Counter(Counter::default()),
    };
    count(&mut entry);
    Ok(entry)
}

/// Counts once more.
pub(super) fn count(entry: &mut Entry) {
    if let EntryContent::Counter(counter) = &mut entry.content {
        counter.count_message(1000, TimeDelta::minutes(10), in_future(0));
    }
}

/// How often it counted.
pub(super) fn counted(entry: &Entry) -> usize {
    match &entry.content {
        EntryContent::Counter(counter) => counter.at().len(),
        _ => 0,
    }
}

/// Writes an entry on the revision that it has.
pub(super) fn put(entry: &Entry) -> EntryChange {
    EntryChange::put(entry.key, entry.revision, entry.expires_at, entry.content.clone())
}

pub(super) fn put_all(entries: &[Entry]) -> Vec<EntryChange> {
    entries.iter().map(put).collect()
}

/// Removes an entry of the revision that it has.
pub(super) fn remove(entry: &Entry) -> EntryChange {
    EntryChange::remove(entry.key, entry.revision)
}

/// The entries as they are once these changes are made.
pub(super) fn written(changes: &[EntryChange]) -> Vec<Entry> {
    changes.iter().filter_map(|change| change.entry().map(|entry| Entry::clone(entry))).collect()
}

/// Writes what must be accepted.
pub(super) fn write<S: VerificationStore<Error: Debug>>(
    store: &S,
    changes: &[EntryChange],
    obligation: Obligation,
) -> Result<Vec<Entry>, Violation> {
    match store.commit(changes) {
        Ok(()) => Ok(written(changes)),
        Err(CommitError::Store(error)) => works(Err(error)),
        Err(CommitError::Taken(key)) => Err(Violation::new(NeverTaken, format!("a write took {key:?}"))),
        Err(CommitError::Stale) => Err(Violation::new(obligation, "a write was refused as stale")),
    }
}

/// What is stored under these, in the order of the keys.
pub(super) fn load<S: VerificationStore<Error: Debug>>(
    store: &S,
    keys: &[EntryKey],
) -> Result<Vec<Arc<Entry>>, Violation> {
    let mut loaded = works(store.load(keys))?;
    loaded.sort_by_key(|entry| entry.key);
    Ok(loaded)
}

pub(super) fn keys(entries: &[Entry]) -> Vec<EntryKey> {
    entries.iter().map(|entry| entry.key).collect()
}

/// Checks that exactly these are stored, among what they are about.
pub(super) fn are_stored<S: VerificationStore<Error: Debug>>(
    store: &S,
    entries: &[Entry],
    obligation: Obligation,
) -> Result<(), Violation> {
    let mut written: Vec<&Entry> = entries.iter().collect();
    written.sort_by_key(|entry| entry.key);
    let loaded = load(store, &keys(entries))?;
    let shown = |entry: &Entry| format!("{:?} at revision {}", entry.key, entry.revision.0);
    let (found, expected): (Vec<String>, Vec<String>) = (
        loaded.iter().map(|entry| shown(entry)).collect(),
        written.iter().map(|entry| shown(entry)).collect(),
    );
    ensure(found == expected, obligation, || format!("instead of {expected:?} there is {found:?}"))?;
    loaded.iter().zip(written).try_for_each(|(loaded, written)| match difference(&**loaded, written) {
        Some(place) => Err(Violation::new(obligation, format!("{:?} has another {place}", written.key))),
        None => Ok(()),
    })
}

/// Checks that nothing is stored under these keys.
pub(super) fn are_gone<S: VerificationStore<Error: Debug>>(
    store: &S,
    keys: &[EntryKey],
    obligation: Obligation,
) -> Result<(), Violation> {
    let left: Vec<EntryKey> = load(store, keys)?.iter().map(|entry| entry.key).collect();
    ensure(left.is_empty(), obligation, || format!("there is {left:?}"))
}

fn loads<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let new = new_entries()?;
    are_gone(store, &keys(&new), FoundOnlyIfAsked)?;
    let all = write(store, &put_all(&new), Found)?;
    are_stored(store, &all, Found)?;
    for entry in &all {
        are_stored(store, std::slice::from_ref(entry), FoundOnlyIfAsked)?;
    }
    are_gone(store, &[], FoundOnlyIfAsked)?;
    are_gone(store, &[counter("nobody")?.key], FoundOnlyIfAsked)?;
    // Written again, it has the next revision.
    let again = write(store, &put_all(&all), Found)?;
    are_stored(store, &again, Found)?;
    write(store, &[], Found)?;
    are_stored(store, &again, Found)
}

/// A digest is any bytes, and is no text that ends at a zero; the kind is part of the key.
fn compares_bytes<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let ends = ["00", "01", "20", "41", "61", "7f", "80", "ff"];
    let mut changes = Vec::new();
    for end in ends {
        for digest in [format!("{}{end}", "00".repeat(31)), format!("{end}{}", "11".repeat(31))] {
            changes.extend(one_of_each_kind(&digest)?.iter().map(put));
        }
    }
    let all: Vec<Entry> = written(&changes);
    for change in &changes {
        // Each is new: nothing written before is taken for it.
        are_gone(store, &[change.key()], KeysAreBytes)?;
        write(store, std::slice::from_ref(change), KeysAreBytes)?;
    }
    are_stored(store, &all, KeysAreBytes)?;
    all.iter().try_for_each(|entry| are_stored(store, std::slice::from_ref(entry), KeysAreBytes))
}

/// What is changed or removed of one kind is nothing to another, whose digest is the same.
fn tells_kinds_apart<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let mut all = write(store, &put_all(&one_of_each_kind(&"22".repeat(32))?), KeysAreBytes)?;
    for number in 0..all.len() {
        let changed: Vec<EntryChange> = all.iter().skip(number).take(1).map(put).collect();
        write(store, &changed, KeysAreBytes)?;
        all.splice(number..=number, written(&changed));
        are_stored(store, &all, KeysAreBytes)?;
    }
    // Now they are all of one revision again.
    while let Some(entry) = all.pop() {
        write(store, &[remove(&entry)], KeysAreBytes)?;
        are_stored(store, &all, KeysAreBytes)?;
    }
    Ok(())
}

/// Of one digest, never written so far.
pub(super) fn one_of_each_kind(digest: &str) -> Result<Vec<Entry>, Violation> {
    let kinds =
        [("interaction", "sign_in_new"), ("one_time_token", "token_active"), ("counter", "counter_counting")];
    let of_kind = |(kind, sample)| {
        let key = serde_json::from_value::<Read<EntryKey>>(json!(format!("{kind}={digest}")));
        Ok(Entry { key: works(key)?.0, ..samples_of_kind(sample)? })
    };
    kinds.into_iter().map(of_kind).collect()
}

fn samples_of_kind(name: &str) -> Result<Entry, Violation> {
    let found = samples::entries()?.into_iter().find(|(own, _)| *own == name);
    let entry = found.map(|(_, entry)| Entry { revision: Revision::default(), ..entry });
    entry.ok_or_else(|| Violation::new(Obligation::Works, format!("there is no sample {name}")))
}

/// One write of a batch is stale, at each place of it; then none of the batch may be done.
fn refuses_stale<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let mut new = new_entries()?;
    new.sort_by_key(|entry| entry.key.kind());
    new.dedup_by_key(|entry| entry.key.kind());
    let stored = write(store, &put_all(&new), Found)?;
    let fresh = [counter("first")?, counter("last")?];
    // The last of them is the first in 32 bits.
    for revision in [Revision(0), Revision(7), Revision((1 << 32) + 1)] {
        for stale in 0..stored.len() {
            for removes in [false, true] {
                let mut batch: Vec<EntryChange> = Vec::new();
                for (place, entry) in stored.iter().enumerate() {
                    let based_on = if place == stale { revision } else { entry.revision };
                    let entry = Entry { revision: based_on, ..entry.clone() };
                    batch.push(if removes { remove(&entry) } else { put(&entry) });
                }
                // What is new stands before and behind what is stale.
                let [first, last] = fresh.each_ref().map(put);
                batch.insert(0, first);
                batch.push(last);
                let what = if removes { "a removal" } else { "a write" };
                is_stale(
                    store,
                    &batch,
                    &format!("{what} at {revision:?}, number {stale} of a batch"),
                    StaleIsRefused,
                )?;
                are_stored(store, &stored, AllOrNothing)?;
                are_gone(store, &keys(&fresh), AllOrNothing)?;
            }
        }
    }
    let unknown = Entry { revision: Revision(1), ..counter("nobody")? };
    is_stale(store, &[put(&unknown)], "an update of what does not exist", StaleIsRefused)?;
    is_stale(store, &[remove(&unknown)], "a removal of what does not exist", StaleIsRefused)
}

pub(super) fn is_stale<S: VerificationStore<Error: Debug>>(
    store: &S,
    changes: &[EntryChange],
    what: &str,
    obligation: Obligation,
) -> Result<(), Violation> {
    match store.commit(changes) {
        Ok(()) => Err(Violation::new(obligation, format!("{what} was accepted"))),
        Err(CommitError::Stale) => Ok(()),
        Err(CommitError::Taken(key)) => Err(Violation::new(NeverTaken, format!("{what} took {key:?}"))),
        Err(CommitError::Store(error)) => works(Err(error)),
    }
}

fn removes<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let new = new_entries()?;
    let kept = write(store, &[put(&counter("bystander")?)], Found)?;
    let all = write(store, &put_all(&new), Found)?;
    for entry in &all {
        write(store, &[remove(entry)], RemovedIsGone)?;
        are_gone(store, &[entry.key], RemovedIsGone)?;
        is_stale(store, &[put(entry)], "an update of what was removed", StaleIsRefused)?;
        is_stale(store, &[remove(entry)], "a second removal", StaleIsRefused)?;
    }
    are_stored(store, &kept, AllOrNothing)?;
    let again = write(store, &put_all(&new), RemovedIsGone)?;
    are_stored(store, &again, RemovedIsGone)
}

/// An entry moves to another key while a third is updated, as an interaction does that gets a new id.
fn mixes_put_and_remove<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let (old, mut tries) = (counter("old")?, counter("tries")?);
    let stored = write(store, &[put(&old), put(&tries)], Found)?;
    let new = counter("new")?;
    let [Some(old), Some(stored_tries)] = [stored.first(), stored.get(1)] else { return Ok(()) };
    tries.clone_from(stored_tries);
    count(&mut tries);
    let orders: [[EntryChange; 3]; 2] =
        [[remove(old), put(&new), put(&tries)], [put(&tries), put(&new), remove(old)]];
    for order in &orders {
        for stale in 0..order.len() {
            let ahead = |entry: &Entry| Entry { revision: Revision(9), ..entry.clone() };
            let mut batch = order.to_vec();
            if let Some(change) = batch.get_mut(stale) {
                *change = match change.entry() {
                    Some(entry) => put(&ahead(entry)),
                    None => remove(&ahead(old)),
                };
            }
            is_stale(
                store,
                &batch,
                &format!("a batch that moves an entry, number {stale} of it stale"),
                StaleIsRefused,
            )?;
            are_stored(store, &stored, AllOrNothing)?;
            are_gone(store, &[new.key], AllOrNothing)?;
        }
    }
    let [order, _] = &orders;
    let after = write(store, order, AllOrNothing)?;
    are_gone(store, &[old.key], AllOrNothing)?;
    are_stored(store, &after, AllOrNothing)
}

/// From another thread: a connection of its own, where the store has connections.
fn shows_to_all<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    let mut entries = vec![counter("one")?, counter("other")?];
    for _ in 0..16 {
        entries = write(store, &put_all(&entries), Found)?;
        let seen = std::thread::scope(|scope| {
            let reader = scope.spawn(|| are_stored(store, &entries, Visible));
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        seen?;
        entries.iter_mut().for_each(count);
    }
    Ok(())
}

/// One key has all shapes of its kind, one after the other.
fn changes_every_shape<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let mut current: Vec<Entry> = Vec::new();
    let new = new_entries()?;
    for next in new.iter().chain(new.iter().rev()) {
        let own = current.iter().position(|entry| entry.key.kind() == next.key.kind());
        let before = own.map_or_else(|| next.clone(), |at| current.swap_remove(at));
        let changed = Entry { key: before.key, revision: before.revision, ..next.clone() };
        current.extend(write(store, &[put(&changed)], Found)?);
        are_stored(store, &current, Found)?;
    }
    Ok(())
}

/// Entries that nobody thought of, each written twice and removed.
pub(super) fn keeps_what_is_generated<S: VerificationStore<Error: Debug>>(
    store: &S,
) -> Result<(), Violation> {
    (0..GENERATED)
        .try_for_each(|seed| keeps_generated(store, seed).map_err(|violation| violation.of_seed(seed)))
}

fn keeps_generated<S: VerificationStore<Error: Debug>>(store: &S, seed: u64) -> Result<(), Violation> {
    let of_seed = |seed, revision| {
        let all = samples::generated_entries(seed)?.into_iter();
        Ok(all.map(|(_, entry)| Entry { revision: Revision(revision), ..entry }).collect::<Vec<Entry>>())
    };
    let first = write(store, &put_all(&of_seed(seed, 0)?), Found)?;
    are_stored(store, &first, Found)?;
    let second = write(store, &put_all(&of_seed(seed + GENERATED, 1)?), Found)?;
    are_stored(store, &second, Found)?;
    write(store, &second.iter().map(remove).collect::<Vec<_>>(), RemovedIsGone)?;
    are_gone(store, &keys(&second), RemovedIsGone)
}

/// An update of one field is written, whichever field it is.
pub(super) fn changes_one_thing_at_a_time<S: VerificationStore<Error: Debug>>(
    store: &S,
) -> Result<(), Violation> {
    let mut current = write(store, &put_all(&new_entries()?), Found)?;
    let mut changes: Vec<OneChangeEach<Entry>> =
        current.iter().map(|entry| OneChangeEach::of(entry, &["key", "revision"])).collect();
    loop {
        let mut batch = Vec::new();
        for (changes, current) in changes.iter_mut().zip(&current) {
            let next = changes.next();
            batch.extend(next.map(|(_, next)| put(&Entry { revision: current.revision, ..next })));
        }
        if batch.is_empty() {
            return Ok(());
        }
        let written = write(store, &batch, Found)?;
        are_stored(store, &written, Found)?;
        for entry in written {
            if let Some(own) = current.iter_mut().find(|own| own.key == entry.key) {
                *own = entry;
            }
        }
    }
}
