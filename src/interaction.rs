//! The interaction: one short-lived session in which a person signs in, registers or recovers a password.
//!
//! It is an aggregate: its verification records and the proofs they gave live and die with it, in one entry of the
//! [`VerificationStore`](crate::store::VerificationStore). It is typed by event, so that what an event cannot hold has no place to be.
//! What a client may see is [`InteractionView`].

mod bounds;
mod id;
mod managing;
mod merge;
mod proof;
mod registry;
mod stage;
mod staged_mfa;
mod staged_profile;
mod view;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::bounds::MAX_STORED;
pub use self::id::InteractionId;
pub use self::managing::{Managing, Removals};
pub use self::merge::apply_to_user;
pub use self::proof::{Proof, Shown};
pub use self::registry::Registry;
pub(crate) use self::stage::{AnonymousEvent, Staging};
pub use self::stage::{Draft, Identified, Recovering, Registering, SigningIn, Stage, Staged};
pub use self::staged_mfa::StagedMfa;
pub use self::staged_profile::{StagedProfile, StagedSocialIdentity};
pub use self::view::{
    CaptchaView, InteractionView, MfaView, ProfileView, RecordView, RemovalsView, SocialIdentityView,
    SsoIdentityView, UserInfoView,
};
pub use crate::user::Channel;

pub use crate::experience::InteractionEvent;

use crate::form::stored;
use crate::identifier::{UserId, VerificationId};
use crate::rejection::Rejection;
use crate::user::StepMark;
use crate::verification::{RecordType, Verification, VerificationRecord};

/// How long an interaction lasts unless the host says otherwise (I-6).
pub const DEFAULT_LIFETIME: TimeDelta = TimeDelta::hours(1);

stored! {
    /// An interaction under way.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Interaction {
        expires_at: DateTime<Utc>,
        captcha_passed: bool,
        /// Whether the host's signals asked for more, in whichever step (M-7).
        risk_is_elevated: bool,
        /// How many messages it caused (L-4).
        messages: u32,
        /// The id of the account that this interaction may make. It is fixed from the start, so that a retry after a
        /// lost answer finds the account instead of making another (N-13), and it names the interaction, whose own id
        /// changes, in the marks of its steps (V-16).
        new_user_id: UserId,
        extra_profile_submitted: bool,
        registry: Registry,
        proofs: Vec<Proof>,
        /// The marks of the steps that were granted what they wrote to an account for (V-16).
        granted: Vec<Granted>,
        stage: Stage,
    }
}

stored! {
    /// What was granted for writing to one account.
    #[derive(Clone, Debug, PartialEq)]
    struct Granted {
        user_id: UserId,
        marks: Vec<StepMark>,
    }
}

impl Interaction {
    /// A new interaction; [`flow::Start`](crate::flow::Start) is how a host gets one.
    pub(crate) fn new(
        event: AnonymousEvent,
        new_user_id: UserId,
        captcha_passed: bool,
        expires_at: DateTime<Utc>,
    ) -> Self {
        Self::at(Stage::of(event), new_user_id, captcha_passed, expires_at)
    }

    /// C-1: of somebody who is signed in. The account is not to be made: what names the interaction names nobody.
    pub(crate) fn of_account(managing: Managing, name: UserId, expires_at: DateTime<Utc>) -> Self {
        Self::at(Stage::Account(managing), name, false, expires_at)
    }

    fn at(stage: Stage, new_user_id: UserId, captcha_passed: bool, expires_at: DateTime<Utc>) -> Self {
        Self {
            expires_at,
            captcha_passed,
            risk_is_elevated: false,
            messages: 0,
            new_user_id,
            extra_profile_submitted: false,
            registry: Registry::default(),
            proofs: Vec::new(),
            granted: Vec::new(),
            stage,
        }
    }

    /// What the person came for.
    pub fn event(&self) -> InteractionEvent {
        self.stage.event()
    }

    /// Where it stands.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The verification records that were made in it.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What was proved in it, in the order in which it was shown (V-17). Whether a proof still counts,
    /// [`Proof::is_of`] says.
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    /// Until when it lasts (I-6).
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// Whether a captcha was passed at its start.
    pub fn captcha_passed(&self) -> bool {
        self.captcha_passed
    }

    /// Whether a proof stands in for the captcha (I-5).
    pub fn captcha_skipped(&self) -> bool {
        self.proofs.iter().any(Proof::stands_in_for_captcha)
    }

    /// Whether the extra-profile form was submitted (P-11). A switch of the event does not undo that (I-4).
    pub fn extra_profile_submitted(&self) -> bool {
        self.extra_profile_submitted
    }

    /// The id of the account that this interaction may make (N-13).
    pub fn new_user_id(&self) -> &UserId {
        &self.new_user_id
    }

