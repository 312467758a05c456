//! Merging staged data into an account, at creation and at submit.
//!
//! Who wins: a staged scalar replaces the account's; claims and custom data merge member by member, the address too;
//! identities merge by target or issuer; a new password sets its time and clears the mark that the old one expired. What is not
//! staged stays as it is. (rules.md, section 6)

use chrono::{DateTime, Utc};

use super::StagedProfile;
use crate::audit::{AuditAction, changes};
use crate::user::{User, UserOrganization};

/// Writes staged data to an account. Says what changed.
pub fn apply_to_user(user: &mut User, staged: StagedProfile, now: DateTime<Utc>) -> Vec<AuditAction> {
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
    let changed = changes(&before, user);
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

#[cfg(test)]
mod tests;
