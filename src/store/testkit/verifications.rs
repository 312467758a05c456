//! What a store of verification records and counters owes, one caller at a time.

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Obligation::{
    AllOrNothing, Found, FoundOnlyIfAsked, NeverTaken, PurgeCounts, PurgesTheExpired, StaleIsRefused, Visible,
};
use super::{Obligation, Violation, ensure, works};
use crate::identifier::{
    ClaimedIdentifier, Email, Identifier, IdentifierType, Revision, UserId, Username, VerificationId,
};
use crate::secret::{PasswordDigest, Secret};
use crate::store::{CommitError, Loaded, RecordChanges, RevisedWrite, VerificationStore};
use crate::user::SocialUserInfo;
use crate::verification::{
    AttemptKey, AttemptLog, AttemptPool, CodeVerification, ConnectorSession, NewPasswordVerification,
    PasswordVerification, SocialVerification, Verification, VerificationRecord,
};

pub(super) fn check<S: VerificationStore<Error: Debug> + Sync>(
    store: &impl Fn() -> S,
) -> Result<(), Violation> {
    loads(&store())?;
    refuses_stale(&store())?;
    purges(&store())?;
    shows_to_all(&store())
}

/// A time of whole microseconds: what every database keeps.
pub(super) fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::microseconds(123_456)
}

/// A record that was never written.
pub(super) fn record(number: u128) -> Result<VerificationRecord, Violation> {
    let verification = Verification::Password(PasswordVerification {
        user_id: works(UserId::parse("u1"))?,
        identifier: Identifier::Username(works(Username::parse("jane"))?),
    });
    Ok(record_of(number, verification))
}

fn record_of(number: u128, verification: Verification) -> VerificationRecord {
    let id = VerificationId::from_uuid(Uuid::from_u128(number));
    let expires_at = now() + TimeDelta::hours(1);
    VerificationRecord { id, revision: Revision::default(), expires_at, verification }
}

/// One record of each shape of data.
fn records() -> Result<Vec<VerificationRecord>, Violation> {
    let email = works(Email::parse("jane@example.com"))?;
    let code = CodeVerification::sent(email, Some(Secret::new("012345")), now());
    let username = works(Username::parse("jane"))?;
    let password = PasswordDigest::new("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA");
    let social = SocialVerification {
        connector_id: "github-connector".into(),
        target: "github".into(),
        session: ConnectorSession {
            state: Secret::new("ünïcode ✓"),
            redirect_uri: "https://app.example/callback".into(),
        },
        user_info: Some(SocialUserInfo {
            raw_data: Some(serde_json::json!({"list": [1, null, "x"]})),
            ..SocialUserInfo::new("42")
        }),
    };
    Ok(vec![
        record(1)?,
        record_of(2, Verification::EmailVerificationCode(code)),
        record_of(3, Verification::NewPasswordIdentity(NewPasswordVerification { username, password })),
        record_of(4, Verification::Social(social)),
    ])
}

/// A counter that was never written.
pub(super) fn log(pool: AttemptPool, of: &str) -> AttemptLog {
    let claimed = ClaimedIdentifier::new(IdentifierType::Username, of);
    let empty = AttemptLog::empty(AttemptKey::of_text(pool, &claimed));
    AttemptLog {
        at: vec![now() - TimeDelta::seconds(1), now()],
        blocked_until: Some(now() + TimeDelta::minutes(1)),
        expires_at: now() + TimeDelta::hours(1),
        ..empty
    }
}

/// Changes that write these, each on the revision it has.
pub(super) fn changes(records: Vec<VerificationRecord>, attempts: Vec<AttemptLog>) -> RecordChanges {
    let records = records.into_iter().map(|mut value| {
        let expected = value.revision;
        value.revision = expected.next();
        RevisedWrite { expected, value }
    });
    let attempts = attempts.into_iter().map(|mut value| {
        let expected = value.revision;
        value.revision = expected.next();
        RevisedWrite { expected, value }
    });
    RecordChanges { records: records.collect(), attempts: attempts.collect() }
}

/// Writes what must be accepted.
pub(super) fn write<S: VerificationStore<Error: Debug>>(
    store: &S,
    changes: &RecordChanges,
    obligation: Obligation,
) -> Result<(), Violation> {
    match store.commit(changes) {
        Ok(()) => Ok(()),
        Err(CommitError::Store(error)) => works(Err(error)),
        Err(refused) => Err(Violation::new(obligation, format!("a write was refused: {refused}"))),
    }
}

