//! What a store of users owes to keys: each is bytes, and one user's.

use std::fmt::Debug;

use super::Obligation::{
    AllOrNothing, Found, GivenUpKeysAreFree, KeysAreBytes, OwnKeysAreFree, TakenIsRefused,
};
use super::samples;
use super::user_steps::{
    CASE, account, create, finds_nobody, full, is_found, named, refused, username, write,
};
use super::{Violation, ensure, works};
use crate::identifier::{Email, UserId, UserKey};
use crate::store::{CommitError, UserChange, UserStore};
use crate::user::{SocialIdentity, SsoIdentity, User, WebAuthnCredential};

/// Each differs from another in what a database's collation may fold, trim, cut or take for a pattern.
const ALIKE: [&str; 40] = [
    "a",
    "A",
    "a ",
    " a",
    "a\t",
    "a\n",
    "a\r\n",
    "ä",
    "a\u{308}",
    "Ä",
    "ß",
    "ss",
    "ﬁ",
    "fi",
    "İ",
    "i\u{307}",
    "ı",
    "I",
    "\u{212b}",
    "å",
    "a%",
    "a_",
    "a\\",
    "a\\\\",
    "a'",
    "a''",
    "a\"",
    "\u{feff}a",
    "a\u{200b}",
    "\0",
    "a\0",
    "a\0b",
    "?",
    "??",
    "🦀",
    "🦞",
    "42",
    "42.0",
    "042",
    "",
];

/// A database's collation must not fold or trim what the core has made canonical, nor cut what is long.
pub(super) fn compares_bytes<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let write = |user: User| write(store, &UserChange::create(user, CASE), KeysAreBytes);
    let mut written = Vec::new();
    for (id, name) in
        [("u1", "jane"), ("U1", "Jane"), ("jane", "JANE"), ("u%", "jane_"), ("u_", "janes"), ("u'", "_")]
    {
        written.extend(write(named(id, name)?)?);
    }
    // Longer than what an index of a database's may hold, and alike up to the last byte, or from the second.
    let long = "x".repeat(3000);
    let longs = ["", "x", "y", " "].map(|end| format!("{long}{end}"));
    let longs = longs.into_iter().chain([format!("y{long}"), "🦀".repeat(800), "🦞".repeat(800)]);
    for (number, text) in ALIKE.map(String::from).into_iter().chain(longs).enumerate() {
        // One text at a social provider, at an enterprise provider, and as a credential, is three.
        let mut user = account(&format!("social-{number}"))?;
        user.identities.insert("github".into(), SocialIdentity::new(&text));
        written.extend(write(user)?);
        let mut user = account(&format!("sso-{number}"))?;
        user.sso_identities =
            vec![SsoIdentity { issuer: "github".into(), user_id: text.clone(), details: None }];
        written.extend(write(user)?);
        let mut user = account(&format!("credential-{number}"))?;
        user.mfa.web_authn = vec![credential(text)?];
        written.extend(write(user)?);
    }
    for (id, text) in [("u-b", "6:github:42"), ("u-c", "6:GitHub:42"), ("u-d", "u1"), ("u-e", "jane")] {
        let mut user = account(id)?;
        user.mfa.web_authn = vec![credential(text.into())?];
        written.extend(write(user)?);
    }
    for user in &written {
        for key in user.keys(CASE) {
            is_found(store, &[key], user, KeysAreBytes)?;
        }
    }
    Ok(())
}

fn credential(id: String) -> Result<WebAuthnCredential, Violation> {
    let sample = samples::user()?.mfa.web_authn.pop();
    let sample = sample.ok_or_else(|| Violation::new(Found, "there is no sample of a credential"))?;
    Ok(WebAuthnCredential { id, ..sample })
}

pub(super) fn refuses_taken<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
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
    names_the_first(store, &jane, &joe, &own)?;
    // Several at once, of two people: the first in order is named, and nothing of the rest is claimed.
    let mut both = named("u-new", "newcomer")?;
    both.primary_email.clone_from(&joe.primary_email);
    both.primary_phone.clone_from(&jane.primary_phone);
    both.identities.insert("unclaimed".into(), SocialIdentity::new("7"));
    let updated = User { id: own.id.clone(), revision: own.revision, ..both.clone() };
    let first = joe.primary_email.as_ref().map_or_else(|| joe.id.key(), Email::key);
    is_taken(store, &UserChange::create(both, CASE), &first)?;
    is_taken(store, &UserChange::update(updated, CASE), &first)?;
    is_found(store, &own.keys(CASE), &own, AllOrNothing)?;
    let free = [username("newcomer")?, UserKey::social_identity("unclaimed", "7")];
    finds_nobody(store, &free, AllOrNothing)?;
    let mut claims = account("u-late")?;
    claims.identities.insert("unclaimed".into(), SocialIdentity::new("7"));
    write(store, &UserChange::create(claims, CASE), AllOrNothing)?;
    // One's own are no obstacle.
    let renamed = User { name: Some("Jane".into()), ..jane };
    write(store, &UserChange::update(renamed, CASE), OwnKeysAreFree).map(|_| ())
}

/// In the order of the change's keys, which is neither that of their kinds' names nor that of their values.
fn names_the_first<S: UserStore<Error: Debug>>(
    store: &S,
    jane: &User,
    joe: &User,
    own: &User,
) -> Result<(), Violation> {
    // By its kind's name, and by its value, the email comes before the username.
    let names = User {
        username: jane.username.clone(),
        primary_email: Some(works(Email::parse("a@example.com"))?),
        ..account("u-a")?
    };
    let holder = User { primary_email: names.primary_email.clone(), ..account("u-a")? };
    create(store, holder)?;
    // Both are one other user's, and are not in the order of the alphabet.
    let mut identities = User { sso_identities: joe.sso_identities.clone(), ..account("u-a")? };
    identities.sso_identities.reverse();
    for (claimed, first) in [
        (&names, names.username.as_ref().map(|name| name.key(CASE))),
        (&identities, identities.sso_identities.first().map(SsoIdentity::key)),
    ] {
        let first = first.unwrap_or_else(|| jane.id.key());
        let new = User { id: works(UserId::parse("u-new"))?, ..claimed.clone() };
        is_taken(store, &UserChange::create(new, CASE), &first)?;
        let own = User { id: own.id.clone(), revision: own.revision, ..claimed.clone() };
        is_taken(store, &UserChange::update(own, CASE), &first)?;
    }
    Ok(())
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

pub(super) fn frees_what_is_given_up<S: UserStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let jane = create(store, full("u-jane", "jane", "61412345678")?)?;
    let joe = create(store, full("u-joe", "joe", "61412345679")?)?;
    let given_up = jane.keys(CASE).split_off(1);
    let bare = User { revision: jane.revision, ..named("u-jane", "janet")? };
    let bare = write(store, &UserChange::update(bare.clone(), CASE), Found)?.unwrap_or(bare);
    is_found(store, &bare.keys(CASE), &bare, Found)?;
    finds_nobody(store, &given_up, GivenUpKeysAreFree)?;
    for key in joe.keys(CASE) {
        is_found(store, &[key], &joe, Found)?;
    }
    let heir = full("u-heir", "jane", "61412345678")?;
    let heir = write(store, &UserChange::create(heir.clone(), CASE), GivenUpKeysAreFree)?.unwrap_or(heir);
    for key in given_up {
        is_found(store, &[key], &heir, GivenUpKeysAreFree)?;
    }
    Ok(())
}
