//! Making a user.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::new_password::NewPassword;
use super::profile_patch::ProfilePatch;
use super::user_patch::UserPatch;
use crate::audit::AuditAction;
use crate::change::Change;
use crate::identifier::{Email, Phone, UserId, Username};
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};
use crate::user::{Claims, User};

/// Makes a user. The operator's own settings hold for what an operator types: the username's policy and the email's blocklist;
/// the password's policy is for people. An email or a phone that nobody proved is not verified.
#[derive(Clone, Debug)]
pub struct CreateUser {
    given: UserPatch,
}

/// What a new user has: any of these.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// A username that pleases the policy (9.1).
    pub username: Option<Username>,
    /// An email that is not on the blocklist (9.3).
    pub primary_email: Option<Email>,
    /// A phone.
    pub primary_phone: Option<Phone>,
    /// A password, or its digest from another system.
    pub password: Option<NewPassword>,
    /// The name to show: 1 to 128 characters.
    pub name: Option<String>,
    /// A picture's URL.
    pub avatar: Option<String>,
    /// The OpenID Connect claims.
    pub profile: Claims,
    /// What the operator's own code keeps: 64 KiB at most.
    pub custom_data: Map<String, Value>,
}

impl From<NewUser> for UserPatch {
    fn from(new: NewUser) -> Self {
        Self {
            username: new.username.into(),
            primary_email: new.primary_email.into(),
            primary_phone: new.primary_phone.into(),
            password: new.password.into(),
            name: new.name.into(),
            avatar: new.avatar.into(),
            profile: Change::Set(ProfilePatch::from(new.profile)),
            custom_data: Change::Set(new.custom_data),
        }
    }
}

impl CreateUser {
    /// With these data: a [`NewUser`], or a [`UserPatch`] of a user who has nothing yet.
    pub fn new(given: impl Into<UserPatch>) -> Self {
        Self { given: given.into() }
    }
}

impl Operation for CreateUser {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::CreateUser;

    /// # Errors
    /// [`Rejection::InvalidInput`], [`Rejection::InvalidProfile`]; the codes of 9.1 and 9.3; P-6 where somebody has an identifier;
    /// [`Rejection::UnsupportedDigest`] where the host's hasher cannot read the digest.
    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        let nobody = User::new(UserId::from_uuid(Uuid::nil()), step.now());
        let user = self.given.apply(step, &nobody)?;
        let user = User { id: UserId::from_uuid(step.new_uuid()), ..user };
        step.emit(&user.id, AuditAction::UserCreated);
        step.create_user(user.clone());
        Ok(user)
    }
}
