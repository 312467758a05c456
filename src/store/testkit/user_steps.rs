//! What the checks of a store of users are made of: accounts, writes, and what is found.

use std::fmt::Debug;

use super::Obligation::Found;
use super::one_change::difference;
use super::samples::{self, at};
use super::{Obligation, Violation, ensure, works};
use crate::identifier::{Email, Phone, Revision, UserId, UserKey, Username, UsernameCase};
use crate::store::{CommitError, UserChange, UserStore};
use crate::user::User;

pub(super) const CASE: UsernameCase = UsernameCase::Sensitive;

/// An account with an id and nothing else.
pub(super) fn account(id: &str) -> Result<User, Violation> {
    Ok(User::new(works(UserId::parse(id))?, at(0)))
}

/// An account with an id and a username.
pub(super) fn named(id: &str, username: &str) -> Result<User, Violation> {
    Ok(User { username: Some(works(Username::parse(username))?), ..account(id)? })
}

pub(super) fn username(text: &str) -> Result<UserKey, Violation> {
    Ok(works(Username::parse(text))?.key(CASE))
}

/// An account that has everything, with keys of its own.
pub(super) fn full(id: &str, name: &str, phone: &str) -> Result<User, Violation> {
    let mut user = User { revision: Revision::default(), ..samples::user()? };
    user.id = works(UserId::parse(id))?;
    user.username = Some(works(Username::parse(name))?);
    user.primary_email = Some(works(Email::parse(&format!("{name}@Example.com")))?);
    user.primary_phone = Some(works(Phone::parse(phone))?);
    user.identities.values_mut().for_each(|own| own.user_id.push_str(name));
    user.sso_identities.iter_mut().for_each(|own| own.user_id.push_str(name));
    user.mfa.web_authn.iter_mut().for_each(|own| own.id.push_str(name));
    Ok(user)
}

/// Writes what must be accepted, and gives the user as it is stored then.
pub(super) fn write<S: UserStore<Error: Debug>>(
    store: &S,
    change: &UserChange,
    obligation: Obligation,
) -> Result<Option<User>, Violation> {
    match store.commit(change) {
        Ok(()) => Ok(change.user().map(|user| User::clone(user))),
        Err(CommitError::Store(error)) => works(Err(error)),
        Err(refused) => {
            Err(Violation::new(obligation, format!("writing {:?} was refused: {refused}", change.keys())))
        }
    }
}

pub(super) fn create<S: UserStore<Error: Debug>>(store: &S, user: User) -> Result<User, Violation> {
    let change = UserChange::create(user.clone(), CASE);
    Ok(write(store, &change, Found)?.unwrap_or(user))
}

/// What a refused write answered; a write that went through, though it must not, is a violation.
pub(super) fn refused<S: UserStore<Error: Debug>>(
    store: &S,
    change: &UserChange,
    obligation: Obligation,
    what: &str,
) -> Result<CommitError<S::Error>, Violation> {
    match store.commit(change) {
        Ok(()) => Err(Violation::new(obligation, format!("{what} was accepted"))),
        Err(CommitError::Store(error)) => works(Err(error)),
        Err(refused) => Ok(refused),
    }
}

/// Checks that exactly this user is found by these keys.
pub(super) fn is_found<S: UserStore<Error: Debug>>(
    store: &S,
    keys: &[UserKey],
    user: &User,
    obligation: Obligation,
) -> Result<(), Violation> {
    let found = works(store.find(keys))?;
    let shown = |user: &User| format!("{} at revision {}", user.id, user.revision.0);
    let seen: Vec<String> = found.iter().map(|user| shown(user)).collect();
    ensure(seen == [shown(user)], obligation, || {
        format!("{keys:?} found {seen:?} instead of {}", shown(user))
    })?;
    match found.first().and_then(|found| difference(&**found, user)) {
        Some(place) => Err(Violation::new(obligation, format!("{} has another {place}", shown(user)))),
        None => Ok(()),
    }
}

/// Checks that nobody is found by these keys.
pub(super) fn finds_nobody<S: UserStore<Error: Debug>>(
    store: &S,
    keys: &[UserKey],
    obligation: Obligation,
) -> Result<(), Violation> {
    let found = works(store.find(keys))?;
    ensure(found.is_empty(), obligation, || {
        format!("{keys:?} found {:?}", found.iter().map(|user| &user.id).collect::<Vec<_>>())
    })
}
