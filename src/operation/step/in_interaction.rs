//! What a step of an interaction can do besides.

use super::super::subject::End;
use super::Step;
use crate::identifier::{UserId, VerificationId};
use crate::interaction::{Interaction, Managing, Recovering, Stage, Staged, Staging};
use crate::rejection::{OperationName, Rejection};
use crate::store::UserChange;
use crate::user::{StepMark, User};
use crate::verification::{RecordType, Verification, VerificationRecord};

impl<'a> Step<'a, Interaction> {
    /// The interaction, as it is so far.
    pub(crate) fn interaction(&self) -> &Interaction {
        &self.working.interaction
    }

    /// The interaction, to change it.
    pub(crate) fn interaction_mut(&mut self) -> &mut Interaction {
        self.working.interaction.to_mut()
    }

    /// The identified user.
    ///
    /// # Errors
    /// [`Rejection::IdentifierNotFound`] if nobody is identified, or they are gone meanwhile.
    pub(crate) fn identified_user(&self) -> Result<&'a User, Rejection> {
        let id = self.interaction().user_id();
        id.and_then(|id| self.user_by_id(id)).ok_or(Rejection::IdentifierNotFound)
    }

    /// P-1, P-2: whom data is staged for, if they exist yet, and what is staged so far.
    ///
    /// # Errors
    /// [`Rejection::NotSupportedForForgotPassword`] in a recovery; [`Rejection::IdentifierNotFound`] in a sign-in that
    /// has identified nobody, or where the identified user is gone meanwhile.
    pub(crate) fn staged(&self) -> Result<(Option<&'a User>, Staged<'_>), Rejection> {
        let staged = match self.interaction().stage() {
            Stage::ForgotPassword(_) => return Err(Rejection::NotSupportedForForgotPassword),
            stage => stage.staged().ok_or(Rejection::IdentifierNotFound)?,
        };
        let user = match self.interaction().user_id() {
            Some(_) => Some(self.identified_user()?),
            None => None,
        };
        Ok((user, staged))
    }

    /// What is staged, to stage more.
    ///
    /// # Errors
    /// As [`staged`](Self::staged), the user aside.
    pub(crate) fn staging(&mut self) -> Result<Staging<'_>, Rejection> {
        self.interaction_mut().stage_mut().staging()
    }

    /// The record of a type that has this id ("by type and id").
    ///
    /// # Errors
    /// [`Rejection::VerificationSessionNotFound`] if there is none.
    pub(crate) fn registered<T: RecordType>(&self, id: VerificationId) -> Result<&T::Record, Rejection> {
        self.interaction().registry().registered::<T>(id)
    }

    /// As [`registered`](Self::registered), to change it.
    pub(crate) fn registered_mut<T: RecordType>(
        &mut self,
        id: VerificationId,
    ) -> Result<&mut T::Record, Rejection> {
        self.interaction_mut().registered_mut::<T>(id)
    }

    /// The record of an id ("by id").
    ///
    /// # Errors
    /// [`Rejection::VerificationSessionNotFound`] if there is none.
    pub(crate) fn by_id(&self, id: VerificationId) -> Result<&VerificationRecord, Rejection> {
        self.interaction().registry().by_id(id)
    }

    /// Makes a record, in place of the one of its type. One that is verified is a proof (V-17), and the interaction
    /// gets a new id (I-6).
    pub(crate) fn add_record(&mut self, verification: Verification) -> VerificationId {
        let (id, now) = (self.new_verification_id(), self.now());
        if self.interaction_mut().put_record(id, verification, now) {
            self.working.end = End::Moves;
        }
        id
    }

    /// A record was verified by this step: it is a proof (V-17), and the interaction gets a new id (I-6).
    ///
    /// # Errors
    /// [`Rejection::VerificationSessionNotFound`] if there is no such record.
    pub(crate) fn verified(&mut self, id: VerificationId) -> Result<VerificationId, Rejection> {
        let now = self.now();
        self.interaction_mut().verified(id, now)?;
        self.working.end = End::Moves;
        Ok(id)
    }

    /// Somebody is identified by this step: the interaction gets a new id (I-6).
    pub(crate) fn moves(&mut self) {
        self.working.end = End::Moves;
    }

    /// The interaction is over by this step (S-11).
    pub(crate) fn closes(&mut self) {
        self.working.end = End::Closes;
    }

    /// This step's mark (V-16): of the interaction, of the operation, and of what the step is about.
    pub(crate) fn mark(&self, operation: OperationName, about: &[&str]) -> StepMark {
        let own = [self.interaction().new_user_id().as_str(), operation.as_str()];
        StepMark::new(&[&own, about].concat())
    }

    /// V-16: whether this step wrote the account before: it was decided again after it lost a race for the interaction,
    /// or is tried again after a crash between the two writes. What it was granted for it once, it is not granted
    /// twice.
    pub(crate) fn has_written(&self, user: &User, mark: &StepMark) -> bool {
        user.marks().contains(mark) && !self.interaction().has_granted(mark)
    }

    /// The step wrote the account before, and goes on.
    pub(crate) fn grant(&mut self, user_id: &UserId, mark: StepMark) {
        self.interaction_mut().grant(user_id, mark);
    }

    /// Writes a new user, with the step's mark.
    pub(crate) fn create_user(&mut self, mut user: User, mark: StepMark) {
        user.mark(mark.clone());
        self.grant(&user.id, mark);
        self.changes.user = Some(UserChange::create(user, self.case()));
    }

    /// Writes a changed user, with the step's mark.
    pub(crate) fn update_user(&mut self, mut user: User, mark: StepMark) {
        user.mark(mark.clone());
        self.grant(&user.id, mark);
        self.changes.user = Some(UserChange::update(user, self.case()));
    }

    /// One's own account under change.
    ///
    /// # Errors
    /// [`Rejection::InvalidInteractionType`] in another event (C-1).
    pub(crate) fn managing(&mut self) -> Result<&mut Managing, Rejection> {
        match self.interaction_mut().stage_mut() {
            Stage::Account(managing) => Ok(managing),
            Stage::SignIn(_) | Stage::Register(_) | Stage::ForgotPassword(_) => {
                Err(Rejection::InvalidInteractionType)
            }
        }
    }

    /// C-1: an account's interaction ends with the session that started it: when the host says so, and when the account has
    /// ended it, by a new password or a suspension, be it by this very interaction. So nothing of it goes on after its owner
    /// has put a stop to it.
    pub(in crate::operation) fn session_is_over(&self) -> bool {
        let Some(managing) = self.interaction().managing() else { return false };
        let user = self.user_by_id(&managing.user_id);
        let is_kept = user.is_some_and(|user| user.keeps_session(managing.session_opened_at));
        !managing.is_of_session(self.context().session) || (self.questions_are_answered() && !is_kept)
    }

    /// The recovery under way, to set its password.
    ///
    /// # Errors
    /// [`Rejection::InvalidInteractionType`] in another event (P-13).
    pub(crate) fn recovering(&mut self) -> Result<&mut Recovering, Rejection> {
        match self.interaction_mut().stage_mut() {
            Stage::ForgotPassword(recovering) => Ok(recovering),
            Stage::SignIn(_) | Stage::Register(_) | Stage::Account(_) => {
                Err(Rejection::InvalidInteractionType)
            }
        }
    }
}
