//! `PATCH /me`.

use super::account::authenticated;
use super::{Change, Envelope, MeError, MeErrorCode, MePatch, SignedIn};
use crate::identifier::Username;
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
}

impl UpdateMe {
    /// For whoever is signed in, if anybody is.
    pub fn new(signed_in: impl Into<Option<SignedIn>>, patch: MePatch) -> Self {
        Self { signed_in: signed_in.into(), patch }
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
        //
        if !errors.is_empty() {
            return Ok(Envelope::refused(errors, session));
        }
        let user = step.update_if_changed(user, changed);
        Ok(Envelope::success(&user, session))
    }
}
