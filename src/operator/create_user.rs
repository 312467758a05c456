//! Making a user.

use serde_json::{Map, Value};

use crate::audit::AuditAction;
use crate::identifier::{Email, Phone, UserId, UserKey, Username};
use crate::operation::{Operation, Step, already_in_use};
use crate::plain_text::is_shallow;
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::user::{Claims, SocialUserInfo, User};

/// Makes a user. The operator vouches for the email and the phone; the password policy is for people, not for operators.
#[derive(Clone, Debug)]
pub struct CreateUser {
    new: NewUser,
}

/// What a new user has: any of these.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// A username that pleases the policy.
    pub username: Option<Username>,
    /// An email.
    pub primary_email: Option<Email>,
    /// A phone.
    pub primary_phone: Option<Phone>,
    /// A password, of at least one character.
    pub password: Option<Secret>,
    /// The name to show: 1 to 128 characters.
    pub name: Option<String>,
    /// A picture's URL.
    pub avatar: Option<String>,
    /// The OpenID Connect claims.
    pub profile: Claims,
    /// What the operator's own code keeps.
    pub custom_data: Map<String, Value>,
}

impl CreateUser {
    /// With these data.
    pub fn new(new: NewUser) -> Self {
        Self { new }
    }

    /// The name and the picture: what a provider may tell, an operator may write.
    fn check_shown(&self) -> Result<(), Rejection> {
        let NewUser { name, avatar, password, custom_data, .. } = &self.new;
        let shown = SocialUserInfo { name: name.clone(), avatar: avatar.clone(), ..SocialUserInfo::new("") };
        if name.is_some() && shown.valid_name().is_none() {
            return Err(Rejection::invalid_input("name", "expected 1 to 128 characters"));
        }
        if avatar.is_some() && shown.valid_avatar().is_none() {
            return Err(Rejection::invalid_input("avatar", "expected a web address"));
        }
        if !custom_data.values().all(is_shallow) {
            return Err(Rejection::invalid_input("customData", "expected JSON that is not nested so deep"));
        }
        if password.as_ref().is_some_and(|password| password.expose().is_empty()) {
            return Err(Rejection::invalid_input("password", "expected at least one character"));
        }
        Ok(())
    }
}

impl Operation for CreateUser {
    type Subject = ();
    type Output = User;

    const NAME: OperationName = OperationName::CreateUser;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<User, Rejection> {
        self.check_shown()?;
        let new = self.new.clone();
        if let Some(username) = &new.username {
            step.experience().settings().username_policy.check(username)?;
        }
        let keys = [
            new.username.as_ref().map(|username| username.key(step.case())),
            new.primary_email.as_ref().map(Email::key),
            new.primary_phone.as_ref().map(Phone::key),
        ];
        let keys: Vec<UserKey> = keys.into_iter().flatten().collect();
        let free: Vec<bool> = keys.iter().map(|key| step.is_free(key, None)).collect();
        if let Some((taken, _)) = keys.iter().zip(free).find(|(_, free)| !free) {
            return Err(already_in_use(taken));
        }
        let password = new.password.as_ref().map(|password| step.hash_password(password));
        let mut user = User::new(UserId::from_uuid(step.new_uuid()), step.now());
        (user.username, user.primary_email, user.primary_phone) =
            (new.username, new.primary_email, new.primary_phone);
        (user.name, user.avatar) = (new.name.map(|name| name.trim().to_owned()), new.avatar);
        (user.profile, user.custom_data) = (new.profile, new.custom_data);
        if let Some(digest) = password {
            user.set_password(digest, step.now());
        }
        step.emit(&user.id, AuditAction::UserCreated);
        step.create_user(user.clone());
        Ok(user)
    }
}
