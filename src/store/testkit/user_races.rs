//! What a store of users owes to many at once.

use std::fmt::Debug;

use serde_json::json;

use super::Obligation::{Found, NoneIsLost, OneMoment, OneWins, SomeoneGetsThrough};
use super::at_once::{THREADS, at_once, under_watch};
use super::user_steps::{account, create, named, username, write};
use super::{Violation, ensure, works};
use crate::identifier::UsernameCase;
use crate::store::{CommitError, UserChange, UserStore};
use crate::user::User;

const CASE: UsernameCase = UsernameCase::Sensitive;

/// How often a race is run.
const RACES: usize = 8;

/// How many keys of nobody are asked for between those of two users.
const NOBODIES: usize = 64;

/// How many increments each thread makes.
const INCREMENTS: usize = 8;

/// How often a thread tries one increment: each refusal must be another's success, so no more are needed, and half
/// as many again for a store that refuses out of caution.
const MAX_TRIES: usize = THREADS * INCREMENTS * 3 / 2;

pub(super) fn check<S: UserStore<Error: Debug> + Sync>(store: &impl Fn() -> S) -> Result<(), Violation> {
    one_claims_a_key(&store())?;
    one_updates_a_revision(&store())?;
    counts_every_increment(&store())?;
    shows_one_moment(&store())
}

/// How many of these changes go through, each tried by a thread of its own.
fn winners<S>(store: &S, changes: &[UserChange]) -> Result<usize, Violation>
where
    S: UserStore<Error: Debug> + Sync,
{
    let answers = at_once(|number| match changes.get(number).map(|change| store.commit(change)) {
        Some(Ok(())) => Ok(1),
        Some(Err(CommitError::Store(error))) => works(Err(error)),
        Some(Err(CommitError::Taken(_) | CommitError::Stale)) | None => Ok(0),
    });
    answers.into_iter().sum()
}

fn one_claims_a_key<S: UserStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    for race in 0..RACES {
        let name = format!("racer_{race}");
        let changes = (0..THREADS)
            .map(|number| Ok(UserChange::create(named(&format!("u-{race}-{number}"), &name)?, CASE)))
            .collect::<Result<Vec<_>, Violation>>()?;
        let won = winners(store, &changes)?;
        ensure(won == 1, OneWins, || format!("{won} of {THREADS} users claimed one username"))?;
        let holders = works(store.find(&[username(&name)?]))?.len();
        ensure(holders == 1, OneWins, || {
            format!("{holders} users were found by a username that one claimed")
        })?;
        let keys: Vec<_> = changes.iter().map(|change| change.id().key()).collect();
        let exist = works(store.find(&keys))?.len();
        ensure(exist == 1, OneWins, || format!("{exist} users exist of which one was accepted"))?;
    }
    Ok(())
}

fn one_updates_a_revision<S: UserStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    let mut user = create(store, account("u1")?)?;
    for race in 0..RACES {
        let changes: Vec<_> = (0..THREADS)
            .map(|number| {
                let name = Some(format!("{race} by {number}"));
                UserChange::update(User { name, ..user.clone() }, CASE)
            })
            .collect();
        let won = winners(store, &changes)?;
        ensure(won == 1, OneWins, || format!("{won} of {THREADS} updates of one revision were accepted"))?;
        user = the_user(store, &user)?;
    }
    Ok(())
}

/// The user as stored.
fn the_user<S: UserStore<Error: Debug>>(store: &S, user: &User) -> Result<User, Violation> {
    let found = works(store.find(&[user.id.key()]))?.pop();
    let found = found.ok_or_else(|| Violation::new(Found, format!("{} was not found", user.id)))?;
    Ok(User::clone(&found))
}

fn counts_every_increment<S: UserStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    let user = create(store, account("u1")?)?;
    let count =
        |user: &User| user.custom_data.get("count").and_then(serde_json::Value::as_u64).unwrap_or_default();
    let increment = || {
        for _ in 0..MAX_TRIES {
            let mut user = the_user(store, &user)?;
            user.custom_data.insert("count".into(), json!(count(&user) + 1));
            match store.commit(&UserChange::update(user, CASE)) {
                Ok(()) => return Ok(()),
                Err(CommitError::Store(error)) => return works(Err(error)),
                Err(CommitError::Stale | CommitError::Taken(_)) => {}
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
    let counted = count(&the_user(store, &user)?);
    ensure(counted == (THREADS * INCREMENTS) as u64, NoneIsLost, || {
        format!("{} increments were accepted and {counted} were counted", THREADS * INCREMENTS)
    })
}

/// A name goes to and fro between two accounts, each time given up before it is taken. Nobody may ever see both with it, nor
/// find by it who does not have it.
fn shows_one_moment<S: UserStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    let holder = create(store, named("u1", "wanderer")?)?;
    let other = create(store, account("u2")?)?;
    let (name, key) = (holder.username.clone(), username("wanderer")?);
    // What nobody has is between them: whoever reads one after the other is long on the way.
    let nobody = |number| username(&format!("nobody_{number}"));
    let mut keys = vec![holder.id.key()];
    keys.extend((0..NOBODIES).map(nobody).collect::<Result<Vec<_>, _>>()?);
    keys.push(other.id.key());
    let hand_over = |watched: &dyn Fn() -> bool| -> Result<(), Violation> {
        let (mut from, mut to) = (holder.clone(), other.clone());
        while watched() {
            let without = User { username: None, ..from };
            let with = User { username: name.clone(), ..to };
            let given_up = write(store, &UserChange::update(without.clone(), CASE), NoneIsLost)?;
            let taken = write(store, &UserChange::update(with.clone(), CASE), NoneIsLost)?;
            (to, from) = (given_up.unwrap_or(without), taken.unwrap_or(with));
        }
        Ok(())
    };
    under_watch(hand_over, || {
        let holders = works(store.find(&keys))?.iter().filter(|user| user.username.is_some()).count();
        ensure(holders < 2, OneMoment, || "one read showed two holders of one username".into())?;
        let found = works(store.find(std::slice::from_ref(&key)))?;
        ensure(found.iter().all(|user| user.username.is_some()), OneMoment, || {
            "a username found a user who does not have it".into()
        })
    })
}
