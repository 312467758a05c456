//! Registration: N-11 to N-14, S-5, S-6, P-5, P-6.

use serde_json::{Value, json};
use vestibule::experience::{CustomFieldType, InteractionEvent};
use vestibule::identifier::IdentifierType;

use super::facts::{Account, Answer, Body, Book, Mfa, No, Password, Shown, Staged, no, no_with, yes_anew};
use super::identify::inside;
use super::look_up::{domain, same_email};

impl Book {
    /// N-11: what a record brings to a registration is staged.
    pub fn bring(&mut self, visit: usize, record: &Body) -> Result<(), No> {
        if !matches!(record, Body::Sso { .. })
            && let Some(email) = self.email_in(record)
        {
            self.not_of_a_company(&email, None)?; // N-4
        }
        let email = match record {
            Body::Code(code) if code.kind == IdentifierType::Email && !code.mfa => Some(code.contact.clone()),
            Body::Token { email, .. } => Some(email.clone()),
            Body::Social { told: Some(told), .. } => told.verified_email().cloned(),
            Body::Sso { connector, told: Some(told) } => {
                let domains = self.enterprise(connector).unwrap_or_default().1;
                told.email.as_ref().map(|email| email.0.clone()).filter(|email| inside(email, &domains))
            }
            _ => None,
        };
        if let Some(email) = &email {
            self.blocklist(email)?; // 9.3
        }
        let failed = || no(400, "session.verification_failed");
        // What the record brings, alone; and what is staged after it.
        let mut staged = Staged::default();
        match record {
            Body::NewIdentity { username, password } => {
                staged.username = Some(username.clone());
                staged.password = Some(password.clone());
            }
            Body::Code(code) if !code.mfa => {
                if !code.verified || code.event == Some(InteractionEvent::ForgotPassword) {
                    return failed(); // N-3
                }
                if code.kind == IdentifierType::Phone {
                    staged.phone = Some(code.contact.clone());
                } else {
                    staged.set_email(&code.contact);
                }
            }
            Body::Token { email, event, organizations } => {
                if event.is_some_and(|event| event != InteractionEvent::Register) {
                    return no(400, "one_time_token.interaction_event_mismatch"); // V-15
                }
                staged.set_email(email);
                staged.organizations = organizations.clone();
            }
            Body::Sso { connector, told: Some(told) } if self.settings.single_sign_on_enabled => {
                let (issuer, _) = self.enterprise(connector).unwrap_or_default();
                staged.sso = Some((issuer, told.id.clone()));
                if let Some(email) = &email {
                    staged.set_email(email);
                }
            }
            Body::Social { connector, told: Some(told) } => {
                staged.social = Some((self.target(connector).unwrap_or_default(), told.id.clone()));
                let free = |kind, contact: &String| self.owner(kind, contact).is_none();
                if let Some(email) = told.verified_email().filter(|own| free(IdentifierType::Email, own)) {
                    staged.set_email(email);
                }
                if let Some(phone) = told.verified_phone().filter(|own| free(IdentifierType::Phone, own)) {
                    staged.phone = Some(phone.clone());
                }
            }
            _ => return failed(),
        }
        if let Some(user) = self.user(visit) {
            let mut one = staged.clone();
            if matches!(record, Body::Social { .. }) {
                (one.email, one.phone) = (None, None); // they are taken where there is room
            }
            self.has_not(&one, &user)?; // P-5
        }
        self.nobody_has(&staged, self.visits[visit].user.as_deref())?;
        let own = &mut self.visits[visit].staged;
        own.username = staged.username.or(own.username.take());
        own.password = staged.password.or(own.password.take());
        let social = matches!(record, Body::Social { .. });
        if !social || own.phone.is_none() {
            own.phone = staged.phone.or(own.phone.take());
        }
        own.social = staged.social.or(own.social.take());
        own.sso = staged.sso.or(own.sso.take());
        if let Some(email) = staged.email.as_ref().filter(|_| !social || own.email.is_none()) {
            own.set_email(email);
        }
        match record {
            Body::Sso { told: Some(told), .. } | Body::Social { told: Some(told), .. } => own.name_over(told),
            Body::Token { .. } => own.organizations = staged.organizations,
            _ => {}
        }
        Ok(())
    }

