//! The verbs outside an interaction: a signed-in person, or an operator, changes an account (rules.md, section 11).
//!
//! | operation | request | answers |
//! |---|---|---|
//! | [`UpdateMe`] | `PATCH /me` (A-1 to A-5) | an [`Envelope`] |
//! | [`ViewMe`] | `GET /me` (A-1, A-5) | an [`Envelope`] |
//! | [`PatchProfile`] | `PATCH /users/{id}/profile` (A-6 to A-8) | the [`Claims`](crate::user::Claims) |
//!
//! They stand on the footing of the steps of an interaction: an [`AccountOperation`] says what it needs to know, then
//! decides, and at most one write comes of it. [`Engine::run_account`](crate::engine::Engine::run_account) runs them;
//! a host that does its own I/O calls [`decide`].
//!
//! ```
//! use serde_json::json;
//! use vestibule::account::{MePatch, SignedIn, UpdateMe};
//! use vestibule::engine::Engine;
//! use vestibule::experience::Experience;
//! use vestibule::identifier::{UserId, UsernameCase};
//! use vestibule::operation::{Context, EntropyFailed};
//! use vestibule::password::Argon2id;
//! use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
//! use vestibule::store::{UserChange, UserStore};
//! use vestibule::user::User;
//!
//! let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
//! let (experience, passwords) = (Experience::default(), Argon2id::default());
//! let entropy = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| EntropyFailed);
//! let now = chrono::DateTime::UNIX_EPOCH; // the host's clock
//! let engine = Engine::new(&users, &verifications, Context::new(&experience, now, &entropy, &passwords));
//!
//! let id = UserId::parse("user_456789123")?;
//! users.commit(&UserChange::create(User::new(id.clone(), now), UsernameCase::Sensitive))?;
//!
//! let patch = MePatch::from_json(&json!({"first_name": " Jane ", "last_name": null}));
//! let answer = engine.run_account(&UpdateMe::new(SignedIn::new(id), patch))?;
//! assert_eq!((answer.status, answer.message.as_str()), (200, ""));
//! assert_eq!(answer.data.and_then(|me| me.first_name).as_deref(), Some("Jane"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod change;
mod envelope;
mod me_patch;
mod merge_patch;
mod patch_profile;
mod profile_patch;
mod session;
mod strict_claims;
mod update_me;
mod view_me;

pub use self::change::Change;
pub use self::envelope::{Envelope, Me, MeError, MeErrorCode};
pub use self::me_patch::MePatch;
pub use self::merge_patch::merge_patch;
pub use self::patch_profile::PatchProfile;
pub use self::profile_patch::ProfilePatch;
pub use self::session::{OpenInteraction, Session, SessionEntry, SignedIn};
pub use self::update_me::UpdateMe;
pub use self::view_me::ViewMe;

use crate::event::Event;
use crate::experience::Experience;
use crate::identifier::UserKey;
use crate::interaction::changed_fields;
use crate::operation::{Context, Facts, Misuse, Needs};
use crate::rejection::{OperationName, Rejection};
use crate::store::UserChange;
use crate::user::User;

/// What a signed-in person or an operator wants to do with an account.
///
/// A host can write its own on the same footing.
pub trait AccountOperation {
    /// What it answers.
    type Output;

    /// The operation's name in the error catalogue: it rejects with no code that the catalogue does not give it.
    const NAME: OperationName;

    /// What the decision must still know, given what is known; empty when it is ready. It asks for all that can be
    /// asked at once.
    fn needs(&self, facts: &Facts, experience: &Experience) -> Needs;

    /// Decides. Pure: the same facts give the same answer.
    ///
    /// # Errors
    /// [`Misuse`] if it reads a fact that it did not ask for. A rule that does not hold is the decision's outcome.
    fn decide(&self, facts: &Facts, context: &Context<'_>) -> Result<AccountDecision<Self::Output>, Misuse>;

    /// The answer where the store insists that another user holds a key that this operation claims. `None`, the
    /// default, for an operation that claims none: then it is the store that is wrong.
    fn taken(&self, _key: &UserKey) -> Option<Result<Self::Output, Rejection>> {
        None
    }
}

/// What was decided, for the host to carry out. If the write is refused as stale, nothing of the decision holds: read
/// the facts again and decide again; if a key is taken, likewise, and should it still be, answer
/// [`taken`](AccountOperation::taken).
#[derive(Clone, Debug)]
#[must_use = "a decision does nothing until it is carried out"]
pub struct AccountDecision<T> {
    /// The answer, once all is written.
    pub outcome: Result<T, Rejection>,
    /// What to write to the [`UserStore`](crate::store::UserStore).
    pub user: Option<UserChange>,
    /// What happened, once it is written.
    pub events: Vec<Event>,
}

/// Decides from facts that the host has looked up.
///
/// # Errors
/// [`Misuse`] if facts are missing that the operation needs. A rule that does not hold is no error of the host's: it
/// is the decision's outcome.
pub fn decide<O: AccountOperation>(
    operation: &O,
    facts: &Facts,
    context: &Context<'_>,
) -> Result<AccountDecision<O::Output>, Misuse> {
    let missing = operation.needs(facts, context.experience);
    if !missing.is_empty() {
        return Err(Misuse::MissingFacts(missing));
    }
    operation.decide(facts, context)
}

impl<T> AccountDecision<T> {
    /// An answer that changes nothing.
    pub fn unchanged(outcome: Result<T, Rejection>) -> Self {
        Self { outcome, user: None, events: Vec::new() }
    }

    /// An answer about an account as it is to be. Where that is as it was, there is nothing to write or to tell.
    pub(crate) fn changed(
        before: &User,
        mut after: User,
        context: &Context<'_>,
        answer: impl FnOnce(&User) -> T,
    ) -> Self {
        let fields = changed_fields(before, &after);
        if fields.is_empty() {
            return Self::unchanged(Ok(answer(before)));
        }
        after.updated_at = context.now;
        let case = context.experience.username_case();
        let outcome = Ok(answer(&after));
        let event = Event::UserUpdated { user_id: after.id.clone(), fields };
        Self { outcome, user: Some(UserChange::update(after, case)), events: vec![event] }
    }
}
