//! What a store of verification records and counters owes to many at once.

use std::fmt::Debug;

use super::Obligation::{
    AllOrNothing, Found, NeverTaken, NoneIsLost, OneMoment, OneWins, SomeoneGetsThrough,
};
use super::at_once::{THREADS, at_once, under_watch};
use super::verifications::{changes, load, log, now, record, write};
use super::{Violation, ensure, works};
use crate::store::{CommitError, Loaded, VerificationStore};
use crate::verification::{AttemptLog, AttemptPool};

/// How often a race is run.
const RACES: u128 = 8;

/// How many increments each thread makes.
const INCREMENTS: usize = 8;

/// How often a thread tries one increment: each refusal must be another's success, so no more are needed, and half
/// as many again for a store that refuses out of caution.
const MAX_TRIES: usize = THREADS * INCREMENTS * 3 / 2;

pub(super) fn check<S: VerificationStore<Error: Debug> + Sync>(
    store: &impl Fn() -> S,
) -> Result<(), Violation> {
    one_spends_a_record(&store())?;
    counts_every_increment(&store())?;
    shows_batches_as_one(&store())?;
    writes_batches_as_one(&store())
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

/// The first write of a record, and then its second.
fn one_spends_a_record<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    for race in 0..RACES {
        let mut record = record(race + 1)?;
        for what in ["new record", "record"] {
            let spend = changes(vec![record.clone()], Vec::new());
            let mut won = 0;
            for accepted in at_once(|_| went_through(store.commit(&spend))) {
                won += usize::from(accepted?);
            }
            ensure(won == 1, OneWins, || format!("{won} of {THREADS} writes of one {what} were accepted"))?;
            record.revision = record.revision.next();
        }
    }
    Ok(())
}

fn counts_every_increment<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    // It does not exist yet: the first increment creates it.
    let counter = AttemptLog { at: Vec::new(), ..log(AttemptPool::Identifier, "jane") };
    let keys = [counter.key.clone()];
    let read = || Ok(load(store, &[], &keys)?.attempts.pop().unwrap_or_else(|| counter.clone()));
    let increment = || {
        for _ in 0..MAX_TRIES {
            let mut log: AttemptLog = read()?;
            log.at.push(now());
            if went_through(store.commit(&changes(Vec::new(), vec![log])))? {
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
    let seen = read()?.at.len();
    ensure(seen == THREADS * INCREMENTS, NoneIsLost, || {
        format!("{} increments were accepted and {seen} were counted", THREADS * INCREMENTS)
    })
}

/// Two records that are always written together are always seen at one revision, while one thread writes them.
fn shows_batches_as_one<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    let both = [record(1)?, record(2)?];
    let ids = both.each_ref().map(|record| record.id);
    write(store, &changes(both.to_vec(), Vec::new()), Found)?;
    let rewrite = |watched: &dyn Fn() -> bool| {
        let mut both = both.clone();
        while watched() {
            for record in &mut both {
                record.revision = record.revision.next();
            }
            write(store, &changes(both.to_vec(), Vec::new()), NoneIsLost)?;
        }
        Ok(())
    };
    under_watch(rewrite, || seen_together(&load(store, &ids, &[])?))
}

fn seen_together(loaded: &Loaded) -> Result<(), Violation> {
    let revisions: Vec<u64> = loaded.records.iter().map(|record| record.revision.0).collect();
    ensure(matches!(revisions.as_slice(), [one, other] if one == other), OneMoment, || {
        format!("two records that are written together were seen at revisions {revisions:?}")
    })
}

/// As many write the same two records, in either order, each write takes both or neither.
fn writes_batches_as_one<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    let (first, second) = (record(1)?, record(2)?);
    let ids = [first.id, second.id];
    write(store, &changes(vec![first, second], Vec::new()), Found)?;
    let step = |number: usize| -> Result<bool, Violation> {
        let loaded = load(store, &ids, &[])?;
        seen_together(&loaded)?;
        let mut records = loaded.records;
        if number % 2 == 1 {
            records.reverse();
        }
        went_through(store.commit(&changes(records, Vec::new())))
    };
    let answers = at_once(|number| {
        (0..INCREMENTS).try_fold(0_u64, |written, _| Ok(written + u64::from(step(number)?)))
    });
    let written = answers.into_iter().sum::<Result<u64, Violation>>()?;
    ensure(written > 0, SomeoneGetsThrough, || "no batch of many at once was accepted".into())?;
    let loaded = load(store, &ids, &[])?;
    let revisions: Vec<u64> = loaded.records.iter().map(|record| record.revision.0).collect();
    ensure(revisions == [written + 1; 2], AllOrNothing, || {
        format!("after {written} more writes of two records they are at revisions {revisions:?}")
    })
}
