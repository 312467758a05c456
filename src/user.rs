//! The account: what a person has once they exist.

mod channel;
mod claims;
mod factor_id;
mod identity;
mod mfa;
mod step_mark;
mod totp;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub use self::channel::Channel;
pub(crate) use self::claims::claim_text;
pub use self::claims::{Address, Claims};
pub use self::factor_id::FactorId;
pub use self::identity::{ReportedContact, SocialIdentity, SocialUserInfo, SsoIdentity};
pub use self::mfa::{BACKUP_CODES, BackupCode, Mfa, TotpFactor, WebAuthnCredential};
pub use self::step_mark::StepMark;
pub use self::totp::{TOTP_STEP_SECONDS, TotpSecret};

use crate::experience::{Experience, PasswordExpiration, UserInfo};
use crate::form::stored;
use crate::identifier::{
    Contact, Email, Phone, Revision, UserId, UserKey, UserKeyKind, Username, UsernameCase,
};
use crate::secret::{PasswordDigest, sha256_hex};

/// The longest name a user can have, in characters.
pub const MAX_NAME_LENGTH: usize = 128;

/// How much custom data a user can have, as JSON text, in bytes (P-10).
pub const MAX_CUSTOM_DATA: usize = 64 * 1024;

stored! {
    /// A user account.
    ///
    /// It does not serialise: it holds the password's digest. A store writes it down through
    /// [`Stored`](crate::store::Stored).
    #[derive(Clone, Debug, PartialEq)]
    #[non_exhaustive]
    pub struct User {
        /// The id.
        pub id: UserId,
        /// How often the account was written.
        pub revision: Revision,
        /// The username.
        pub username: Option<Username>,
        /// The email.
        pub primary_email: Option<Email>,
        /// When the email was last proved to be the user's; never, where an operator typed it.
        pub email_verified_at: Option<DateTime<Utc>>,
        /// The phone.
        pub primary_phone: Option<Phone>,
        /// As [`email_verified_at`](Self::email_verified_at).
        pub phone_verified_at: Option<DateTime<Utc>>,
        /// The password.
        pub password: Option<Password>,
        /// The name to show.
        pub name: Option<String>,
        /// A picture's URL.
        pub avatar: Option<String>,
        /// The OpenID Connect claims.
        pub profile: Claims,
        /// What the operator's custom fields, and other code of the operator's, keep here.
        pub custom_data: Map<String, Value>,
        /// Social identities by target.
        pub identities: BTreeMap<String, SocialIdentity>,
        /// Enterprise SSO identities.
        pub sso_identities: Vec<SsoIdentity>,
        /// The organisations the user belongs to.
        pub organizations: Vec<UserOrganization>,
        /// Multi-factor authentication.
        pub mfa: Mfa,
        /// Whether the operator has suspended the account (N-8).
        pub is_suspended: bool,
        /// Sessions that were opened before are over: the password was changed then, or the account suspended.
        pub sessions_valid_from: Option<DateTime<Utc>>,
        /// When the account is to be deleted, unless its owner signs in before (C-10).
        pub deletion_due_at: Option<DateTime<Utc>>,
        /// When the user last signed in.
        pub last_sign_in_at: Option<DateTime<Utc>>,
        /// When the account was made.
        pub created_at: DateTime<Utc>,
        /// When the account was last changed.
        pub updated_at: DateTime<Utc>,
        /// The marks of the last steps that wrote the account (V-16).
        pub(crate) marks: Vec<StepMark>,
    }
}

stored! {
    /// A user's password.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Password {
        /// The digest.
        pub digest: PasswordDigest,
        /// When it was set, where that is known.
        pub updated_at: Option<DateTime<Utc>>,
        /// Whether the operator has marked it expired by hand.
        pub is_expired: bool,
        /// The one channel on whose strength it was recovered, or first set, until a factor of another is proved: so long
        /// it is worth no more than that channel (M-3).
        pub set_through: Option<Channel>,
        /// The stamp of the digest it was first hashed to, where it was hashed anew since.
        origin: Option<String>,
    }
}

fn stamp_of(digest: &PasswordDigest) -> String {
    sha256_hex(&["password", digest.expose()])
}

impl Password {
    /// A password that was just set.
    pub fn new(digest: PasswordDigest, updated_at: Option<DateTime<Utc>>) -> Self {
        Self { digest, updated_at, is_expired: false, set_through: None, origin: None }
    }

    /// What a proof by this password comes through (M-3).
    pub fn channel(&self) -> Channel {
        self.set_through.clone().unwrap_or(Channel::Knowledge)
    }

    /// What tells this password from others that the user had or will have (V-17). It survives being hashed anew.
    pub(crate) fn stamp(&self) -> String {
        self.origin.clone().unwrap_or_else(|| stamp_of(&self.digest))
    }

    /// Whether it is the password of this very digest, or was, before it was made anew (V-2).
    pub(crate) fn is_of(&self, digest: &PasswordDigest) -> bool {
        self.digest == *digest || self.stamp() == stamp_of(digest)
    }

    /// The same password under the current scheme (V-2): its age stays what it was.
    pub(crate) fn hashed_anew(&self, digest: PasswordDigest) -> Self {
        Self { digest, origin: Some(self.stamp()), ..self.clone() }
    }
}

stored! {
    /// An organisation that a user belongs to.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct UserOrganization {
        /// The organisation's id.
        pub id: String,
        /// Whether it asks its members for MFA.
        pub is_mfa_required: bool,
    }
}

