//! What happened, for audit logs and webhooks. Never a secret.

use chrono::{DateTime, Utc};

use crate::experience::MfaFactor;
use crate::identifier::{Contact, UserId};
use crate::rejection::OperationName;
use crate::secret::sha256_hex;
use crate::user::FactorId;
use crate::verification::MessageTemplate;

/// Whom an event is about.
///
/// What somebody typed is not in it: people type their password where the username belongs. A digest tells events about
/// one identifier to be about one. Whoever writes it down keys it once more, for a digest of what can be guessed can be
/// found by guessing.
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

/// Something that happened in a step. A host hears of it after the step was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditEvent {
    /// An account was made.
    UserCreated {
        /// Whose.
        user_id: UserId,
    },
    /// An account was changed.
    UserUpdated {
        /// Whose.
        user_id: UserId,
        /// What was changed.
        fields: Vec<UserField>,
    },
    /// An account was deleted.
    UserDeleted {
        /// Whose.
        user_id: UserId,
    },
    /// A password was set or reset.
    PasswordChanged {
        /// Whose.
        user_id: UserId,
    },
    /// A person signed in, or registered to the end.
    SignedIn {
        /// Who.
        user_id: UserId,
    },
    /// A factor was bound.
    FactorBound {
        /// Whose.
        user_id: UserId,
        /// Which.
        factor: MfaFactor,
    },
    /// A signed-in person changed their own account (C-9), or had it closed (C-10).
    AccountChanged {
        /// Whose.
        user_id: UserId,
        /// What was changed.
        change: AccountChange,
        /// Whom to tell: the contacts that the account had, and the one that it got.
        notify: Vec<Contact>,
    },
    /// Somebody came back to an account that was to be deleted (C-10).
    DeletionWithdrawn {
        /// Whose.
        user_id: UserId,
    },
    /// A verification code was asked for.
    CodeSent {
        /// For whom.
        recipient: AuditSubject,
        /// In which message.
        template: MessageTemplate,
        /// Whether it was kept back, because nobody has this address (V-4).
        withheld: bool,
    },
    /// A try failed and was counted.
    TryFailed {
        /// Whose, or of which identifier.
        of: AuditSubject,
        /// At what.
        operation: OperationName,
    },
    /// Failed tries locked an identifier (L-1).
    LockedOut {
        /// Whose, or of which identifier.
        of: AuditSubject,
    },
}

/// What a person changed of their own account. Never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountChange {
    /// The username was set, or replaced.
    UsernameSet,
    /// The username was removed.
    UsernameRemoved,
    /// The email was set, or replaced.
    EmailSet,
    /// The email was removed.
    EmailRemoved,
    /// The phone was set, or replaced.
    PhoneSet,
    /// The phone was removed.
    PhoneRemoved,
    /// The password was set, or replaced: other sessions must end.
    PasswordSet,
    /// The password was removed: other sessions must end.
    PasswordRemoved,
    /// An identity was linked.
    IdentityLinked {
        /// The social target, or the enterprise issuer.
        provider: String,
    },
    /// An identity was unlinked.
    IdentityUnlinked {
        /// The social target, or the enterprise issuer.
        provider: String,
    },
    /// A factor was bound.
    FactorBound {
        /// Which.
        factor: MfaFactor,
    },
    /// A factor was removed.
    FactorRemoved {
        /// Which.
        factor: FactorId,
    },
    /// A key was named.
    FactorNamed {
        /// Which.
        factor: FactorId,
    },
    /// Name, picture, claims or custom data.
    ProfileUpdated,
    /// The account is to be deleted: all sessions must end.
    DeletionRequested {
        /// When.
        due: DateTime<Utc>,
    },
}

/// A part of an account that can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UserField {
    /// The username.
    Username,
    /// The email.
    PrimaryEmail,
    /// The phone.
    PrimaryPhone,
    /// The password.
    Password,
    /// The name.
    Name,
    /// The picture.
    Avatar,
    /// Claims.
    Profile,
    /// Custom data.
    CustomData,
    /// Social and enterprise identities.
    Identities,
    /// Organisations.
    Organizations,
    /// Multi-factor authentication.
    Mfa,
    /// Whether the operator has suspended the account.
    Suspension,
}
