//! Where an interaction stands: the states of each event, and their moves.
//!
//! What an event cannot hold has no place to be: a recovery has a user and a new password, and no profile; a sign-in
//! stages nothing before there is a user; a registration is a draft until it is an account.

use super::{Managing, StagedMfa, StagedProfile};
use crate::experience::InteractionEvent;
use crate::form::stored;
use crate::identifier::UserId;
use crate::rejection::Rejection;
use crate::secret::PasswordDigest;

stored! {
    /// Where an interaction stands: one shape for each event.
    #[derive(Clone, Debug, PartialEq)]
    pub enum Stage {
        /// Signing in.
        SignIn(SigningIn),
        /// Registering.
        Register(Registering),
        /// Recovering a password.
        ForgotPassword(Recovering),
        /// Changing one's own account.
        Account(Managing),
    }
}

stored! {
    /// A sign-in. Profile data belongs to a user, so nothing can be staged before there is one.
    #[derive(Clone, Debug, PartialEq)]
    pub enum SigningIn {
        /// Nobody is identified yet.
        Anonymous,
        /// Somebody is.
        Identified(Identified),
    }
}

stored! {
    /// A registration: a draft until it is an account.
    #[derive(Clone, Debug, PartialEq)]
    pub enum Registering {
        /// What the account will be made from.
        Draft(Draft),
        /// The account exists.
        Account(Identified),
    }
}

stored! {
    /// A password recovery: it has a user and a new password, and nothing else.
    #[derive(Clone, Debug, PartialEq)]
    pub enum Recovering {
        /// Nobody is identified yet.
        Anonymous,
        /// Somebody is.
        Identified {
            /// Who.
            user_id: UserId,
            /// What submitting will write.
            new_password: Option<PasswordDigest>,
        },
    }
}

stored! {
    /// A registration before there is an account.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Draft {
        /// What the account will be made from.
        pub profile: Box<StagedProfile>,
        /// What the person decided about factors (M-6); the account takes it over.
        pub mfa: Box<StagedMfa>,
    }
}

stored! {
    /// An identified user, and what is staged for them.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Identified {
        /// Who.
        pub user_id: UserId,
        /// What submitting will write.
        pub profile: Box<StagedProfile>,
        /// The factors that submitting will bind, and what the person decided about them.
        pub mfa: Box<StagedMfa>,
    }
}

/// An event in which nobody is identified when it begins: every one but an account's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnonymousEvent {
    SignIn,
    Register,
    ForgotPassword,
}

impl AnonymousEvent {
    /// `None` for [`InteractionEvent::Account`], which begins with a user (C-1).
    pub(crate) fn of(event: InteractionEvent) -> Option<Self> {
        match event {
            InteractionEvent::SignIn => Some(Self::SignIn),
            InteractionEvent::Register => Some(Self::Register),
            InteractionEvent::ForgotPassword => Some(Self::ForgotPassword),
            InteractionEvent::Account => None,
        }
    }
}

impl Stage {
    /// Somebody is identified (N-6): in a sign-in with what their proof brought (N-7, N-10); in a registration it is the
    /// account that was just made (N-12); a recovery takes the person alone.
    pub(super) fn identify(&mut self, user_id: UserId, profile: StagedProfile) {
        match self {
            Self::SignIn(signing_in) => signing_in.identify(user_id, profile),
            Self::Register(registering) => registering.open_account(user_id),
            Self::ForgotPassword(recovering) => recovering.identify(user_id),
            // C-1: who it is was known from the start, and is nobody else later.
            Self::Account(_) => {}
        }
    }

    /// Where an event begins, in which nobody is identified yet.
    pub(super) fn of(event: AnonymousEvent) -> Self {
        match event {
            AnonymousEvent::SignIn => Self::SignIn(SigningIn::Anonymous),
            AnonymousEvent::Register => Self::Register(Registering::Draft(Draft::default())),
            AnonymousEvent::ForgotPassword => Self::ForgotPassword(Recovering::Anonymous),
        }
    }

    /// I-4: where another event goes on: at its beginning, or with the account that this interaction made.
    pub(super) fn switched_to(event: AnonymousEvent, own: Option<UserId>) -> Self {
        match (event, own.map(Identified::nothing_staged)) {
            (AnonymousEvent::SignIn, Some(own)) => Self::SignIn(SigningIn::Identified(own)),
            (AnonymousEvent::Register, Some(own)) => Self::Register(Registering::Account(own)),
            (event, _) => Self::of(event),
        }
    }

    /// What the person came for.
    pub fn event(&self) -> InteractionEvent {
        match self {
            Self::SignIn(_) => InteractionEvent::SignIn,
            Self::Register(_) => InteractionEvent::Register,
            Self::ForgotPassword(_) => InteractionEvent::ForgotPassword,
            Self::Account(_) => InteractionEvent::Account,
        }
    }

