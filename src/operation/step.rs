//! The working copy of a step.

mod in_interaction;

use std::cell::RefCell;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::questions::ask;
use super::{Context, Decision, Facts, HostError, Progress, Questions, Subject};
use crate::audit::{AuditAction, AuditEvent, AuditSubject, Happened, changes};
use crate::experience::Experience;
use crate::identifier::{Contact, Revision, UserId, UserKey, UsernameCase, VerificationId};
use crate::interaction::{Interaction, InteractionId};
use crate::password::{ImportedDigest, PasswordMatch};
use crate::rejection::{OperationName, Rejection};
use crate::secret::{PasswordDigest, Secret};
use crate::store::{EntryChange, EntryContent, EntryKey, UserChange};
use crate::user::User;
use crate::verification::{Counter, OneTimeToken};

/// A step under way: the subject's working copy, the facts, the context, and the changes made so far.
///
/// A read of something not known yet becomes a question. It answers with nothing meanwhile, the rule runs on, and what
/// it comes to is dropped: that was a draft, and the rule runs again once the question is answered. In a draft nothing is
/// hashed, drawn, counted or told.
///
/// A rejection leaves nothing behind, but for what was done before a savepoint (N-11, V-5, L-1).
#[derive(Debug)]
pub struct Step<'a, S: Subject = Interaction> {
    facts: &'a Facts,
    context: &'a Context<'a>,
    working: S::Working<'a>,
    changes: Changes,
    saved: Option<Box<(S::Working<'a>, Changes)>>,
    questions: RefCell<Questions>,
    /// The first mistake of the host's: then nothing of the step holds.
    host_error: RefCell<Option<HostError>>,
}

#[derive(Clone, Debug, Default)]
struct Changes {
    user: Option<UserChange>,
    entries: Vec<EntryChange>,
    happened: Vec<Happened>,
}

impl<'a, S: Subject> Step<'a, S> {
    pub(super) fn new(working: S::Working<'a>, facts: &'a Facts, context: &'a Context<'a>) -> Self {
        let (questions, host_error) = (RefCell::default(), RefCell::default());
        Self { facts, context, working, changes: Changes::default(), saved: None, questions, host_error }
    }

    /// What the step is decided in.
    pub(crate) fn context(&self) -> &'a Context<'a> {
        self.context
    }

