//! Profile data collected in an interaction, not yet written to the user.

use serde_json::{Map, Value};

use crate::experience::UserInfo;
use crate::form::stored;
use crate::identifier::{Email, Phone, Username};
use crate::secret::PasswordDigest;
use crate::user::{Claims, SocialUserInfo, SsoIdentity, User};

stored! {
    /// What submitting, or creating the user, will write. Of each kind there is at most one (P-12).
    #[derive(Clone, Debug, Default, PartialEq)]
    #[non_exhaustive]
    pub struct StagedProfile {
        /// A username.
        pub username: Option<Username>,
        /// A verified email.
        pub primary_email: Option<Email>,
        /// A verified phone.
        pub primary_phone: Option<Phone>,
        /// A password: only its digest, never the text (P-7).
        pub password: Option<PasswordDigest>,
        /// A name.
        pub name: Option<String>,
        /// A picture's URL.
        pub avatar: Option<String>,
        /// A social identity.
        pub social_identity: Option<StagedSocialIdentity>,
        /// An enterprise SSO identity.
        pub sso_identity: Option<SsoIdentity>,
        /// Organisations to join.
        pub jit_organization_ids: Vec<String>,
        /// Claims.
        pub profile: Claims,
        /// Custom data.
        pub custom_data: Map<String, Value>,
    }
}

stored! {
    /// A social identity that is to be linked.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StagedSocialIdentity {
        /// The provider, as users' identities name it.
        pub target: String,
        /// What the provider told.
        pub user_info: SocialUserInfo,
    }
}

impl StagedProfile {
    /// Whether nothing is staged.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes over everything that `newer` has; what it lacks stays (P-12).
    pub(crate) fn stage(&mut self, newer: Self) {
        self.username = newer.username.or(self.username.take());
        // N-11: organisations stay only together with the email that they came with.
        if newer.primary_email.is_some() && newer.primary_email != self.primary_email {
            self.jit_organization_ids.clear();
        }
        self.primary_email = newer.primary_email.or(self.primary_email.take());
        self.primary_phone = newer.primary_phone.or(self.primary_phone.take());
        self.password = newer.password.or(self.password.take());
        self.name = newer.name.or(self.name.take());
        self.avatar = newer.avatar.or(self.avatar.take());
        self.social_identity = newer.social_identity.or(self.social_identity.take());
        self.sso_identity = newer.sso_identity.or(self.sso_identity.take());
        if !newer.jit_organization_ids.is_empty() {
            self.jit_organization_ids = newer.jit_organization_ids;
        }
        if !newer.profile.is_empty() {
            self.profile = newer.profile;
        }
        if !newer.custom_data.is_empty() {
            self.custom_data = newer.custom_data;
        }
    }

    /// A submitted form replaces all that a form can stage, also what it leaves out (P-12): a name and a picture too,
    /// be they a provider's.
    pub(crate) fn stage_form(&mut self, form: Self) {
        (self.name, self.avatar) = (None, None);
        (self.profile, self.custom_data) = (Claims::default(), Map::new());
        self.stage(form);
    }

    /// A provider's name and avatar, behind what is already staged (P-8).
    pub(crate) fn stage_behind(&mut self, name: Option<&str>, avatar: Option<&str>) {
        self.name = self.name.take().or_else(|| name.map(String::from));
        self.avatar = self.avatar.take().or_else(|| avatar.map(String::from));
    }

    /// What is staged beside what a user has exactly so.
    pub(crate) fn without_what_is_of(&self, user: &User) -> Self {
        let mut rest = self.clone();
        rest.username.take_if(|own| user.username.as_ref() == Some(own));
        rest.primary_email.take_if(|own| user.primary_email.as_ref() == Some(own));
        rest.primary_phone.take_if(|own| user.primary_phone.as_ref() == Some(own));
        rest.password.take_if(|own| user.password.as_ref().is_some_and(|password| password.digest == *own));
        rest
    }

    /// What a password must not be made of: what is staged, else what the user has.
    pub(crate) fn user_info<'a>(&'a self, user: Option<&'a User>) -> UserInfo<'a> {
        let own = user.map(User::user_info).unwrap_or_default();
        UserInfo {
            name: self.name.as_deref().or(own.name),
            username: self.username.as_ref().or(own.username),
            email: self.primary_email.as_ref().or(own.email),
            phone: self.primary_phone.as_ref().or(own.phone),
        }
    }
}
