//! The operator's settings as they are now.
//!
//! Every step reads them for as long as it runs, and a change waits for the steps under way: so a change of
//! `caseSensitive` can write every user once more before anybody signs in under it.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use serde_json::{Map, Value};
use vestibule::experience::{CustomProfileField, Experience, SettingsError, SignInExperience};
use vestibule::identifier::UsernameCase;
use vestibule::rejection::Rejection;

use crate::accounts;
use crate::extract::parse_value;
use crate::problem::Problem;
use crate::stores::{Directory as _, Users};

/// The settings, one for all.
#[derive(Debug)]
pub struct Settings {
    current: RwLock<Experience>,
}

/// All settings, as JSON has them.
///
/// # Errors
/// None that settings could have.
pub fn to_json(current: &Experience) -> Result<Map<String, Value>, Problem> {
    match serde_json::to_value(current.settings()) {
        Ok(Value::Object(all)) => Ok(all),
        _ => Err(Problem::Broken),
    }
}

fn from_json(all: Map<String, Value>) -> Result<Experience, Problem> {
    Ok(Experience::new(parse_value(Value::Object(all))?)?)
}

impl Settings {
    /// The settings to start with.
    ///
    /// # Errors
    /// If they are inconsistent.
    pub fn new(settings: SignInExperience) -> Result<Self, SettingsError> {
        Ok(Self { current: RwLock::new(Experience::new(settings)?) })
    }

    /// The settings; they stay as they are until this is dropped. It waits for a change under way: not for the
    /// threads that serve connections.
    pub fn read(&self) -> RwLockReadGuard<'_, Experience> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces each setting that is given, whole; the others stay. All settings afterwards.
    ///
    /// # Errors
    /// 400 if the settings would be unusable: nothing changes then.
    pub fn patch(&self, given: Map<String, Value>, users: &Users) -> Result<Map<String, Value>, Problem> {
        self.change(users, |current| {
            let mut all = to_json(current)?;
            all.extend(given);
            from_json(all)
        })
    }

    /// Adds a custom profile field to the catalogue.
    ///
    /// # Errors
    /// 400 if the definition is unusable, or its name is another's.
    pub fn add_field(&self, field: CustomProfileField, users: &Users) -> Result<(), Problem> {
        self.change(users, |current| {
            let mut settings = current.settings().clone();
            settings.custom_profile_fields.push(field);
            Ok(Experience::new(settings)?)
        })?;
        Ok(())
    }

    /// Takes a custom profile field out of the catalogue, and out of what a registration asks for.
    ///
    /// # Errors
    /// 404 `entity.not_found` if there is none of this name.
    pub fn remove_field(&self, name: &str, users: &Users) -> Result<(), Problem> {
        self.change(users, |current| {
            let mut settings = current.settings().clone();
            let before = settings.custom_profile_fields.len();
            settings.custom_profile_fields.retain(|field| field.name != name);
            if settings.custom_profile_fields.len() == before {
                return Err(Rejection::EntityNotFound.into());
            }
            if let Some(asked) = &mut settings.sign_up_profile_fields {
                asked.retain(|field| field.name != name);
            }
            Ok(Experience::new(settings)?)
        })?;
        Ok(())
    }

    fn change(
        &self,
        users: &Users,
        change: impl FnOnce(&Experience) -> Result<Experience, Problem>,
    ) -> Result<Map<String, Value>, Problem> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let next = change(&current)?;
        let (before, after) = (current.username_case(), next.username_case());
        if before != after {
            write_keys_anew(users, before, after)?;
        }
        *current = next;
        to_json(&current)
    }
}

