//! Simple stores, each with a mistake that somebody could make.
#![allow(clippy::unwrap_used, missing_debug_implementations, reason = "test support")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread::ThreadId;

use chrono::{DateTime, Utc};
use vestibule::identifier::{Revision, UserId, UserKey, UserKeyKind, VerificationId};
use vestibule::store::{CommitError, Loaded, RecordChanges, UserChange, UserStore, VerificationStore};
use vestibule::user::User;
use vestibule::verification::{AttemptKey, AttemptLog, VerificationRecord};

/// What a database says when it is not well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Down;

/// Lets others in between.
fn dawdle() {
    for _ in 0..64 {
        std::thread::yield_now();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserFlaw {
    Fails,
    ForgetsData,
    IgnoresPhones,
    FindsEverybody,
    FindsForEachKey,
    FoldsCase,
    TrimsKeys,
    IgnoresKind,
    NeverStale,
    Upserts,
    TakenInsteadOfStale,
    NeverTaken,
    NamesTheLastTaken,
    OwnKeysAreTaken,
    ClaimsBeforeRefusing,
    KeepsOldKeys,
    KeepsDeleted,
    ChecksBeforeLocking,
    ReadsInParts,
    RemembersPerThread,
}

/// A key as this store keeps it.
type Kept = (Option<&'static str>, String);

#[derive(Default)]
struct Users {
    by_id: BTreeMap<UserId, User>,
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
        ((!self.has(UserFlaw::IgnoresKind)).then(|| key.kind().as_str()), value)
    }

    fn holder(&self, users: &Users, key: &UserKey) -> Option<User> {
        let id = users.by_key.get(&self.kept(key))?;
        let ignored = self.has(UserFlaw::IgnoresPhones) && key.kind() == UserKeyKind::Phone;
        let unseen = self.has(UserFlaw::RemembersPerThread)
            && users.written_by.get(id).is_some_and(|thread| *thread != std::thread::current().id());
        users.by_id.get(id).filter(|_| !ignored && !unseen).cloned()
    }

    fn check(&self, users: &Users, change: &UserChange) -> Result<(), CommitError<Down>> {
        let revision = users.by_id.get(change.id()).map(|user| user.revision);
        let upserts = self.has(UserFlaw::Upserts) && change.expected().is_none();
        let stale = revision != change.expected() && !self.has(UserFlaw::NeverStale) && !upserts;
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
        let named = if self.has(UserFlaw::NamesTheLastTaken) { taken.next_back() } else { taken.next() };
        named.map_or(Ok(()), |key| Err(CommitError::Taken(key.clone())))
    }

    fn claim(&self, users: &mut Users, change: &UserChange) {
        for key in change.keys() {
            users.by_key.entry(self.kept(key)).or_insert_with(|| change.id().clone());
        }
    }
}

impl UserStore for FlawedUsers {
    type Error = Down;

    fn find(&self, keys: &[UserKey]) -> Result<Vec<User>, Down> {
        if self.has(UserFlaw::FindsEverybody) {
            return Ok(self.users.lock().unwrap().by_id.values().cloned().collect());
        }
        if self.has(UserFlaw::ReadsInParts) {
            let part = |key| {
                let holder = self.holder(&self.users.lock().unwrap(), key);
                dawdle();
                holder
            };
            return Ok(once(keys.iter().filter_map(part)));
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
                users.by_id.entry(id.clone()).or_insert_with(|| User::new(id, DateTime::UNIX_EPOCH));
            }
            return Err(refused);
        }
        if self.has(UserFlaw::ChecksBeforeLocking) {
            drop(users);
            dawdle();
            users = self.users.lock().unwrap();
        }
        if !self.has(UserFlaw::KeepsOldKeys) {
            users.by_key.retain(|_, id| id != change.id());
        }
        let Some(user) = change.user() else {
            if !self.has(UserFlaw::KeepsDeleted) {
                users.by_id.remove(change.id());
                users.by_key.retain(|_, id| id != change.id());
            }
            return Ok(());
        };
        let mut user = user.clone();
        if self.has(UserFlaw::ForgetsData) {
            user.custom_data.clear();
        }
        users.by_key.extend(change.keys().iter().map(|key| (self.kept(key), user.id.clone())));
        users.written_by.insert(user.id.clone(), std::thread::current().id());
        users.by_id.insert(user.id.clone(), user);
        Ok(())
    }
}

fn once(found: impl Iterator<Item = User>) -> Vec<User> {
    found.map(|user| (user.id.clone(), user)).collect::<BTreeMap<_, _>>().into_values().collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationFlaw {
    Fails,
    ForgetsData,
    LoadsEverything,
    IgnoresPools,
    NeverStale,
    ChecksTheFirstOnly,
    ChecksRecordsOnly,
    AppliesHalfABatch,
    AnswersTaken,
    PurgesRecordsOnly,
    PurgesEverything,
    CountsNoPurge,
    ChecksBeforeLocking,
    ReadsInParts,
}

#[derive(Default)]
struct Verifications {
    records: BTreeMap<VerificationId, VerificationRecord>,
    attempts: BTreeMap<String, AttemptLog>,
}

pub struct FlawedVerifications {
    flaw: Option<VerificationFlaw>,
    kept: Mutex<Verifications>,
}

impl FlawedVerifications {
    pub fn new(flaw: Option<VerificationFlaw>) -> Self {
        Self { flaw, kept: Mutex::default() }
    }

    fn has(&self, flaw: VerificationFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn counter(&self, key: &AttemptKey) -> String {
        if self.has(VerificationFlaw::IgnoresPools) { "all".into() } else { key.digest().into() }
    }

    fn is_current(&self, kept: &Verifications, changes: &RecordChanges) -> bool {
        let revision = |stored: Option<Revision>| stored.unwrap_or_default();
        let mut records = changes.records.iter().map(|write| {
            let stored = kept.records.get(&write.value.id);
            revision(stored.map(|record| record.revision)) == write.expected
        });
        let mut attempts = changes.attempts.iter().map(|write| {
            let stored = kept.attempts.get(&self.counter(&write.value.key));
            revision(stored.map(|log| log.revision)) == write.expected
        });
        match self.flaw {
            Some(VerificationFlaw::NeverStale) => true,
            Some(VerificationFlaw::ChecksTheFirstOnly) => records.next().unwrap_or(true),
            Some(VerificationFlaw::ChecksRecordsOnly) => records.all(|current| current),
            _ => records.all(|current| current) && attempts.all(|current| current),
        }
    }

    fn write(&self, kept: &mut Verifications, changes: &RecordChanges) {
        for write in &changes.records {
            let mut record = write.value.clone();
            if self.has(VerificationFlaw::ForgetsData) {
                record.expires_at = DateTime::UNIX_EPOCH;
            }
            kept.records.insert(record.id, record);
        }
        for write in &changes.attempts {
            kept.attempts.insert(self.counter(&write.value.key), write.value.clone());
        }
    }
}

impl VerificationStore for FlawedVerifications {
    type Error = Down;

    fn load(&self, records: &[VerificationId], attempts: &[AttemptKey]) -> Result<Loaded, Down> {
        if self.has(VerificationFlaw::LoadsEverything) {
            let kept = self.kept.lock().unwrap();
            let (records, attempts) = (kept.records.values().cloned(), kept.attempts.values().cloned());
            return Ok(Loaded { records: records.collect(), attempts: attempts.collect() });
        }
        if self.has(VerificationFlaw::ReadsInParts) {
            let record = |id| {
                let record = self.kept.lock().unwrap().records.get(id).cloned();
                dawdle();
                record
            };
            let attempts = self.load_attempts(&self.kept.lock().unwrap(), attempts);
            return Ok(Loaded { records: records.iter().filter_map(record).collect(), attempts });
        }
        let kept = self.kept.lock().unwrap();
        let records = records.iter().filter_map(|id| kept.records.get(id).cloned());
        Ok(Loaded { records: records.collect(), attempts: self.load_attempts(&kept, attempts) })
    }

    fn commit(&self, changes: &RecordChanges) -> Result<(), CommitError<Down>> {
        if self.has(VerificationFlaw::Fails) {
            return Err(CommitError::Store(Down));
        }
        let mut kept = self.kept.lock().unwrap();
        if !self.is_current(&kept, changes) {
            if self.has(VerificationFlaw::AppliesHalfABatch) {
                let fresh = changes.records.iter().filter(|write| write.expected == Revision(0));
                let half = RecordChanges { records: fresh.cloned().collect(), attempts: Vec::new() };
                self.write(&mut kept, &half);
            }
            if self.has(VerificationFlaw::AnswersTaken) {
                let id = UserId::parse("somebody").map_err(|_| CommitError::Store(Down))?;
                return Err(CommitError::Taken(id.key()));
            }
            return Err(CommitError::Stale);
        }
        if self.has(VerificationFlaw::ChecksBeforeLocking) {
            drop(kept);
            dawdle();
            kept = self.kept.lock().unwrap();
        }
        self.write(&mut kept, changes);
        Ok(())
    }

    fn purge_expired(&self, now: DateTime<Utc>) -> Result<u64, Down> {
        let mut kept = self.kept.lock().unwrap();
        let before = kept.records.len() + kept.attempts.len();
        let everything = self.has(VerificationFlaw::PurgesEverything);
        let records_only = self.has(VerificationFlaw::PurgesRecordsOnly);
        kept.records.retain(|_, record| !everything && record.expires_at > now);
        kept.attempts.retain(|_, log| records_only || (!everything && log.expires_at > now));
        let removed = (before - kept.records.len() - kept.attempts.len()) as u64;
        Ok(if self.has(VerificationFlaw::CountsNoPurge) { 0 } else { removed })
    }
}

impl FlawedVerifications {
    fn load_attempts(&self, kept: &Verifications, keys: &[AttemptKey]) -> Vec<AttemptLog> {
        keys.iter().filter_map(|key| kept.attempts.get(&self.counter(key)).cloned()).collect()
    }
}
