//! Identifying (N-1 to N-10): using a verified record to establish which user this is.

use serde::Deserialize;

use super::create_user;
use super::email_rules::check_no_sso;
use super::event_allowed::check_event_allowed;
use super::profile_uniqueness::{account_in_the_making, check_not_in_profile, unique_keys};
use super::proof::{gift, keys_of_proof, proven_user, stage_beside_identity};
use super::registered::by_id;
use crate::experience::{Experience, ForgotPasswordMethod};
use crate::identifier::{Contact, IdentifierType, UserId, VerificationId};
use crate::interaction::{Interaction, InteractionEvent, Stage, StagedSocialIdentity};
use crate::operation::{Facts, Needs, Operation, Step};
use crate::rejection::{IdentityNotExist, OperationName, Rejection, RelatedUser, UserNotExist};
use crate::user::User;
use crate::verification::{SocialVerification, SsoVerification, Verification};

/// Uses a verified record to say who this is; in a registration, makes the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Identify {
    verification_id: Option<VerificationId>,
    link_social_identity: bool,
}

/// Who is identified now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentifiedUser {
    /// Who.
    pub user_id: UserId,
    /// Whether the account was made by this step.
    pub created: bool,
}

impl Identify {
    /// By a verified record.
    pub fn by(verification_id: VerificationId) -> Self {
        Self { verification_id: Some(verification_id), link_social_identity: false }
    }

    /// Makes the account of a registration from what is staged, without a record.
    pub fn from_staged_profile() -> Self {
        Self::default()
    }

    /// As the user related to a social identity that nobody has, to whom it is then linked (N-7).
    #[must_use]
    pub fn linking_social_identity(self) -> Self {
        Self { link_social_identity: true, ..self }
    }

    fn existing_user(self, step: &mut Step<'_>) -> Result<IdentifiedUser, Rejection> {
        let event = step.interaction.event();
        let id = self.verification_id;
        let id = id
            .ok_or_else(|| Rejection::invalid_input("verificationId", "expected the id of a verification"))?;
        let verification = &by_id(step, id)?.verification;
        if !matches!(verification, Verification::OneTimeToken(_)) || !verification.is_verified() {
            check_event_allowed(step, event)?;
            check_method(step, event, verification)?;
        }
        if event != InteractionEvent::ForgotPassword {
            check_no_sso(step.experience(), verification)?;
        }
        if !verification.is_verified() {
            return Err(Rejection::VerificationFailed);
        }
        let user = self.find(step, verification)?;
        if user.is_suspended {
            return Err(Rejection::Suspended);
        }
        match step.interaction.user_id() {
            Some(identified) if *identified != user.id => return Err(Rejection::IdentityConflict),
            Some(_) => {}
            None => self.stage(step, user, verification)?,
        }
        Ok(IdentifiedUser { user_id: user.id.clone(), created: false })
    }

    /// N-6, N-7: whose record it is.
    fn find<'a>(self, step: &Step<'a>, verification: &Verification) -> Result<&'a User, Rejection> {
        let identifier = verification.identifier();
        let user = match verification {
            Verification::Social(social) => return self.find_by_social(step, social),
            Verification::EnterpriseSso(sso) => return find_by_sso(step, sso),
            _ => match (proven_user(verification), &identifier) {
                (Some(id), _) => step.user_by_id(id),
                (None, Some(identifier)) => step.user(&identifier.key(step.case())),
                (None, None) => None,
            },
        };
        // A passkey's user who is gone meanwhile was no identifier that could be named.
        let nobody = || match identifier {
            Some(identifier) => Rejection::UserNotExist(UserNotExist { identifier }),
            None => Rejection::VerificationFailed,
        };
        user.ok_or_else(nobody)
    }

    fn find_by_social<'a>(self, step: &Step<'a>, social: &SocialVerification) -> Result<&'a User, Rejection> {
        let info = social.user_info.as_ref().ok_or(Rejection::VerificationFailed)?;
        let phone = info.valid_phone().map(Contact::Phone);
        let email = info.valid_email().map(Contact::Email);
        let related = [phone, email]
            .into_iter()
            .flatten()
            .find_map(|contact| Some((step.user(&contact.key())?, contact)));
        if self.link_social_identity {
            let not_exist = Rejection::IdentityNotExist(IdentityNotExist { related_user: None });
            return related.map(|(user, _)| user).ok_or(not_exist);
        }
        step.user(&info.key(&social.target)).ok_or_else(|| {
            let related_user = related.map(|(_, contact)| RelatedUser(contact));
            Rejection::IdentityNotExist(IdentityNotExist { related_user })
        })
    }

    /// The user is identified. In a sign-in, N-7 stages the identity to link, and N-10 what else the record brings: an
    /// enterprise identity as it is now, a token's organisations, and a syncing provider's name and avatar.
    fn stage(self, step: &mut Step<'_>, user: &User, verification: &Verification) -> Result<(), Rejection> {
        let event = step.interaction.event();
        *step.interaction.stage_mut() = Stage::of(event, Some(user.id.clone()));
        let link = self.link_social_identity;
        let Some(staged) = step.interaction.profile_mut() else { return Ok(()) };
        let gift = gift(verification);
        // An identity that the user has is not linked again.
        let has = |social: &StagedSocialIdentity| {
            user.identities.get(&social.target).is_some_and(|own| own.user_id == social.user_info.id)
        };
        staged.social_identity = gift.social_identity.filter(|social| link && !has(social));
        staged.sso_identity = gift.sso_identity;
        staged.jit_organization_ids = gift.jit_organization_ids;
        // D-5, here rather than at submit: what is staged cannot be taken back.
        check_not_in_profile(user, staged)?;
        stage_beside_identity(step, verification);
        Ok(())
    }
}

