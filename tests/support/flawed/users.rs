//! Stores of users.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;

use chrono::DateTime;
use serde_json::{Value, json};
use vestibule::identifier::{Revision, UserId, UserKey, UserKeyKind};
use vestibule::store::{CommitError, Stored, UserChange, UserStore};
use vestibule::user::User;

use super::{Down, cut_long_texts, dawdle, truncate_times, with_all};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserFlaw {
    Fails,
    ForgetsData,
    /// A JSON pointer into the stored form, and what is always there.
    Forgets(&'static str),
    ForgetsUsedCodes,
    ForgetsSpelling,
    KeepsTheFirst(&'static str),
    TruncatesTimes,
    FloatsNumbers,
    DropsNulls,
    CutsAtZero,
    CutsLongNames,
    KeepsFewOfMany,
    IgnoresPhones,
    IgnoresCredentials,
    FindsEverybody,
    FindsForEachKey,
    FoldsCase,
    TrimsKeys,
    CutsLongKeys,
    EndsKeysAtZero,
    IgnoresKind,
    NeverStale,
    KeepsHalfARevision,
    Upserts,
    TakenInsteadOfStale,
    NeverTaken,
    NamesTheLastTaken,
    NamesTheFirstInTheAlphabet,
    OwnKeysAreTaken,
    ClaimsBeforeRefusing,
    ClaimsForTheRefused,
    KeepsOldKeys,
    FreesEverybodysKeys,
    KeepsDeleted,
    KeepsKeysOfTheDeleted,
    ChecksBeforeLocking,
    ReadsInParts,
    ReadsKeysFirst,
    RemembersPerThread,
}

/// A key as this store keeps it.
type Kept = (Option<&'static str>, String);

#[derive(Default)]
struct Users {
    by_id: BTreeMap<UserId, Arc<User>>,
    by_key: BTreeMap<Kept, UserId>,
    written_by: BTreeMap<UserId, ThreadId>,
}

pub struct FlawedUsers {
    flaw: Option<UserFlaw>,
    users: Mutex<Users>,
}

impl FlawedUsers {
    pub fn new(flaw: Option<UserFlaw>) -> Self {
        Self { flaw, users: Mutex::default() }
    }

    fn has(&self, flaw: UserFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn kept(&self, key: &UserKey) -> Kept {
        let mut value = key.value().to_owned();
        if self.has(UserFlaw::FoldsCase) {
            value = value.to_lowercase();
        }
        if self.has(UserFlaw::TrimsKeys) {
            value = value.trim_end().to_owned();
        }
        if self.has(UserFlaw::CutsLongKeys) {
            value = value.chars().take(255).collect();
        }
        if self.has(UserFlaw::EndsKeysAtZero) {
            value.truncate(value.find('\0').unwrap_or(value.len()));
        }
        ((!self.has(UserFlaw::IgnoresKind)).then(|| key.kind().as_str()), value)
    }

    fn holder(&self, users: &Users, key: &UserKey) -> Option<Arc<User>> {
        let id = users.by_key.get(&self.kept(key))?;
        let ignored = match key.kind() {
            UserKeyKind::Phone => self.has(UserFlaw::IgnoresPhones),
            UserKeyKind::WebAuthnCredential => self.has(UserFlaw::IgnoresCredentials),
            _ => false,
        };
        let unseen = self.has(UserFlaw::RemembersPerThread)
            && users.written_by.get(id).is_some_and(|thread| *thread != std::thread::current().id());
        users.by_id.get(id).filter(|_| !ignored && !unseen).cloned()
    }

    fn check(&self, users: &Users, change: &UserChange) -> Result<(), CommitError<Down>> {
        let revision = users.by_id.get(change.id()).map(|user| user.revision);
        let upserts = self.has(UserFlaw::Upserts) && change.expected().is_none();
        let kept = |revision: Revision| {
            if self.has(UserFlaw::KeepsHalfARevision) { revision.0 & 0xffff_ffff } else { revision.0 }
        };
        let stale =
            revision.map(kept) != change.expected().map(kept) && !self.has(UserFlaw::NeverStale) && !upserts;
        if stale {
            return Err(match change.keys().first() {
                Some(id) if self.has(UserFlaw::TakenInsteadOfStale) && change.expected().is_none() => {
                    CommitError::Taken(id.clone())
                }
                _ => CommitError::Stale,
            });
        }
        if self.has(UserFlaw::NeverTaken) {
            return Ok(());
        }
        let own_are_taken = self.has(UserFlaw::OwnKeysAreTaken);
        let mut taken = change.keys().iter().filter(|key| {
            users.by_key.get(&self.kept(key)).is_some_and(|id| own_are_taken || id != change.id())
        });
        let named = match self.flaw {
            Some(UserFlaw::NamesTheLastTaken) => taken.next_back(),
            Some(UserFlaw::NamesTheFirstInTheAlphabet) => {
                taken.min_by_key(|key| (key.kind().as_str(), key.value()))
            }
            _ => taken.next(),
        };
        named.map_or(Ok(()), |key| Err(CommitError::Taken(key.clone())))
    }

    fn claim(&self, users: &mut Users, change: &UserChange) {
        for key in change.keys() {
            users.by_key.entry(self.kept(key)).or_insert_with(|| change.id().clone());
        }
    }

    /// The user as this store keeps it, over what it had.
    fn as_kept(&self, before: Option<&Arc<User>>, user: &Arc<User>) -> Arc<User> {
        let form = |user: &User| -> Value {
            serde_json::from_slice(&Stored::new(user).to_bytes().unwrap()).unwrap()
        };
        let mut kept = form(user);
        match self.flaw {
            Some(UserFlaw::ForgetsData) => kept["data"]["customData"] = json!({}),
            Some(UserFlaw::Forgets(place)) => {
                let forgotten = kept["data"].pointer_mut(place).unwrap();
                *forgotten = match forgotten {
                    Value::Array(_) => json!([]),
                    Value::Bool(_) => json!(false),
                    _ => Value::Null,
                };
            }
            Some(UserFlaw::ForgetsUsedCodes) => {
                for code in kept["data"]["mfa"]["backupCodes"].as_array_mut().unwrap() {
                    code["usedAt"] = Value::Null;
                }
            }
            Some(UserFlaw::ForgetsSpelling) => {
                kept["data"]["primaryEmail"] =
                    user.primary_email.as_ref().map(vestibule::identifier::Email::canonical).into();
            }
            Some(UserFlaw::KeepsTheFirst(place)) => {
                let before = before.map(|before| form(before)).unwrap_or_default();
                let first = before.pointer(&format!("/data{place}"));
                if let (Some(first), Some(own)) = (first, kept["data"].pointer_mut(place)) {
                    own.clone_from(first);
                }
            }
            Some(UserFlaw::CutsLongNames) => cut_long_texts(&mut kept["data"]["name"]),
            Some(UserFlaw::KeepsFewOfMany) => with_all(&mut kept, &|value| {
                if let Value::Array(items) = value {
                    items.truncate(4);
                }
            }),
            Some(UserFlaw::TruncatesTimes) => truncate_times(&mut kept),
            Some(UserFlaw::FloatsNumbers) => with_all(&mut kept["data"]["customData"], &|value| {
                if value.is_u64() {
                    *value = value.as_f64().into();
                }
            }),
            Some(UserFlaw::DropsNulls) => with_all(&mut kept["data"]["customData"], &|value| {
                if let Value::Object(members) = value {
                    members.retain(|_, member| !member.is_null());
                }
            }),
            Some(UserFlaw::CutsAtZero) => with_all(&mut kept["data"]["customData"], &|value| {
                if let Value::String(text) = value {
                    text.truncate(text.find('\0').unwrap_or(text.len()));
                }
            }),
            _ => return Arc::clone(user),
        }
        Arc::new(Stored::<User>::from_bytes(&serde_json::to_vec(&kept).unwrap()).unwrap())
    }
}

impl UserStore for FlawedUsers {
    type Error = Down;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, Down> {
        if self.has(UserFlaw::FindsEverybody) {
            return Ok(self.users.lock().unwrap().by_id.values().cloned().collect());
        }
        if self.has(UserFlaw::ReadsInParts) {
            let part = |(at, key)| {
                if at > 0 {
                    dawdle();
                }
                self.holder(&self.users.lock().unwrap(), key)
            };
            return Ok(once(keys.iter().enumerate().filter_map(part)));
        }
        if self.has(UserFlaw::ReadsKeysFirst) {
            let holders = {
                let users = self.users.lock().unwrap();
                once(keys.iter().filter_map(|key| self.holder(&users, key)))
            };
            dawdle();
            let users = self.users.lock().unwrap();
            return Ok(holders.iter().filter_map(|user| users.by_id.get(&user.id).cloned()).collect());
        }
        let users = self.users.lock().unwrap();
        let found = keys.iter().filter_map(|key| self.holder(&users, key));
        Ok(if self.has(UserFlaw::FindsForEachKey) { found.collect() } else { once(found) })
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<Down>> {
        if self.has(UserFlaw::Fails) {
            return Err(CommitError::Store(Down));
        }
        let mut users = self.users.lock().unwrap();
        if let Err(refused) = self.check(&users, change) {
            if self.has(UserFlaw::ClaimsBeforeRefusing) {
                self.claim(&mut users, change);
                let id = change.id().clone();
                let user = || Arc::new(User::new(id.clone(), DateTime::UNIX_EPOCH));
                users.by_id.entry(id.clone()).or_insert_with(user);
            }
            if self.has(UserFlaw::ClaimsForTheRefused) && users.by_id.contains_key(change.id()) {
                self.claim(&mut users, change);
            }
            return Err(refused);
        }
        if self.has(UserFlaw::ChecksBeforeLocking) {
            drop(users);
            dawdle();
            users = self.users.lock().unwrap();
        }
        let keeps = change.user().is_none()
            && (self.has(UserFlaw::KeepsDeleted) || self.has(UserFlaw::KeepsKeysOfTheDeleted));
        let gives_up = change.user().is_none() || !self.has(UserFlaw::KeepsOldKeys);
        if gives_up && !keeps {
            let all = change.expected().is_some() && self.has(UserFlaw::FreesEverybodysKeys);
            users.by_key.retain(|_, id| id != change.id() && !all);
        }
        let Some(user) = change.user() else {
            if !self.has(UserFlaw::KeepsDeleted) {
                users.by_id.remove(change.id());
            }
            return Ok(());
        };
        let user = self.as_kept(users.by_id.get(&user.id), user);
        users.by_key.extend(change.keys().iter().map(|key| (self.kept(key), user.id.clone())));
        users.written_by.insert(user.id.clone(), std::thread::current().id());
        users.by_id.insert(user.id.clone(), user);
        Ok(())
    }
}

fn once(found: impl Iterator<Item = Arc<User>>) -> Vec<Arc<User>> {
    found.map(|user| (user.id.clone(), user)).collect::<BTreeMap<_, _>>().into_values().collect()
}
