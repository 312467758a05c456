//! Stores in memory: for tests, examples, and servers that may forget everything.
//!
//! Both are correct under threads, and look everything up by hash.

use std::collections::HashMap;
use std::convert::Infallible;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};

use super::{CommitError, Loaded, RecordChanges, RevisedWrite, UserChange, UserStore, VerificationStore};
use crate::identifier::{Revision, UserId, UserKey, UserKeyKind, VerificationId};
use crate::user::User;
use crate::verification::{AttemptKey, AttemptLog, VerificationRecord};

/// Users in memory.
#[derive(Debug, Default)]
pub struct MemoryUserStore {
    users: RwLock<Users>,
}

/// One look-up finds a user, by whichever key: what is read together lies together.
#[derive(Debug, Default)]
struct Users {
    by_key: HashMap<UserKey, Arc<Kept>>,
    count: usize,
}

#[derive(Debug)]
struct Kept {
    user: User,
    /// The keys the user holds, so that those it gives up can be freed.
    keys: Vec<UserKey>,
}

impl MemoryUserStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.read(|users| users.count)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of all users, in any order. For a host that must write each user once more: see
    /// [`UsernameCase`](crate::identifier::UsernameCase).
    pub fn ids(&self) -> Vec<UserId> {
        let is_id = |key: &UserKey| key.kind() == UserKeyKind::Id;
        self.read(|users| {
            users.by_key.iter().filter(|(key, _)| is_id(key)).map(|(_, kept)| kept.user.id.clone()).collect()
        })
    }

    fn read<T>(&self, read: impl FnOnce(&Users) -> T) -> T {
        read(&self.users.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl UserStore for MemoryUserStore {
    type Error = Infallible;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<User>, Infallible> {
        let found = self.read(|users| {
            let mut found: Vec<Arc<Kept>> = Vec::with_capacity(keys.len());
            for kept in keys.iter().filter_map(|key| users.by_key.get(key)) {
                if !found.iter().any(|other| Arc::ptr_eq(other, kept)) {
                    found.push(Arc::clone(kept));
                }
            }
            found
        });
        // Nobody waits while users are copied.
        Ok(found.into_iter().map(|kept| kept.user.clone()).collect())
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<Infallible>> {
        let mut users = self.users.write().unwrap_or_else(PoisonError::into_inner);
        let before = users.by_key.get(&change.id().key()).cloned();
        if before.as_ref().map(|kept| kept.user.revision) != change.expected() {
            return Err(CommitError::Stale);
        }
        if let Some(taken) = change
            .keys()
            .iter()
            .find(|key| users.by_key.get(key).is_some_and(|kept| kept.user.id != *change.id()))
        {
            return Err(CommitError::Taken(taken.clone()));
        }
        if let Some(before) = before {
            before.keys.iter().for_each(|key| drop(users.by_key.remove(key)));
            users.count -= 1;
        }
        if let Some(user) = change.user() {
            let kept = Arc::new(Kept { user: user.clone(), keys: change.keys().into() });
            users.by_key.extend(change.keys().iter().map(|key| (key.clone(), Arc::clone(&kept))));
            users.count += 1;
        }
        Ok(())
    }
}

/// Verification records and counters in memory.
#[derive(Debug, Default)]
pub struct MemoryVerificationStore {
    kept: RwLock<Verifications>,
}

#[derive(Debug, Default)]
struct Verifications {
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
        kept.records.retain(|_, record| record.expires_at >= now);
        kept.attempts.retain(|_, log| log.expires_at >= now);
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
