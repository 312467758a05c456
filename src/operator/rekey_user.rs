//! Writing a user once more under other settings.

use super::named_user::named;
use crate::operation::{Operation, Step};
use crate::rejection::{OperationName, Rejection};

/// Writes a user once more, under the keys that the settings of the context give: after a change of `caseSensitive`
/// ([`UsernameCase`](crate::identifier::UsernameCase)).
///
/// Where two names become one, the account that holds the name's key by then keeps it, and the other is refused as
/// [`Rejection::UsernameAlreadyInUse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RekeyUser {
    user_id: String,
}

impl RekeyUser {
    /// The user of an id.
    pub fn new(user_id: impl Into<String>) -> Self {
        Self { user_id: user_id.into() }
    }
}

impl Operation for RekeyUser {
    type Subject = ();
    type Output = ();

    const NAME: OperationName = OperationName::RekeyUser;

    fn decide(&self, step: &mut Step<'_, ()>) -> Result<(), Rejection> {
        let user = named(step, &self.user_id)?;
        let key = user.username.as_ref().map(|username| username.key(step.case()));
        if key.is_some_and(|key| !step.is_free(&key, Some(&user.id))) {
            return Err(Rejection::UsernameAlreadyInUse);
        }
        step.update_user(user.clone());
        Ok(())
    }
}

#[cfg(all(test, feature = "argon2"))]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::Engine;
    use crate::experience::Experience;
    use crate::identifier::{UserId, UsernameCase};
    use crate::operation::Context;
    use crate::password::Argon2id;
    use crate::store::memory::{MemoryUserStore, MemoryVerificationStore};
    use crate::store::{UserChange, UserStore as _};
    use crate::user::User;

    #[test]
    fn where_two_names_become_one_the_later_is_refused() {
        let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
        let now = chrono::DateTime::UNIX_EPOCH;
        for name in ["jane", "Jane"] {
            let mut user = User::new(UserId::parse(&format!("id-of-{name}")).unwrap(), now);
            user.username = Some(name.to_owned().try_into().unwrap());
            users.commit(&UserChange::create(user, UsernameCase::Sensitive)).unwrap();
        }
        let settings = json!({"usernamePolicy": {"caseSensitive": false}});
        let experience = Experience::new(serde_json::from_value(settings).unwrap()).unwrap();
        let (passwords, entropy) = (Argon2id::default(), |_: &mut [u8]| Ok(()));
        let context = Context::new(&experience, now, &entropy);
        let engine = Engine::new(&users, &verifications, &passwords, context);
        assert_eq!(engine.act(&RekeyUser::new("id-of-jane")), Ok(()));
        let error = engine.act(&RekeyUser::new("id-of-Jane")).unwrap_err();
        assert_eq!(error.rejection(), Some(&Rejection::UsernameAlreadyInUse));
    }
}
