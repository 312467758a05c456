//! Identification: N-1 to N-10 of a user who exists.

use serde_json::{Value, json};
use vestibule::experience::{ForgotPasswordMethod, InteractionEvent};
use vestibule::identifier::IdentifierType;

use super::facts::{Account, Answer, Body, Book, No, Shown, Told, keep, no, no_with, yes_anew};
use super::look_up::{domain, written};
use super::proofs::{contact_channel, recovery_method};

/// Whether an email is inside some domains.
pub fn inside(email: &str, domains: &[String]) -> bool {
    domains.contains(&domain(email))
}

impl Told {
    /// The email, if the provider has verified it.
    pub fn verified_email(&self) -> Option<&String> {
        self.email.as_ref().filter(|email| email.1).map(|email| &email.0)
    }

    /// The phone, if the provider has verified it.
    pub fn verified_phone(&self) -> Option<&String> {
        self.phone.as_ref().filter(|phone| phone.1).map(|phone| &phone.0)
    }
}

impl Book {
    /// N-1 to N-10: says who this is.
    pub fn identify(&mut self, visit: usize, id: Option<u64>, link: bool) -> Answer {
        let event = self.visits[visit].event;
        match event {
            InteractionEvent::Account => return no(400, "session.invalid_interaction_type"), // C-1
            InteractionEvent::Register => return self.register(visit, id),
            _ => {}
        }
        let Some(id) = id else {
            return no_with(400, "guard.invalid_input", Value::Null); // N-1
        };
        let record = self.record(visit, id)?.body;
        let excused = event == InteractionEvent::SignIn
            && matches!(&record, Body::Token { event, .. } if event.is_none_or(|event| event == InteractionEvent::SignIn));
        if !excused {
            self.event_allowed(event, false)?; // N-2
            self.method(event, &record)?; // N-3
        }
        if let Some(email) = self.email_in(&record) {
            self.not_of_a_company(&email, None)?; // N-4
        }
        if !self.is_verified(&record) {
            return no(400, "session.verification_failed"); // N-5
        }
        let (user, linked) = self.found(visit, &record, link)?; // N-6, N-7
        if let (Body::Passkey { .. }, true) = (&record, self.signs_in_by_company(&user)) {
            return no(400, "session.passkey_sign_in.sso_users_not_allowed"); // N-3
        }
        if user.suspended {
            return no(401, "user.suspended"); // N-8
        }
        if let Some(email) = &user.email {
            let own = if let Body::Sso { connector, .. } = &record { Some(connector.as_str()) } else { None };
            self.not_of_a_company(email, own)?; // N-4, of the user found
        }
        if let Some((target, told)) = &linked {
            if user.social.get(target).is_some_and(|own| *own != told.id) {
                return no(422, "user.social_account_exists_in_profile"); // N-7, P-5
            }
            if self.owner_of_social(target, &told.id).is_some_and(|owner| owner.id != user.id) {
                return no(422, "user.identity_already_in_use");
            }
        }
        if self.visits[visit].user.as_ref().is_some_and(|own| *own != user.id) {
            return no(409, "session.identity_conflict"); // N-9
        }
        self.visits[visit].user = Some(user.id.clone());
        self.refresh(visit, &record, linked, &user); // N-10
        let told = json!({"user": user.id, "created": false});
        yes_anew(told)
    }

    /// N-3: whether the method is on.
    fn method(&self, event: InteractionEvent, record: &Body) -> Result<(), No> {
        let off = || no(422, "user.sign_in_method_not_enabled");
        let on = |on: bool| if on { Ok(()) } else { off() };
        if event == InteractionEvent::ForgotPassword {
            let method = match record {
                Body::Code(code) if !code.mfa && code.event == Some(event) => recovery_method(code.kind),
                Body::Token { event: Some(InteractionEvent::ForgotPassword), .. } => {
                    ForgotPasswordMethod::EmailVerificationCode
                }
                _ => return no(422, "session.not_supported_for_forgot_password"),
            };
            let methods = &self.settings.forgot_password_methods;
            return if methods.as_ref().is_none_or(|methods| methods.contains(&method)) {
                Ok(())
            } else {
                no(422, "session.not_supported_for_forgot_password")
            };
        }
        match record {
            Body::Password { kind, .. } => on(self.method_on(*kind, true)),
            Body::Code(code) if !code.mfa => {
                on(self.method_on(code.kind, false))?;
                if code.event == Some(InteractionEvent::ForgotPassword) {
                    return no(400, "session.verification_failed");
                }
                Ok(())
            }
            Body::Social { .. } => Ok(()),
            Body::Sso { .. } => on(self.settings.single_sign_on_enabled),
            Body::Passkey { .. } => on(self.settings.passkey_sign_in.enabled),
            Body::Token { .. } => no(400, "one_time_token.interaction_event_mismatch"), // V-15
            _ => off(),
        }
    }

