//! The operator's settings as they are now, on every server that has the same stores.
//!
//! They are kept in the store. A server believes what it has read there for a second, so that few steps have to ask; a change
//! is seen by every server within that time, and at once by the one that made it.
//!
//! Every step reads the settings for as long as it runs, and a change waits for the steps under way: so a change of
//! `caseSensitive` can write every user once more before anybody signs in under it.

mod changing;
mod rekeying;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use tokio::sync::{RwLock, RwLockReadGuard};
use vestibule::experience::{CustomProfileField, Experience, SettingsError, SignInExperience};
use vestibule::rejection::Rejection;

use self::changing::change;
use crate::extract::parse_value;
use crate::problem::Problem;
use crate::server::Server;

/// For how long a server believes what it has read.
const BELIEVED: Duration = Duration::from_secs(1);

/// The settings, one for all.
#[derive(Debug)]
pub struct Settings {
    current: RwLock<Current>,
    /// When the store last said that they are still these.
    confirmed_at: Mutex<Option<Instant>>,
    /// Whoever asks the store, or changes what it keeps, is alone.
    asking: tokio::sync::Mutex<()>,
}

/// The settings as this server knows them.
#[derive(Debug)]
struct Current {
    /// Of the store's document; 0 where there is none, and the settings are those that the server started with.
    revision: u32,
    experience: Experience,
}

impl Settings {
    /// The settings where the store has none yet.
    ///
    /// # Errors
    /// If they are inconsistent.
    pub fn new(settings: SignInExperience) -> Result<Self, SettingsError> {
        let current = Current { revision: 0, experience: Experience::new(settings)? };
        Ok(Self {
            current: RwLock::new(current),
            confirmed_at: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        })
    }

    /// The settings; they stay as they are until this is dropped. It waits for a change under way, and a change that
    /// waits goes before it: whoever holds the settings must not read them again.
    ///
    /// # Errors
    /// 503 if the store fails.
    pub(crate) async fn read(&self, server: &Server) -> Result<RwLockReadGuard<'_, Experience>, Problem> {
        while !self.are_confirmed() {
            changing::look(server).await?;
        }
        Ok(RwLockReadGuard::map(self.current.read().await, |current| &current.experience))
    }

    fn are_confirmed(&self) -> bool {
        let confirmed_at = self.confirmed_at.lock().unwrap_or_else(PoisonError::into_inner);
        confirmed_at.is_some_and(|at| at.elapsed() < BELIEVED)
    }

    /// The store said at this time that they are these.
    fn confirm(&self, at: Instant) {
        *self.confirmed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }
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

/// Replaces each setting that is given, whole; the others stay. All settings afterwards.
///
/// # Errors
/// 400 if the settings would be unusable: nothing changes then.
pub async fn patch(server: &Arc<Server>, given: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    change(server, move |current| {
        let mut all = to_json(current)?;
        all.extend(given.clone());
        from_json(all)
    })
    .await
}

/// Adds a custom profile field to the catalogue.
///
/// # Errors
/// 400 if the definition is unusable, or its name is another's.
pub async fn add_field(server: &Arc<Server>, field: CustomProfileField) -> Result<(), Problem> {
    change(server, move |current| {
        let mut settings = current.settings().clone();
        settings.custom_profile_fields.push(field.clone());
        Ok(Experience::new(settings)?)
    })
    .await
    .map(drop)
}

/// Takes a custom profile field out of the catalogue, and out of what a registration asks for.
///
/// # Errors
/// 404 `entity.not_found` if there is none of this name.
pub async fn remove_field(server: &Arc<Server>, name: String) -> Result<(), Problem> {
    change(server, move |current| {
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
    })
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stores::Stores;

    #[tokio::test]
    async fn a_given_setting_is_replaced_whole_and_the_others_stay() {
        let server = Server::of(Stores::memory());
        let patch = async |given: Value| patch(&server, given.as_object().unwrap().clone()).await;
        let field = json!({"name": "company", "type": "Text", "required": true});
        add_field(&server, serde_json::from_value(field).unwrap()).await.unwrap();
        patch(json!({"passwordPolicy": {"length": {"min": 4}}, "mfa": {"factors": ["Totp"]}})).await.unwrap();
        let all = patch(json!({"passwordPolicy": {}})).await.unwrap();
        assert_eq!(all["passwordPolicy"]["length"]["min"], 8);
        assert_eq!(all["mfa"], json!({"factors": ["Totp"], "policy": "PromptAtSignInAndSignUp"}));
        assert_eq!(all["customProfileFields"][0]["name"], "company");
        for bad in [
            json!({"nonsense": 1}),
            json!({"mfa": 7}),
            json!({"mfa": {"factors": ["Fax"]}}),
            json!({"usernamePolicy": {"minLength": 0}}),
        ] {
            assert!(patch(bad).await.is_err());
        }
        assert_eq!(to_json(&server.settings().await.unwrap()).unwrap(), all);
        remove_field(&server, "company".into()).await.unwrap();
        assert!(remove_field(&server, "company".into()).await.is_err());
    }
}
