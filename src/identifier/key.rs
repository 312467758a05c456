//! The keys that are unique across users, in canonical form.

use std::fmt;
use std::sync::Arc;

/// What kind of thing a [`UserKey`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UserKeyKind {
    /// The user's id.
    Id,
    /// A username, folded to lower case where the operator's `caseSensitive` is off.
    Username,
    /// An email address: the local part in NFC and case folded, the domain as IDNA has it in ASCII.
    Email,
    /// A phone number: the digits of its E.164 form.
    Phone,
    /// A social identity: target and the id there.
    SocialIdentity,
    /// An enterprise SSO identity: issuer and the id there.
    SsoIdentity,
    /// A WebAuthn credential: its id.
    WebAuthnCredential,
}

impl UserKeyKind {
    /// A stable lower-case name, for a store's column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Username => "username",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::SocialIdentity => "social_identity",
            Self::SsoIdentity => "sso_identity",
            Self::WebAuthnCredential => "web_authn_credential",
        }
    }
}

/// A key that at most one user holds, in canonical form: compare it byte by byte.
///
/// A backend keeps `(kind, value)` under a unique constraint and normalises nothing: the core made the value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserKey {
    kind: UserKeyKind,
    value: Arc<str>,
}

impl UserKey {
    pub(crate) fn new(kind: UserKeyKind, value: Arc<str>) -> Self {
        Self { kind, value }
    }

    /// The key of a social identity.
    pub fn social_identity(target: &str, id: &str) -> Self {
        Self::new(UserKeyKind::SocialIdentity, pair(target, id))
    }

    /// The key of an enterprise SSO identity.
    pub fn sso_identity(issuer: &str, id: &str) -> Self {
        Self::new(UserKeyKind::SsoIdentity, pair(issuer, id))
    }

    /// What kind of key this is.
    pub fn kind(&self) -> UserKeyKind {
        self.kind
    }

    /// The canonical text.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:?}", self.kind.as_str(), self.value)
    }
}

/// Two texts as one, so that no other two texts give the same: the first one's length says where it ends.
fn pair(first: &str, second: &str) -> Arc<str> {
    format!("{}:{first}:{second}", first.len()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_identities_never_share_a_key() {
        let a = UserKey::social_identity("a:b", "c");
        let b = UserKey::social_identity("a", "b:c");
        assert_ne!(a, b);
        assert_eq!(a.value(), "3:a:b:c");
    }
}