/// Writes every user under the keys of another `caseSensitive`, the oldest account first. Where two names become one,
/// the older account keeps it; the younger is not found by it until it has another, and the log says whose it is.
fn write_keys_anew(users: &Users, before: UsernameCase, after: UsernameCase) -> Result<(), Problem> {
    let mut ids = users.user_ids().map_err(|failure| Problem::of_store(&failure))?;
    // Ids begin with the time they were made at.
    ids.sort_unstable();
    for (at, id) in ids.iter().enumerate() {
        match accounts::change(users, id, after, |_| {}) {
            // One that is not found was deleted meanwhile.
            Ok(_) | Err(Problem::Rejected(Rejection::EntityNotFound)) => {}
            Err(Problem::Rejected(_)) => {
                tracing::warn!(user_id = %id, "this user's name is now that of an older account: rename one");
            }
            Err(problem) => {
                for id in ids.iter().take(at) {
                    if let Err(problem) = accounts::change(users, id, before, |_| {}) {
                        tracing::error!(user_id = %id, ?problem, "a user kept the keys of another `caseSensitive`");
                    }
                }
                return Err(problem);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vestibule::identifier::{UserId, Username};
    use vestibule::store::{UserChange, UserStore as _};
    use vestibule::user::User;

    use super::*;
    use crate::stores::Stores;

    fn patch(settings: &Settings, users: &Users, given: &Value) -> Result<Map<String, Value>, Problem> {
        settings.patch(given.as_object().unwrap().clone(), users)
    }

    #[test]
    fn a_given_setting_is_replaced_whole_and_the_others_stay() {
        let (settings, users) = (Settings::new(SignInExperience::default()).unwrap(), Stores::memory().users);
        let field = json!({"name": "company", "type": "Text", "required": true});
        settings.add_field(serde_json::from_value(field).unwrap(), &users).unwrap();
        patch(
            &settings,
            &users,
            &json!({"passwordPolicy": {"length": {"min": 4}}, "mfa": {"factors": ["Totp"]}}),
        )
        .unwrap();
        let all = patch(&settings, &users, &json!({"passwordPolicy": {}})).unwrap();
        assert_eq!(all["passwordPolicy"]["length"]["min"], 8);
        assert_eq!(all["mfa"], json!({"factors": ["Totp"], "policy": "PromptAtSignInAndSignUp"}));
        assert_eq!(all["customProfileFields"][0]["name"], "company");
        for bad in [
            json!({"nonsense": 1}),
            json!({"mfa": 7}),
            json!({"mfa": {"factors": ["Fax"]}}),
            json!({"usernamePolicy": {"minLength": 0}}),
        ] {
            assert!(patch(&settings, &users, &bad).is_err());
        }
        assert_eq!(to_json(&settings.read()).unwrap(), all);
        settings.remove_field("company", &users).unwrap();
        assert!(settings.remove_field("company", &users).is_err());
    }

    #[test]
    fn a_change_of_case_writes_every_user_anew() {
        let (settings, users) = (Settings::new(SignInExperience::default()).unwrap(), Stores::memory().users);
        let add = |id: &str, name: &str| {
            let mut user = User::new(UserId::parse(id).unwrap(), chrono::Utc::now());
            user.username = Some(Username::parse(name).unwrap());
            users.commit(&UserChange::create(user, UsernameCase::Sensitive)).unwrap();
        };
        let found = |name: &str, case| users.find(&[Username::parse(name).unwrap().key(case)]).unwrap().len();
        add("u1", "Jane");
        let off = json!({"usernamePolicy": {"caseSensitive": false}});
        patch(&settings, &users, &off).unwrap();
        assert_eq!(found("JANE", UsernameCase::Insensitive), 1);
        patch(&settings, &users, &json!({"usernamePolicy": {}})).unwrap();
        assert_eq!(found("Jane", UsernameCase::Sensitive), 1);
        add("u2", "JANE");
        patch(&settings, &users, &off).unwrap();
        let jane = users.find(&[Username::parse("jane").unwrap().key(UsernameCase::Insensitive)]).unwrap();
        assert_eq!((jane.len(), jane[0].id.as_str()), (1, "u1"), "the older account keeps the name");
        patch(&settings, &users, &json!({"usernamePolicy": {}})).unwrap();
        assert_eq!((found("Jane", UsernameCase::Sensitive), found("JANE", UsernameCase::Sensitive)), (1, 1));
    }
}