impl User {
    /// An account with nothing but an id.
    pub fn new(id: UserId, now: DateTime<Utc>) -> Self {
        Self {
            id,
            revision: Revision::default(),
            username: None,
            primary_email: None,
            email_verified_at: None,
            primary_phone: None,
            phone_verified_at: None,
            password: None,
            name: None,
            avatar: None,
            profile: Claims::default(),
            custom_data: Map::new(),
            identities: BTreeMap::new(),
            sso_identities: Vec::new(),
            organizations: Vec::new(),
            mfa: Mfa::default(),
            is_suspended: false,
            sessions_valid_from: None,
            deletion_due_at: None,
            last_sign_in_at: None,
            created_at: now,
            updated_at: now,
            marks: Vec::new(),
        }
    }

    /// The marks of the last steps that wrote the account, oldest first (V-16).
    pub fn marks(&self) -> &[StepMark] {
        &self.marks
    }

    /// Leaves a step's mark.
    pub(crate) fn mark(&mut self, mark: StepMark) {
        StepMark::remember(&mut self.marks, mark);
    }

    /// All keys of this user that are unique across users, in the order in which uniqueness is checked (P-6).
    pub fn keys(&self, case: UsernameCase) -> Vec<UserKey> {
        let mut keys = vec![self.id.key()];
        keys.extend(self.username.as_ref().map(|username| username.key(case)));
        keys.extend(self.primary_email.as_ref().map(Email::key));
        keys.extend(self.primary_phone.as_ref().map(Phone::key));
        keys.extend(
            self.identities.iter().map(|(target, own)| UserKey::social_identity(target, &own.user_id)),
        );
        keys.extend(self.sso_identities.iter().map(SsoIdentity::key));
        keys.extend(self.mfa.web_authn.iter().map(|own| WebAuthnCredential::key_of(&own.id)));
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
                .any(|(target, own)| UserKey::social_identity(target, &own.user_id) == *key),
            UserKeyKind::SsoIdentity => self.sso_identities.iter().any(|own| own.key() == *key),
            UserKeyKind::WebAuthnCredential => self.mfa.web_authn.iter().any(|own| own.id == key.value()),
        }
    }

    /// Whether the user has a password that is past its period, or was marked expired (rules.md, 9.2).
    pub fn is_password_expired(&self, expiration: &PasswordExpiration, now: DateTime<Utc>) -> bool {
        self.password.as_ref().is_some_and(|password| {
            password.is_expired || expiration.is_past(password.updated_at, self.created_at, now)
        })
    }

    /// Gives the user a new password: its time is set, a mark that the old one expired is gone, and so are the sessions
    /// that were opened before.
    pub fn set_password(&mut self, digest: PasswordDigest, now: DateTime<Utc>) {
        self.password = Some(Password::new(digest, Some(now)));
        self.sessions_valid_from = Some(now);
    }

    /// The issuer that an operator, or the user, names by a connector's id, or, of a connector that is gone, by itself.
    pub(crate) fn sso_issuer_named<'a>(&self, name: &'a str, experience: &'a Experience) -> &'a str {
        let has = |issuer: &str| self.sso_identities.iter().any(|own| own.issuer == issuer);
        let of_connector = experience.sso_connector(name).map(|connector| connector.issuer.as_str());
        of_connector.filter(|issuer| has(issuer) || !has(name)).unwrap_or(name)
    }

    /// Where the user can be told something.
    pub fn contacts(&self) -> Vec<Contact> {
        let email = self.primary_email.clone().map(Contact::Email);
        let phone = self.primary_phone.clone().map(Contact::Phone);
        email.into_iter().chain(phone).collect()
    }

    /// Takes the password away; the sessions that were opened before are over (C-5).
    pub fn remove_password(&mut self, now: DateTime<Utc>) {
        if self.password.take().is_some() {
            self.sessions_valid_from = Some(now);
        }
    }

    /// Suspends the user, whose sessions are over, or lets them in again.
    pub fn suspend(&mut self, is_suspended: bool, now: DateTime<Utc>) {
        if is_suspended && !self.is_suspended {
            self.sessions_valid_from = Some(now);
        }
        self.is_suspended = is_suspended;
    }

    /// Whether a session of this user that was opened then still holds. It is the account that says so, so that whatever ends
    /// sessions does it in the write that it is: no crash comes between.
    pub fn keeps_session(&self, opened_at: DateTime<Utc>) -> bool {
        // Hosts keep times to the microsecond.
        let ended = |from: DateTime<Utc>| opened_at.timestamp_micros() < from.timestamp_micros();
        !self.is_suspended && !self.sessions_valid_from.is_some_and(ended)
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
    fn a_user_never_shows_its_digest() {
        let mut user = User::new(UserId::parse("u1").unwrap(), DateTime::UNIX_EPOCH);
        user.set_password(PasswordDigest::new("$argon2id$secret"), DateTime::UNIX_EPOCH);
        assert!(!format!("{user:?}").contains("argon2id"));
    }

    #[test]
    fn a1_a_session_ends_with_a_new_password_and_with_a_suspension() {
        let at = |micros: i64| DateTime::UNIX_EPOCH + chrono::TimeDelta::microseconds(micros);
        let mut user = User::new(UserId::parse("u1").unwrap(), at(0));
        assert!(user.keeps_session(at(1)));
        user.set_password(PasswordDigest::new("d"), at(2) + chrono::TimeDelta::nanoseconds(1));
        assert_eq!([1, 2, 3].map(|opened| user.keeps_session(at(opened))), [false, true, true]);
        user.suspend(true, at(3));
        user.suspend(true, at(9));
        assert!(!user.keeps_session(at(10)));
        user.suspend(false, at(4));
        assert_eq!([2, 3, 10].map(|opened| user.keeps_session(at(opened))), [false, true, true]);
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
