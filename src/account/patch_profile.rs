//! `PATCH /users/{id}/profile`.

use super::{AccountDecision, AccountOperation, ProfilePatch};
use crate::experience::Experience;
use crate::identifier::UserId;
use crate::operation::{Context, Facts, Misuse, Needs};
use crate::rejection::{OperationName, Rejection};
use crate::user::{Claims, User};

/// Changes a user's claims, for an operator: named claims change, the others stay, `null` removes. Answers with
/// all claims.
///
/// Where the operator's [`strict_claims`](crate::experience::SignInExperience::strict_claims) is on, the claims that
/// the patch names must be what OpenID Connect says they are.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchProfile {
    user_id: Option<UserId>,
    patch: ProfilePatch,
}

impl PatchProfile {
    /// Of the user that a path names. A text that is no id names nobody, and is answered so.
    pub fn new(user_id: &str, patch: ProfilePatch) -> Self {
        Self { user_id: UserId::parse(user_id).ok(), patch }
    }

    /// then A-6.
    fn changed(&self, user: &User, experience: &Experience) -> Result<User, Rejection> {
        self.patch.check(experience.settings().strict_claims)?;
        Ok(User { profile: self.patch.apply(&user.profile)?, ..user.clone() })
    }
}

impl AccountOperation for PatchProfile {
    type Output = Claims;

    const NAME: OperationName = OperationName::PatchProfile;

    fn needs(&self, facts: &Facts, _experience: &Experience) -> Needs {
        Needs::none().users(self.user_id.as_ref().map(UserId::key)).unless_known(facts)
    }

    fn decide(&self, facts: &Facts, context: &Context<'_>) -> Result<AccountDecision<Claims>, Misuse> {
        let user = match &self.user_id {
            Some(id) => facts.user(&id.key())?,
            None => None,
        };
        // the user first, then the form.
        let Some(user) = user else {
            return Ok(AccountDecision::unchanged(Err(Rejection::EntityNotFound)));
        };
        Ok(match self.changed(user, context.experience) {
            Ok(changed) => AccountDecision::changed(user, changed, context, |user| user.profile.clone()),
            Err(rejection) => AccountDecision::unchanged(Err(rejection)),
        })
    }
}
