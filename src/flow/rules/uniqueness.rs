//! What a user must not already have (P-5), and what nobody else may have (P-6). Asked when data is staged (P-4 to
//! P-8, N-11), and again when it is written (N-12, S-4).

use crate::identifier::{Email, Phone, UserKey, UsernameCase};
use crate::interaction::{Removals, StagedProfile};
use crate::operation::{Step, already_in_use};
use crate::rejection::Rejection;
use crate::user::{SsoIdentity, User};

/// P-5, D-5: the identified user already has it.
pub(in crate::flow) fn check_not_in_profile(user: &User, staged: &StagedProfile) -> Result<(), Rejection> {
    if user.username.is_some() && staged.username.is_some() {
        Err(Rejection::UsernameExistsInProfile)
    } else if user.primary_email.is_some() && staged.primary_email.is_some() {
        Err(Rejection::EmailExistsInProfile)
    } else if user.primary_phone.is_some() && staged.primary_phone.is_some() {
        Err(Rejection::PhoneExistsInProfile)
    } else if user.password.is_some() && staged.password.is_some() {
        Err(Rejection::PasswordExistsInProfile)
    } else {
        check_no_other_identity(user, staged)
    }
}

/// P-5, D-5, C-6: the user has another identity of that target, or of that issuer.
fn check_no_other_identity(user: &User, staged: &StagedProfile) -> Result<(), Rejection> {
    let other_account =
        |target: &str, id: &str| user.identities.get(target).is_some_and(|own| own.user_id != id);
    let other_sso = |identity: &SsoIdentity| {
        let mut own = user.sso_identities.iter();
        own.any(|own| own.issuer == identity.issuer && own.user_id != identity.user_id)
    };
    let social = staged.social_identity.as_ref();
    if social.is_some_and(|social| other_account(&social.target, &social.user_info.id))
        || staged.sso_identity.as_ref().is_some_and(other_sso)
    {
        return Err(Rejection::SocialAccountExistsInProfile);
    }
    Ok(())
}

/// C-6: a signed-in person may replace what they have, but an identity by saying so, or by taking the other away.
pub(in crate::flow) fn check_replaces(
    user: &User,
    staged: &StagedProfile,
    removals: &Removals,
) -> Result<(), Rejection> {
    let mut left = staged.clone();
    left.social_identity
        .take_if(|new| removals.replaces_identity || removals.identities.contains(&new.target));
    left.sso_identity
        .take_if(|new| removals.replaces_sso_identity || removals.sso_identities.contains(&new.issuer));
    check_no_other_identity(user, &left)
}

/// P-6: the username policy, then uniqueness across users.
pub(in crate::flow) fn check_available(step: &Step<'_>, staged: &StagedProfile) -> Result<(), Rejection> {
    if let Some(username) = &staged.username {
        step.experience().settings().username_policy.check(username)?;
    }
    // All are asked for at once: what is not known yet is free for the draft.
    let keys: Vec<UserKey> = unique_keys(staged, step.case()).collect();
    let taken: Vec<bool> = keys.iter().map(|key| !is_free(step, key)).collect();
    match keys.iter().zip(taken).find(|(_, taken)| *taken) {
        Some((key, _)) => Err(already_in_use(key)),
        None => Ok(()),
    }
}

/// P-5, then P-6, of what is to be staged.
pub(in crate::flow) fn check_can_have(
    step: &Step<'_>,
    user: Option<&User>,
    staged: &StagedProfile,
) -> Result<(), Rejection> {
    // C-1: whoever changes their account may have it already. What an identity takes the place of is asked in C-6.
    if let Some(user) = user.filter(|_| step.interaction().managing().is_none()) {
        check_not_in_profile(user, staged)?;
    }
    check_available(step, staged)
}

/// Whether nobody else holds a key. The user's own is no conflict: an enterprise identity is refreshed at each sign-in,
/// and what this very interaction wrote before it was decided again is its own (V-16, N-13). What a user must not have twice
/// is P-5's to say.
pub(in crate::flow) fn is_free(step: &Step<'_>, key: &UserKey) -> bool {
    let interaction = step.interaction();
    step.is_free(key, interaction.account_in_the_making().or(interaction.user_id()))
}

/// The unique keys of staged data, in the order in which they are checked.
pub(in crate::flow) fn unique_keys(
    staged: &StagedProfile,
    case: UsernameCase,
) -> impl Iterator<Item = UserKey> {
    let username = staged.username.as_ref().map(|username| username.key(case));
    let email = staged.primary_email.as_ref().map(Email::key);
    let phone = staged.primary_phone.as_ref().map(Phone::key);
    let social = staged.social_identity.as_ref().map(|social| social.user_info.key(&social.target));
    let sso = staged.sso_identity.as_ref().map(SsoIdentity::key);
    [username, email, phone, social, sso].into_iter().flatten()
}