/// What is stored under these, in the order of the ids and keys.
pub(super) fn load<S: VerificationStore<Error: Debug>>(
    store: &S,
    ids: &[VerificationId],
    keys: &[AttemptKey],
) -> Result<Loaded, Violation> {
    let mut loaded = works(store.load(ids, keys))?;
    loaded.records.sort_by_key(|record| record.id);
    loaded.attempts.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(loaded)
}

/// Checks that exactly what `written` wrote is stored, among what it is about.
fn is_stored<S: VerificationStore<Error: Debug>>(
    store: &S,
    written: &RecordChanges,
    obligation: Obligation,
) -> Result<(), Violation> {
    let mut records: Vec<_> = written.records.iter().map(|write| write.value.clone()).collect();
    let mut attempts: Vec<_> = written.attempts.iter().map(|write| write.value.clone()).collect();
    records.sort_by_key(|record| record.id);
    attempts.sort_by(|one, other| one.key.cmp(&other.key));
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    let keys: Vec<_> = attempts.iter().map(|log| log.key.clone()).collect();
    let loaded = load(store, &ids, &keys)?;
    let seen = |loaded: &Loaded| {
        let records = loaded.records.iter().map(|record| (record.id.to_string(), record.revision.0));
        let attempts = loaded.attempts.iter().map(|log| (log.key.digest().to_owned(), log.revision.0));
        records.chain(attempts).collect::<Vec<_>>()
    };
    ensure(loaded.records == records && loaded.attempts == attempts, obligation, || {
        let (found, written) = (seen(&loaded), seen(&Loaded { records, attempts }));
        if found == written {
            return "what was loaded has other data".into();
        }
        format!("instead of {written:?} there is {found:?}")
    })
}

fn loads<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    // Two pools of one person are two counters.
    let logs =
        [(AttemptPool::Identifier, "jane"), (AttemptPool::Message, "jane"), (AttemptPool::Message, "joe")]
            .map(|(pool, of)| log(pool, of))
            .to_vec();
    let all = changes(records()?, logs);
    let (ids, keys): (Vec<_>, Vec<_>) = (
        all.records.iter().map(|write| write.value.id).collect(),
        all.attempts.iter().map(|write| write.value.key.clone()).collect(),
    );
    let is_empty = |loaded: &Loaded| loaded.records.is_empty() && loaded.attempts.is_empty();
    let nothing = load(store, &ids, &keys)?;
    ensure(is_empty(&nothing), FoundOnlyIfAsked, || "an empty store has something".into())?;
    write(store, &all, Found)?;
    is_stored(store, &all, Found)?;
    // Written again, and each alone.
    let again = changes(
        all.records.into_iter().map(|write| write.value).collect(),
        all.attempts.into_iter().map(|write| AttemptLog { blocked_until: None, ..write.value }).collect(),
    );
    write(store, &again, Found)?;
    is_stored(store, &again, Found)?;
    for write in &again.records {
        let alone = RecordChanges { records: vec![write.clone()], ..RecordChanges::default() };
        is_stored(store, &alone, FoundOnlyIfAsked)?;
    }
    for write in &again.attempts {
        let alone = RecordChanges { attempts: vec![write.clone()], ..RecordChanges::default() };
        is_stored(store, &alone, FoundOnlyIfAsked)?;
    }
    let unasked = load(store, &[], &[])?;
    ensure(is_empty(&unasked), FoundOnlyIfAsked, || "something was loaded that nobody asked for".into())?;
    let unknown = load(store, &[record(99)?.id], &[log(AttemptPool::Message, "nobody").key])?;
    ensure(is_empty(&unknown), FoundOnlyIfAsked, || "something was loaded that does not exist".into())?;
    write(store, &RecordChanges::default(), Found)
}

