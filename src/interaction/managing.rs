//! One's own account under change (C-1).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Map;

use super::{StagedMfa, StagedProfile};
use crate::form::{self, stored};
use crate::identifier::{Contact, UserId};
use crate::secret::sha256_hex;
use crate::user::{Claims, FactorId, User};

stored! {
    /// A signed-in person's own account: who it is is known from the start.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Managing {
        /// Whose account it is.
        pub user_id: UserId,
        /// What tells the session that it began with from others.
        session: String,
        /// When that session was opened.
        pub session_opened_at: DateTime<Utc>,
        /// Where the account's owner could be told something when it began (C-9).
        pub contacts: Vec<Contact>,
        /// What submitting will write.
        pub profile: Box<StagedProfile>,
        /// The factors that submitting will bind.
        pub mfa: Box<StagedMfa>,
        /// What submitting will take away.
        pub removals: Box<Removals>,
    }
}

stored! {
    /// What submitting will take away from an account, and what else only its owner may do to it.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    #[allow(clippy::struct_excessive_bools, reason = "each is there or not")]
    #[non_exhaustive]
    pub struct Removals {
        /// The username.
        pub username: bool,
        /// The email.
        pub email: bool,
        /// The phone.
        pub phone: bool,
        /// The password.
        pub password: bool,
        /// Social identities, by target.
        pub identities: BTreeSet<String>,
        /// Enterprise identities, by issuer.
        pub sso_identities: BTreeSet<String>,
        /// Factors.
        pub factors: BTreeSet<FactorId>,
        /// New names of WebAuthn credentials, by id.
        pub names: BTreeMap<String, String>,
        /// Whether the social identity that is staged may take another's place (C-6).
        pub replaces_identity: bool,
        /// Whether the enterprise identity that is staged may.
        pub replaces_sso_identity: bool,
    }
}

impl Managing {
    /// Nothing is staged yet. The session's name is not kept: a digest tells it from others.
    pub(crate) fn new(user: &User, session: &str, session_opened_at: DateTime<Utc>) -> Self {
        Self {
            user_id: user.id.clone(),
            contacts: user.contacts(),
            session: digest(session),
            session_opened_at,
            profile: Box::default(),
            mfa: Box::default(),
            removals: Box::default(),
        }
    }

    /// C-2: whether what is staged changes how the account is reached. A name, a picture and the extra profile do not.
    pub(crate) fn needs_step_up(&self) -> bool {
        let rest = StagedProfile {
            name: None,
            avatar: None,
            profile: Claims::default(),
            custom_data: Map::new(),
            ..(*self.profile).clone()
        };
        !rest.is_empty() || *self.mfa != StagedMfa::default() || *self.removals != Removals::default()
    }

    /// Whether anything is to be taken away (C-8).
    pub(crate) fn takes_away(&self) -> bool {
        let rest = Removals {
            names: BTreeMap::new(),
            replaces_identity: false,
            replaces_sso_identity: false,
            ..(*self.removals).clone()
        };
        rest != Removals::default()
    }

    /// What tells what is staged from what may be staged later.
    pub(crate) fn stamp(&self) -> String {
        let form = form::to_value(self).unwrap_or_default();
        sha256_hex(&["staged", &form.to_string()])
    }

    /// What is staged to be set is not to be taken away any more. An identity is: the new one takes its place (C-6).
    pub(crate) fn keep_what_is_staged(&mut self) {
        let (staged, removals) = (&self.profile, &mut self.removals);
        removals.username &= staged.username.is_none();
        removals.email &= staged.primary_email.is_none();
        removals.phone &= staged.primary_phone.is_none();
        removals.password &= staged.password.is_none();
    }

    /// C-1: whether it was this session that started it.
    pub(crate) fn is_of_session(&self, session: Option<&str>) -> bool {
        session.is_some_and(|session| digest(session) == self.session)
    }
}

fn digest(session: &str) -> String {
    sha256_hex(&["session", session])
}