    /// N-4: the email in a record.
    pub fn email_in(&self, record: &Body) -> Option<String> {
        match record {
            Body::Password { kind: IdentifierType::Email, value, .. } => Some(value.clone()),
            Body::Code(code) if code.kind == IdentifierType::Email => Some(code.contact.clone()),
            Body::Token { email, .. } => Some(email.clone()),
            Body::Social { connector, told: Some(told) } => {
                let target = self.target(connector)?;
                let owned = self.owner_of_social(&target, &told.id).is_some();
                told.verified_email().filter(|_| !owned).cloned()
            }
            _ => None,
        }
    }

    /// N-5, V-17: verified, and its method still whose it was.
    fn is_verified(&self, record: &Body) -> bool {
        match record {
            // Of a user who is gone, N-6 says so.
            Body::Password { user, version, .. } => self
                .account(user)
                .is_none_or(|user| user.password.as_ref().is_some_and(|own| own.version == *version)),
            Body::Code(code) => code.verified,
            Body::Social { told, .. } | Body::Sso { told, .. } => told.is_some(),
            Body::Passkey { used, .. } => used.as_ref().is_some_and(|(user, key)| {
                self.account(user).is_some_and(|user| user.mfa.keys.iter().any(|own| own.id == *key))
            }),
            Body::Totp { verified, .. } => verified.is_some(),
            Body::WebAuthn { verified, .. } | Body::BackupCode { verified, .. } => *verified,
            Body::NewIdentity { .. } | Body::Token { .. } => true,
        }
    }

    /// N-6, N-7: who has it; and the social identity that is then linked.
    fn found(
        &self,
        visit: usize,
        record: &Body,
        link: bool,
    ) -> Result<(Account, Option<(String, Told)>), No> {
        let nobody = |kind: IdentifierType, value: &str| {
            let value = if kind == IdentifierType::Email { written(value) } else { value.to_owned() };
            no_with(404, "user.user_not_exist", json!({"identifier": {"type": kind, "value": value}}))
        };
        let owner = match record {
            Body::Password { user, kind, value, .. } => match self.account(user) {
                Some(user) => user,
                None => return nobody(*kind, value),
            },
            Body::Code(code) => match self.owner(code.kind, &code.contact) {
                Some(user) => user,
                None => return nobody(code.kind, &code.contact),
            },
            Body::Token { email, .. } => match self.owner(IdentifierType::Email, email) {
                Some(user) => user,
                None => return nobody(IdentifierType::Email, email),
            },
            Body::Passkey { used: Some((user, _)), .. } => match self.account(user) {
                Some(user) => user,
                None => return no(400, "session.verification_failed"),
            },
            Body::Social { connector, told: Some(told) } => {
                let target = self.target(connector).unwrap_or_default();
                if link {
                    return self.linked(visit, target, told);
                }
                match self.owner_of_social(&target, &told.id) {
                    Some(user) => user,
                    None => return self.no_identity(told),
                }
            }
            Body::Sso { connector, told: Some(told) } => {
                let (issuer, domains) = self.enterprise(connector).unwrap_or_default();
                let by_email = || {
                    let email = told.email.as_ref().map(|email| &email.0)?;
                    let owner = self.owner(IdentifierType::Email, email)?;
                    let free = !owner.sso.iter().any(|own| own.0 == issuer);
                    (inside(email, &domains) && free).then_some(owner)
                };
                match self.owner_of_sso(&issuer, &told.id).or_else(by_email) {
                    Some(user) => user,
                    None => return no(404, "user.sso_identity_not_exist"),
                }
            }
            _ => return no(400, "session.verification_failed"),
        };
        Ok((owner.clone(), None))
    }