/// One write of a batch is stale, at each place of it; then none of the batch may be written.
fn refuses_stale<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let stored = changes(vec![record(1)?, record(2)?], vec![log(AttemptPool::Identifier, "jane")]);
    write(store, &stored, Found)?;
    let current: Vec<_> = stored.records.iter().map(|write| write.value.clone()).collect();
    let counter: Vec<_> = stored.attempts.iter().map(|write| write.value.clone()).collect();
    let (fresh, fresh_log) = (record(3)?, log(AttemptPool::Message, "jane"));
    for revision in [Revision(0), Revision(7)] {
        for stale in 0..3 {
            let mut records: Vec<_> = current.clone();
            let mut attempts = counter.clone();
            match (records.get_mut(stale), attempts.first_mut()) {
                (Some(record), _) => record.revision = revision,
                (None, Some(log)) => log.revision = revision,
                (None, None) => {}
            }
            // What is new stands before and after what is stale.
            records.insert(stale.min(1), fresh.clone());
            attempts.push(fresh_log.clone());
            is_stale(
                store,
                &changes(records, attempts),
                &format!("write {stale} of a batch at {revision:?}"),
            )?;
            is_stored(store, &stored, AllOrNothing)?;
            let left = load(store, &[fresh.id], std::slice::from_ref(&fresh_log.key))?;
            ensure(left.records.is_empty() && left.attempts.is_empty(), AllOrNothing, || {
                "a part of a batch that was refused is there".into()
            })?;
        }
    }
    let unknown = VerificationRecord { revision: Revision(1), ..fresh };
    is_stale(store, &changes(vec![unknown], Vec::new()), "an update of a record that does not exist")?;
    let unknown = AttemptLog { revision: Revision(1), ..fresh_log };
    is_stale(store, &changes(Vec::new(), vec![unknown]), "an update of a counter that does not exist")
}

fn is_stale<S: VerificationStore<Error: Debug>>(
    store: &S,
    changes: &RecordChanges,
    what: &str,
) -> Result<(), Violation> {
    match store.commit(changes) {
        Ok(()) => Err(Violation::new(StaleIsRefused, format!("{what} was accepted"))),
        Err(CommitError::Stale) => Ok(()),
        Err(CommitError::Taken(key)) => Err(Violation::new(NeverTaken, format!("{what} took {key:?}"))),
        Err(CommitError::Store(error)) => works(Err(error)),
    }
}

fn purges<S: VerificationStore<Error: Debug>>(store: &S) -> Result<(), Violation> {
    let second = TimeDelta::seconds(1);
    let mut dead = changes(vec![record(1)?, record(2)?], vec![log(AttemptPool::Identifier, "jane")]);
    let live =
        changes(vec![record(3)?], vec![log(AttemptPool::Message, "jane"), log(AttemptPool::Message, "joe")]);
    dead.records.iter_mut().for_each(|write| write.value.expires_at = now() - second);
    dead.attempts.iter_mut().for_each(|write| write.value.expires_at = now() - second);
    write(store, &dead, Found)?;
    write(store, &live, Found)?;
    let none = works(store.purge_expired(now() - second * 2))?;
    is_stored(store, &dead, PurgesTheExpired)?;
    is_stored(store, &live, PurgesTheExpired)?;
    ensure(none == 0, PurgeCounts, || format!("{none} were said to be removed before anything expired"))?;
    let removed = works(store.purge_expired(now()))?;
    is_stored(store, &live, PurgesTheExpired)?;
    let ids: Vec<_> = dead.records.iter().map(|write| write.value.id).collect();
    let keys: Vec<_> = dead.attempts.iter().map(|write| write.value.key.clone()).collect();
    let left = load(store, &ids, &keys)?;
    ensure(left.records.is_empty() && left.attempts.is_empty(), PurgesTheExpired, || {
        format!("{} records and {} counters are left", left.records.len(), left.attempts.len())
    })?;
    ensure(removed == 3, PurgeCounts, || format!("{removed} were said to be removed, of 3"))?;
    // What was purged is as if it had never been.
    write(store, &dead, PurgesTheExpired)
}

/// From another thread: a connection of its own, where the store has connections.
fn shows_to_all<S: VerificationStore<Error: Debug> + Sync>(store: &S) -> Result<(), Violation> {
    let (mut record, mut log) = (record(1)?, log(AttemptPool::Identifier, "jane"));
    for _ in 0..16 {
        let written = changes(vec![record.clone()], vec![log.clone()]);
        write(store, &written, Found)?;
        let seen = std::thread::scope(|scope| {
            let reader = scope.spawn(|| is_stored(store, &written, Visible));
            reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        seen?;
        record.revision = record.revision.next();
        log.revision = log.revision.next();
    }
    Ok(())
}
