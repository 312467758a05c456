//! A username and a password for a new account (V-7).

use serde::Deserialize;

use super::super::rules::password::check_policy;
use crate::experience::UserInfo;
use crate::identifier::{Username, VerificationId, username_text};
use crate::interaction::Interaction;
use crate::operation::{Context, Operation, Questions, Step};
use crate::rejection::{OperationName, Rejection};
use crate::secret::Secret;
use crate::verification::{NewPasswordVerification, Verification};

/// Proposes a username and a password for an account that does not exist yet.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPasswordIdentity {
    identifier: NewIdentifier,
    password: Secret,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum NewIdentifier {
    Username {
        #[serde(deserialize_with = "username_text")]
        value: String,
    },
}

impl NewPasswordIdentity {
    /// A username and a password.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            identifier: NewIdentifier::Username { value: username.into() },
            password: Secret::new(password),
        }
    }

    fn username(&self) -> &str {
        let NewIdentifier::Username { value } = &self.identifier;
        value
    }
}

impl Operation for NewPasswordIdentity {
    type Subject = Interaction;
    type Output = VerificationId;

    const NAME: OperationName = OperationName::NewPasswordIdentity;

    fn prefetch(&self, context: &Context<'_>) -> Questions {
        let username = Username::parse(self.username()).ok();
        Questions::none().users(username.map(|username| username.key(context.experience.username_case())))
    }

    fn decide(&self, step: &mut Step<'_>) -> Result<VerificationId, Rejection> {
        let username = Username::parse(self.username())?;
        if step.user(&username.key(step.case())).is_some() {
            return Err(Rejection::UsernameAlreadyInUse);
        }
        check_policy(step, &self.password, UserInfo { username: Some(&username), ..UserInfo::default() })?;
        let password = step.hash_password(&self.password);
        Ok(step.add_record(Verification::NewPasswordIdentity(NewPasswordVerification { username, password })))
    }
}
