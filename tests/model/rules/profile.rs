//! Profile staging: P-1 to P-13.

use serde_json::{Map, Value, json};
use vestibule::experience::{CustomFieldType, InteractionEvent, MfaFactor};
use vestibule::identifier::IdentifierType;

use super::facts::{Account, Answer, Body, Book, No, Shown, Staged, keep, no, no_with, yes};

/// What is staged.
#[derive(Clone, Debug)]
pub enum Payload {
    Username(String),
    Password(String),
    Email(u64),
    Phone(u64),
    Social(u64, bool),
    Sso(u64, bool),
    Extra(Map<String, Value>),
}

impl Book {
    /// P-1, P-2: whether anything can be staged here, and for whom.
    pub fn staging(&self, visit: usize) -> Result<Option<Account>, No> {
        let own = &self.visits[visit];
        if own.event == InteractionEvent::ForgotPassword {
            return no(400, "session.not_supported_for_forgot_password");
        }
        let user = self.user(visit);
        if user.is_none() && (own.event == InteractionEvent::SignIn || own.user.is_some()) {
            return no(404, "session.identifier_not_found");
        }
        Ok(user)
    }

    /// P-3: the identified user's factor first; not in `Account` (C-1).
    pub fn factor_before(&self, visit: usize, user: Option<&Account>) -> Result<(), No> {
        let own = &self.visits[visit];
        match user {
            Some(user) if own.event != InteractionEvent::Account => self.factor_first(own, user),
            _ => Ok(()),
        }
    }

    /// P-4 to P-12.
    pub fn update(&mut self, visit: usize, payload: Payload) -> Answer {
        let account = self.visits[visit].event == InteractionEvent::Account;
        let user = self.staging(visit)?;
        if matches!(payload, Payload::Sso(..)) && !account {
            return no(400, "guard.invalid_input");
        }
        if account && !matches!(payload, Payload::Extra(_)) {
            self.step_up(visit)?; // C-2
        }
        if !matches!(payload, Payload::Social(..)) {
            self.factor_before(visit, user.as_ref())?; // P-3
        }
        let of = user.as_ref().map(|user| user.id.clone());
        let mut one = Staged::default();
        match payload {
            Payload::Username(text) => {
                one.username = Some(text.clone());
                self.one_more(visit, &one, user.as_ref())?;
                self.nobody_has(&one, of.as_deref())?;
                self.visits[visit].staged.username = Some(text);
            }
            Payload::Password(text) => self.stage_password(visit, user.as_ref(), &text)?,
            Payload::Email(id) | Payload::Phone(id) => {
                let email = matches!(payload, Payload::Email(_));
                let kind = if email { IdentifierType::Email } else { IdentifierType::Phone };
                let factor =
                    if email { MfaFactor::EmailVerificationCode } else { MfaFactor::PhoneVerificationCode };
                if let Some(user) = user.as_ref().filter(|_| self.factor_on(factor)) {
                    self.bound_first(visit, user)?; // M-5: it becomes a factor, whichever door it comes by
                }
                let contact = self.proved_contact(visit, kind, id)?;
                if email {
                    one.email = Some(contact.clone());
                } else {
                    one.phone = Some(contact.clone());
                }
                self.one_more(visit, &one, user.as_ref())?;
                self.nobody_has(&one, of.as_deref())?;
                self.stage_contact(visit, kind, &contact);
            }
            Payload::Social(id, replace) => self.stage_social(visit, user.as_ref(), id, replace)?,
            Payload::Sso(id, replace) if account => self.link_sso(visit, user.as_ref(), id, replace)?,
            Payload::Sso(..) => return no(400, "guard.invalid_input"),
            Payload::Extra(values) => self.stage_extra(visit, values)?,
        }
        self.keep_what_is_staged(visit);
        yes(Value::Null)
    }

    /// What is staged to be set is not to be taken away any more (11.3).
    pub fn keep_what_is_staged(&mut self, visit: usize) {
        let own = &mut self.visits[visit];
        if let Some(gone) = own.managing.as_mut() {
            gone.username &= own.staged.username.is_none();
            gone.email &= own.staged.email.is_none();
            gone.phone &= own.staged.phone.is_none();
            gone.password &= own.staged.password.is_none();
            if own.factors.app.is_some() {
                gone.factors.retain(|id| id != "Totp");
            }
            if own.factors.codes.is_some() {
                gone.factors.retain(|id| id != "BackupCode");
            }
        }
    }

