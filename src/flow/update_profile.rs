//! Adding to the profile (P-1 to P-12).

use serde::Deserialize;

use super::mfa;
use super::new_password::{check_not_current, check_policy};
use super::profile_payload::ProfilePayload;
use super::profile_uniqueness::check_available;
use super::proof::{check_gift, check_proof, keys_of_proof, stage_beside_identity};
use super::registered::by_type_and_id;
use super::split_profile::split;
use crate::experience::Experience;
use crate::identifier::Username;
use crate::interaction::{Interaction, Stage, StagedProfile};
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::User;
use crate::verification::{Verification, VerificationType};

/// Stages profile data: what a new account will be made from, or what submitting will add to the identified user.
///
/// Staging the same kind again overwrites what was staged (P-12).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct UpdateProfile {
    payload: ProfilePayload,
}

impl UpdateProfile {
    /// With this payload.
    pub fn new(payload: ProfilePayload) -> Self {
        Self { payload }
    }

    /// P-4: the record that the payload names, complete and allowed.
    fn proof<'a>(
        &self,
        step: &Step<'a>,
        verification_type: VerificationType,
    ) -> Result<&'a Verification, Rejection> {
        let id = self.payload.verification_id().ok_or(Rejection::VerificationSessionNotFound)?;
        let verification = &by_type_and_id(step, verification_type, id)?.verification;
        check_proof(step, verification)?;
        Ok(verification)
    }

    /// What the payload adds, checked.
    fn addition(&self, step: &Step<'_>, user: Option<&User>) -> Result<StagedProfile, Rejection> {
        match &self.payload {
            ProfilePayload::Username { value } => username(step, user, value),
            ProfilePayload::Password { value } => password(step, user, value),
            ProfilePayload::Email { .. } => {
                let proof = self.proof(step, VerificationType::EmailVerificationCode)?;
                check_gift(step, user, proof)
            }
            ProfilePayload::Phone { .. } => {
                let proof = self.proof(step, VerificationType::PhoneVerificationCode)?;
                check_gift(step, user, proof)
            }
            ProfilePayload::Social { .. } => {
                let proof = self.proof(step, VerificationType::Social)?;
                check_gift(step, user, proof)
            }
            ProfilePayload::ExtraProfile { values } => split(values, step.experience()),
        }
    }
}

/// P-5, then P-6: the policy, and uniqueness.
fn username(step: &Step<'_>, user: Option<&User>, text: &str) -> Result<StagedProfile, Rejection> {
    if user.is_some_and(|user| user.username.is_some()) {
        return Err(Rejection::UsernameExistsInProfile);
    }
    let username = step.experience().settings().username_policy.accept(text)?;
    let addition = StagedProfile { username: Some(username), ..StagedProfile::default() };
    check_available(step, &addition)?;
    Ok(addition)
}

/// P-7: the policy, not the current one, then P-5.
fn password(step: &Step<'_>, user: Option<&User>, text: &Secret) -> Result<StagedProfile, Rejection> {
    let staged = step.interaction.profile();
    check_policy(step, text, staged.map(|staged| staged.user_info(user)).unwrap_or_default())?;
    if let Some(user) = user {
        check_not_current(step, text, user)?;
        if user.password.is_some() {
            return Err(Rejection::PasswordExistsInProfile);
        }
    }
    Ok(StagedProfile { password: Some(step.hash_password(text.expose())), ..StagedProfile::default() })
}

impl Operation for UpdateProfile {
    type Output = ();

    const NAME: OperationName = OperationName::UpdateProfile;

    fn needs(&self, interaction: &Interaction, facts: &Facts, experience: &Experience) -> Needs {
        if interaction.profile().is_none() {
            return Needs::none();
        }
        let id = self.payload.verification_id().filter(|&id| interaction.registry().has_id(id));
        let records = Needs::none()
            .records(id)
            .records(mfa::needed_records(interaction, experience))
            .unless_known(facts);
        if !records.is_empty() {
            return records;
        }
        let case = experience.username_case();
        let about = match &self.payload {
            ProfilePayload::Username { value } => {
                Username::parse(value).ok().map(|username| username.key(case)).into_iter().collect()
            }
            _ => id
                .and_then(|id| facts.record(id).ok().flatten())
                .map(|record| keys_of_proof(&record.verification, case))
                .unwrap_or_default(),
        };
        let own = interaction.user_id().map(crate::identifier::UserId::key);
        Needs::none().users(own).users(about).unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        match step.interaction.stage() {
            // P-1
            Stage::ForgotPassword(_) => return Err(Rejection::NotSupportedForForgotPassword),
            // P-2: a registration may stage before there is a user, a sign-in may not.
            _ if step.interaction.profile().is_none() => return Err(Rejection::IdentifierNotFound),
            _ => {}
        }
        let user = match step.interaction.user_id() {
            Some(_) => Some(step.identified_user()?),
            None => None,
        };
        // P-3: a social identity may be staged; submit still asks.
        if let (Some(user), false) = (user, matches!(self.payload, ProfilePayload::Social { .. })) {
            mfa::check_verified(step, user)?;
        }
        let addition = self.addition(step, user)?;
        if let Some(staged) = step.interaction.profile_mut() {
            match self.payload {
                ProfilePayload::ExtraProfile { .. } => staged.stage_form(addition),
                _ => staged.stage(addition),
            }
        }
        match &self.payload {
            ProfilePayload::Social { .. } => {
                let proof = self.proof(step, VerificationType::Social)?;
                stage_beside_identity(step, proof);
            }
            ProfilePayload::ExtraProfile { .. } => step.interaction.mark_extra_profile_submitted(),
            _ => {}
        }
        Ok(())
    }
}
