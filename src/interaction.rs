//! The interaction: one short-lived session in which a person signs in, registers or recovers a password.
//!
//! It is typed by event, so that what an event cannot hold has no place to be. A host keeps it between requests, on
//! its own side: serde round-trips it exactly, secrets included. What a client may see is [`InteractionView`].

mod format_version;
mod merge;
mod registry;
mod staged_mfa;
mod staged_profile;
mod view;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use self::merge::apply_to_user;
pub(crate) use self::merge::changed_fields;
pub use self::registry::Registry;
pub use self::staged_mfa::StagedMfa;
pub use self::staged_profile::{StagedProfile, StagedSocialIdentity};
pub use self::view::{
    CaptchaView, InteractionView, MfaView, ProfileView, RecordView, SocialIdentityView, SsoIdentityView,
};

pub use crate::experience::InteractionEvent;

use self::format_version::FormatVersion;
use crate::identifier::UserId;
use crate::rejection::Rejection;
use crate::secret::PasswordDigest;

/// How long an interaction lasts unless the host says otherwise (I-6).
pub const DEFAULT_LIFETIME: TimeDelta = TimeDelta::hours(1);

/// An interaction under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Interaction {
    version: FormatVersion,
    expires_at: DateTime<Utc>,
    captcha_passed: bool,
    /// The id of the account that this interaction may make. It is fixed from the start, so that a retry after a lost
    /// answer finds the account instead of making another (N-13).
    new_user_id: UserId,
    extra_profile_submitted: bool,
    registry: Registry,
    stage: Stage,
}

/// Where an interaction stands: one shape for each event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// Signing in.
    SignIn(SignIn),
    /// Registering.
    Register(Register),
    /// Recovering a password.
    ForgotPassword(ForgotPassword),
    /// Submitted: it accepts no further step (S-11).
    Submitted(InteractionEvent),
}

/// A sign-in. Profile data belongs to a user, so nothing can be staged before there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SignIn {
    /// Nobody is identified yet.
    Anonymous,
    /// Somebody is.
    Identified(Identified),
}

/// A registration: a draft until it is an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Register {
    /// What the account will be made from.
    Draft(Draft),
    /// The account exists.
    Account(Identified),
}

/// A registration before there is an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Draft {
    /// What the account will be made from.
    pub profile: Box<StagedProfile>,
    /// What the person decided about factors (M-6); the account takes it over.
    #[serde(default)]
    pub mfa: Box<StagedMfa>,
}

/// An identified user, and what is staged for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Identified {
    /// Who.
    pub user_id: UserId,
    /// What submitting will write.
    pub profile: Box<StagedProfile>,
    /// The factors that submitting will bind, and what the person decided about them.
    #[serde(default)]
    pub mfa: Box<StagedMfa>,
}

impl Identified {
    pub(crate) fn new(user_id: UserId) -> Self {
        Self { user_id, profile: Box::default(), mfa: Box::default() }
    }
}

/// A password recovery: it has a user and a new password, and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ForgotPassword {
    /// Nobody is identified yet.
    Anonymous,
    /// Somebody is.
    #[serde(rename_all = "camelCase")]
    Identified {
        /// Who.
        user_id: UserId,
        /// What submitting will write.
        new_password: Option<PasswordDigest>,
    },
}

impl Interaction {
    /// A new interaction; [`flow::Start`](crate::flow::Start) is how a host gets one.
    pub(crate) fn new(
        event: InteractionEvent,
        new_user_id: UserId,
        captcha_passed: bool,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self {
            version: FormatVersion,
            expires_at,
            captcha_passed,
            new_user_id,
            extra_profile_submitted: false,
            registry: Registry::default(),
            stage: Stage::of(event, None),
        }
    }

    /// What the person came for.
    pub fn event(&self) -> InteractionEvent {
        match self.stage {
            Stage::SignIn(_) => InteractionEvent::SignIn,
            Stage::Register(_) => InteractionEvent::Register,
            Stage::ForgotPassword(_) => InteractionEvent::ForgotPassword,
            Stage::Submitted(event) => event,
        }
    }

    /// Where it stands.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The verification records that were made in it.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Until when it lasts (I-6).
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// Whether a captcha was passed at its start.
    pub fn captcha_passed(&self) -> bool {
        self.captcha_passed
    }

    /// Whether the extra-profile form was submitted (P-11). A switch of the event does not undo that (I-4).
    pub fn extra_profile_submitted(&self) -> bool {
        self.extra_profile_submitted
    }

    /// The id of the account that this interaction may make (N-13).
    pub fn new_user_id(&self) -> &UserId {
        &self.new_user_id
    }

