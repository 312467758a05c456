//! Stores in memory: for tests, examples, and servers that may forget everything.
//!
//! Both are correct under threads, look everything up by hash, and copy nothing when they are read.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};

use super::{CommitError, Entry, EntryChange, EntryKey, UserChange, UserStore, VerificationStore};
use crate::identifier::{UserId, UserKey};
use crate::user::User;

/// Users in memory.
#[derive(Debug, Default)]
pub struct MemoryUserStore {
    users: RwLock<Users>,
}

/// One look-up finds a user, by whichever key.
#[derive(Debug, Default)]
struct Users {
    by_key: HashMap<UserKey, Arc<User>>,
    /// The keys that each user holds, so that those it gives up can be freed.
    keys: HashMap<UserId, Box<[UserKey]>>,
}

impl MemoryUserStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.read(|users| users.keys.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of all users, in any order. For a host that must write each user once more: see
    /// [`UsernameCase`](crate::identifier::UsernameCase).
    pub fn ids(&self) -> Vec<UserId> {
        self.read(|users| users.keys.keys().cloned().collect())
    }

    /// Every user who is wanted, in any order. It looks at all there are.
    pub fn users(&self, wanted: impl Fn(&User) -> bool) -> Vec<Arc<User>> {
        self.read(|users| {
            let all = users.keys.keys().filter_map(|id| users.by_key.get(&id.key()));
            all.filter(|user| wanted(user)).cloned().collect()
        })
    }

    fn read<T>(&self, read: impl FnOnce(&Users) -> T) -> T {
        read(&self.users.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl UserStore for MemoryUserStore {
    type Error = Infallible;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<Arc<User>>, Infallible> {
        Ok(self.read(|users| {
            let mut found: Vec<Arc<User>> = Vec::with_capacity(keys.len());
            for user in keys.iter().filter_map(|key| users.by_key.get(key)) {
                if !found.iter().any(|other| Arc::ptr_eq(other, user)) {
                    found.push(Arc::clone(user));
                }
            }
            found
        }))
    }

    fn commit(&self, change: &UserChange) -> Result<(), CommitError<Infallible>> {
        let mut users = self.users.write().unwrap_or_else(PoisonError::into_inner);
        let before = users.by_key.get(&change.id().key()).map(|user| user.revision);
        if before != change.expected() {
            return Err(CommitError::Stale);
        }
        let taken = |key: &&UserKey| users.by_key.get(key).is_some_and(|user| user.id != *change.id());
        if let Some(taken) = change.keys().iter().find(taken) {
            return Err(CommitError::Taken(taken.clone()));
        }
        for key in users.keys.remove(change.id()).into_iter().flatten() {
            users.by_key.remove(&key);
        }
        if let Some(user) = change.user() {
            users.by_key.extend(change.keys().iter().map(|key| (key.clone(), Arc::clone(user))));
            users.keys.insert(change.id().clone(), change.keys().into());
        }
        Ok(())
    }
}

/// Interactions, one-time tokens and counters in memory.
#[derive(Debug, Default)]
pub struct MemoryVerificationStore {
    entries: RwLock<HashMap<EntryKey, Arc<Entry>>>,
}

impl MemoryVerificationStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many entries there are, expired ones included.
    pub fn len(&self) -> usize {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl MemoryVerificationStore {
    /// Every entry that is wanted, in any order. It looks at all there are.
    pub fn entries(&self, wanted: impl Fn(&Entry) -> bool) -> Vec<Arc<Entry>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.values().filter(|entry| wanted(entry)).cloned().collect()
    }
}

impl VerificationStore for MemoryVerificationStore {
    type Error = Infallible;

    fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, Infallible> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        Ok(keys.iter().filter_map(|key| entries.get(key).cloned()).collect())
    }

    fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<Infallible>> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let revision = |key: &EntryKey| entries.get(key).map(|entry| entry.revision).unwrap_or_default();
        if changes.iter().any(|change| revision(&change.key()) != change.expected()) {
            return Err(CommitError::Stale);
        }
        for change in changes {
            match change.entry() {
                Some(entry) => drop(entries.insert(change.key(), Arc::clone(entry))),
                None => drop(entries.remove(&change.key())),
            }
        }
        Ok(())
    }

    fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, Infallible> {
        // Looked for while others read on; what was written meanwhile is looked at once more.
        let has_expired = |entry: &Arc<Entry>| entry.expires_at < now;
        let expired: Vec<EntryKey> = {
            let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
            let expired = entries.iter().filter(|(_, entry)| has_expired(entry));
            expired.map(|(key, _)| *key).take(limit).collect()
        };
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let before = entries.len();
        for key in expired {
            if entries.get(&key).is_some_and(has_expired) {
                entries.remove(&key);
            }
        }
        Ok(before - entries.len())
    }
}
