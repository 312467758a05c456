//! Stores of entries.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use vestibule::identifier::{Revision, UserId};
use vestibule::store::{CommitError, Entry, EntryChange, EntryKey, EntryKind, Stored, VerificationStore};

use super::{Down, cut_long_texts, dawdle, truncate_times};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryFlaw {
    Fails,
    ForgetsExpiry,
    /// The last name of a JSON pointer into the stored form.
    Forgets(&'static str),
    TruncatesTimes,
    CutsLongTexts,
    NeverCountsRevisions,
    LoadsEverything,
    LoadsOneKind,
    ConfusesKinds,
    CutsDigests,
    RemovesEveryKind,
    PurgesEveryKind,
    EndsDigestsAtZero,
    NeverStale,
    KeepsHalfARevision,
    ChecksTheFirstOnly,
    ChecksInteractionsOnly,
    NeverChecksRemovals,
    AppliesHalfABatch,
    RemovesBeforeRefusing,
    ForgetsRemovals,
    ForgetsRemovalsBesidePuts,
    KeepsTombstones,
    AnswersTaken,
    LosesTheExpired,
    ReplacesTheExpired,
    PurgesInteractionsOnly,
    PurgesEverything,
    PurgesTheTick,
    BeginsIn1970,
    EndsIn2106,
    LosesTheLastDay,
    CountsNoPurge,
    IgnoresTheLimit,
    PurgesOneLess,
    PurgesAHundred,
    LimitsWhatItLooksAt,
    KeepsTheFirstExpiry,
    PurgesByKey,
    ChecksBeforeLocking,
    ReadsInParts,
}

/// A key as this store keeps it.
type Kept = (Option<EntryKind>, Vec<u8>);

#[derive(Clone)]
struct Row {
    /// The column that purging goes by.
    expires_at: DateTime<Utc>,
    entry: Arc<Entry>,
}

#[derive(Default)]
struct Rows {
    rows: BTreeMap<Kept, Row>,
    tombstones: BTreeMap<Kept, Revision>,
}

pub struct FlawedVerifications {
    flaw: Option<EntryFlaw>,
    kept: Mutex<Rows>,
}

impl FlawedVerifications {
    pub fn new(flaw: Option<EntryFlaw>) -> Self {
        Self { flaw, kept: Mutex::default() }
    }

    fn has(&self, flaw: EntryFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn key(&self, key: EntryKey) -> Kept {
        let mut digest = key.digest().to_vec();
        if self.has(EntryFlaw::CutsDigests) {
            digest.truncate(31);
        }
        if self.has(EntryFlaw::EndsDigestsAtZero) {
            digest.truncate(digest.iter().position(|&byte| byte == 0).unwrap_or(32));
        }
        ((!self.has(EntryFlaw::ConfusesKinds)).then(|| key.kind()), digest)
    }

    fn is_current(&self, kept: &Rows, changes: &[EntryChange]) -> bool {
        let is_current = |change: &EntryChange| {
            let key = self.key(change.key());
            // What its clock shows.
            let today = DateTime::from_timestamp(1_760_000_000, 0).unwrap();
            let replaced = |row: &&Row| self.has(EntryFlaw::ReplacesTheExpired) && row.expires_at < today;
            if change.expected() == Revision::default() && kept.rows.get(&key).as_ref().is_some_and(replaced)
            {
                return true;
            }
            let own = kept.rows.get(&key).map(|row| row.entry.revision);
            let revision = own.or(kept.tombstones.get(&key).copied()).unwrap_or_default();
            let kept = |revision: Revision| {
                if self.has(EntryFlaw::KeepsHalfARevision) { revision.0 & 0xffff_ffff } else { revision.0 }
            };
            kept(revision) == kept(change.expected())
        };
        match self.flaw {
            Some(EntryFlaw::NeverStale) => true,
            Some(EntryFlaw::ChecksTheFirstOnly) => changes.first().is_none_or(is_current),
            Some(EntryFlaw::ChecksInteractionsOnly) => changes
                .iter()
                .all(|change| change.key().kind() != EntryKind::Interaction || is_current(change)),
            Some(EntryFlaw::NeverChecksRemovals) => {
                changes.iter().all(|change| change.entry().is_none() || is_current(change))
            }
            _ => changes.iter().all(is_current),
        }
    }

    fn apply(&self, kept: &mut Rows, changes: &[EntryChange]) {
        let puts = changes.iter().any(|change| change.entry().is_some());
        for change in changes {
            let key = self.key(change.key());
            let Some(entry) = change.entry() else {
                let forgets = self.has(EntryFlaw::ForgetsRemovals)
                    || (puts && self.has(EntryFlaw::ForgetsRemovalsBesidePuts));
                if !forgets {
                    kept.rows.remove(&key);
                }
                if self.has(EntryFlaw::RemovesEveryKind) {
                    kept.rows.retain(|other, _| other.1 != key.1);
                }
                if self.has(EntryFlaw::KeepsTombstones) {
                    kept.tombstones.insert(key, change.expected().next());
                }
                continue;
            };
            let before = kept.rows.get(&key);
            let expires_at = match before {
                Some(before) if self.has(EntryFlaw::KeepsTheFirstExpiry) => before.expires_at,
                _ => entry.expires_at,
            };
            kept.rows.insert(key, Row { expires_at, entry: self.as_kept(before, entry) });
        }
    }

    fn as_kept(&self, before: Option<&Row>, entry: &Arc<Entry>) -> Arc<Entry> {
        if self.has(EntryFlaw::ForgetsExpiry) {
            return Arc::new(Entry { expires_at: DateTime::UNIX_EPOCH, ..Entry::clone(entry) });
        }
        if self.has(EntryFlaw::NeverCountsRevisions) {
            let revision = before.map_or(entry.revision, |before| before.entry.revision);
            return Arc::new(Entry { revision, ..Entry::clone(entry) });
        }
        let mut form: Value = serde_json::from_slice(&Stored::new(&**entry).to_bytes().unwrap()).unwrap();
        match self.flaw {
            Some(EntryFlaw::TruncatesTimes) => truncate_times(&mut form),
            Some(EntryFlaw::CutsLongTexts) => cut_long_texts(&mut form),
            Some(EntryFlaw::Forgets(name)) => forget(&mut form, name),
            _ => return Arc::clone(entry),
        }
        Arc::new(Stored::<Entry>::from_bytes(&serde_json::to_vec(&form).unwrap()).unwrap())
    }

    fn load_one(&self, kept: &Rows, key: EntryKey) -> Option<Arc<Entry>> {
        let row = kept.rows.get(&self.key(key))?;
        // What its clock shows.
        let today = DateTime::from_timestamp(1_760_000_000, 0).unwrap();
        let lost = self.has(EntryFlaw::LosesTheExpired) && row.expires_at < today;
        (!lost).then(|| Arc::clone(&row.entry))
    }
}

/// Empties what is called so, wherever it is.
fn forget(form: &mut Value, name: &str) {
    match form {
        Value::Array(items) => items.iter_mut().for_each(|item| forget(item, name)),
        Value::Object(members) => {
            for (own, member) in members {
                if own == name {
                    *member = match member {
                        Value::Array(_) => json!([]),
                        Value::Bool(_) => json!(false),
                        Value::Number(_) => json!(0),
                        _ => Value::Null,
                    };
                } else {
                    forget(member, name);
                }
            }
        }
        _ => {}
    }
}

impl VerificationStore for FlawedVerifications {
    type Error = Down;

    fn load(&self, keys: &[EntryKey]) -> Result<Vec<Arc<Entry>>, Down> {
        if self.has(EntryFlaw::ReadsInParts) {
            let part = |(at, key): (usize, &EntryKey)| {
                if at > 0 {
                    dawdle();
                }
                self.load_one(&self.kept.lock().unwrap(), *key)
            };
            return Ok(keys.iter().enumerate().filter_map(part).collect());
        }
        let kept = self.kept.lock().unwrap();
        if self.has(EntryFlaw::LoadsEverything) {
            return Ok(kept.rows.values().map(|row| Arc::clone(&row.entry)).collect());
        }
        let of_one_kind = keys.iter().filter(|key| {
            !self.has(EntryFlaw::LoadsOneKind) || keys.first().is_some_and(|first| first.kind() == key.kind())
        });
        Ok(of_one_kind.filter_map(|key| self.load_one(&kept, *key)).collect())
    }

    fn commit(&self, changes: &[EntryChange]) -> Result<(), CommitError<Down>> {
        if self.has(EntryFlaw::Fails) {
            return Err(CommitError::Store(Down));
        }
        let mut kept = self.kept.lock().unwrap();
        if !self.is_current(&kept, changes) {
            if self.has(EntryFlaw::AppliesHalfABatch) || self.has(EntryFlaw::RemovesBeforeRefusing) {
                let removes = self.has(EntryFlaw::RemovesBeforeRefusing);
                let good = |change: &&EntryChange| {
                    change.entry().is_none() == removes
                        && self.is_current(&kept, std::slice::from_ref(change))
                };
                let half: Vec<EntryChange> = changes.iter().filter(good).cloned().collect();
                self.apply(&mut kept, &half);
            }
            if self.has(EntryFlaw::AnswersTaken) {
                let id = UserId::parse("somebody").map_err(|_| CommitError::Store(Down))?;
                return Err(CommitError::Taken(id.key()));
            }
            return Err(CommitError::Stale);
        }
        if self.has(EntryFlaw::ChecksBeforeLocking) {
            drop(kept);
            dawdle();
            kept = self.kept.lock().unwrap();
        }
        self.apply(&mut kept, changes);
        Ok(())
    }

    fn purge_expired(&self, now: DateTime<Utc>, limit: usize) -> Result<usize, Down> {
        let mut kept = self.kept.lock().unwrap();
        let limit = match self.flaw {
            Some(EntryFlaw::IgnoresTheLimit) => usize::MAX,
            Some(EntryFlaw::PurgesOneLess) => limit.saturating_sub(1),
            Some(EntryFlaw::PurgesAHundred) => limit.min(100),
            _ => limit,
        };
        let expired = |(key, row): &(&Kept, &Row)| match self.flaw {
            Some(EntryFlaw::PurgesEverything) => true,
            Some(EntryFlaw::PurgesTheTick) => row.expires_at <= now,
            Some(EntryFlaw::BeginsIn1970) => {
                row.expires_at.timestamp_micros().max(0) < now.timestamp_micros().max(0)
            }
            Some(EntryFlaw::EndsIn2106) => {
                row.expires_at.timestamp() & 0xffff_ffff < now.timestamp() & 0xffff_ffff
            }
            Some(EntryFlaw::LosesTheLastDay) => {
                row.expires_at < now || row.expires_at == DateTime::<Utc>::MAX_UTC
            }
            Some(EntryFlaw::PurgesInteractionsOnly) => {
                key.0 == Some(EntryKind::Interaction) && row.expires_at < now
            }
            _ => row.expires_at < now,
        };
        let looked_at = if self.has(EntryFlaw::LimitsWhatItLooksAt) { limit } else { usize::MAX };
        let keys: Vec<Kept> = kept
            .rows
            .iter()
            .take(looked_at)
            .filter(expired)
            .take(limit)
            .map(|(key, _)| key.clone())
            .collect();
        if self.has(EntryFlaw::PurgesByKey) {
            drop(kept);
            dawdle();
            kept = self.kept.lock().unwrap();
        }
        if self.has(EntryFlaw::PurgesEveryKind) {
            kept.rows.retain(|other, _| keys.contains(other) || keys.iter().all(|key| other.1 != key.1));
        }
        let removed = keys.iter().filter(|key| kept.rows.remove(key).is_some()).count();
        Ok(if self.has(EntryFlaw::CountsNoPurge) { 0 } else { removed })
    }
}
