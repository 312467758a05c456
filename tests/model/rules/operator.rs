//! The operator's acts: 11.4.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use vestibule::experience::InteractionEvent;

use super::facts::{Account, Answer, App, Book, Codes, Mfa, No, Password, Staged, Time, Token, no, yes};

impl Book {
    /// The account that a path names.
    fn named(&mut self, user: &str) -> Result<&mut Account, No> {
        match self.account_mut(user) {
            Some(user) => Ok(user),
            None => no(404, "entity.not_found"),
        }
    }

    /// Suspends, or lets in again.
    pub fn suspend(&mut self, user: &str, suspended: bool) -> Answer {
        let now = self.now;
        let user = self.named(user)?;
        if suspended && !user.suspended {
            user.sessions_valid_from = Some(now);
        }
        user.suspended = suspended;
        yes(Value::Null)
    }

    /// Deletes an account, and frees its keys.
    pub fn delete(&mut self, user: &str) -> Answer {
        self.named(user)?;
        self.accounts.retain(|own| own.id != user);
        yes(Value::Null)
    }

    /// Makes an account: P-6, 9.1.
    pub fn create_by_operator(
        &mut self,
        username: Option<String>,
        email: Option<String>,
        password: Option<String>,
    ) -> Answer {
        let staged = Staged { username: username.clone(), email: email.clone(), ..Staged::default() };
        self.nobody_has(&staged, None)?;
        let now = self.now;
        let id = format!("made-{}", self.next());
        let version = self.next();
        let password = password.map(|text| Password {
            text,
            outdated: false,
            set_at: Some(now),
            expired: false,
            through: None,
            version,
        });
        self.accounts.push(Account {
            id: id.clone(),
            username,
            email,
            email_proved_at: None,
            phone: None,
            phone_proved_at: None,
            sessions_valid_from: password.is_some().then_some(now),
            password,
            name: None,
            avatar: None,
            claims: Map::new(),
            custom: Map::new(),
            social: BTreeMap::new(),
            sso: vec![],
            organizations: vec![],
            mfa: Mfa::default(),
            suspended: false,
            deletion_due_at: None,
            last_sign_in_at: None,
            created_at: now,
        });
        yes(json!(id))
    }

    /// Gives a social identity, in place of the one of its target.
    pub fn link(&mut self, user: &str, target: &str, id: &str) -> Answer {
        self.named(user)?;
        if self.owner_of_social(target, id).is_some_and(|owner| owner.id != user) {
            return no(422, "user.identity_already_in_use");
        }
        self.named(user)?.social.insert(target.into(), id.into());
        yes(Value::Null)
    }

    /// Gives an authenticator app, in place of the old one.
    pub fn give_app(&mut self, user: &str) -> Answer {
        let secret = self.next();
        self.named(user)?.mfa.app = Some(App { secret, last_step: None });
        yes(json!(secret))
    }

    /// Gives ten backup codes, in place of the old ones.
    pub fn give_codes(&mut self, user: &str) -> Answer {
        let set = self.next();
        self.named(user)?.mfa.codes = Some(Codes { set, used: vec![false; 10] });
        yes(json!(set))
    }

    /// Issues a one-time token.
    pub fn issue(
        &mut self,
        email: &str,
        event: Option<InteractionEvent>,
        organizations: Vec<String>,
        lives: Time,
    ) -> Answer {
        let expires = self.now + lives;
        let email = email.to_owned();
        self.tokens.push(Token { email, event, expires, organizations, used: false, revoked: false });
        yes(Value::Null)
    }

    /// Takes a one-time token back. One that was used stays used.
    pub fn revoke(&mut self, token: Option<usize>) -> Answer {
        let Some(token) = token.and_then(|index| self.tokens.get_mut(index)) else {
            return no(404, "entity.not_found");
        };
        token.revoked = true;
        yes(Value::Null)
    }
}