/// N-6: by the identity, else the owner of its email.
fn find_by_sso<'a>(step: &Step<'a>, sso: &SsoVerification) -> Result<&'a User, Rejection> {
    let answer = sso.answer.as_ref().ok_or(Rejection::VerificationFailed)?;
    let by_identity = step.user(&answer.to_identity().key());
    let by_email = || answer.user_info.valid_email().and_then(|email| step.user(&email.key()));
    by_identity.or_else(by_email).ok_or(Rejection::SsoIdentityNotExist)
}

/// N-3: the method is on.
fn check_method(
    step: &Step<'_>,
    event: InteractionEvent,
    verification: &Verification,
) -> Result<(), Rejection> {
    let settings = step.experience().settings();
    if event == InteractionEvent::ForgotPassword {
        let method = match verification {
            Verification::EmailVerificationCode(_) => ForgotPasswordMethod::EmailVerificationCode,
            Verification::PhoneVerificationCode(_) => ForgotPasswordMethod::PhoneVerificationCode,
            _ => return Err(Rejection::MethodNotSupportedForForgotPassword),
        };
        let on = settings.forgot_password_methods.as_ref().is_none_or(|methods| methods.contains(&method));
        return if on { Ok(()) } else { Err(Rejection::MethodNotSupportedForForgotPassword) };
    }
    let on = match verification {
        Verification::Password(password) => {
            settings.sign_in.offers_password(password.identifier.identifier_type())
        }
        Verification::EmailVerificationCode(_) => {
            settings.sign_in.offers_verification_code(IdentifierType::Email)
        }
        Verification::PhoneVerificationCode(_) => {
            settings.sign_in.offers_verification_code(IdentifierType::Phone)
        }
        Verification::Social(_) => true,
        Verification::EnterpriseSso(_) => settings.single_sign_on_enabled,
        Verification::SignInPasskey(_) => settings.passkey_sign_in.enabled,
        _ => false,
    };
    if !on {
        return Err(Rejection::SignInMethodNotEnabled);
    }
    if let Verification::SignInPasskey(passkey) = verification {
        let user = passkey.user_id.as_ref().and_then(|id| step.user_by_id(id));
        if user.is_some_and(|user| !user.sso_identities.is_empty()) {
            return Err(Rejection::PasskeySsoUsersNotAllowed);
        }
    }
    Ok(())
}

impl Operation for Identify {
    type Output = IdentifiedUser;

    const NAME: OperationName = OperationName::Identify;

    fn needs(&self, interaction: &Interaction, facts: &Facts, experience: &Experience) -> Needs {
        let records = Needs::none().records(interaction.registry().ids()).unless_known(facts);
        if !records.is_empty() {
            return records;
        }
        let case = experience.username_case();
        let registered = self.verification_id.filter(|&id| interaction.registry().has_id(id));
        let proof =
            registered.and_then(|id| facts.record(id).ok().flatten()).map(|record| &record.verification);
        let about = proof.map(|proof| keys_of_proof(proof, case)).unwrap_or_default();
        let in_the_making = account_in_the_making(interaction);
        let staged = interaction.profile().filter(|_| in_the_making.is_some());
        let account = in_the_making
            .or(interaction.user_id())
            .filter(|_| interaction.event() == InteractionEvent::Register);
        Needs::none()
            .users(about)
            .users(account.map(UserId::key))
            .users(staged.into_iter().flat_map(|staged| unique_keys(staged, case)))
            .unless_known(facts)
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<IdentifiedUser, Rejection> {
        match step.interaction.event() {
            InteractionEvent::Register => create_user::create_user(step, self.verification_id),
            InteractionEvent::SignIn | InteractionEvent::ForgotPassword => self.existing_user(step),
        }
    }
}
