//! What a user must not already have (P-5), and what nobody else may have (P-6). Asked when data is staged (P-4 to
//! P-8, N-11), and again when it is written (N-12, S-4).

use crate::identifier::{Email, Phone, UserId, UserKey, UserKeyKind, UsernameCase};
use crate::interaction::{Interaction, Register, Stage, StagedProfile};
use crate::operation::{Step, already_in_use};
use crate::rejection::Rejection;
use crate::user::{SsoIdentity, User};

/// P-5, D-5: the identified user already has it.
pub(super) fn check_not_in_profile(user: &User, staged: &StagedProfile) -> Result<(), Rejection> {
    let other_account =
        |target: &str, id: &str| user.identities.get(target).is_some_and(|own| own.user_id != id);
    if user.username.is_some() && staged.username.is_some() {
        Err(Rejection::UsernameExistsInProfile)
    } else if user.primary_email.is_some() && staged.primary_email.is_some() {
        Err(Rejection::EmailExistsInProfile)
    } else if user.primary_phone.is_some() && staged.primary_phone.is_some() {
        Err(Rejection::PhoneExistsInProfile)
    } else if user.password.is_some() && staged.password.is_some() {
        Err(Rejection::PasswordExistsInProfile)
    } else if staged
        .social_identity
        .as_ref()
        .is_some_and(|social| other_account(&social.target, &social.user_info.id))
    {
        Err(Rejection::SocialAccountExistsInProfile)
    } else {
        Ok(())
    }
}

/// P-6: the username policy, then uniqueness across users.
pub(super) fn check_available(step: &Step<'_>, staged: &StagedProfile) -> Result<(), Rejection> {
    if let Some(username) = &staged.username {
        step.experience().settings().username_policy.check(username)?;
    }
    // An enterprise identity is refreshed at each sign-in: the user's own is no conflict.
    let own_sso = |key: &UserKey| {
        let holder = step.user(key).map(|holder| &holder.id);
        key.kind() == UserKeyKind::SsoIdentity && holder == step.interaction.user_id()
    };
    match unique_keys(staged, step.case()).find(|key| !is_free(step, key) && !own_sso(key)) {
        Some(taken) => Err(already_in_use(&taken)),
        None => Ok(()),
    }
}

/// Whether nobody holds a key: nobody but the account that this very interaction made before an answer was lost
/// (N-13).
pub(super) fn is_free(step: &Step<'_>, key: &UserKey) -> bool {
    step.user(key).is_none_or(|holder| Some(&holder.id) == account_in_the_making(&step.interaction))
}

/// The id of the account that a draft is to become.
pub(super) fn account_in_the_making(interaction: &Interaction) -> Option<&UserId> {
    matches!(interaction.stage(), Stage::Register(Register::Draft(_))).then(|| interaction.new_user_id())
}

/// The unique keys of staged data, in the order in which they are checked.
pub(super) fn unique_keys(staged: &StagedProfile, case: UsernameCase) -> impl Iterator<Item = UserKey> {
    let username = staged.username.as_ref().map(|username| username.key(case));
    let email = staged.primary_email.as_ref().map(Email::key);
    let phone = staged.primary_phone.as_ref().map(Phone::key);
    let social = staged.social_identity.as_ref().map(|social| social.user_info.key(&social.target));
    let sso = staged.sso_identity.as_ref().map(SsoIdentity::key);
    [username, email, phone, social, sso].into_iter().flatten()
}
