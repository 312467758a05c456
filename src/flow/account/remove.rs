//! Taking something away from one's own account (C-3 to C-8).

use super::super::rules::own_account::{as_it_would_be, check_owner_gets_in};
use super::super::rules::step_up::check_step_up;
use crate::interaction::{Interaction, Managing};
use crate::operation::{Operation, Step};
use crate::rejection::{IdentityNotExist, OperationName, Rejection};
use crate::user::{FactorId, User};

/// Stages that something is taken away from one's own account; submitting does it. What was staged of that kind is staged
/// no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveFromAccount {
    what: Removal,
}

/// What can be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Removal {
    /// The username (C-4).
    Username,
    /// The email (C-3).
    Email,
    /// The phone (C-3).
    Phone,
    /// The password (C-5).
    Password,
    /// The identity at a social provider, by its target (C-6).
    SocialIdentity(String),
    /// The identity of an enterprise connector, by its id, or by its issuer (C-6).
    SsoIdentity(String),
    /// A factor (C-7).
    Factor(FactorId),
}

impl RemoveFromAccount {
    /// This.
    pub fn new(what: Removal) -> Self {
        Self { what }
    }

    /// Stages it in a copy, if there is anything to take away.
    fn stage(&self, step: &Step<'_>, user: &User, managing: &mut Managing) -> Result<(), Rejection> {
        let (profile, removals) = (&mut managing.profile, &mut managing.removals);
        match &self.what {
            Removal::Username => {
                profile.username = None;
                removals.username = user.username.is_some();
            }
            Removal::Email => {
                profile.primary_email = None;
                removals.email = user.primary_email.is_some();
            }
            Removal::Phone => {
                profile.primary_phone = None;
                removals.phone = user.primary_phone.is_some();
            }
            Removal::Password => {
                profile.password = None;
                removals.password = user.password.is_some();
            }
            Removal::SocialIdentity(target) => {
                let staged = profile.social_identity.take_if(|own| own.target == *target);
                let has = user.identities.contains_key(target);
                if !has && staged.is_none() {
                    return Err(Rejection::IdentityNotExist(IdentityNotExist { related_user: None }));
                }
                removals.identities.extend(has.then(|| target.clone()));
            }
            Removal::SsoIdentity(connector_id) => {
                let issuer = user.sso_issuer_named(connector_id, step.experience()).to_owned();
                let staged = profile.sso_identity.take_if(|own| own.issuer == *issuer);
                let has = user.sso_identities.iter().any(|own| own.issuer == *issuer);
                if !has && staged.is_none() {
                    return Err(no_identity());
                }
                removals.sso_identities.extend(has.then(|| issuer.clone()));
            }
            Removal::Factor(factor) => {
                let staged = unstage_factor(managing, factor);
                let has = has_factor(user, factor);
                if !has && !staged {
                    return Err(Rejection::MfaFactorNotEnabled);
                }
                managing.removals.factors.extend(has.then(|| factor.clone()));
            }
        }
        Ok(())
    }
}

fn no_identity() -> Rejection {
    Rejection::IdentityNotExist(IdentityNotExist { related_user: None })
}

fn has_factor(user: &User, factor: &FactorId) -> bool {
    match factor {
        FactorId::Totp => user.mfa.totp.is_some(),
        FactorId::BackupCodes => !user.mfa.backup_codes.is_empty(),
        FactorId::WebAuthn(id) => user.mfa.web_authn.iter().any(|own| own.id == *id),
    }
}

/// Whether it was staged.
fn unstage_factor(managing: &mut Managing, factor: &FactorId) -> bool {
    match factor {
        FactorId::Totp => managing.mfa.totp.take().is_some(),
        FactorId::BackupCodes => managing.mfa.backup_codes.take().is_some(),
        FactorId::WebAuthn(id) => {
            managing.removals.names.remove(id);
            let before = managing.mfa.web_authn.len();
            managing.mfa.web_authn.retain(|own| own.id != *id);
            managing.mfa.web_authn.len() < before
        }
    }
}

impl Operation for RemoveFromAccount {
    type Subject = Interaction;
    type Output = ();

    const NAME: OperationName = OperationName::RemoveFromAccount;

    fn decide(&self, step: &mut Step<'_>) -> Result<(), Rejection> {
        step.managing()?;
        let user = step.identified_user()?;
        check_step_up(step, user)?;
        let mut managing = step.managing()?.clone();
        self.stage(step, user, &mut managing)?;
        check_owner_gets_in(step, user, &as_it_would_be(step, user, &managing))?;
        *step.managing()? = managing;
        Ok(())
    }
}
