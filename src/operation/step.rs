//! The working copy of a step.

use std::cell::RefCell;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Context, Decision, Facts, Misuse};
use crate::event::Event;
use crate::experience::Experience;
use crate::identifier::{UserId, UserKey, UsernameCase, VerificationId};
use crate::interaction::Interaction;
use crate::password::{HashingFailed, PasswordMatch};
use crate::rejection::Rejection;
use crate::secret::{PasswordDigest, Secret};
use crate::store::{RecordChanges, RevisedWrite, UserChange};
use crate::user::User;
use crate::verification::{AttemptKey, AttemptLog, Verification, VerificationRecord};

/// A step under way: the interaction's working copy, the facts, the context, and the changes made so far.
///
/// A rejection leaves nothing of it behind, but for what was done before [`keep`](Self::keep).
#[derive(Debug)]
pub struct Step<'a> {
    /// The working copy of the interaction.
    pub interaction: Interaction,
    facts: &'a Facts,
    context: &'a Context<'a>,
    changes: Changes,
    kept: Option<Box<(Interaction, Changes)>>,
    /// The first mistake of the host's: then nothing of the step holds.
    misuse: RefCell<Option<Misuse>>,
}

#[derive(Clone, Debug, Default)]
struct Changes {
    user: Option<UserChange>,
    records: RecordChanges,
    events: Vec<Event>,
}

impl<'a> Step<'a> {
    pub(super) fn new(interaction: Interaction, facts: &'a Facts, context: &'a Context<'a>) -> Self {
        let (changes, kept, misuse) = (Changes::default(), None, RefCell::new(None));
        Self { interaction, facts, context, changes, kept, misuse }
    }

    /// The operator's settings.
    pub fn experience(&self) -> &'a Experience {
        self.context.experience
    }

    /// The context.
    pub fn context(&self) -> &'a Context<'a> {
        self.context
    }

    /// The facts.
    pub fn facts(&self) -> &'a Facts {
        self.facts
    }

    /// The time of the step.
    pub fn now(&self) -> DateTime<Utc> {
        self.context.now
    }

    /// Whether usernames are one regardless of case.
    pub fn case(&self) -> UsernameCase {
        self.context.experience.username_case()
    }

    /// What was done so far stands even if a later rule rejects (rules N-11, V-5, L-1).
    pub fn keep(&mut self) {
        self.kept = Some(Box::new((self.interaction.clone(), self.changes.clone())));
    }

    /// The user that holds a key.
    pub fn user(&self, key: &UserKey) -> Option<&'a User> {
        self.known(self.facts.user(key)).flatten()
    }

    /// The user of an id.
    pub fn user_by_id(&self, id: &UserId) -> Option<&'a User> {
        self.user(&id.key())
    }

    /// The identified user.
    ///
    /// # Errors
    /// [`Rejection::IdentifierNotFound`] if nobody is identified, or they are gone meanwhile.
    pub fn identified_user(&self) -> Result<&'a User, Rejection> {
        self.interaction.user_id().and_then(|id| self.user_by_id(id)).ok_or(Rejection::IdentifierNotFound)
    }

    /// The record of an id, whichever interaction it belongs to.
    pub fn record(&self, id: VerificationId) -> Option<&'a VerificationRecord> {
        self.known(self.facts.record(id)).flatten()
    }

    /// What was counted under a key.
    pub fn attempts(&self, key: &AttemptKey) -> AttemptLog {
        self.known(self.facts.attempts(key)).cloned().unwrap_or_else(|| AttemptLog::empty(key.clone()))
    }

    /// Writes a new user.
    pub fn create_user(&mut self, user: User) {
        self.changes.user = Some(UserChange::create(user, self.case()));
    }

    /// Writes a changed user.
    pub fn update_user(&mut self, user: User) {
        self.changes.user = Some(UserChange::update(user, self.case()));
    }

    /// Makes a record, and puts it into the interaction's registry in place of the one of its type.
    pub fn add_record(&mut self, verification: Verification) -> VerificationId {
        let id = VerificationId::from_uuid(self.new_uuid());
        self.interaction.registry_mut().put(verification.verification_type(), id);
        let expires_at = self.interaction.expires_at();
        self.write_record(VerificationRecord {
            id,
            revision: crate::identifier::Revision::default(),
            expires_at,
            verification,
        });
        id
    }

    /// Writes a record, new or changed; its revision is the one it was read with.
    pub fn write_record(&mut self, mut record: VerificationRecord) {
        let expected = record.revision;
        record.revision = expected.next();
        self.changes.records.records.push(RevisedWrite { expected, value: record });
    }

    /// Writes a counter; its revision is the one it was read with.
    pub fn write_attempts(&mut self, mut log: AttemptLog) {
        let expected = log.revision;
        log.revision = expected.next();
        self.changes.records.attempts.push(RevisedWrite { expected, value: log });
    }

    /// Tells the host, once the step is committed.
    pub fn tell(&mut self, event: Event) {
        self.changes.events.push(event);
    }

    /// The digest of a password, with fresh salt.
    pub fn hash_password(&self, password: &str) -> PasswordDigest {
        let salt = self.random();
        self.context.passwords.hash(password, &salt).unwrap_or_else(|HashingFailed| {
            self.note(HashingFailed.into());
            PasswordDigest::new("")
        })
    }

    /// Whether a password belongs to a digest.
    pub fn verify_password(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch {
        self.context.passwords.verify(password, digest)
    }

    /// Six random digits, each value as likely as any other.
    pub fn new_code(&self) -> Secret {
        // 2^32 is no multiple of a million: what is above the last full million is drawn again.
        const LIMIT: u32 = u32::MAX - u32::MAX % 1_000_000;
        loop {
            let drawn = u32::from_be_bytes(self.random());
            if drawn < LIMIT || self.misuse.borrow().is_some() {
                return Secret::new(format!("{:06}", drawn % 1_000_000));
            }
        }
    }

    /// A new UUID, version 7: it begins with the time, so that stores keep it close to its neighbours.
    pub(crate) fn new_uuid(&self) -> Uuid {
        uuid_v7(self.context.now, self.random())
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        if let Err(failed) = self.context.entropy.fill(&mut bytes) {
            self.note(failed.into());
        }
        bytes
    }

    /// A fact; if nobody asked for it, the step is void.
    pub(crate) fn known<T>(&self, fact: Result<T, Misuse>) -> Option<T> {
        fact.map_err(|misuse| self.note(misuse)).ok()
    }

    fn note(&self, misuse: Misuse) {
        self.misuse.borrow_mut().get_or_insert(misuse);
    }

    /// The decision: with all changes after a success, with those that were kept after a rejection.
    pub(super) fn conclude<T>(
        self,
        outcome: Result<T, Rejection>,
        before: &Interaction,
    ) -> Result<Decision<T>, Misuse> {
        if let Some(misuse) = self.misuse.into_inner() {
            return Err(misuse);
        }
        let (interaction, changes) = match (&outcome, self.kept) {
            (Ok(_), _) => (self.interaction, self.changes),
            (Err(_), Some(kept)) => *kept,
            (Err(_), None) => (before.clone(), Changes::default()),
        };
        let Changes { user, records, events } = changes;
        Ok(Decision { outcome, interaction, user, records, events })
    }
}

/// A UUID, version 7 (RFC 9562, section 5.7).
pub(crate) fn uuid_v7(now: DateTime<Utc>, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

#[cfg(test)]
mod tests;
