//! Accounts outside an interaction: the library's operations on them; and, for the operator, read, change, write, and
//! again if somebody was faster.

use vestibule::account::AccountOperation;
use vestibule::engine::Engine;
use vestibule::identifier::{UserId, UsernameCase};
use vestibule::operation::already_in_use;
use vestibule::rejection::Rejection;
use vestibule::store::{CommitError, UserChange, UserStore as _};
use vestibule::user::User;

use crate::problem::Problem;
use crate::server::{Server, log_event};
use crate::stores::Users;

/// How often a write is tried again because somebody was faster.
const ROUNDS: usize = 32;

/// Runs an operation of the library's on an account.
///
/// # Errors
/// The rejection of the operation; 503 if a store fails.
pub fn run<O: AccountOperation>(server: &Server, operation: &O) -> Result<O::Output, Problem> {
    let settings = server.settings.read();
    let engine = Engine::new(&server.stores.users, &server.stores.verifications, server.context(&settings))
        .with_listener(&log_event);
    Ok(engine.run_account(operation)?)
}

/// The user of an id.
///
/// # Errors
/// 404 `entity.not_found`; 503 if the store fails.
pub fn find(users: &Users, id: &UserId) -> Result<User, Problem> {
    let found = users.find(&[id.key()]).map_err(|failure| Problem::of_store(&failure))?;
    found.into_iter().next().ok_or(Problem::Rejected(Rejection::EntityNotFound))
}

/// Writes a new user.
///
/// # Errors
/// 422 if somebody else holds one of its keys; 503 if the store fails.
pub fn create(users: &Users, user: User, case: UsernameCase) -> Result<(), Problem> {
    commit(users, &UserChange::create(user, case)).and_then(Written::or_unavailable)
}

/// Changes a user, and answers with the user as it is then.
///
/// # Errors
/// As [`find`] and [`create`].
pub fn change(
    users: &Users,
    id: &UserId,
    case: UsernameCase,
    change: impl Fn(&mut User),
) -> Result<User, Problem> {
    for _ in 0..ROUNDS {
        let mut user = find(users, id)?;
        change(&mut user);
        let change = UserChange::update(user, case);
        if let (Written::Yes, Some(user)) = (commit(users, &change)?, change.user()) {
            return Ok(user.clone());
        }
    }
    Written::Stale.or_unavailable().and_then(|()| find(users, id))
}

/// Deletes a user.
///
/// # Errors
/// As [`find`].
pub fn delete(users: &Users, id: &UserId) -> Result<(), Problem> {
    for _ in 0..ROUNDS {
        let user = find(users, id)?;
        if let Written::Yes = commit(users, &UserChange::delete(&user))? {
            return Ok(());
        }
    }
    Written::Stale.or_unavailable()
}

enum Written {
    Yes,
    Stale,
}

impl Written {
    fn or_unavailable(self) -> Result<(), Problem> {
        match self {
            Self::Yes => Ok(()),
            Self::Stale => {
                tracing::error!("an account was not written: others kept writing it");
                Err(Problem::StorageUnavailable)
            }
        }
    }
}

fn commit(users: &Users, change: &UserChange) -> Result<Written, Problem> {
    match users.commit(change) {
        Ok(()) => Ok(Written::Yes),
        Err(CommitError::Stale) => Ok(Written::Stale),
        Err(CommitError::Taken(key)) => Err(already_in_use(&key).into()),
        Err(CommitError::Store(failure)) => Err(Problem::of_store(&failure)),
    }
}
