//! What happened, for audit logs, webhooks and messages to owners. Never a secret.
//!
//! An operation's events are part of its decision, and a host hears of them once the decision is committed: by
//! [`Engine::with_listener`](crate::engine::Engine::with_listener), or as [`Decision::events`](crate::operation::Decision::events).
//! Each says who acted, on whom, what was done, whom to tell, and whether sessions are over by it. It serialises:
//!
//! ```json
//! {
//!   "version": 1,
//!   "type": "email_set",
//!   "at": "2024-01-15T15:45:00Z",
//!   "actor": "person",
//!   "operation": "Submit",
//!   "subject": {"userId": "018d0f0a-…"},
//!   "notify": [{"type": "email", "value": "old@example.com"}, {"type": "email", "value": "new@example.com"}],
//!   "endsSessions": false
//! }
//! ```
//!
//! Members may be added to a version, and so may types; what is there keeps its meaning. An event whose operation is retried after a
//! crash may be given twice. One whose process dies between the commit and the listener is lost, unless the host writes [`Decision::events`](crate::operation::Decision::events)
//! down in the transaction that writes the account (an outbox).
//!
//! # Shared signals
//! A host that tells other parties speaks the OpenID Shared Signals Framework: events of the Continuous Access Evaluation Profile
//! (CAEP 1.0) and of Risk Incident Sharing and Coordination (RISC 1.0). Where one of theirs fits,
//! [`AuditAction::shared_signal`] names it:
//!
#![doc = include_str!("audit/shared_signals.md")]

mod action;
mod changes;

use chrono::{DateTime, Utc};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

pub use self::action::{AuditAction, IdentityKind, ProfilePart};
pub(crate) use self::changes::changes;
use crate::identifier::{Contact, UserId};
pub use crate::rejection::Actor;
use crate::rejection::OperationName;
use crate::secret::sha256_hex;

/// The version of the form that events serialise in.
pub const AUDIT_EVENT_VERSION: u32 = 1;

/// Something that happened in an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// Who acted.
    pub actor: Actor,
    /// By which operation.
    pub operation: OperationName,
    /// Whom it is about.
    pub subject: AuditSubject,
    /// What was done.
    pub action: AuditAction,
    /// Whom to tell: where an account's owner could be reached before, and then, of a contact that was set, the new one. Empty where
    /// nobody needs to know, and where nobody could be reached.
    pub notify: Vec<Contact>,
}

impl AuditEvent {
    /// Whether the subject's sessions that were opened before [`at`](Self::at) are over
    /// ([`User::keeps_session`](crate::user::User::keeps_session)). One that the operation itself opens stays.
    pub fn ends_sessions(&self) -> bool {
        self.action.ends_sessions()
    }
}

/// Flat: the members of the action stand beside those of the event.
impl Serialize for AuditEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Form<'a> {
            version: u32,
            #[serde(flatten)]
            action: &'a AuditAction,
            at: DateTime<Utc>,
            actor: Actor,
            operation: &'static str,
            subject: &'a AuditSubject,
            notify: &'a [Contact],
            ends_sessions: bool,
        }
        let Self { at, actor, operation, subject, action, notify } = self;
        let form = Form {
            version: AUDIT_EVENT_VERSION,
            action,
            at: *at,
            actor: *actor,
            operation: operation.as_str(),
            subject,
            notify,
            ends_sessions: self.ends_sessions(),
        };
        form.serialize(serializer)
    }
}

/// Whom an event is about.
///
/// What somebody typed is not in it: people type their password where the username belongs. A digest tells events about
/// one identifier to be about one. Whoever writes it down keys it once more, for a digest of what can be guessed can be
/// found by guessing: with an HMAC, say, under a key that is kept apart from the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditSubject {
    /// An account.
    User(UserId),
    /// An identifier that the step found no account by, or did not look for one: 16 hexadecimal digits.
    Unknown {
        /// The same for the same identifier.
        digest: String,
    },
}

impl AuditSubject {
    /// Of an identifier: its kind, and its canonical text, or what was typed.
    pub(crate) fn unknown(kind: &str, text: &str) -> Self {
        let mut digest = sha256_hex(&["audit", kind, text]);
        digest.truncate(16);
        Self::Unknown { digest }
    }
}

/// `{userId}` or `{digest}`.
impl Serialize for AuditSubject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut form = serializer.serialize_struct("AuditSubject", 1)?;
        match self {
            Self::User(id) => form.serialize_field("userId", id)?,
            Self::Unknown { digest } => form.serialize_field("digest", digest)?,
        }
        form.end()
    }
}

impl From<&UserId> for AuditSubject {
    fn from(id: &UserId) -> Self {
        Self::User(id.clone())
    }
}

/// What a rule tells; the rest is the operation's.
#[derive(Clone, Debug)]
pub(crate) struct Happened {
    pub(crate) subject: AuditSubject,
    pub(crate) action: AuditAction,
    pub(crate) notify: Vec<Contact>,
}

impl Happened {
    /// As an event of an operation.
    pub(crate) fn in_operation(self, operation: OperationName, at: DateTime<Utc>) -> AuditEvent {
        let Self { subject, action, notify } = self;
        AuditEvent { at, actor: operation.actor(), operation, subject, action, notify }
    }
}
