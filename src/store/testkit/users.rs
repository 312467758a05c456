//! What a store of users owes, one caller at a time.

use std::fmt::Debug;

use super::Obligation::{
    AllOrNothing, DeletedIsGone, Found, FoundOnce, FoundOnlyIfAsked, GivenUpKeysAreFree, StaleIsRefused,
    Visible,
};
use super::one_change::OneChangeEach;
use super::samples;
use super::user_steps::{
    CASE, account, create, finds_nobody, full, is_found, named, refused, username, write,
};
use super::{Violation, ensure, user_keys, works};
use crate::identifier::{Revision, UserId, Username};
use crate::store::{CommitError, UserChange, UserStore};
use crate::user::User;

/// How many accounts are generated, and as many again for their updates.
const GENERATED: u64 = 64;

pub(super) fn check<S: UserStore<Error: Debug> + Sync>(store: &impl Fn() -> S) -> Result<(), Violation> {
    finds(&store())?;
    user_keys::compares_bytes(&store())?;
    refuses_stale(&store())?;
    compares_whole_revisions(&store())?;
    user_keys::refuses_taken(&store())?;
    user_keys::frees_what_is_given_up(&store())?;
    deletes(&store())?;
    shows_to_all(&store())?;
    changes_everything(&store())
}

fn finds<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    finds_nobody(store, &[username("jane")?], FoundOnlyIfAsked)?;
    let jane = create(store, full("u-jane", "jane", "61412345678")?)?;
    let joe = create(store, full("u-joe", "joe", "61412345679")?)?;
    create(store, account("u-bystander")?)?;
    finds_nobody(store, &[], FoundOnlyIfAsked)?;
    finds_nobody(store, &[username("nobody")?], FoundOnlyIfAsked)?;
    for user in [&jane, &joe] {
        for key in user.keys(CASE) {
            is_found(store, &[key], user, Found)?;
        }
        is_found(store, &user.keys(CASE), user, FoundOnce)?;
    }
    let mut keys = jane.keys(CASE);
    keys.extend(joe.keys(CASE));
    keys.push(username("nobody")?);
    let mut ids: Vec<UserId> = works(store.find(&keys))?.iter().map(|user| user.id.clone()).collect();
    ids.sort();
    ensure(ids == [jane.id, joe.id], FoundOnce, || format!("the keys of two users found {ids:?}"))
}

fn refuses_stale<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let first = create(store, named("u1", "jane")?)?;
    let second = write(store, &UserChange::update(first.clone(), CASE), Found)?.unwrap_or(first.clone());
    is_found(store, &[first.id.key()], &second, Found)?;
    let stranger = named("u2", "stranger")?;
    let ahead = User { revision: Revision(9), ..second.clone() };
    let mut other_name = first.clone();
    other_name.username = Some(works(Username::parse("janet"))?);
    let changes = [
        (UserChange::create(named("u1", "janet")?, CASE), "creating a user who exists"),
        (UserChange::update(other_name, CASE), "an update of an old revision"),
        (UserChange::update(ahead.clone(), CASE), "an update of a revision to come"),
        (UserChange::delete(&first), "deleting an old revision"),
        (UserChange::delete(&ahead), "deleting a revision to come"),
        (UserChange::update(stranger.clone(), CASE), "an update of nobody"),
        (UserChange::delete(&stranger), "deleting nobody"),
    ];
    for (change, what) in changes {
        let refused = refused(store, &change, StaleIsRefused, what)?;
        ensure(matches!(refused, CommitError::Stale), StaleIsRefused, || format!("{what}: {refused}"))?;
        is_found(store, &second.keys(CASE), &second, AllOrNothing)?;
        finds_nobody(store, &[username("janet")?, username("stranger")?, stranger.id.key()], AllOrNothing)?;
    }
    Ok(())
}

/// A revision is 63 bits, and each of them tells one from another.
fn compares_whole_revisions<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    for (id, revision) in [("u-young", 2), ("u-old", (1 << 62) + (1 << 53))] {
        let user = create(store, User { revision: Revision(revision), ..account(id)? })?;
        let current = update(store, user)?;
        for bit in 0..63 {
            let other = User { revision: Revision(current.revision.0 ^ (1 << bit)), ..current.clone() };
            let what =
                format!("an update of revision {} of a user of {}", other.revision.0, current.revision.0);
            let refused = refused(store, &UserChange::update(other, CASE), StaleIsRefused, &what)?;
            ensure(matches!(refused, CommitError::Stale), StaleIsRefused, || format!("{what}: {refused}"))?;
        }
        is_found(store, &[current.id.key()], &current, Found)?;
        let current = update(store, current)?;
        is_found(store, &[current.id.key()], &current, Found)?;
    }
    Ok(())
}