    /// Whether the identified user is the account that this very interaction made (N-12).
    pub fn is_own_account(&self) -> bool {
        self.user_id() == Some(&self.new_user_id)
    }

    /// Whether the host's signals asked for more, in this step or an earlier one (M-7).
    pub fn risk_is_elevated(&self) -> bool {
        self.risk_is_elevated
    }

    /// M-7: the host's signals ask for more. What was said once is not withdrawn.
    pub(crate) fn raise_risk(&mut self) {
        self.risk_is_elevated = true;
    }

    /// L-4: counts a message, or says that there were enough.
    pub(crate) fn count_message(&mut self, at_most: u32) -> bool {
        let allowed = self.messages < at_most;
        self.messages += u32::from(allowed);
        allowed
    }

    /// Who is identified.
    pub fn user_id(&self) -> Option<&UserId> {
        self.stage.user_id()
    }

    /// What is staged, where the event and the state can stage anything.
    pub fn staged(&self) -> Option<Staged<'_>> {
        self.stage.staged()
    }

    /// The id of the account that a registration's draft is to become.
    pub(crate) fn account_in_the_making(&self) -> Option<&UserId> {
        matches!(self.stage, Stage::Register(Registering::Draft(_))).then_some(&self.new_user_id)
    }

    /// Refuses a step of an interaction that is over.
    ///
    /// # Errors
    /// [`Rejection::InteractionNotFound`] past its time (I-6).
    pub(crate) fn check_open(&self, now: DateTime<Utc>) -> Result<(), Rejection> {
        if now >= self.expires_at { Err(Rejection::InteractionNotFound) } else { Ok(()) }
    }

    /// One's own account under change, if it is that (C-1).
    pub fn managing(&self) -> Option<&Managing> {
        match &self.stage {
            Stage::Account(managing) => Some(managing),
            Stage::SignIn(_) | Stage::Register(_) | Stage::ForgotPassword(_) => None,
        }
    }

    /// Somebody is identified: for whom their proof brought something to stage.
    pub(crate) fn identify(&mut self, user_id: UserId, profile: StagedProfile) {
        self.stage.identify(user_id, profile);
    }

    pub(crate) fn stage_mut(&mut self) -> &mut Stage {
        &mut self.stage
    }

    /// The record of a type and id, to change it. Whoever makes it verified says so by [`verified`](Self::verified).
    pub(crate) fn registered_mut<T: RecordType>(
        &mut self,
        id: VerificationId,
    ) -> Result<&mut T::Record, Rejection> {
        self.registry.registered_mut::<T>(id)
    }

    /// Puts a new record into the registry, in place of the one of its type. Says whether it is verified.
    pub(crate) fn put_record(
        &mut self,
        id: VerificationId,
        verification: Verification,
        now: DateTime<Utc>,
    ) -> bool {
        let verified = verification.is_verified();
        self.keep_proof(Shown::by(&verification), now);
        self.registry.put(VerificationRecord { id, verification });
        verified
    }

    /// A record is verified now: what it has shown is a proof from then on (V-17).
    ///
    /// # Errors
    /// [`Rejection::VerificationSessionNotFound`] if there is no such record.
    pub(crate) fn verified(&mut self, id: VerificationId, now: DateTime<Utc>) -> Result<(), Rejection> {
        let shown = Shown::by(&self.registry.by_id(id)?.verification);
        self.keep_proof(shown, now);
        Ok(())
    }

    /// Shown again, a proof is as fresh as the last time.
    fn keep_proof(&mut self, shown: Option<Shown>, at: DateTime<Utc>) {
        if let Some(shown) = shown {
            self.proofs.retain(|own| own.shown != shown);
            self.proofs.push(Proof { at, shown });
        }
    }

    /// Whether a step of this mark was granted what it wrote to an account for.
    pub(crate) fn has_granted(&self, mark: &StepMark) -> bool {
        self.granted.iter().any(|granted| granted.marks.contains(mark))
    }

    /// A step is granted what it wrote to a user's account for. As many are remembered of each user as the account
    /// remembers: what other accounts are used for pushes none of them out.
    pub(crate) fn grant(&mut self, user_id: &UserId, mark: StepMark) {
        if let Some(own) = self.granted.iter_mut().find(|granted| granted.user_id == *user_id) {
            StepMark::remember(&mut own.marks, mark);
        } else {
            self.granted.push(Granted { user_id: user_id.clone(), marks: vec![mark] });
        }
    }

    pub(crate) fn mark_extra_profile_submitted(&mut self) {
        self.extra_profile_submitted = true;
    }

    /// Another event (I-4): what is staged goes, and so does an identified user, unless it is the own account. The
    /// registry and the proofs stay.
    pub(crate) fn switch_event(&mut self, event: AnonymousEvent) {
        let own = self.is_own_account().then(|| self.new_user_id.clone());
        self.stage = Stage::switched_to(event, own);
    }
}
