//! Identities at other providers.

use std::fmt;

use serde_json::Value;

use crate::form::{self, stored};
use crate::identifier::{Email, Phone, UserKey};
use crate::plain_text::{is_plain, is_shallow};
use crate::url;

stored! {
    /// A user's identity at a social provider; the target it belongs to is the key it is kept under.
    #[derive(Clone, PartialEq, Eq)]
    pub struct SocialIdentity {
        /// The id at the provider.
        pub user_id: String,
        /// What the provider told, as it was when the identity was linked.
        pub details: Option<Value>,
    }
}

/// `Debug` leaves out what else a provider told: its tokens may be among it.
impl fmt::Debug for SocialIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocialIdentity").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// As that of [`SocialIdentity`].
impl fmt::Debug for SsoIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SsoIdentity");
        shown.field("issuer", &self.issuer).field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// As that of [`SocialIdentity`].
impl fmt::Debug for SocialUserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SocialUserInfo");
        shown.field("id", &self.id).field("email", &self.email).field("phone", &self.phone);
        shown.field("name", &self.name).field("avatar", &self.avatar).finish_non_exhaustive()
    }
}

impl SocialIdentity {
    /// An identity of which only the id is known.
    pub fn new(user_id: impl Into<String>) -> Self {
        Self { user_id: user_id.into(), details: None }
    }
}

stored! {
    /// A user's identity at an enterprise provider.
    #[derive(Clone, PartialEq, Eq)]
    pub struct SsoIdentity {
        /// The provider.
        pub issuer: String,
        /// The id at the provider.
        pub user_id: String,
        /// What the provider told at the last sign-in.
        pub details: Option<Value>,
    }
}

impl SsoIdentity {
    /// The unique key of this identity.
    pub fn key(&self) -> UserKey {
        UserKey::sso_identity(&self.issuer, &self.user_id)
    }
}

stored! {
    /// An email or a phone, as a provider reports it. Only one that the provider has verified is worth anything to a rule
    /// (V-8): whoever owns it here is offered for linking (N-7), and an account may begin with it (N-11).
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ReportedContact {
        /// The address or number, as the provider writes it.
        pub value: String,
        /// Whether the provider said that it has verified it; `false` unless it did.
        pub verified: bool,
    }
}

impl ReportedContact {
    /// One that the provider says it has verified.
    pub fn verified(value: impl Into<String>) -> Self {
        Self { value: value.into(), verified: true }
    }

    /// One that the provider says nothing more of.
    pub fn unverified(value: impl Into<String>) -> Self {
        Self { value: value.into(), verified: false }
    }

    fn if_verified(&self) -> Option<&str> {
        self.verified.then_some(&self.value)
    }
}

stored! {
    /// What a host learned from a provider, social (V-8) or enterprise (V-9).
    #[derive(Clone, PartialEq, Eq)]
    pub struct SocialUserInfo {
        /// The id at the provider.
        pub id: String,
        /// The email, as the provider reports it.
        pub email: Option<ReportedContact>,
        /// The phone, as the provider reports it.
        pub phone: Option<ReportedContact>,
        /// The name to show.
        pub name: Option<String>,
        /// A picture's URL.
        pub avatar: Option<String>,
        /// Everything else the provider told.
        pub raw_data: Option<Value>,
    }
}

impl SocialUserInfo {
    /// Knowing only the id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), email: None, phone: None, name: None, avatar: None, raw_data: None }
    }

    /// The unique key of this identity at a target.
    pub fn key(&self, target: &str) -> UserKey {
        UserKey::social_identity(target, &self.id)
    }

    /// Whether the id is one that a provider gives: 1 to 256 bytes.
    pub fn has_valid_id(&self) -> bool {
        (1..=256).contains(&self.id.len())
    }

    /// The reported email, if it is an address and the provider has verified it.
    pub fn verified_email(&self) -> Option<Email> {
        self.email.as_ref()?.if_verified().and_then(|text| Email::parse(text).ok())
    }

    /// The reported phone, if it is a number and the provider has verified it.
    pub fn verified_phone(&self) -> Option<Phone> {
        self.phone.as_ref()?.if_verified().and_then(|text| Phone::parse(text).ok())
    }

    /// The reported name, if a user can have it.
    pub fn valid_name(&self) -> Option<&str> {
        let name = self.name.as_deref()?.trim();
        let fits = !name.is_empty() && name.chars().count() <= super::MAX_NAME_LENGTH;
        (fits && is_plain(name)).then_some(name)
    }

    /// The reported picture, if it is a web URL.
    pub fn valid_avatar(&self) -> Option<&str> {
        self.avatar.as_deref().filter(|avatar| url::is_web_url(avatar) && is_plain(avatar))
    }

    /// Without raw data that is nested too deep to be kept.
    pub(crate) fn that_can_be_kept(&self) -> Self {
        let raw_data = self.raw_data.clone().filter(is_shallow);
        Self { raw_data, ..self.clone() }
    }

    /// What is kept of it on a user: everything that was told, an email and a phone as the provider wrote them.
    fn details(&self) -> Option<Value> {
        let mut details = form::to_value(self)?;
        let members = details.as_object_mut()?;
        for (name, reported) in [("email", &self.email), ("phone", &self.phone)] {
            if let Some(reported) = reported {
                members.insert(name.into(), Value::String(reported.value.clone()));
            }
        }
        members.retain(|_, told| !told.is_null());
        Some(details)
    }

    /// The social identity to keep on a user.
    pub fn to_identity(&self) -> SocialIdentity {
        SocialIdentity { user_id: self.id.clone(), details: self.details() }
    }

    /// The enterprise identity to keep on a user.
    pub fn to_sso_identity(&self, issuer: &str) -> SsoIdentity {
        SsoIdentity { issuer: issuer.into(), user_id: self.id.clone(), details: self.details() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_reports_is_taken_only_where_it_is_valid() {
        let info = SocialUserInfo {
            email: Some(ReportedContact::verified("nope")),
            phone: Some(ReportedContact::verified("61 4")),
            name: Some("  ".into()),
            avatar: Some("javascript:alert(1)".into()),
            ..SocialUserInfo::new("42")
        };
        assert_eq!((info.verified_email(), info.verified_phone()), (None, None));
        assert_eq!((info.valid_name(), info.valid_avatar()), (None, None));
        let told = |email| SocialUserInfo { email: Some(email), name: Some(" Jane ".into()), ..info.clone() };
        assert_eq!(told(ReportedContact::unverified("jane@example.com")).verified_email(), None);
        let info = told(ReportedContact::verified("jane@example.com"));
        assert_eq!(info.verified_email().unwrap().as_str(), "jane@example.com");
        assert_eq!(info.valid_name(), Some("Jane"));
        assert_eq!(info.to_identity().user_id, "42");
    }
}