fn deletes<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let jane = create(store, full("u-jane", "jane", "61412345678")?)?;
    let joe = create(store, full("u-joe", "joe", "61412345679")?)?;
    write(store, &UserChange::delete(&jane), DeletedIsGone)?;
    finds_nobody(store, &jane.keys(CASE), DeletedIsGone)?;
    is_found(store, &joe.keys(CASE), &joe, AllOrNothing)?;
    // All of it is for whoever comes, and then for the same id again.
    let heir = full("u-heir", "jane", "61412345678")?;
    let heir = write(store, &UserChange::create(heir.clone(), CASE), DeletedIsGone)?.unwrap_or(heir);
    is_found(store, &heir.keys(CASE), &heir, DeletedIsGone)?;
    finds_nobody(store, &[jane.id.key()], DeletedIsGone)?;
    write(store, &UserChange::delete(&heir), DeletedIsGone)?;
    let again = full("u-jane", "jane", "61412345678")?;
    let again = write(store, &UserChange::create(again.clone(), CASE), DeletedIsGone)?.unwrap_or(again);
    is_found(store, &again.keys(CASE), &again, DeletedIsGone)
}

/// From another thread: a connection of its own, where the store has connections.
fn shows_to_all<S: UserStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    let mut jane = create(store, named("u-jane", "jane")?)?;
    for _ in 0..16 {
        let change = UserChange::update(jane.clone(), CASE);
        jane = write(store, &change, Found)?.unwrap_or(jane);
        let seen = std::thread::scope(|scope| {
            let reader = scope.spawn(|| is_found(store, &jane.keys(CASE), &jane, Visible));
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        seen?;
    }
    Ok(())
}

/// An account is given everything at once, and loses it at once.
fn changes_everything<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let bare = samples::bare_user()?;
    let mut current = create(store, bare.clone())?;
    for next in [samples::user()?, bare.clone(), samples::user()?, bare] {
        let next = User { id: current.id.clone(), revision: current.revision, ..next };
        current = update(store, next)?;
        is_found(store, &current.keys(CASE), &current, Found)?;
    }
    Ok(())
}

/// Accounts that nobody thought of, each written twice and deleted.
pub(super) fn keeps_what_is_generated<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    create(store, account("u-bystander")?)?;
    (0..GENERATED)
        .try_for_each(|seed| keeps_generated(store, seed).map_err(|violation| violation.of_seed(seed)))
}

fn keeps_generated<S: UserStore<Error: Debug>>(store: &S, seed: u64) -> Result<(), Violation> {
    let user = |seed| Ok(User { revision: Revision::default(), ..samples::generated_user(seed)? });
    let first = create(store, user(seed)?)?;
    for key in first.keys(CASE) {
        is_found(store, &[key], &first, Found)?;
    }
    let second = update(store, User { revision: first.revision, ..user(seed + GENERATED)? })?;
    let (mut given_up, keys) = (first.keys(CASE), second.keys(CASE));
    given_up.retain(|key| !keys.contains(key));
    finds_nobody(store, &given_up, GivenUpKeysAreFree)?;
    is_found(store, &keys, &second, Found)?;
    write(store, &UserChange::delete(&second), DeletedIsGone)?;
    finds_nobody(store, &keys, DeletedIsGone)
}

/// An update of one field is written, whichever field it is.
pub(super) fn changes_one_thing_at_a_time<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let mut current = create(store, User { revision: Revision::default(), ..samples::user()? })?;
    for (_, next) in OneChangeEach::of(&current, &["id", "revision"]) {
        current = update(store, User { revision: current.revision, ..next })?;
        is_found(store, &[current.id.key()], &current, Found)?;
    }
    Ok(())
}

fn update<S: UserStore<Error: Debug>>(store: &S, user: User) -> Result<User, Violation> {
    let change = UserChange::update(user.clone(), CASE);
    Ok(write(store, &change, Found)?.unwrap_or(user))
}
