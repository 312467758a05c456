//! Merging staged data into an account, at creation and at submit.
//!
//! Who wins: a staged scalar replaces the account's; claims and custom data merge member by member, the address too;
//! identities merge by target or issuer; a new password sets its time and clears the mark that the old one expired. What is not
//! staged stays as it is. (rules.md, section 6)

use chrono::{DateTime, Utc};

use super::StagedProfile;
use crate::audit::UserField;
use crate::user::{User, UserOrganization};

/// Writes staged data to an account. Says which parts changed.
pub fn apply_to_user(user: &mut User, staged: StagedProfile, now: DateTime<Utc>) -> Vec<UserField> {
    let before = user.clone();
    let StagedProfile {
        username,
        primary_email,
        primary_phone,
        password,
        name,
        avatar,
        social_identity,
        sso_identity,
        jit_organization_ids,
        profile,
        custom_data,
    } = staged;
    replace(&mut user.username, username);
    // what is staged was proved, by a code or by a provider.
    if primary_email.is_some() && primary_email != user.primary_email {
        user.email_verified_at = Some(now);
    }
    if primary_phone.is_some() && primary_phone != user.primary_phone {
        user.phone_verified_at = Some(now);
    }
    replace(&mut user.primary_email, primary_email);
    replace(&mut user.primary_phone, primary_phone);
    replace(&mut user.name, name);
    replace(&mut user.avatar, avatar);
    // A step that is decided again writes its own password a second time: it does not become newer by that.
    if let Some(digest) =
        password.filter(|digest| user.password.as_ref().is_none_or(|own| own.digest != *digest))
    {
        user.set_password(digest, now);
    }
    if let Some(social) = social_identity {
        user.identities.insert(social.target, social.user_info.to_identity());
    }
    if let Some(identity) = sso_identity {
        user.sso_identities.retain(|own| own.key() != identity.key());
        user.sso_identities.push(identity);
    }
    for id in jit_organization_ids {
        if !user.organizations.iter().any(|own| own.id == id) {
            user.organizations.push(UserOrganization { id, is_mfa_required: false });
        }
    }
    user.profile.merge(profile);
    user.custom_data.extend(custom_data);
    let changed = changed_fields(&before, user);
    if !changed.is_empty() {
        user.updated_at = now;
    }
    changed
}

fn replace<T>(own: &mut Option<T>, staged: Option<T>) {
    if staged.is_some() {
        *own = staged;
    }
}

/// Which parts of an account differ.
pub(crate) fn changed_fields(before: &User, after: &User) -> Vec<UserField> {
    // An email or a phone is the same in any spelling, but a new spelling is a change of the account.
    let email = |user: &User| user.primary_email.as_ref().map(|email| email.as_str().to_owned());
    [
        (UserField::Username, before.username != after.username),
        (UserField::PrimaryEmail, email(before) != email(after)),
        (UserField::PrimaryPhone, before.primary_phone != after.primary_phone),
        (UserField::Password, before.password != after.password),
        (UserField::Name, before.name != after.name),
        (UserField::Avatar, before.avatar != after.avatar),
        (UserField::Profile, before.profile != after.profile),
        (UserField::CustomData, before.custom_data != after.custom_data),
        (
            UserField::Identities,
            before.identities != after.identities || before.sso_identities != after.sso_identities,
        ),
        (UserField::Organizations, before.organizations != after.organizations),
        (UserField::Mfa, before.mfa != after.mfa),
        (UserField::Suspension, before.is_suspended != after.is_suspended),
    ]
    .into_iter()
    .filter_map(|(field, changed)| changed.then_some(field))
    .collect()
}

#[cfg(test)]
mod tests;