    /// The operator's settings.
    pub(crate) fn experience(&self) -> &'a Experience {
        self.context.experience
    }

    /// The time of the step.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.context.now
    }

    /// Whether usernames are one regardless of case.
    pub(crate) fn case(&self) -> UsernameCase {
        self.context.experience.username_case()
    }

    /// What was done so far is kept even if a later rule rejects (rules N-11, V-5, L-1).
    pub(crate) fn savepoint(&mut self) {
        self.saved = Some(Box::new((self.working.clone(), self.changes.clone())));
    }

    /// The user that holds a key.
    pub(crate) fn user(&self, key: &UserKey) -> Option<&'a User> {
        let Some(user) = self.facts.user(key) else {
            ask(&mut self.questions.borrow_mut().users, key.clone());
            return None;
        };
        user.as_deref()
    }

    /// The user that holds a key, if that was asked for already. It asks nothing.
    pub(crate) fn known_user(&self, key: &UserKey) -> Option<&'a User> {
        self.facts.user(key)?.as_deref()
    }

    /// The user of an id.
    pub(crate) fn user_by_id(&self, id: &UserId) -> Option<&'a User> {
        self.user(&id.key())
    }

    /// Whether nobody holds a key, or nobody but this user.
    pub(crate) fn is_free(&self, key: &UserKey, own: Option<&UserId>) -> bool {
        self.user(key).map_or(!self.facts.is_taken(key), |holder| Some(&holder.id) == own)
    }

    /// What was counted under a key; nothing, where there is no counter.
    pub(crate) fn counter(&self, key: &EntryKey) -> Counter {
        match self.entry(key) {
            Some((_, EntryContent::Counter(counter))) => counter.clone(),
            _ => Counter::default(),
        }
    }

    /// Writes a counter. Every try does (L-2): of two at once, one is decided again on what the other counted.
    pub(crate) fn write_counter(&mut self, key: EntryKey, counter: Counter) {
        self.put_entry(key, counter.expires_at(), EntryContent::Counter(counter));
    }

    /// The one-time token under a key.
    pub(crate) fn one_time_token(&self, key: &EntryKey) -> Option<&'a OneTimeToken> {
        match self.entry(key) {
            Some((_, EntryContent::OneTimeToken(token))) => Some(token),
            _ => None,
        }
    }

    /// Writes a one-time token.
    pub(crate) fn write_one_time_token(&mut self, key: EntryKey, token: OneTimeToken) {
        self.put_entry(key, token.remembered_until(), EntryContent::OneTimeToken(token));
    }

    fn entry(&self, key: &EntryKey) -> Option<(Revision, &'a EntryContent)> {
        let Some(entry) = self.facts.entry(key) else {
            ask(&mut self.questions.borrow_mut().entries, *key);
            return None;
        };
        entry.as_ref().map(|entry| (entry.revision, &entry.content))
    }

    /// Writes an entry on the revision it was read with.
    fn put_entry(&mut self, key: EntryKey, expires_at: DateTime<Utc>, content: EntryContent) {
        let expected = self.entry(&key).map(|(revision, _)| revision).unwrap_or_default();
        self.changes.entries.push(EntryChange::put(key, expected, expires_at, content));
    }

    /// The digest of a password under the current scheme. Slow work is done once all that is kept is known.
    ///
    /// Here, and in the two questions below, a password passes into NFC (9.2): whatever rule asks, hashers and lists see
    /// one spelling.
    pub(crate) fn hash_password(&self, password: &Secret) -> PasswordDigest {
        let password = password.normalized();
        self.facts.hashed(&password).cloned().unwrap_or_else(|| {
            self.ask_for_work(|questions| ask(&mut questions.hash, password.into_owned()));
            PasswordDigest::new("")
        })
    }

    /// Whether a password is that of a digest.
    pub(crate) fn verify_password(&self, password: &Secret, digest: &PasswordDigest) -> PasswordMatch {
        let question = (password.normalized().into_owned(), digest.clone());
        self.facts.verified(&question).unwrap_or_else(|| {
            self.ask_for_work(|questions| ask(&mut questions.verify, question));
            PasswordMatch::No
        })
    }

    /// A digest that another system made, as the hasher keeps it; nothing if it cannot read it.
    pub(crate) fn import_digest(&self, imported: &ImportedDigest) -> Option<PasswordDigest> {
        self.facts.imported(imported).cloned().unwrap_or_else(|| {
            self.ask_for_work(|questions| ask(&mut questions.import, imported.clone()));
            None
        })
    }

    /// Whether a password is known from breaches.
    pub(crate) fn is_breached(&self, password: &Secret) -> bool {
        let password = password.normalized();
        self.facts.breached(&password).unwrap_or_else(|| {
            self.ask_for_work(|questions| ask(&mut questions.breached, password.into_owned()));
            false
        })
    }

    /// Whether an email domain is disposable.
    pub(crate) fn is_disposable(&self, domain: &str) -> bool {
        let domain = domain.to_owned();
        self.facts.disposable(&domain).unwrap_or_else(|| {
            self.ask_for_work(|questions| ask(&mut questions.disposable, domain));
            false
        })
    }

    /// What the stores have not answered yet may change what work there is, so they are asked first.
    fn ask_for_work(&self, ask: impl FnOnce(&mut Questions)) {
        let mut questions = self.questions.borrow_mut();
        if questions.asks_no_store() {
            ask(&mut questions);
        }
    }

    /// Whether all that was asked so far is known.
    fn questions_are_answered(&self) -> bool {
        self.questions.borrow().is_empty()
    }

    /// Tells the host, once the step is committed.
    pub(crate) fn emit(&mut self, subject: impl Into<AuditSubject>, action: AuditAction) {
        self.changes.happened.push(Happened { subject: subject.into(), action, notify: Vec::new() });
    }

    /// Tells the host what was done to an account, and whom to tell of it: where its owner could be reached before, and
    /// where since (C-9).
    pub(crate) fn emit_change(&mut self, before: &[Contact], after: &User, action: AuditAction) {
        let mut notify = if action.concerns_access() { before.to_vec() } else { Vec::new() };
        let new = match action {
            AuditAction::EmailSet => after.primary_email.clone().map(Contact::Email),
            AuditAction::PhoneSet => after.primary_phone.clone().map(Contact::Phone),
            _ => None,
        };
        notify.extend(new.filter(|new| !before.contains(new)));
        self.changes.happened.push(Happened { subject: (&after.id).into(), action, notify });
    }

    /// Six random digits, each value as likely as any other.
    pub(crate) fn new_code(&self) -> Secret {
        // 2^32 is no multiple of a million: what is above the last full million is drawn again.
        const LIMIT: u32 = u32::MAX - u32::MAX % 1_000_000;
        loop {
            let drawn = u32::from_be_bytes(self.random());
            if drawn < LIMIT || self.host_error.borrow().is_some() {
                return Secret::new(format!("{:06}", drawn % 1_000_000));
            }
        }
    }

    /// A new id: a UUID, version 7 (RFC 9562, section 5.7). It begins with the time.
    pub(crate) fn new_uuid(&self) -> Uuid {
        let millis = u64::try_from(self.context.now.timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.random()).into_uuid()
    }

    /// A new record's id.
    fn new_verification_id(&self) -> VerificationId {
        VerificationId::from_uuid(self.new_uuid())
    }

    /// Random bytes; in a draft none are drawn.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        if self.questions.borrow().is_empty()
            && let Err(failed) = self.context.entropy.fill(&mut bytes)
        {
            self.host_error.borrow_mut().get_or_insert(failed.into());
        }
        bytes
    }

    /// What came of it: questions, or a decision with all changes after a success, and with those of the savepoint
    /// after a rejection.
    pub(super) fn conclude<T>(
        self,
        operation: OperationName,
        outcome: Result<T, Rejection>,
    ) -> Result<Progress<T>, HostError> {
        let questions = self.questions.take();
        if !questions.is_empty() {
            return Ok(Progress::Ask(questions));
        }
        let random = || {
            let mut bytes = [0; 32];
            if let Err(failed) = self.context.entropy.fill(&mut bytes) {
                self.host_error.borrow_mut().get_or_insert(failed.into());
            }
            bytes
        };
        let fits = |output| S::check_bounds(&self.working, true).map(|()| output);
        let (outcome, kept) = match (outcome.and_then(fits), self.saved) {
            (Ok(output), _) => (Ok(output), Some((self.working, self.changes))),
            (Err(rejection), None) => (Err(rejection), None),
            (Err(rejection), Some(saved)) => match S::check_bounds(&saved.0, false) {
                Ok(()) => (Err(rejection), Some(*saved)),
                Err(too_large) => (Err(too_large), None),
            },
        };
        let decision = match kept {
            Some((working, Changes { user, mut entries, happened })) => {
                let (own, new_id) = S::end(working, random);
                entries.extend(own);
                let now = self.context.now;
                let events: Vec<AuditEvent> =
                    happened.into_iter().map(|happened| happened.in_operation(operation, now)).collect();
                Decision { outcome, new_id, user, entries, events }
            }
            None => Decision::refused(outcome),
        };
        match self.host_error.into_inner() {
            Some(error) => Err(error),
            None => Ok(Progress::Decided(decision)),
        }
    }
}

