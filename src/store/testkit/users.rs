//! What a store of users owes, one caller at a time.

use std::fmt::Debug;

use super::Obligation::{
    AllOrNothing, DeletedIsGone, Found, FoundOnce, FoundOnlyIfAsked, GivenUpKeysAreFree, KeysAreBytes,
    OwnKeysAreFree, StaleIsRefused, TakenIsRefused, Visible,
};
use super::one_change::{OneChangeEach, difference};
use super::samples::{self, at};
use super::{Obligation, Violation, ensure, works};
use crate::identifier::{Email, Phone, Revision, UserId, UserKey, Username, UsernameCase};
use crate::store::{CommitError, UserChange, UserStore};
use crate::user::{SocialIdentity, SsoIdentity, User, WebAuthnCredential};

const CASE: UsernameCase = UsernameCase::Sensitive;

pub(super) fn check<S: UserStore<Error: Debug> + Sync>(store: &impl Fn() -> S) -> Result<(), Violation> {
    finds(&store())?;
    compares_bytes(&store())?;
    refuses_stale(&store())?;
    refuses_taken(&store())?;
    frees_what_is_given_up(&store())?;
    deletes(&store())?;
    shows_to_all(&store())?;
    changes_everything(&store())
}

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
fn full(id: &str, name: &str, phone: &str) -> Result<User, Violation> {
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
fn refused<S: UserStore<Error: Debug>>(
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
fn is_found<S: UserStore<Error: Debug>>(
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
fn finds_nobody<S: UserStore<Error: Debug>>(
    store: &S,
    keys: &[UserKey],
    obligation: Obligation,
) -> Result<(), Violation> {
    let found = works(store.find(keys))?;
    ensure(found.is_empty(), obligation, || {
        format!("{keys:?} found {:?}", found.iter().map(|user| &user.id).collect::<Vec<_>>())
    })
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

/// A database's collation must not fold or trim what the core has made canonical.
fn compares_bytes<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let write = |user: User| write(store, &UserChange::create(user, CASE), KeysAreBytes);
    let mut written = Vec::new();
    for (id, name) in [("u1", "jane"), ("u2", "Jane"), ("jane", "JANE")] {
        written.extend(write(named(id, name)?)?);
    }
    for (id, at_provider) in
        [("u4", "42"), ("u5", "42 "), ("u6", "4%"), ("u7", "4_"), ("u8", "ﬁ"), ("u9", "fi")]
    {
        let mut user = account(id)?;
        user.identities.insert("github".into(), SocialIdentity::new(at_provider));
        written.extend(write(user)?);
    }
    // One text at a social provider, at an enterprise provider, and as a credential, is three.
    let mut user = account("u-a")?;
    user.sso_identities = vec![SsoIdentity { issuer: "github".into(), user_id: "42".into(), details: None }];
    written.extend(write(user)?);
    for (id, credential) in [("u-b", "6:github:42"), ("u-c", "6:GitHub:42"), ("u-d", "4%")] {
        let mut user = account(id)?;
        user.mfa.web_authn = samples::user()?.mfa.web_authn;
        user.mfa.web_authn.truncate(1);
        user.mfa.web_authn.iter_mut().for_each(|own| own.id = credential.into());
        written.extend(write(user)?);
    }
    for user in &written {
        for key in user.keys(CASE) {
            is_found(store, &[key], user, KeysAreBytes)?;
        }
    }
    Ok(())
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

fn refuses_taken<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let jane = create(store, full("u-jane", "jane", "61412345678")?)?;
    let joe = create(store, full("u-joe", "joe", "61412345679")?)?;
    // Each kind of key alone, created and updated.
    let own = create(store, named("u-own", "own")?)?;
    for key in jane.keys(CASE).into_iter().skip(1) {
        let claims = |mut user: User| {
            user.username = jane.username.clone().filter(|name| name.key(CASE) == key).or(user.username);
            user.primary_email = jane.primary_email.clone().filter(|email| email.key() == key);
            user.primary_phone = jane.primary_phone.clone().filter(|phone| phone.key() == key);
            let identities = jane.identities.clone().into_iter();
            user.identities = identities
                .filter(|(target, identity)| UserKey::social_identity(target, &identity.user_id) == key)
                .collect();
            user.sso_identities.clone_from(&jane.sso_identities);
            user.sso_identities.retain(|own| own.key() == key);
            user.mfa.web_authn.clone_from(&jane.mfa.web_authn);
            user.mfa.web_authn.retain(|own| WebAuthnCredential::key_of(&own.id) == key);
            user
        };
        is_taken(store, &UserChange::create(claims(named("u-new", "newcomer")?), CASE), &key)?;
        is_taken(store, &UserChange::update(claims(own.clone()), CASE), &key)?;
        is_found(store, &jane.keys(CASE), &jane, AllOrNothing)?;
        is_found(store, &own.keys(CASE), &own, AllOrNothing)?;
        finds_nobody(store, &[works(UserId::parse("u-new"))?.key(), username("newcomer")?], AllOrNothing)?;
    }
    // Several at once, of two people: the first in order is named, and nothing of the rest is claimed.
    let mut both = named("u-new", "newcomer")?;
    both.primary_email.clone_from(&joe.primary_email);
    both.primary_phone.clone_from(&jane.primary_phone);
    both.identities.insert("unclaimed".into(), SocialIdentity::new("7"));
    let first = joe.primary_email.as_ref().map_or_else(|| joe.id.key(), Email::key);
    is_taken(store, &UserChange::create(both, CASE), &first)?;
    let free = [username("newcomer")?, UserKey::social_identity("unclaimed", "7")];
    finds_nobody(store, &free, AllOrNothing)?;
    let mut claims = account("u-late")?;
    claims.identities.insert("unclaimed".into(), SocialIdentity::new("7"));
    write(store, &UserChange::create(claims, CASE), AllOrNothing)?;
    // One's own are no obstacle.
    let renamed = User { name: Some("Jane".into()), ..jane };
    write(store, &UserChange::update(renamed, CASE), OwnKeysAreFree).map(|_| ())
}

fn is_taken<S: UserStore<Error: Debug>>(
    store: &S,
    change: &UserChange,
    key: &UserKey,
) -> Result<(), Violation> {
    let refused = refused(store, change, TakenIsRefused, &format!("a second {key:?}"))?;
    ensure(matches!(&refused, CommitError::Taken(named) if named == key), TakenIsRefused, || {
        format!("claiming {:?}, of which {key:?} is the first that is taken: {refused}", change.keys())
    })
}

fn frees_what_is_given_up<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let jane = create(store, full("u-jane", "jane", "61412345678")?)?;
    let given_up = jane.keys(CASE).split_off(1);
    let bare = User { revision: jane.revision, ..named("u-jane", "janet")? };
    let bare = write(store, &UserChange::update(bare.clone(), CASE), Found)?.unwrap_or(bare);
    is_found(store, &bare.keys(CASE), &bare, Found)?;
    finds_nobody(store, &given_up, GivenUpKeysAreFree)?;
    let heir = full("u-heir", "jane", "61412345678")?;
    let heir = write(store, &UserChange::create(heir.clone(), CASE), GivenUpKeysAreFree)?.unwrap_or(heir);
    for key in given_up {
        is_found(store, &[key], &heir, GivenUpKeysAreFree)?;
    }
    Ok(())
}

fn deletes<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let jane = create(store, full("u-jane", "jane", "61412345678")?)?;
    let joe = create(store, full("u-joe", "joe", "61412345679")?)?;
    write(store, &UserChange::delete(&jane), DeletedIsGone)?;
    finds_nobody(store, &jane.keys(CASE), DeletedIsGone)?;
    is_found(store, &joe.keys(CASE), &joe, AllOrNothing)?;
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
