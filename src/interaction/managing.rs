//! One's own account under change (C-1).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Map;

use super::{StagedMfa, StagedProfile};
use crate::form::stored;
use crate::identifier::UserId;
use crate::secret::sha256_hex;
use crate::user::{Claims, FactorId};

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
    pub(crate) fn new(user_id: UserId, session: &str, session_opened_at: DateTime<Utc>) -> Self {
        Self {
            user_id,
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

    /// Whether anything is staged.
    pub fn is_changed(&self) -> bool {
        !self.profile.is_empty() || self.needs_step_up()
    }

    /// C-1: whether it was this session that started it.
    pub(crate) fn is_of_session(&self, session: Option<&str>) -> bool {
        session.is_some_and(|session| digest(session) == self.session)
    }
}

fn digest(session: &str) -> String {
    sha256_hex(&["session", session])
}