    /// P-6, in its order. `of`: whose it may be.
    pub fn nobody_has(&self, staged: &Staged, of: Option<&str>) -> Result<(), No> {
        let others = |owner: Option<&Account>| owner.is_some_and(|owner| Some(owner.id.as_str()) != of);
        if let Some(username) = &staged.username {
            self.username_policy(username)?;
            self.username_free(username, of)?;
        }
        if staged.email.as_ref().is_some_and(|own| others(self.owner(IdentifierType::Email, own))) {
            return no(422, "user.email_already_in_use");
        }
        if staged.phone.as_ref().is_some_and(|own| others(self.owner(IdentifierType::Phone, own))) {
            return no(422, "user.phone_already_in_use");
        }
        let social = staged.social.as_ref();
        let sso = staged.sso.as_ref();
        if social.is_some_and(|own| others(self.owner_of_social(&own.0, &own.1)))
            || sso.is_some_and(|own| others(self.owner_of_sso(&own.0, &own.1)))
        {
            return no(422, "user.identity_already_in_use");
        }
        Ok(())
    }

    /// P-5, of what is staged.
    pub fn has_not(&self, staged: &Staged, user: &Account) -> Result<(), No> {
        if staged.username.is_some() && user.username.is_some() {
            return no(422, "user.username_exists_in_profile");
        }
        if staged.email.is_some() && user.email.is_some() {
            return no(422, "user.email_exists_in_profile");
        }
        if staged.phone.is_some() && user.phone.is_some() {
            return no(422, "user.phone_exists_in_profile");
        }
        if staged.password.is_some() && user.password.is_some() {
            return no(422, "user.password_exists_in_profile");
        }
        let social = staged.social.as_ref();
        let another = social.is_some_and(|own| user.social.get(&own.0).is_some_and(|id| *id != own.1));
        let sso = staged.sso.as_ref();
        let elsewhere = sso.is_some_and(|own| user.sso.iter().any(|had| had.0 == own.0 && had.1 != own.1));
        if another || elsewhere {
            return no(422, "user.social_account_exists_in_profile");
        }
        Ok(())
    }

    /// N-12: what a registration lacks, in order.
    pub fn may_create(&self, visit: usize) -> Vec<No> {
        let mut lacks: Vec<No> = vec![];
        lacks.extend(self.may_register(visit).err());
        lacks.extend(self.captcha(visit).err());
        lacks.extend(self.mandatory_profile(visit, None).err());
        lacks.extend(self.custom_fields(visit, None).err());
        lacks
    }

    /// N-12: whether this person may register: a closed registration is open to a one-time token's own email, staged.
    fn may_register(&self, visit: usize) -> Result<(), No> {
        let own = &self.visits[visit];
        let invited = own.proofs.iter().any(|proof| match &proof.shown {
            Shown::Token { email, event } => {
                event.is_none_or(|event| event == InteractionEvent::Register)
                    && own.staged.email.as_ref().is_some_and(|staged| same_email(staged, email))
            }
            _ => false,
        });
        self.event_allowed(InteractionEvent::Register, invited)
    }

    /// N-12, N-14: makes the account.
    pub fn create(&mut self, visit: usize) -> Answer {
        if let Some(first) = self.may_create(visit).into_iter().next() {
            return Err(first);
        }
        self.nobody_has(&self.visits[visit].staged.clone(), None)?; // N-13
        let now = self.now;
        let staged = self.visits[visit].staged.clone();
        let id = format!("new-{}", self.next());
        let version = self.next();
        let email_proved_at = staged.email.is_some().then_some(now);
        let phone_proved_at = staged.phone.is_some().then_some(now);
        let mut user = Account {
            id: id.clone(),
            username: staged.username.clone(),
            email_proved_at,
            phone_proved_at,
            email: staged.email.clone(),
            phone: staged.phone.clone(),
            password: staged.password.clone().map(|text| Password {
                text,
                outdated: false,
                set_at: Some(now),
                expired: false,
                through: None,
                version,
            }),
            name: staged.name.clone(),
            avatar: staged.avatar.clone(),
            claims: staged.claims.clone(),
            custom: staged.custom.clone(),
            social: staged.social.clone().into_iter().collect(),
            sso: staged.sso.clone().into_iter().collect(),
            organizations: vec![],
            mfa: Mfa { enabled: Some(false), ..Mfa::default() },
            suspended: false,
            sessions_valid_from: staged.password.is_some().then_some(now),
            deletion_due_at: None,
            last_sign_in_at: None,
            created_at: now,
        };
        let sso = staged.sso.as_ref().map(|own| own.0.clone());
        self.joins(&mut user, &staged.organizations, staged.email.as_deref(), sso.as_deref());
        self.accounts.push(user);
        let own = &mut self.visits[visit];
        (own.user, own.own, own.staged) = (Some(id.clone()), true, Staged::default());
        yes_anew(json!({"user": id, "created": true}))
    }

