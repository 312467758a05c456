//! Failed tries lock (L-1), none can be tried more often in parallel than in turn (L-2), and one place cannot lock out an
//! owner who comes from another (L-5).

use crate::audit::{AuditAction, AuditSubject};
use crate::identifier::{ClaimedIdentifier, UserId, UserKey, VerificationId};
use crate::operation::{Context, Questions, Step};
use crate::rejection::{Blocked, Rejection};
use crate::store::EntryKey;
use crate::user::User;
use crate::verification::{Counter, Limit, Pool};

/// How many tries a secret under enrolment, or a comparison with the current password, is good for (L-1, P-13).
const FEW: u32 = 10;

/// How many times as often a pool may fail from all sources together as from one (L-5).
const SOURCES: u32 = 10;

/// Tries at something, counted together.
#[derive(Clone, Debug)]
pub(in crate::flow) struct Tries {
    pool: Pool,
    counters: Vec<Counted>,
    /// Whose tries they are; `None` for a text that is nobody's.
    of: Option<UserKey>,
    /// What events call them.
    unknown: AuditSubject,
}

/// A counter that a try is counted in.
#[derive(Clone, Copy, Debug)]
struct Counted {
    key: EntryKey,
    /// The counter of all sources, where this is one source's (L-5).
    all_sources: Option<EntryKey>,
    max_attempts: u32,
    /// Whether a right try clears it: it proves what is counted there.
    is_cleared: bool,
}

impl Counted {
    /// What counts, without what an operator had forgotten.
    fn read(&self, step: &Step<'_>) -> Counter {
        let own = step.counter(&self.key);
        match &self.all_sources {
            Some(all) => own.but_forgotten_by(&step.counter(all)),
            None => own,
        }
    }
}

impl Tries {
    /// Of whoever holds a key.
    pub(in crate::flow) fn of_key(pool: Pool, key: UserKey, context: &Context<'_>) -> Self {
        let counters = counters(context, |source| EntryKey::counter(pool, &key, source));
        let unknown = AuditSubject::unknown(key.kind().as_str(), key.value());
        Self { pool, counters, of: Some(key), unknown }
    }

    /// Of a user who is identified.
    pub(in crate::flow) fn of_user(pool: Pool, user_id: &UserId, context: &Context<'_>) -> Self {
        Self::of_key(pool, user_id.key(), context)
    }

    /// Of whoever a person says to be. A text that is no identifier is nobody's, and is counted all the same, so that
    /// it answers like somebody's.
    pub(in crate::flow) fn of_claimed(
        pool: Pool,
        claimed: &ClaimedIdentifier,
        context: &Context<'_>,
    ) -> Self {
        if let Some(identifier) = claimed.parse() {
            let key = identifier.key(context.experience.username_case());
            return Self::of_key(pool, key, context);
        }
        let counters = counters(context, |source| EntryKey::counter_of_text(pool, claimed, source));
        let unknown = AuditSubject::unknown(claimed.identifier_type.as_str(), &claimed.value);
        Self { pool, counters, of: None, unknown }
    }

    /// Of a secret that is being enrolled: it is nobody's yet, and is tried from one place.
    pub(in crate::flow) fn of_record(pool: Pool, id: VerificationId) -> Self {
        let key = EntryKey::counter_of_record(pool, id);
        let counters = vec![Counted { key, all_sources: None, max_attempts: FEW, is_cleared: true }];
        Self { pool, counters, of: None, unknown: AuditSubject::unknown("record", &id.to_string()) }
    }

    /// Comparisons with a user's current password (P-13): counted whatever they find, and cleared by nothing.
    pub(in crate::flow) fn comparisons_of(user_id: &UserId) -> Self {
        let key = EntryKey::counter(Pool::Comparison, &user_id.key(), None);
        let counters = vec![Counted { key, all_sources: None, max_attempts: FEW, is_cleared: false }];
        let unknown = AuditSubject::User(user_id.clone());
        Self { pool: Pool::Comparison, counters, of: Some(user_id.key()), unknown }
    }

    /// What is tried once somebody is identified counts per user (L-1). Where it is not the user's own, it goes on
    /// counting for the identifier as well: nobody tries a stranger's more often for having many accounts. And to be
    /// right about something else clears nothing of the user's: nobody goes on guessing by proving a mailbox of their own
    /// in between.
    pub(in crate::flow) fn after_identification(mut self, step: &Step<'_>) -> Self {
        let Some(user_id) = step.interaction().user_id() else { return self };
        let case = step.case();
        let holds = |user: &User| self.of.as_ref().is_some_and(|key| user.holds(key, case));
        let is_own = step.user_by_id(user_id).is_some_and(holds);
        let pool = self.pool;
        let mut of_user = counters(step.context(), |source| EntryKey::counter(pool, &user_id.key(), source));
        for counted in &mut of_user {
            counted.is_cleared = is_own;
        }
        if is_own {
            self.counters.clear();
        }
        self.counters.extend(of_user);
        self
    }

