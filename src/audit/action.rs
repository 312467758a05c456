//! What can happen.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::experience::{InteractionEvent, MfaFactor};
use crate::user::FactorId;
use crate::verification::MessageTemplate;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })? = $text:literal;)*) => {
        /// What happened. Each variant is a type of event, and serialises as an object with `type`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(tag = "type", rename_all_fields = "camelCase")]
        #[non_exhaustive]
        pub enum AuditAction {
            $($(#[$doc])* #[serde(rename = $text)] $name $({ $($(#[$field_doc])* $field: $type),* })?),*
        }

        impl AuditAction {
            /// The types of events that there are.
            pub const TYPES: &'static [&'static str] = &[$($text),*];

            /// The type of event: a stable lower-case name.
            pub fn event_type(&self) -> &'static str {
                match self { $(Self::$name { .. } => $text),* }
            }
        }
    };
}

actions! {
    /// An account was made.
    UserCreated = "user_created";
    /// An account was deleted, and its identifiers are free.
    UserDeleted = "user_deleted";
    /// A person signed in, or registered to the end.
    SignedIn = "signed_in";
    /// The username was set, or replaced.
    UsernameSet = "username_set";
    /// The username was removed.
    UsernameRemoved = "username_removed";
    /// The email was set, or replaced.
    EmailSet = "email_set";
    /// The email was removed.
    EmailRemoved = "email_removed";
    /// The phone was set, or replaced.
    PhoneSet = "phone_set";
    /// The phone was removed.
    PhoneRemoved = "phone_removed";
    /// The password was set, replaced or reset.
    PasswordSet = "password_set";
    /// The password was removed.
    PasswordRemoved = "password_removed";
    /// The operator marked the password expired, or took the mark away.
    PasswordMarked {
        /// Whether it is expired.
        is_expired: bool,
    } = "password_marked";
    /// A social or enterprise identity was linked, or took another's place.
    IdentityLinked {
        /// Of which kind it is.
        kind: IdentityKind,
        /// The social target, or the enterprise issuer.
        provider: String,
    } = "identity_linked";
    /// A social or enterprise identity was unlinked.
    IdentityUnlinked {
        /// Of which kind it was.
        kind: IdentityKind,
        /// The social target, or the enterprise issuer.
        provider: String,
    } = "identity_unlinked";
    /// An authenticator app, a key or a set of backup codes was bound.
    FactorBound {
        /// Which kind.
        factor: MfaFactor,
    } = "factor_bound";
    /// An authenticator app, a key or the backup codes were removed.
    FactorRemoved {
        /// Which.
        factor: FactorId,
    } = "factor_removed";
    /// A key was named.
    FactorNamed {
        /// Which.
        factor: FactorId,
    } = "factor_named";
    /// Whether a second factor is asked for when signing in was changed.
    MfaPolicyChanged = "mfa_policy_changed";
    /// What is offered about second factors and passkeys was skipped, or is offered again.
    MfaPromptsChanged = "mfa_prompts_changed";
    /// The account joined or left organisations.
    OrganizationsChanged = "organizations_changed";
    /// Parts of the profile were changed.
    ProfileUpdated {
        /// Which.
        parts: Vec<ProfilePart>,
    } = "profile_updated";
    /// The operator suspended the account.
    Suspended = "suspended";
    /// The operator let a suspended account in again.
    Reinstated = "reinstated";
    /// The owner closed the account (C-10).
    DeletionRequested {
        /// When it is to be deleted.
        due: DateTime<Utc>,
    } = "deletion_requested";
    /// The owner came back to an account that was to be deleted (C-10).
    DeletionWithdrawn = "deletion_withdrawn";
    /// A verification code was asked for.
    CodeSent {
        /// In which message.
        template: MessageTemplate,
        /// Whether it was kept back, because nobody has this address (V-4).
        withheld: bool,
    } = "code_sent";
    /// A try failed and was counted (L-1); the operation says at what.
    TryFailed = "try_failed";
    /// Failed tries locked an account or an identifier (L-1).
    LockedOut = "locked_out";
    /// The operator had failed tries forgotten (L-1).
    Unlocked = "unlocked";
    /// The operator made a one-time token.
    TokenIssued {
        /// The only event it is good for; any, if none is named.
        event: Option<InteractionEvent>,
    } = "token_issued";
    /// The operator took a one-time token back.
    TokenRevoked = "token_revoked";
}

/// The kinds of identities at providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum IdentityKind {
    /// At a social provider, by its target.
    Social,
    /// At an enterprise provider, by its issuer.
    EnterpriseSso,
}

/// A part of an account that describes its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ProfilePart {
    /// The name.
    Name,
    /// The picture.
    Avatar,
    /// OpenID Connect claims.
    Profile,
    /// Custom data.
    CustomData,
}

impl AuditAction {
    /// Whether the sessions that were opened before are over by it.
    pub fn ends_sessions(&self) -> bool {
        matches!(
            self,
            Self::PasswordSet
                | Self::PasswordRemoved
                | Self::Suspended
                | Self::DeletionRequested { .. }
                | Self::UserDeleted
        )
    }

    /// Whether an account's owner is told of it, where there is a contact: it changes how the account is reached.
    pub fn concerns_access(&self) -> bool {
        matches!(
            self,
            Self::UsernameSet
                | Self::UsernameRemoved
                | Self::EmailSet
                | Self::EmailRemoved
                | Self::PhoneSet
                | Self::PhoneRemoved
                | Self::PasswordSet
                | Self::PasswordRemoved
                | Self::IdentityLinked { .. }
                | Self::IdentityUnlinked { .. }
                | Self::FactorBound { .. }
                | Self::FactorRemoved { .. }
                | Self::MfaPolicyChanged
                | Self::Suspended
                | Self::Reinstated
                | Self::DeletionRequested { .. }
                | Self::DeletionWithdrawn
                | Self::UserDeleted
        )
    }

    /// The event type, a URI, of the Shared Signals Framework that says the same, where there is one: of CAEP 1.0 or RISC 1.0.
    ///
    /// For a `credential-change` the host adds `credential_type` and `change_type`; for an `identifier-changed` the subject is the
    /// old email or phone.
    pub fn shared_signal(&self) -> Option<&'static str> {
        Some(match self {
            Self::SignedIn => "https://schemas.openid.net/secevent/caep/event-type/session-established",
            Self::DeletionRequested { .. } => {
                "https://schemas.openid.net/secevent/caep/event-type/session-revoked"
            }
            Self::PasswordSet
            | Self::PasswordRemoved
            | Self::FactorBound { .. }
            | Self::FactorRemoved { .. } => {
                "https://schemas.openid.net/secevent/caep/event-type/credential-change"
            }
            Self::ProfileUpdated { .. } | Self::OrganizationsChanged => {
                "https://schemas.openid.net/secevent/caep/event-type/token-claims-change"
            }
            Self::EmailSet | Self::PhoneSet => {
                "https://schemas.openid.net/secevent/risc/event-type/identifier-changed"
            }
            Self::EmailRemoved | Self::PhoneRemoved => {
                "https://schemas.openid.net/secevent/risc/event-type/recovery-information-changed"
            }
            Self::PasswordMarked { is_expired: true } => {
                "https://schemas.openid.net/secevent/risc/event-type/account-credential-change-required"
            }
            Self::Suspended => "https://schemas.openid.net/secevent/risc/event-type/account-disabled",
            Self::Reinstated => "https://schemas.openid.net/secevent/risc/event-type/account-enabled",
            Self::UserDeleted => "https://schemas.openid.net/secevent/risc/event-type/account-purged",
            _ => return None,
        })
    }
}
