//! Giving a user an identity at a provider, and taking it away.

use serde_json::Value;

use super::named_user::named;
use crate::identifier::UserKey;
use crate::operation::{Operation, Step, already_in_use};
use crate::plain_text::{is_plain, is_shallow};
use crate::rejection::{IdentityNotExist, InputIssue, InvalidInput, OperationName, Rejection};
use crate::user::{SocialIdentity, SsoIdentity, User};

/// The longest target and id of an identity, in bytes (V-8).
const MAX_TEXT: usize = 256;

/// Gives a user an identity at a social provider, in place of the one the user has there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkIdentity {
    user_id: String,
    target: String,
    identity: SocialIdentity,
}

impl LinkIdentity {
    /// To the user that a path names.
    pub fn new(user_id: impl Into<String>, target: impl Into<String>, identity: SocialIdentity) -> Self {
        Self { user_id: user_id.into(), target: target.into(), identity }
    }
}

impl Operation for LinkIdentity {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::LinkIdentity;

    /// # Errors
    /// [`Rejection::InvalidInput`]; [`Rejection::EntityNotFound`] if there is no such user; [`Rejection::IdentityAlreadyInUse`] if
    /// somebody else has the identity (P-6).
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        check_form(
            &[("target", &self.target), ("userId", &self.identity.user_id)],
            self.identity.details.as_ref(),
        )?;
        let key = UserKey::social_identity(&self.target, &self.identity.user_id);
        link(step, &self.user_id, &key, |user| {
            user.identities.insert(self.target.clone(), self.identity.clone());
        })
    }
}

/// Gives a user an identity at an enterprise connector, in place of the one the user has there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSsoIdentity {
    user_id: String,
    connector_id: String,
    identity_id: String,
    details: Option<Value>,
}

impl LinkSsoIdentity {
    /// To the user that a path names: this id at the issuer of a connector, and what the provider told of it.
    pub fn new(
        user_id: impl Into<String>,
        connector_id: impl Into<String>,
        identity_id: impl Into<String>,
        details: Option<Value>,
    ) -> Self {
        Self {
            user_id: user_id.into(),
            connector_id: connector_id.into(),
            identity_id: identity_id.into(),
            details,
        }
    }
}

impl Operation for LinkSsoIdentity {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::LinkSsoIdentity;

    /// # Errors
    /// [`Rejection::InvalidInput`]; [`Rejection::EntityNotExistsWithId`] if nobody has the connector; else as [`LinkIdentity`].
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        check_form(&[("userId", &self.identity_id)], self.details.as_ref())?;
        let connector = step.experience().sso_connector(&self.connector_id);
        let issuer = connector.map(|own| own.issuer.clone()).ok_or(Rejection::EntityNotExistsWithId)?;
        let identity =
            SsoIdentity { issuer, user_id: self.identity_id.clone(), details: self.details.clone() };
        link(step, &self.user_id, &identity.key(), |user| {
            user.sso_identities.retain(|own| own.issuer != identity.issuer);
            user.sso_identities.push(identity.clone());
        })
    }
}

/// Takes a user's identity at a provider away. It is the operator's act: nothing keeps the user from being locked out by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlinkIdentity {
    user_id: String,
    provider: Provider,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Provider {
    /// By target.
    Social(String),
    /// By the connector's id; of a connector that is gone, by the issuer itself.
    Sso(String),
}

impl UnlinkIdentity {
    /// The one at a social provider, by its target.
    pub fn social(user_id: impl Into<String>, target: impl Into<String>) -> Self {
        Self { user_id: user_id.into(), provider: Provider::Social(target.into()) }
    }

    /// The one at an enterprise connector, by its id, or by the issuer.
    pub fn sso(user_id: impl Into<String>, connector_id: impl Into<String>) -> Self {
        Self { user_id: user_id.into(), provider: Provider::Sso(connector_id.into()) }
    }
}

impl Operation for UnlinkIdentity {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::UnlinkIdentity;

    /// # Errors
    /// [`Rejection::EntityNotFound`] if there is no such user; [`Rejection::IdentityNotExist`] if the user has none there.
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        let user = named(step, &self.user_id)?;
        let mut changed = user.clone();
        match &self.provider {
            Provider::Social(target) => {
                changed.identities.remove(target);
            }
            Provider::Sso(id) => {
                let issuer = user.sso_issuer_named(id, step.experience());
                changed.sso_identities.retain(|own| own.issuer != *issuer);
            }
        }
        if changed == *user {
            return Err(Rejection::IdentityNotExist(IdentityNotExist { related_user: None }));
        }
        Ok(step.update_if_changed(user, changed))
    }
}

/// What cannot be kept, all of it.
fn check_form(texts: &[(&str, &String)], details: Option<&Value>) -> Result<(), Rejection> {
    let issue = |path: &str, message: &str| InputIssue { path: path.into(), message: message.into() };
    let wrong = texts.iter().filter(|(_, text)| !(1..=MAX_TEXT).contains(&text.len()) || !is_plain(text));
    let mut issues: Vec<InputIssue> =
        wrong.map(|(path, _)| issue(path, "expected 1 to 256 bytes of plain text")).collect();
    if !details.is_none_or(is_shallow) {
        issues.push(issue("details", "expected JSON that is not nested so deep"));
    }
    if issues.is_empty() { Ok(()) } else { Err(Rejection::InvalidInput(InvalidInput { issues })) }
}

/// P-6, then the change.
fn link(
    step: &mut Step<'_, ()>,
    user_id: &str,
    key: &UserKey,
    link: impl FnOnce(&mut User),
) -> Result<User, Rejection> {
    // Both are asked for at once.
    let (user, _) = (named(step, user_id), step.user(key));
    let user = user?;
    if !step.is_free(key, Some(&user.id)) {
        return Err(already_in_use(key));
    }
    let mut changed = user.clone();
    link(&mut changed);
    Ok(step.update_if_changed(user, changed))
}