    /// N-14: the organisations of a token, of an email's domain, of the connector of an issuer.
    pub fn joins(&self, user: &mut Account, named: &[String], email: Option<&str>, issuer: Option<&str>) {
        let mut ids: Vec<String> = named.to_vec();
        for organization in &self.settings.organizations {
            let by_domain = email.is_some_and(|email| organization.email_domains.contains(&domain(email)));
            let connectors = &self.settings.enterprise_sso_connectors;
            let of = connectors.iter().filter(|own| Some(own.issuer.as_str()) == issuer);
            let by_connector = of.into_iter().any(|own| organization.sso_connector_ids.contains(&own.id));
            if by_domain || by_connector {
                ids.push(organization.id.clone());
            }
        }
        for id in ids {
            if !user.organizations.iter().any(|own| own.0 == id) {
                user.organizations.push((id, false)); // what it asks stands in the settings
            }
        }
    }

    /// Whether S-5 and S-6 are not asked: an enterprise identity, or a social one where the settings say so.
    fn skips(&self, staged: &Staged, user: Option<&Account>) -> bool {
        let sso = staged.sso.is_some() || user.is_some_and(|user| !user.sso.is_empty());
        let social = staged.social.is_some() || user.is_some_and(|user| !user.social.is_empty());
        sso || (social && self.settings.social_sign_in.skip_required_identifiers)
    }

    /// S-5.
    pub fn mandatory_profile(&self, visit: usize, user: Option<&Account>) -> Result<(), No> {
        let staged = &self.visits[visit].staged;
        if self.skips(staged, user) {
            return Ok(());
        }
        let has = |staged: bool, own: fn(&Account) -> bool| staged || user.is_some_and(own);
        let username = has(staged.username.is_some(), |user| user.username.is_some());
        let email = has(staged.email.is_some(), |user| user.email.is_some());
        let phone = has(staged.phone.is_some(), |user| user.phone.is_some());
        let identity = has(staged.social.is_some() || staged.sso.is_some(), |user| {
            !user.social.is_empty() || !user.sso.is_empty()
        });
        let password = has(staged.password.is_some(), |user| user.password.is_some()) || identity;
        let missing: Vec<&str> = self
            .mandatory()
            .into_iter()
            .filter(|item| match *item {
                "username" => !username,
                "email" => !email,
                "phone" => !phone,
                "emailOrPhone" => !email && !phone,
                _ => !password,
            })
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        no_with(422, "user.missing_profile", json!({"missingProfile": missing}))
    }

    /// S-6: the custom fields that a registration asks for, as far as the worlds have them: texts, and a full name.
    pub fn custom_fields(&self, visit: usize, user: Option<&Account>) -> Result<(), No> {
        let own = &self.visits[visit];
        if own.event != InteractionEvent::Register || self.skips(&own.staged, user) {
            return Ok(());
        }
        let there = |name: &str| {
            let values = [
                Some(&own.staged.claims),
                Some(&own.staged.custom),
                user.map(|user| &user.claims),
                user.map(|user| &user.custom),
            ];
            values.into_iter().flatten().any(|values| {
                values.get(name).is_some_and(|value| *value != Value::Null && *value != json!(""))
            })
        };
        let chosen = &self.settings.sign_up_profile_fields;
        let asked = self.settings.custom_profile_fields.iter().filter(|field| {
            chosen.as_ref().is_none_or(|chosen| chosen.iter().any(|own| own.name == field.name))
        });
        let must = |required: bool| required || !own.form_submitted;
        let open = asked.into_iter().any(|field| match (field.field_type, &field.config.parts) {
            (CustomFieldType::Fullname, Some(parts)) => {
                parts.iter().any(|part| part.enabled && must(field.required) && !there(&part.name))
            }
            _ => must(field.required) && !there(&field.name),
        });
        if open {
            return no_with(422, "user.missing_profile", json!({"missingProfile": ["extraProfile"]}));
        }
        Ok(())
    }
}

impl Staged {
    /// Stages an email. Organisations stay staged only together with the email they came with (N-11).
    pub fn set_email(&mut self, email: &str) {
        if !self.email.as_ref().is_some_and(|own| same_email(own, email)) {
            self.organizations.clear();
        }
        self.email = Some(email.into());
    }
}
