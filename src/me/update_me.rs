//! `PATCH /me`.

use super::account::authenticated;
use super::{Change, Envelope, MeError, MeErrorCode, MePatch, SecondFactorPolicy, SignedIn};
use crate::flow::{check_step_up_in, has_way_in, is_required_by_organization};
use crate::identifier::Username;
use crate::interaction::{Interaction, InteractionId};
use crate::operation::{Context, Operation, Questions, Step};
use crate::plain_text::is_plain;
use crate::rejection::{MissingProfileItem, OperationName, Rejection};
use crate::user::{MAX_NAME_LENGTH, User};

/// Changes a signed-in person's name and username.
///
/// All or nothing, and every problem is reported. What cannot be done is told in the [`Envelope`], never as a
/// [`Rejection`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateMe {
    signed_in: Option<SignedIn>,
    patch: MePatch,
    proved_in: Option<InteractionId>,
}

impl UpdateMe {
    /// For whoever is signed in, if anybody is.
    pub fn new(signed_in: impl Into<Option<SignedIn>>, patch: MePatch) -> Self {
        Self { signed_in: signed_in.into(), patch, proved_in: None }
    }

    /// With the [`Account`](crate::interaction::InteractionEvent::Account) interaction that the client has, if it has one: what
    /// lets somebody into the account with less needs fresh proofs in it (A-2, C-2). It must be of the same session:
    /// [`Context::with_session`].
    #[must_use]
    pub fn proved_in(self, interaction: impl Into<Option<InteractionId>>) -> Self {
        Self { proved_in: interaction.into(), ..self }
    }

    /// whether it takes from what the account asks of whoever signs in.
    fn lowers(&self, user: &User) -> bool {
        let clears = self.patch.username == Change::Clear && user.username.is_some();
        clears || self.patch.second_factor_policy.is_some_and(|policy| policy.lowers(&user.mfa))
    }

    /// A-2, C-2: fresh proofs, in an interaction of this person's and this session's.
    fn check_step_up(&self, step: &Step<'_, ()>, user: &User) -> Result<(), MeError> {
        if !self.lowers(user) {
            return Ok(());
        }
        let proved = self.proved_in.as_ref().is_some_and(|id| {
            let interaction = step.open_interaction(id);
            let of_person = |interaction: &&Interaction| {
                let managing = interaction.managing();
                managing
                    .is_some_and(|own| own.user_id == user.id && own.is_of_session(step.context().session))
            };
            interaction.filter(of_person).is_some_and(|interaction| {
                check_step_up_in(interaction, step.experience(), user, step.now()).is_ok()
            })
        });
        let message = "Verify that this account is yours before you change this";
        if proved { Ok(()) } else { Err(MeError::new(MeErrorCode::StepUpRequired, message)) }
    }

    /// what the operator, or an organisation, asks of everybody is not the person's to lower.
    fn second_factor(&self, step: &Step<'_, ()>, changed: &mut User) -> Result<(), MeError> {
        let Some(policy) = self.patch.second_factor_policy else { return Ok(()) };
        let must = step.experience().settings().mfa.policy.is_no_skip()
            || is_required_by_organization(step.experience(), changed);
        if must && policy != SecondFactorPolicy::Enforced {
            let message = "A second factor is required and cannot be turned off";
            return Err(MeError::new(MeErrorCode::MfaRequired, message));
        }
        policy.apply(&mut changed.mfa);
        Ok(())
    }

    /// what becomes of the username.
    fn username(&self, step: &Step<'_, ()>, user: &User) -> Result<Change<Username>, MeError> {
        match &self.patch.username {
            Change::Keep => Ok(Change::Keep),
            Change::Clear if step.experience().mandatory_profile().includes(MissingProfileItem::Username) => {
                Err(MeError::new(
                    MeErrorCode::UsernameRequired,
                    "A username is required and cannot be cleared",
                ))
            }
            Change::Clear if user.username.is_some() && is_only_way_in(step, user) => Err(MeError::new(
                MeErrorCode::LastSignInMethod,
                "The username is the only way to sign in and cannot be cleared",
            )),
            Change::Clear => Ok(Change::Clear),
            Change::Set(text) => match step.experience().settings().username_policy.accept(text) {
                Err(rejection) => Err(MeError::new(MeErrorCode::UsernameInvalid, sentence(&rejection))),
                Ok(username) if step.is_free(&username.key(step.case()), Some(&user.id)) => {
                    Ok(Change::Set(username))
                }
                Ok(_) => Err(MeError::new(MeErrorCode::UsernameTaken, "This username is already taken")),
            },
        }
    }
}

/// A-2, C-8: whether nothing would let the user in without their username.
fn is_only_way_in(step: &Step<'_, ()>, user: &User) -> bool {
    let without = User { username: None, ..user.clone() };
    has_way_in(step.experience(), user) && !has_way_in(step.experience(), &without)
}

/// a name is trimmed, bounded, and plain text.
fn name(field: &str, change: &Change<String>) -> Result<Change<String>, MeError> {
    let Change::Set(text) = change else { return Ok(change.clone()) };
    let text = text.trim();
    let invalid = |message| Err(MeError::new(MeErrorCode::ValidationError, message));
    if text.chars().count() > MAX_NAME_LENGTH {
        invalid(format!("`{field}` is longer than {MAX_NAME_LENGTH} characters"))
    } else if !is_plain(text) {
        invalid(format!("`{field}` contains control characters"))
    } else {
        Ok(Change::from_text(text))
    }
}

/// A rejection's message as the document writes them: with a capital.
fn sentence(rejection: &Rejection) -> String {
    let mut letters = rejection.message().chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

impl Operation for UpdateMe {
    type Subject = ();
    type Output = Envelope;

    const NAME: OperationName = OperationName::UpdateMe;

    fn prefetch(&self, context: &Context<'_>) -> Questions {
        let username = match &self.patch.username {
            Change::Set(text) => context.experience.settings().username_policy.accept(text).ok(),
            Change::Keep | Change::Clear => None,
        };
        Questions::none().users(username.map(|username| username.key(context.experience.username_case())))
    }

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<Envelope, Rejection> {
        let Some((user, session)) = authenticated(step, self.signed_in.as_ref()) else {
            return Ok(Envelope::not_authenticated("update profile"));
        };
        let (mut changed, mut errors) = (user.clone(), Vec::new());
        match self.username(step, user) {
            Ok(change) => change.apply(&mut changed.username),
            Err(error) => errors.push(error),
        }
        errors.extend_from_slice(self.patch.problems());
        for (field, change, claim) in [
            ("first_name", &self.patch.first_name, &mut changed.profile.given_name),
            ("last_name", &self.patch.last_name, &mut changed.profile.family_name),
        ] {
            match name(field, change) {
                Ok(change) => change.apply(claim),
                Err(error) => errors.push(error),
            }
        }
        errors.extend(self.second_factor(step, &mut changed).err());
        if self.patch.remove_profile_picture {
            changed.avatar = None;
        }
        // What cannot be changed at all needs no proof.
        if errors.is_empty() {
            errors.extend(self.check_step_up(step, user).err());
        }
        //
        if !errors.is_empty() {
            return Ok(Envelope::refused(errors, session));
        }
        let user = step.update_if_changed(user, changed);
        Ok(Envelope::success(&user, session))
    }
}
