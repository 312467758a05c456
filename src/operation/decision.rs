//! What comes of deciding.

use super::Questions;
use crate::audit::AuditEvent;
use crate::interaction::InteractionId;
use crate::rejection::Rejection;
use crate::store::{EntryChange, UserChange};

/// What comes of deciding: questions, or a decision.
#[derive(Clone, Debug)]
#[must_use = "a decision does nothing until it is carried out"]
pub enum Progress<T> {
    /// Answer these, add the answers to the facts, and decide again.
    Ask(Questions),
    /// Carry this out.
    Decided(Decision<T>),
}

/// What was decided, for the host to carry out: write `user`, then `entries`, then answer `outcome`.
///
/// In that order, because what is used up must be spent before anything is granted for it: a one-time password's step,
/// a backup code, a signature counter are the user's, and the interaction is what is granted. If a write is refused as
/// stale or taken, nothing of the decision holds: read the facts again and decide again.
#[derive(Clone, Debug)]
#[must_use = "a decision does nothing until it is carried out"]
pub struct Decision<T> {
    /// The answer.
    pub outcome: Result<T, Rejection>,
    /// The interaction's new id, if it has one from now on (I-6): the client's cookie.
    pub new_id: Option<InteractionId>,
    /// What to write to the [`UserStore`](crate::store::UserStore), first.
    pub user: Option<UserChange>,
    /// What to write to the [`VerificationStore`](crate::store::VerificationStore), second; after a rejection what the
    /// rules let stand.
    pub entries: Vec<EntryChange>,
    /// What happened, once all is written.
    pub events: Vec<AuditEvent>,
}

impl<T> Decision<T> {
    /// A refusal that changes nothing.
    pub(super) fn refused(outcome: Result<T, Rejection>) -> Self {
        Self { outcome, new_id: None, user: None, entries: Vec::new(), events: Vec::new() }
    }
}