    /// Who is identified.
    pub fn user_id(&self) -> Option<&UserId> {
        match self {
            Self::SignIn(SigningIn::Identified(identified))
            | Self::Register(Registering::Account(identified)) => Some(&identified.user_id),
            Self::ForgotPassword(Recovering::Identified { user_id, .. })
            | Self::Account(Managing { user_id, .. }) => Some(user_id),
            Self::SignIn(SigningIn::Anonymous)
            | Self::Register(Registering::Draft(_))
            | Self::ForgotPassword(Recovering::Anonymous) => None,
        }
    }

    /// What is staged, where the event and the state can stage anything.
    pub fn staged(&self) -> Option<Staged<'_>> {
        match self {
            Self::SignIn(SigningIn::Identified(Identified { profile, mfa, .. }))
            | Self::Register(
                Registering::Account(Identified { profile, mfa, .. })
                | Registering::Draft(Draft { profile, mfa }),
            )
            | Self::Account(Managing { profile, mfa, .. }) => Some(Staged { profile, mfa }),
            Self::SignIn(SigningIn::Anonymous) | Self::ForgotPassword(_) => None,
        }
    }

    /// What is staged, to stage more.
    ///
    /// # Errors
    /// [`Rejection::NotSupportedForForgotPassword`] in a recovery (P-1); [`Rejection::IdentifierNotFound`] in a
    /// sign-in that has identified nobody (P-2).
    pub(crate) fn staging(&mut self) -> Result<Staging<'_>, Rejection> {
        match self {
            Self::SignIn(SigningIn::Identified(Identified { profile, mfa, .. }))
            | Self::Register(
                Registering::Account(Identified { profile, mfa, .. })
                | Registering::Draft(Draft { profile, mfa }),
            )
            | Self::Account(Managing { profile, mfa, .. }) => Ok(Staging { profile, mfa }),
            Self::SignIn(SigningIn::Anonymous) => Err(Rejection::IdentifierNotFound),
            Self::ForgotPassword(_) => Err(Rejection::NotSupportedForForgotPassword),
        }
    }
}

/// What is staged.
#[derive(Clone, Copy, Debug)]
pub struct Staged<'a> {
    /// What the account is made from, or is given at submit.
    pub profile: &'a StagedProfile,
    /// The factors that submitting will bind, and what the person decided about them.
    pub mfa: &'a StagedMfa,
}

/// What is staged, to stage more.
#[derive(Debug)]
pub(crate) struct Staging<'a> {
    pub(crate) profile: &'a mut StagedProfile,
    pub(crate) mfa: &'a mut StagedMfa,
}

impl Identified {
    fn nothing_staged(user_id: UserId) -> Self {
        Self { user_id, profile: Box::default(), mfa: Box::default() }
    }
}

impl SigningIn {
    /// N-6: somebody is identified, for whom the proof brought something to stage (N-7, N-10). Who is identified once more
    /// keeps what is staged (N-9).
    fn identify(&mut self, user_id: UserId, brought: StagedProfile) {
        match self {
            Self::Identified(identified) if identified.user_id == user_id => {
                identified.profile.stage(brought);
            }
            Self::Anonymous | Self::Identified(_) => {
                *self = Self::Identified(Identified {
                    profile: brought.into(),
                    ..Identified::nothing_staged(user_id)
                });
            }
        }
    }
}

impl Registering {
    /// N-12: the account exists, made from what was staged. What was decided about factors goes along.
    fn open_account(&mut self, user_id: UserId) {
        let mfa = match self {
            Self::Draft(draft) => std::mem::take(&mut draft.mfa),
            Self::Account(identified) => std::mem::take(&mut identified.mfa),
        };
        *self = Self::Account(Identified { user_id, profile: Box::default(), mfa });
    }
}

impl Recovering {
    /// N-6: somebody is identified, whose password can be set.
    fn identify(&mut self, user_id: UserId) {
        if !matches!(self, Self::Identified { user_id: own, .. } if *own == user_id) {
            *self = Self::Identified { user_id, new_password: None };
        }
    }

    /// P-13: stages the new password.
    ///
    /// # Errors
    /// [`Rejection::IdentifierNotFound`] if nobody is identified.
    pub(crate) fn set_password(&mut self, digest: PasswordDigest) -> Result<(), Rejection> {
        match self {
            Self::Identified { new_password, .. } => {
                *new_password = Some(digest);
                Ok(())
            }
            Self::Anonymous => Err(Rejection::IdentifierNotFound),
        }
    }
}
