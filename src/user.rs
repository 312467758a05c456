//! The account: what a person has once they exist.

mod claims;
mod identity;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(crate) use self::claims::bounded_text;
pub use self::claims::{Address, Claims};
pub use self::identity::{SocialIdentity, SocialUserInfo};

use crate::experience::{PasswordExpiration, UserInfo};
use crate::identifier::{Email, Phone, Revision, UserId, UserKey, UserKeyKind, Username, UsernameCase};
use crate::secret::PasswordDigest;

/// The longest name a user can have, in characters.
pub const MAX_NAME_LENGTH: usize = 128;

/// A user account.
///
/// Serde round-trips everything, the password digest included: it is for a store, not for a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct User {
    /// The id.
    pub id: UserId,
    /// How often the account was written.
    pub revision: Revision,
    /// The username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Username>,
    /// The email, verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_email: Option<Email>,
    /// The phone, verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_phone: Option<Phone>,
    /// The password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// The name to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A picture's URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// The OpenID Connect claims.
    #[serde(default)]
    pub profile: Claims,
    /// What the operator's custom fields, and other code of the operator's, keep here.
    #[serde(default)]
    pub custom_data: Map<String, Value>,
    /// Social identities by target.
    #[serde(default)]
    pub identities: BTreeMap<String, SocialIdentity>,
    /// Multi-factor authentication.
    #[serde(default)]
    pub mfa: Mfa,
    /// Whether the operator has suspended the account (N-8).
    #[serde(default)]
    pub is_suspended: bool,
    /// When the user last signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sign_in_at: Option<DateTime<Utc>>,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When the account was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A user's password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Password {
    /// The digest.
    pub digest: PasswordDigest,
    /// When it was set, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<DateTime<Utc>>,
    /// Whether the operator has marked it expired by hand.
    #[serde(default)]
    pub is_expired: bool,
}

/// A user's multi-factor authentication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Mfa {
    /// Whether the user has turned it on; `None` if nobody ever asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

impl User {
    /// An account with nothing but an id.
    pub fn new(id: UserId, now: DateTime<Utc>) -> Self {
        Self {
            id,
            revision: Revision::default(),
            username: None,
            primary_email: None,
            primary_phone: None,
            password: None,
            name: None,
            avatar: None,
            profile: Claims::default(),
            custom_data: Map::new(),
            identities: BTreeMap::new(),
            mfa: Mfa::default(),
            is_suspended: false,
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// All keys of this user that are unique across users, in the order in which uniqueness is checked (P-6).
    pub fn keys(&self, case: UsernameCase) -> Vec<UserKey> {
        let mut keys = vec![self.id.key()];
        keys.extend(self.username.as_ref().map(|username| username.key(case)));
        keys.extend(self.primary_email.as_ref().map(Email::key));
        keys.extend(self.primary_phone.as_ref().map(Phone::key));
        keys.extend(
            self.identities
                .iter()
                .map(|(target, identity)| UserKey::social_identity(target, &identity.user_id)),
        );
        keys
    }

    /// Whether this user holds a key.
    pub fn holds(&self, key: &UserKey, case: UsernameCase) -> bool {
        match key.kind() {
            UserKeyKind::Id => self.id.as_str() == key.value(),
            UserKeyKind::Username => {
                self.username.as_ref().is_some_and(|username| username.key(case) == *key)
            }
            UserKeyKind::Email => {
                self.primary_email.as_ref().is_some_and(|email| email.canonical() == key.value())
            }
            UserKeyKind::Phone => {
                self.primary_phone.as_ref().is_some_and(|phone| phone.digits() == key.value())
            }
            UserKeyKind::SocialIdentity => self
                .identities
                .iter()
                .any(|(target, identity)| UserKey::social_identity(target, &identity.user_id) == *key),
        }
    }

    /// Whether the user has a password that is past its period, or was marked expired (rules.md, 9.2).
    pub fn is_password_expired(&self, expiration: &PasswordExpiration, now: DateTime<Utc>) -> bool {
        self.password.as_ref().is_some_and(|password| {
            password.is_expired || expiration.is_past(password.updated_at, self.created_at, now)
        })
    }

    /// Gives the user a new password: its time is set, and a mark that the old one expired is gone.
    pub fn set_password(&mut self, digest: PasswordDigest, now: DateTime<Utc>) {
        self.password = Some(Password { digest, updated_at: Some(now), is_expired: false });
    }

    /// What a password of this user must not be made of.
    pub fn user_info(&self) -> UserInfo<'_> {
        UserInfo {
            name: self.name.as_deref(),
            username: self.username.as_ref(),
            email: self.primary_email.as_ref(),
            phone: self.primary_phone.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_holds_exactly_its_keys() {
        let now = DateTime::UNIX_EPOCH;
        let mut user = User::new(UserId::parse("u1").unwrap(), now);
        user.username = Some(Username::parse("Jane").unwrap());
        user.primary_email = Some(Email::parse("Jane@Example.com").unwrap());
        user.primary_phone = Some(Phone::parse("61412345678").unwrap());
        user.identities.insert("github".into(), SocialIdentity::new("42"));
        for case in [UsernameCase::Sensitive, UsernameCase::Insensitive] {
            let keys = user.keys(case);
            assert_eq!(keys.len(), 5);
            assert!(keys.iter().all(|key| user.holds(key, case)));
        }
        let lower = Username::parse("jane").unwrap();
        assert!(!user.holds(&lower.key(UsernameCase::Sensitive), UsernameCase::Sensitive));
        assert!(user.holds(&lower.key(UsernameCase::Insensitive), UsernameCase::Insensitive));
        assert!(!user.holds(&UserKey::social_identity("github", "43"), UsernameCase::Sensitive));
    }

    #[test]
    fn a_user_round_trips_and_never_shows_its_digest() {
        let mut user = User::new(UserId::parse("u1").unwrap(), DateTime::UNIX_EPOCH);
        user.set_password(PasswordDigest::new("$argon2id$secret"), DateTime::UNIX_EPOCH);
        let json = serde_json::to_string(&user).unwrap();
        assert_eq!(serde_json::from_str::<User>(&json).unwrap(), user);
        assert!(!format!("{user:?}").contains("argon2id"));
    }

    #[test]
    fn v1_a_password_expires_by_hand_or_by_age() {
        let mut user = User::new(UserId::parse("u1").unwrap(), DateTime::UNIX_EPOCH);
        let off = PasswordExpiration::default();
        assert!(!user.is_password_expired(&off, DateTime::UNIX_EPOCH));
        user.set_password(PasswordDigest::new("d"), DateTime::UNIX_EPOCH);
        assert!(!user.is_password_expired(&off, DateTime::UNIX_EPOCH));
        if let Some(password) = &mut user.password {
            password.is_expired = true;
        }
        assert!(user.is_password_expired(&off, DateTime::UNIX_EPOCH));
        user.set_password(PasswordDigest::new("e"), DateTime::UNIX_EPOCH);
        assert!(!user.is_password_expired(&off, DateTime::UNIX_EPOCH));
    }
}