    /// N-6: the owner of the verified phone, else of the verified email.
    fn related(&self, told: &Told) -> Option<(IdentifierType, String, Account)> {
        let by = |kind: IdentifierType, contact: Option<&String>| {
            let contact = contact?;
            Some((kind, contact.clone(), self.owner(kind, contact)?.clone()))
        };
        by(IdentifierType::Phone, told.verified_phone())
            .or_else(|| by(IdentifierType::Email, told.verified_email()))
    }

    /// N-6: nobody has this social identity.
    fn no_identity<T>(&self, told: &Told) -> Result<T, No> {
        let data = match self.related(told) {
            Some((kind, value, _)) => {
                let value = if kind == IdentifierType::Email { written(&value) } else { value };
                json!({"relatedUser": {"type": kind, "value": value}})
            }
            None => json!({}),
        };
        no_with(404, "user.identity_not_exist", data)
    }

    /// N-7: the related user, to whom the identity is then linked; where that is not automatic, only for whoever has also
    /// proved the related contact by a code, or the related user by a password.
    fn linked(
        &self,
        visit: usize,
        target: String,
        told: &Told,
    ) -> Result<(Account, Option<(String, Told)>), No> {
        let Some((kind, contact, user)) = self.related(told) else {
            return self.no_identity(told);
        };
        let proved = self.visits[visit].proofs.iter().any(|proof| match &proof.shown {
            Shown::Code { mfa: false, kind: of, contact: to, .. } => {
                *of == kind && user.has_contact(kind, &contact) && user.has_contact(kind, to)
            }
            Shown::Password { user: of, .. } => *of == user.id && self.counts(proof, &user),
            _ => false,
        });
        if !self.settings.social_sign_in.automatic_account_linking && !proved {
            return no(400, "session.verification_failed");
        }
        Ok((user, Some((target, told.clone()))))
    }

    /// N-10, N-7: what identification stages.
    fn refresh(&mut self, visit: usize, record: &Body, linked: Option<(String, Told)>, user: &Account) {
        if let Some((target, told)) = linked
            && user.social.get(&target) != Some(&told.id)
        {
            let by = self.related(&told).map(|(kind, contact, _)| contact_channel(kind, &contact));
            self.visits[visit].linked.push((target.clone(), told.id.clone(), by.unwrap_or_default()));
            self.visits[visit].staged.social = Some((target, told.id));
        }
        match record {
            Body::Social { connector, told: Some(told) } => {
                let syncs = self
                    .settings
                    .social_connectors
                    .iter()
                    .any(|own| own.id == *connector && own.sync_profile);
                if syncs {
                    self.visits[visit].staged.name_over(told);
                }
            }
            Body::Sso { connector, told: Some(told) } => {
                let issuer = self.enterprise(connector).unwrap_or_default().0;
                let connectors = &self.settings.enterprise_sso_connectors;
                let syncs = connectors.iter().any(|own| own.id == *connector && own.sync_profile);
                if !user.sso.contains(&(issuer.clone(), told.id.clone())) {
                    let by =
                        contact_channel(IdentifierType::Email, user.email.as_deref().unwrap_or_default());
                    self.visits[visit].linked.push((issuer.clone(), told.id.clone(), by));
                }
                let staged = &mut self.visits[visit].staged;
                staged.sso = Some((issuer, told.id.clone()));
                if syncs {
                    staged.name_over(told);
                }
            }
            Body::Token { organizations, .. } => {
                self.visits[visit].staged.organizations = organizations.clone();
            }
            _ => {}
        }
    }

    /// N-11, N-12: registers, by a record or by what is staged.
    fn register(&mut self, visit: usize, id: Option<u64>) -> Answer {
        if let Some(id) = id {
            let record = self.record(visit, id)?.body;
            self.bring(visit, &record)?;
        }
        if self.visits[visit].user.is_some() {
            return no(409, "session.identity_conflict"); // D-1
        }
        keep(self.create(visit))
    }
}

impl super::facts::Staged {
    /// A provider's name and avatar over what is staged.
    pub fn name_over(&mut self, told: &Told) {
        self.name = told.name.clone().or(self.name.take());
        self.avatar = told.avatar.clone().or(self.avatar.take());
    }

    /// A provider's name and avatar behind what is staged.
    pub fn name_behind(&mut self, told: &Told) {
        self.name = self.name.take().or(told.name.clone());
        self.avatar = self.avatar.take().or(told.avatar.clone());
    }
}