    /// The key of whoever they are of.
    pub(in crate::flow) fn key(&self) -> Option<&UserKey> {
        self.of.as_ref()
    }

    /// Where they are counted: what a step asks for first.
    pub(in crate::flow) fn questions(&self) -> Questions {
        Questions::none().entries(self.counters.iter().map(|counted| counted.key))
    }

    /// Asks for the counters now, together with what else the step reads first.
    pub(in crate::flow) fn ask(&self, step: &Step<'_>) {
        for counted in &self.counters {
            step.counter(&counted.key);
        }
    }

    /// L-1: while a counter is blocked, every try is refused, right or wrong.
    pub(in crate::flow) fn check_not_blocked(&self, step: &Step<'_>) -> Result<(), Rejection> {
        self.ask(step);
        match self.retry_after(step) {
            Some(retry_after) => Err(Rejection::VerificationBlocked(Blocked { retry_after })),
            None => Ok(()),
        }
    }

    fn retry_after(&self, step: &Step<'_>) -> Option<u64> {
        let blocked = |counted: &Counted| counted.read(step).retry_after(step.now());
        self.counters.iter().filter_map(blocked).max()
    }

    /// L-1: counts a failed try, and keeps that although the step is about to be rejected: with `rejection`, or, if this
    /// was one too many, with the lock.
    pub(in crate::flow) fn failed(&self, step: &mut Step<'_>, rejection: Rejection) -> Rejection {
        let retry_after = self.count(step);
        let of = self.subject(step);
        step.emit(of.clone(), AuditAction::TryFailed);
        if retry_after.is_some() {
            step.emit(of, AuditAction::LockedOut);
        }
        step.savepoint();
        match retry_after {
            Some(retry_after) => Rejection::VerificationBlocked(Blocked { retry_after }),
            None => rejection,
        }
    }

    /// Whom events are about: the account, where the step has looked for it.
    fn subject(&self, step: &Step<'_>) -> AuditSubject {
        let user = self.of.as_ref().and_then(|key| step.known_user(key));
        user.map_or_else(|| self.unknown.clone(), |user| AuditSubject::User(user.id.clone()))
    }

    /// Counts a try in all counters. Says for how long that locks, if it does.
    pub(in crate::flow) fn count(&self, step: &mut Step<'_>) -> Option<u64> {
        let (lockout, now) = (step.experience().settings().sentinel_policy.lockout(), step.now());
        let (mut locked, mut kept_until) = (None, now);
        for counted in &self.counters {
            let mut counter = counted.read(step);
            counter.count_failure(Limit { max_attempts: counted.max_attempts, lockout }, now);
            locked = locked.max(counter.retry_after(now));
            // L-5: the counter of all sources stands behind the one of this source.
            counter.outlast(kept_until);
            kept_until = kept_until.max(counter.expires_at());
            step.write_counter(counted.key, counter);
        }
        locked
    }

    /// L-1, L-2: a right try clears what it proves, and writes every counter: one that others overtook is decided again,
    /// and finds the lock.
    pub(in crate::flow) fn succeeded(&self, step: &mut Step<'_>) {
        self.write(step, |counted| counted.is_cleared);
    }

    /// L-2: a try that was right, and is refused for another reason, is written as well.
    pub(in crate::flow) fn noted(&self, step: &mut Step<'_>) {
        self.write(step, |_| false);
    }

    fn write(&self, step: &mut Step<'_>, clears: impl Fn(&Counted) -> bool) {
        for counted in &self.counters {
            let mut counter = counted.read(step);
            counter.note_success(clears(counted), step.now());
            step.write_counter(counted.key, counter);
        }
    }
}

/// L-5: where the host names a source, a try counts for it, and for all sources together.
fn counters(context: &Context<'_>, key: impl Fn(Option<&str>) -> EntryKey) -> Vec<Counted> {
    let max_attempts = context.experience.settings().sentinel_policy.max_attempts;
    let all = key(None);
    let of_all = |max_attempts| Counted { key: all, all_sources: None, max_attempts, is_cleared: true };
    match context.source {
        None => vec![of_all(max_attempts)],
        Some(source) => {
            let own = Counted { key: key(Some(source)), all_sources: Some(all), ..of_all(max_attempts) };
            vec![own, of_all(max_attempts.saturating_mul(SOURCES))]
        }
    }
}
