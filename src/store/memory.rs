//! Stores in memory: for tests, examples, and servers that may forget everything.
//!
//! Both are correct under threads, and look everything up by hash.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, Utc};

use super::{CommitError, Loaded, RecordChanges, RevisedWrite, UserChange, UserStore, VerificationStore};
use crate::identifier::{Revision, UserId, UserKey, VerificationId};
use crate::user::User;
use crate::verification::{AttemptKey, AttemptLog, VerificationRecord};

/// Users in memory.
#[derive(Debug, Default)]
pub struct MemoryUserStore {
    users: RwLock<Users>,
}

#[derive(Debug, Default)]
struct Users {
    by_id: HashMap<UserId, User>,
    by_key: HashMap<UserKey, UserId>,
    /// The keys each user holds, so that those it gives up can be freed.
    keys_of: HashMap<UserId, Vec<UserKey>>,
}

impl MemoryUserStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.read(|users| users.by_id.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of all users, in any order. For a host that must write each user once more: see
    /// [`UsernameCase`](crate::identifier::UsernameCase).
    pub fn ids(&self) -> Vec<UserId> {
        self.read(|users| users.by_id.keys().cloned().collect())
    }

    fn read<T>(&self, read: impl FnOnce(&Users) -> T) -> T {
        read(&self.users.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl UserStore for MemoryUserStore {
    type Error = Infallible;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<User>, Infallible> {
        Ok(self.read(|users| {
            let mut ids: Vec<&UserId> = Vec::with_capacity(keys.len());
            for id in keys.iter().filter_map(|key| users.by_key.get(key)) {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            ids.into_iter().filter_map(|id| users.by_id.get(id).cloned()).collect()
        }))
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<Infallible>> {
        let mut users = self.users.write().unwrap_or_else(PoisonError::into_inner);
        if users.by_id.get(change.id()).map(|user| user.revision) != change.expected() {
            return Err(CommitError::Stale);
        }
        if let Some(taken) =
            change.keys().iter().find(|key| users.by_key.get(key).is_some_and(|id| id != change.id()))
        {
            return Err(CommitError::Taken(taken.clone()));
        }
        for key in users.keys_of.remove(change.id()).unwrap_or_default() {
            users.by_key.remove(&key);
        }
        if let Some(user) = change.user() {
            users.by_key.extend(change.keys().iter().map(|key| (key.clone(), user.id.clone())));
            users.keys_of.insert(user.id.clone(), change.keys().into());
            users.by_id.insert(user.id.clone(), user.clone());
        } else {
            users.by_id.remove(change.id());
        }
        Ok(())
    }
}

/// Verification records and counters in memory.
#[derive(Debug, Default)]
pub struct MemoryVerificationStore {
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    records: HashMap<VerificationId, VerificationRecord>,
    attempts: HashMap<AttemptKey, AttemptLog>,
}

impl MemoryVerificationStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl VerificationStore for MemoryVerificationStore {
    type Error = Infallible;

    fn load(&self, records: &[VerificationId], attempts: &[AttemptKey]) -> Result<Loaded, Infallible> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Loaded {
            records: records.iter().filter_map(|id| kept.records.get(id).cloned()).collect(),
            attempts: attempts.iter().filter_map(|key| kept.attempts.get(key).cloned()).collect(),
        })
    }

    fn commit(&self, changes: &RecordChanges) -> Result<(), CommitError<Infallible>> {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let current =
            all_current(&kept.records, &changes.records, |record| record.id, |record| record.revision)
                && all_current(&kept.attempts, &changes.attempts, |log| log.key.clone(), |log| log.revision);
        if !current {
            return Err(CommitError::Stale);
        }
        kept.records.extend(changes.records.iter().map(|write| (write.value.id, write.value.clone())));
        kept.attempts
            .extend(changes.attempts.iter().map(|write| (write.value.key.clone(), write.value.clone())));
        Ok(())
    }

    fn purge_expired(&self, now: DateTime<Utc>) -> Result<u64, Infallible> {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let before = kept.records.len() + kept.attempts.len();
        kept.records.retain(|_, record| record.expires_at > now);
        kept.attempts.retain(|_, log| log.expires_at > now);
        Ok((before - kept.records.len() - kept.attempts.len()) as u64)
    }
}

/// Whether every write is based on the revision that is stored.
fn all_current<K: Hash + Eq, T>(
    stored: &HashMap<K, T>,
    writes: &[RevisedWrite<T>],
    key: impl Fn(&T) -> K,
    revision: impl Fn(&T) -> Revision,
) -> bool {
    writes
        .iter()
        .all(|write| stored.get(&key(&write.value)).map(&revision).unwrap_or_default() == write.expected)
}
