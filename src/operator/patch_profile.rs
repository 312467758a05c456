//! `PATCH /users/{id}/profile`.

use super::ProfilePatch;
use super::named_user::named;
use crate::experience::Experience;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::{Claims, User};

/// Changes a user's claims, for an operator: named claims change, the others stay, `null` removes. Answers with
/// all claims.
///
/// Where the operator's [`strict_claims`](crate::experience::SignInExperience::strict_claims) is on, the claims that
/// the patch names must be what OpenID Connect says they are.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchProfile {
    user_id: String,
    patch: ProfilePatch,
}

impl PatchProfile {
    /// Of the user that a path names. A text that is no id names nobody, and is answered so.
    pub fn new(user_id: impl Into<String>, patch: ProfilePatch) -> Self {
        Self { user_id: user_id.into(), patch }
    }

    /// then A-6.
    fn changed(&self, user: &User, experience: &Experience) -> Result<User, Rejection> {
        self.patch.check(experience.settings().strict_claims)?;
        Ok(User { profile: self.patch.apply(&user.profile)?, ..user.clone() })
    }
}

impl Operation for PatchProfile {
    type Subject = ();
    type Output = Claims;

    const NAME: OperationName = OperationName::PatchProfile;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<Claims, Rejection> {
        // the user first, then the form.
        let user = named(step, &self.user_id)?;
        let changed = self.changed(user, step.experience())?;
        Ok(step.update_if_changed(user, changed).profile.clone())
    }
}