    /// P-5 of one thing; not asked in `Account`, where it replaces (C-1).
    fn one_more(&self, visit: usize, one: &Staged, user: Option<&Account>) -> Result<(), No> {
        match user {
            Some(user) if self.visits[visit].event != InteractionEvent::Account => self.has_not(one, user),
            _ => Ok(()),
        }
    }

    /// P-12: stages a contact in place of what was staged.
    pub fn stage_contact(&mut self, visit: usize, kind: IdentifierType, contact: &str) {
        let staged = &mut self.visits[visit].staged;
        if kind == IdentifierType::Email {
            staged.set_email(contact);
        } else {
            staged.phone = Some(contact.into());
        }
    }

    /// P-4 of an email or a phone.
    pub fn proved_contact(&self, visit: usize, kind: IdentifierType, id: u64) -> Result<String, No> {
        let wanted =
            if kind == IdentifierType::Email { "EmailVerificationCode" } else { "PhoneVerificationCode" };
        let record = self.record_of(visit, wanted, id)?.body;
        if let Some(email) = self.email_in(&record) {
            self.not_of_a_company(&email, None)?; // N-4
            self.blocklist(&email)?;
        }
        match record {
            Body::Code(code) if code.verified => Ok(code.contact),
            _ => no(400, "session.verification_failed"),
        }
    }

    /// P-7, and V-1's exception for an expired password.
    fn stage_password(&mut self, visit: usize, user: Option<&Account>, text: &str) -> Result<(), No> {
        self.password_policy(text)?;
        if let Some(user) = user {
            if self.visits[visit].event == InteractionEvent::Account {
                self.compare(user, text)?; // C-5
            } else if self.replaces_expired(visit, user) {
                if user.password.as_ref().is_some_and(|own| own.text == text) {
                    return no(422, "user.same_password");
                }
            } else {
                let one = Staged { password: Some(text.into()), ..Staged::default() };
                self.one_more(visit, &one, Some(user))?;
            }
        }
        self.visits[visit].staged.password = Some(text.into());
        Ok(())
    }

    /// V-1: whether this person proved an expired password that is still the user's, and that nothing recovers.
    pub fn replaces_expired(&self, visit: usize, user: &Account) -> bool {
        let own = &self.visits[visit];
        own.event == InteractionEvent::SignIn
            && own.proofs.iter().any(|proof| {
                matches!(proof.shown, Shown::Password { expired: true, .. }) && self.counts(proof, user)
            })
    }

    /// P-4, P-5, P-6, P-8 of a social identity.
    fn stage_social(
        &mut self,
        visit: usize,
        user: Option<&Account>,
        id: u64,
        replace: bool,
    ) -> Result<(), No> {
        let record = self.record_of(visit, "Social", id)?.body;
        if let Some(email) = self.email_in(&record) {
            self.not_of_a_company(&email, None)?; // N-4
            self.blocklist(&email)?;
        }
        let Body::Social { connector, told: Some(told) } = record else {
            return no(400, "session.verification_failed");
        };
        let target = self.target(&connector).unwrap_or_default();
        let one = Staged { social: Some((target, told.id.clone())), ..Staged::default() };
        match user {
            // C-6
            Some(user) if self.visits[visit].event == InteractionEvent::Account && !replace => {
                self.has_not(&one, user)?;
            }
            _ => self.one_more(visit, &one, user)?,
        }
        self.nobody_has(&one, user.map(|user| user.id.as_str()))?;
        let syncs = self.settings.social_connectors.iter().any(|own| own.id == connector && own.sync_profile);
        let free =
            |kind, contact: Option<&String>| contact.filter(|own| self.owner(kind, own).is_none()).cloned();
        let email = free(IdentifierType::Email, told.verified_email());
        let phone = free(IdentifierType::Phone, told.verified_phone());
        let same =
            user.zip(one.social.as_ref()).is_some_and(|(user, own)| user.social.get(&own.0) == Some(&own.1));
        let staged = &mut self.visits[visit].staged;
        if !same {
            staged.social = one.social; // P-5: the very same one is no change
        }
        if user.is_none() {
            staged.email = staged.email.take().or(email);
            staged.phone = staged.phone.take().or(phone);
        }
        if user.is_none() || syncs {
            staged.name_behind(&told);
        }
        Ok(())
    }

