//! Setting a user's password, and marking it expired.

use serde::Deserialize;

use super::named_user::named;
use super::new_password::{InvalidNewPassword, NewPassword};
use crate::change::Change;
use crate::operation::{Operation, Step};
use crate::rejection::{InvalidInput, OperationName, Rejection};
use crate::secret::Secret;
use crate::user::User;

/// Sets a user's password, marks it expired, or both: then its owner can do nothing with it but replace it (V-1). A new password
/// ends all sessions of the user's.
#[derive(Clone, Debug)]
pub struct SetPassword {
    user_id: String,
    password: PasswordPatch,
}

/// What becomes of a password. It is read from JSON: `{password}` or `{digest, scheme}`, and `{isExpired}`.
///
/// ```
/// use vestibule::operator::PasswordPatch;
///
/// let patch: PasswordPatch = serde_json::from_str(r#"{"isExpired": true}"#)?;
/// assert_eq!(patch.is_expired, Some(true));
/// assert!(serde_json::from_str::<PasswordPatch>(r#"{"digest": "$2b$12$…"}"#).is_err(), "of which scheme?");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Body")]
pub struct PasswordPatch {
    /// The new password.
    pub password: Option<NewPassword>,
    /// Whether it is marked expired. A new password is not, unless this says so.
    pub is_expired: Option<bool>,
}

/// As JSON has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    password: Option<Secret>,
    digest: Option<Secret>,
    scheme: Option<String>,
    is_expired: Option<bool>,
}

impl TryFrom<Body> for PasswordPatch {
    type Error = InvalidNewPassword;

    fn try_from(body: Body) -> Result<Self, InvalidNewPassword> {
        let password = NewPassword::from_parts(body.password.into(), body.digest, body.scheme)?;
        let password = match password {
            Change::Set(password) => Some(password),
            Change::Keep | Change::Clear => None,
        };
        Ok(Self { password, is_expired: body.is_expired })
    }
}

impl SetPassword {
    /// Of the user that a path names.
    pub fn new(user_id: impl Into<String>, password: PasswordPatch) -> Self {
        Self { user_id: user_id.into(), password }
    }
}

impl Operation for SetPassword {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::SetPassword;

    /// # Errors
    /// [`Rejection::EntityNotFound`] if there is no such user; [`Rejection::InvalidInput`] if nothing is given, or there is no
    /// password to mark; [`Rejection::UnsupportedDigest`] where the host's hasher cannot read the digest.
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        let PasswordPatch { password, is_expired } = &self.password;
        if password.is_none() && is_expired.is_none() {
            return Err(Rejection::invalid_input("", "expected a password, a digest or `isExpired`"));
        }
        let user = named(step, &self.user_id)?;
        let mut changed = user.clone();
        if let Some(password) = password {
            if let Some(problem) = password.problem() {
                return Err(Rejection::InvalidInput(InvalidInput { issues: vec![problem] }));
            }
            password.give(step, &mut changed)?;
        }
        if let Some(is_expired) = *is_expired {
            let Some(password) = &mut changed.password else {
                return Err(Rejection::invalid_input("isExpired", "the user has no password"));
            };
            password.is_expired = is_expired;
        }
        Ok(step.update_if_changed(user, changed))
    }
}