/// Outside an interaction: accounts and entries are written as they are decided.
impl Step<'_, ()> {
    /// Writes a new user.
    pub(crate) fn create_user(&mut self, user: User) {
        self.changes.user = Some(UserChange::create(user, self.case()));
    }

    /// Writes a changed user.
    pub(crate) fn update_user(&mut self, user: User) {
        self.changes.user = Some(UserChange::update(user, self.case()));
    }

    /// Writes a user as it is to be, and tells what changed; nothing is written where nothing did. Gives the user as it
    /// is then.
    pub(crate) fn update_if_changed(&mut self, before: &User, mut after: User) -> User {
        let changes = changes(before, &after);
        if changes.is_empty() && *before == after {
            return after;
        }
        after.updated_at = self.now();
        let contacts = before.contacts();
        for change in changes {
            self.emit_change(&contacts, &after, change);
        }
        self.update_user(after.clone());
        after
    }

    /// Deletes a user.
    pub(crate) fn delete_user(&mut self, user: &User) {
        self.changes.user = Some(UserChange::delete(user));
    }

    /// An interaction that is open, to look at what was proved in it.
    pub(crate) fn open_interaction(&self, id: &InteractionId) -> Option<&Interaction> {
        let (_, content) = self.entry(&EntryKey::interaction(id))?;
        let EntryContent::Interaction(interaction) = content else { return None };
        interaction.check_open(self.now()).is_ok().then_some(interaction)
    }

    /// Ends an interaction that another replaces (I-1); one that is none ends as well.
    pub(crate) fn close(&mut self, id: &InteractionId) {
        let key = EntryKey::interaction(id);
        let revision = self.entry(&key).map(|(revision, _)| revision);
        self.changes.entries.extend(revision.map(|revision| EntryChange::remove(key, revision)));
    }

    /// Starts an interaction under a new id.
    pub(crate) fn start(&mut self, interaction: Interaction) -> InteractionId {
        let id = InteractionId::from_bytes(self.random());
        let expires_at = interaction.expires_at();
        let content = EntryContent::Interaction(interaction);
        let key = EntryKey::interaction(&id);
        self.changes.entries.push(EntryChange::put(key, Revision::default(), expires_at, content));
        id
    }

    /// Writes a token that was just drawn: nothing can be there.
    pub(crate) fn create_one_time_token(&mut self, key: EntryKey, token: OneTimeToken) {
        let (remembered, content) = (token.remembered_until(), EntryContent::OneTimeToken(token));
        self.changes.entries.push(EntryChange::put(key, Revision::default(), remembered, content));
    }
}

#[cfg(test)]
mod tests;