    /// C-6 of an enterprise identity.
    fn link_sso(&mut self, visit: usize, user: Option<&Account>, id: u64, replace: bool) -> Result<(), No> {
        let Body::Sso { connector, told: Some(told) } = self.record_of(visit, "EnterpriseSso", id)?.body
        else {
            return no(400, "session.verification_failed");
        };
        let issuer = self.enterprise(&connector).unwrap_or_default().0;
        let one = Staged { sso: Some((issuer, told.id.clone())), ..Staged::default() };
        if let Some(user) = user.filter(|_| !replace) {
            self.has_not(&one, user)?;
        }
        self.nobody_has(&one, user.map(|user| user.id.as_str()))?;
        let same = user.zip(one.sso.as_ref()).is_some_and(|(user, own)| user.sso.contains(own));
        if !same {
            self.visits[visit].staged.sso = one.sso;
        }
        Ok(())
    }

    /// P-9 to P-11, as far as the worlds use them.
    fn stage_extra(&mut self, visit: usize, values: Map<String, Value>) -> Result<(), No> {
        let identifiers = ["username", "primaryEmail", "primaryPhone", "email", "phone"];
        let reserved = &self.settings.reserved_custom_data_keys.0;
        let conflicts: [(&'static str, Vec<&String>); 3] = [
            (
                "custom_profile_fields.name_conflict_built_in_prop",
                values.keys().filter(|key| *key == "preferredUsername").collect(),
            ),
            (
                "custom_profile_fields.name_conflict_sign_in_identifier",
                values.keys().filter(|key| identifiers.contains(&key.as_str())).collect(),
            ),
            (
                "custom_profile_fields.name_conflict_custom_data",
                values.keys().filter(|key| reserved.contains(*key)).collect(),
            ),
        ];
        for (code, names) in conflicts {
            if !names.is_empty() {
                return no_with(400, code, json!({"names": names}));
            }
        }
        let claims = ["givenName", "familyName", "middleName", "nickname"];
        let field = |name: &str| self.settings.custom_profile_fields.iter().find(|own| own.name == name);
        let known =
            |key: &str| claims.contains(&key) || ["name", "avatar"].contains(&key) || field(key).is_some();
        if !values.keys().all(|key| known(key)) {
            return no_with(400, "guard.invalid_input", Value::Null);
        }
        let wrong: Vec<Value> = values
            .iter()
            .filter(|(key, value)| {
                let text = field(key).is_none_or(|own| own.field_type != CustomFieldType::Checkbox);
                text != value.is_string()
            })
            .map(|(key, _)| json!({"name": key, "reason": "wrong_type"}))
            .collect();
        if !wrong.is_empty() {
            return no_with(422, "user.invalid_profile", json!({"fields": wrong}));
        }
        let own = &mut self.visits[visit];
        // P-12; the name and the avatar, too: see `known::KNOWN_DIFFERENCES`.
        (own.staged.name, own.staged.avatar) = (None, None);
        own.staged.claims.clear();
        own.staged.custom.clear();
        for (key, value) in values {
            match key.as_str() {
                "name" => own.staged.name = value.as_str().map(String::from),
                "avatar" => own.staged.avatar = value.as_str().map(String::from),
                _ if claims.contains(&key.as_str()) => drop(own.staged.claims.insert(key, value)),
                _ => drop(own.staged.custom.insert(key, value)),
            }
        }
        own.form_submitted = true;
        Ok(())
    }

    /// P-13: the new password of a recovery.
    pub fn reset(&mut self, visit: usize, text: &str) -> Answer {
        if self.visits[visit].event != InteractionEvent::ForgotPassword {
            return no(400, "session.invalid_interaction_type");
        }
        let Some(user) = self.user(visit) else {
            return no(404, "session.identifier_not_found");
        };
        self.password_policy(text)?;
        self.compare(&user, text)?;
        self.visits[visit].staged.password = Some(text.into());
        yes(Value::Null)
    }

    /// P-13: the comparison is a try, counted whatever it finds.
    pub fn compare(&mut self, user: &Account, text: &str) -> Result<(), No> {
        let Some(own) = &user.password else { return Ok(()) };
        self.compare_once(&format!("user {}", user.id))?;
        if own.text == text { keep(no(422, "user.same_password")) } else { Ok(()) }
    }
}
