//! What happened, for audit logs and webhooks. Never a secret.

use crate::experience::MfaFactor;
use crate::identifier::{UserId, UserKey};
use crate::rejection::OperationName;
use crate::verification::MessageTemplate;

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
    /// A verification code was asked for.
    CodeSent {
        /// For whom.
        recipient: UserKey,
        /// In which message.
        template: MessageTemplate,
        /// Whether it was kept back, because nobody has this address (V-4).
        withheld: bool,
    },
    /// A try failed and was counted.
    TryFailed {
        /// Whose identifier; `None` for a text that is nobody's.
        identifier: Option<UserKey>,
        /// At what.
        operation: OperationName,
    },
    /// Failed tries locked an identifier (L-1).
    LockedOut {
        /// Whose identifier; `None` for a text that is nobody's.
        identifier: Option<UserKey>,
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