    /// Who is identified.
    pub fn user_id(&self) -> Option<&UserId> {
        match &self.stage {
            Stage::SignIn(SignIn::Identified(identified))
            | Stage::Register(Register::Account(identified)) => Some(&identified.user_id),
            Stage::ForgotPassword(ForgotPassword::Identified { user_id, .. }) => Some(user_id),
            Stage::SignIn(SignIn::Anonymous)
            | Stage::Register(Register::Draft(_))
            | Stage::ForgotPassword(ForgotPassword::Anonymous)
            | Stage::Submitted(_) => None,
        }
    }

    /// The staged profile, where the event and the stage can hold one.
    pub fn profile(&self) -> Option<&StagedProfile> {
        match &self.stage {
            Stage::Register(Register::Draft(draft)) => Some(&draft.profile),
            _ => self.identified().map(|identified| &*identified.profile),
        }
    }

    /// The staged factors and decisions, where the event and the stage can hold them.
    pub fn mfa(&self) -> Option<&StagedMfa> {
        match &self.stage {
            Stage::Register(Register::Draft(draft)) => Some(&draft.mfa),
            _ => self.identified().map(|identified| &*identified.mfa),
        }
    }

    fn identified(&self) -> Option<&Identified> {
        match &self.stage {
            Stage::SignIn(SignIn::Identified(identified))
            | Stage::Register(Register::Account(identified)) => Some(identified),
            _ => None,
        }
    }

    /// Refuses a step of an interaction that is over.
    ///
    /// # Errors
    /// [`Rejection::InteractionNotFound`] past its time (I-6) and after it was submitted (S-11).
    pub fn check_open(&self, now: DateTime<Utc>) -> Result<(), Rejection> {
        if now >= self.expires_at || matches!(self.stage, Stage::Submitted(_)) {
            return Err(Rejection::InteractionNotFound);
        }
        Ok(())
    }

    pub(crate) fn profile_mut(&mut self) -> Option<&mut StagedProfile> {
        match &mut self.stage {
            Stage::SignIn(SignIn::Identified(identified))
            | Stage::Register(Register::Account(identified)) => Some(&mut identified.profile),
            Stage::Register(Register::Draft(draft)) => Some(&mut draft.profile),
            _ => None,
        }
    }

    pub(crate) fn mfa_mut(&mut self) -> Option<&mut StagedMfa> {
        match &mut self.stage {
            Stage::SignIn(SignIn::Identified(identified))
            | Stage::Register(Register::Account(identified)) => Some(&mut identified.mfa),
            Stage::Register(Register::Draft(draft)) => Some(&mut draft.mfa),
            _ => None,
        }
    }

    pub(crate) fn stage_mut(&mut self) -> &mut Stage {
        &mut self.stage
    }

    pub(crate) fn registry_mut(&mut self) -> &mut Registry {
        &mut self.registry
    }

    pub(crate) fn mark_extra_profile_submitted(&mut self) {
        self.extra_profile_submitted = true;
    }

    /// Another event: the staged profile goes; the registry, the identified user and the factors bound for them stay
    /// (I-4). An email or phone bound as a factor is profile data, and goes with it.
    pub(crate) fn switch_event(&mut self, event: InteractionEvent) {
        let user = self.user_id().cloned();
        let mut mfa = self.mfa().cloned().unwrap_or_default();
        mfa.forget_contacts();
        self.stage = Stage::of(event, user);
        if let Some(staged) = self.mfa_mut() {
            *staged = mfa;
        }
    }

    /// The end (S-11).
    pub(crate) fn mark_submitted(&mut self) {
        self.stage = Stage::Submitted(self.event());
    }
}

impl Stage {
    /// Where an event begins, or goes on, with nothing staged.
    pub(crate) fn of(event: InteractionEvent, user: Option<UserId>) -> Self {
        match (event, user) {
            (InteractionEvent::SignIn, None) => Self::SignIn(SignIn::Anonymous),
            (InteractionEvent::SignIn, Some(user)) => Self::SignIn(SignIn::Identified(Identified::new(user))),
            (InteractionEvent::Register, None) => Self::Register(Register::Draft(Draft::default())),
            (InteractionEvent::Register, Some(user)) => {
                Self::Register(Register::Account(Identified::new(user)))
            }
            (InteractionEvent::ForgotPassword, None) => Self::ForgotPassword(ForgotPassword::Anonymous),
            (InteractionEvent::ForgotPassword, Some(user_id)) => {
                Self::ForgotPassword(ForgotPassword::Identified { user_id, new_password: None })
            }
        }
    }
}

#[cfg(test)]
mod tests;
