//! Verification by what a person knows or was sent: V-1 to V-7, V-15.

use serde_json::{Value, json};
use vestibule::experience::{InteractionEvent, SignInMode};
use vestibule::identifier::IdentifierType;

use super::facts::{Account, Answer, Body, Book, Code, No, Shown, no, no_with, yes, yes_anew};
use super::look_up::{canonical, written};
use super::proofs::recovery_method;

/// The pool that codes to a type of contact are counted in (L-1).
fn pool(kind: IdentifierType) -> &'static str {
    if kind == IdentifierType::Phone { "phone code" } else { "email code" }
}

/// L-1: a success clears the pool of what it proves: to be right about another's identifier clears nothing of one's own.
fn proved_pool(subjects: &[String]) -> &[String] {
    subjects.get(subjects.len().saturating_sub(1)..).unwrap_or_default()
}

/// 9.1: the floor.
fn username_floor(text: &str) -> Result<(), No> {
    if text.is_empty() {
        no(422, "user.username_required")
    } else if text.starts_with(|c: char| c.is_ascii_digit()) {
        no(422, "user.username_starts_with_number")
    } else if !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        no(422, "user.username_invalid_charset_hard")
    } else {
        Ok(())
    }
}

impl Book {
    /// L-1: what is tried counts per user once somebody is identified, and before that per identifier. Who is identified and
    /// tries another's identifier counts under both: else each new account would give as many new tries at it.
    fn tried(&self, visit: usize, kind: IdentifierType, text: &str) -> Vec<String> {
        let sensitive = self.settings.username_policy.case_sensitive;
        let wanted = canonical(kind, text, sensitive);
        let user = self.user(visit);
        let own = user.as_ref().is_some_and(|user| {
            wanted.is_some()
                && user.identifier(kind).and_then(|own| canonical(kind, own, sensitive)) == wanted
        });
        let mut subjects = vec![];
        subjects.extend(user.map(|user| format!("user {}", user.id)));
        if !own {
            subjects.push(format!("{kind} {}", wanted.unwrap_or_else(|| text.to_owned())));
        }
        subjects
    }

    /// V-1, V-2, D-25.
    pub fn password(&mut self, visit: usize, kind: IdentifierType, text: &str, password: &str) -> Answer {
        let subjects = self.tried(visit, kind, text);
        self.not_locked("password", &subjects)?;
        let user = self.owner(kind, text).cloned();
        let event = self.visits[visit].event;
        // D-25 speaks of a SignIn; see `known::PASSWORD_METHOD_OFF`.
        let own = self.user(visit).map(|user| user.id);
        let is_own = event == InteractionEvent::Account && user.as_ref().map(|user| user.id.clone()) == own;
        let offered = is_own || self.method_on(kind, true);
        let right = |user: &Account| user.password.as_ref().is_some_and(|own| own.text == password);
        let Some(user) = user.filter(|user| right(user) && offered) else {
            return self.failed("password", &subjects, 422, "session.invalid_credentials");
        };
        if user.suspended {
            return no(401, "user.suspended");
        }
        self.succeeded("password", proved_pool(&subjects));
        let expired = self.password_expired(&user);
        if expired && self.recovers(&user) {
            let refusal = no(422, "password.expired");
            return super::facts::keep(refusal);
        }
        let mut version = 0;
        if let Some(own) = self.account_mut(&user.id).and_then(|user| user.password.as_mut()) {
            own.outdated = false; // V-2
            version = own.version;
        }
        let (user, value) = (user.id, text.to_owned());
        self.prove(visit, Shown::Password { user: user.clone(), kind, version, expired });
        let record = self.put(visit, Body::Password { user, kind, value, version, expired });
        yes_anew(json!(record))
    }

    /// 9.2: past its period, or marked by hand.
    pub fn password_expired(&self, user: &Account) -> bool {
        let Some(own) = &user.password else { return false };
        let expiration = &self.settings.password_expiration;
        let days = expiration.valid_period_days.filter(|_| expiration.enabled);
        let since = own.set_at.unwrap_or(user.created_at);
        own.expired || days.is_some_and(|days| self.now - since > i64::from(days) * 86_400)
    }

    /// V-1: whether N-3 lets this user recover through anything.
    pub fn recovers(&self, user: &Account) -> bool {
        [IdentifierType::Email, IdentifierType::Phone].into_iter().any(|kind| {
            let methods = &self.settings.forgot_password_methods;
            user.identifier(kind).is_some()
                && methods.as_ref().is_none_or(|methods| methods.contains(&recovery_method(kind)))
                && self.settings.senders.reach(kind)
        })
    }

    /// V-3, V-4: sends a code. Answers the record's number, to whom it goes, and by which template.
    pub fn send_code(
        &mut self,
        visit: usize,
        kind: IdentifierType,
        contact: &str,
        event: InteractionEvent,
    ) -> Answer {
        let own = self.visits[visit].clone();
        if own.user.is_none() {
            self.captcha(visit)?; // I-5
        }
        let own_contact = self.user(visit).is_some_and(|user| user.has_contact(kind, contact));
        let is_to_be_had = own.event == InteractionEvent::Account && !own_contact;
        if kind == IdentifierType::Email && (event == InteractionEvent::Register || is_to_be_had) {
            self.blocklist(contact)?; // V-3, C-3
        }
        self.send(visit, &canonical(kind, contact, true).unwrap_or_default())?;
        if !self.settings.senders.reach(kind) {
            return no(501, "connector.not_found");
        }
        let owner = self.owner(kind, contact).cloned();
        let recovery = [event, own.event].contains(&InteractionEvent::ForgotPassword);
        let signs_in = event == InteractionEvent::SignIn
            && own.user.is_none()
            && self.settings.sign_in_mode == SignInMode::SignIn;
        let withheld = owner.is_none() && (recovery || signs_in);
        let template =
            if own.user.is_some() && !self.signs_up_with(kind) { json!("BindMfa") } else { json!(event) };
        let recipient = owner.and_then(|user| user.identifier(kind).cloned());
        let recipient = recipient.unwrap_or_else(|| contact.to_owned());
        self.sent(visit, false, kind, contact, Some(event), withheld.then_some(()), template, &recipient)
    }

    /// A new code on its way, or withheld.
    #[allow(clippy::too_many_arguments, reason = "what a message is made of")]
    fn sent(
        &mut self,
        visit: usize,
        mfa: bool,
        kind: IdentifierType,
        contact: &str,
        event: Option<InteractionEvent>,
        withheld: Option<()>,
        template: Value,
        recipient: &str,
    ) -> Answer {
        let withheld = withheld.is_some();
        let record = self.put(
            visit,
            Body::Code(Code {
                mfa,
                kind,
                contact: contact.into(),
                event,
                live: true,
                withheld,
                made: self.now,
                wrong: 0,
                verified: false,
            }),
        );
        let recipient = match kind {
            IdentifierType::Email => written(recipient),
            _ => canonical(kind, recipient, true).unwrap_or_default(),
        };
        let message = if withheld { Value::Null } else { json!({"to": recipient, "template": template}) };
        yes(json!({"record": record, "message": message}))
    }

    /// V-6: a code to the identified user's own contact.
    pub fn send_mfa_code(&mut self, visit: usize, kind: IdentifierType) -> Answer {
        let Some(user) = self.user(visit) else {
            return no(400, "session.identifier_not_found");
        };
        let Some(contact) = user.identifier(kind).cloned() else {
            return no(400, "session.mfa.mfa_factor_not_enabled");
        };
        self.send(visit, &canonical(kind, &contact, true).unwrap_or_default())?;
        if !self.settings.senders.reach(kind) {
            return no(501, "connector.not_found");
        }
        self.sent(visit, true, kind, &contact, None, None, json!("MfaVerification"), &contact)
    }

    /// The identified user, as the account is now.
    pub fn user(&self, visit: usize) -> Option<Account> {
        self.visits[visit].user.as_ref().and_then(|id| self.account(id)).cloned()
    }

    /// V-5, V-6: tries a code. `typed`: the identifier that came with it, where one comes.
    pub fn try_code(
        &mut self,
        visit: usize,
        mfa: bool,
        kind: IdentifierType,
        typed: Option<&str>,
        id: u64,
        right: bool,
    ) -> Answer {
        let wanted = match (mfa, kind) {
            (false, IdentifierType::Phone) => "PhoneVerificationCode",
            (false, _) => "EmailVerificationCode",
            (true, IdentifierType::Phone) => "MfaPhoneVerificationCode",
            (true, _) => "MfaEmailVerificationCode",
        };
        let Body::Code(mut code) = self.record_of(visit, wanted, id)?.body else {
            return no(404, "session.verification_session_not_found");
        };
        if mfa && !self.user(visit).is_some_and(|user| user.has_contact(kind, &code.contact)) {
            return no(404, "session.verification_session_not_found"); // V-6: it is that user's own
        }
        let subjects = self.tried(visit, kind, &code.contact);
        self.not_locked(pool(kind), &subjects)?;
        if !code.live {
            return no(400, "verification_code.not_found");
        }
        let gone_to = canonical(kind, &code.contact, true);
        if typed.is_some_and(|typed| canonical(kind, typed, true) != gone_to) {
            let email = kind == IdentifierType::Email;
            let which =
                if email { "verification_code.email_mismatch" } else { "verification_code.phone_mismatch" };
            return no(400, which);
        }
        let policy = self.settings.verification_code_policy.clone();
        if self.now - code.made > i64::from(policy.expiration_duration) {
            return no(400, "verification_code.expired");
        }
        if code.wrong >= policy.max_retry_attempts {
            return no(400, "verification_code.exceed_max_try");
        }
        if !right || code.withheld {
            code.wrong += 1;
            self.rewrite(visit, id, Body::Code(code));
            return self.failed(pool(kind), &subjects, 400, "verification_code.code_mismatch");
        }
        (code.live, code.verified) = (false, true);
        self.succeeded(pool(kind), proved_pool(&subjects));
        self.prove(visit, Shown::Code { mfa, kind, contact: code.contact.clone(), event: code.event });
        self.rewrite(visit, id, Body::Code(code));
        yes_anew(json!(id))
    }

    /// V-7: a username and a password for a new account.
    pub fn new_identity(&mut self, visit: usize, username: &str, password: &str) -> Answer {
        username_floor(username)?;
        self.username_free(username, None)?;
        self.password_policy(password)?;
        let body = Body::NewIdentity { username: username.into(), password: password.into() };
        yes_anew(json!(self.put(visit, body)))
    }

    /// V-15: spends a one-time token. `None`: one that was never made.
    pub fn token(&mut self, visit: usize, email: &str, token: Option<usize>) -> Answer {
        let Some(index) = token.filter(|&index| index < self.tokens.len()) else {
            return no(404, "one_time_token.token_not_found");
        };
        let token = self.tokens[index].clone();
        if canonical(IdentifierType::Email, email, true)
            != canonical(IdentifierType::Email, &token.email, true)
        {
            return no(400, "one_time_token.email_mismatch");
        }
        if self.now >= token.expires {
            return no(400, "one_time_token.token_expired");
        }
        if token.used {
            return no(400, "one_time_token.token_consumed");
        }
        if token.revoked {
            return no(400, "one_time_token.token_revoked");
        }
        if token.event.is_some_and(|event| event != self.visits[visit].event) {
            return no(400, "one_time_token.interaction_event_mismatch");
        }
        self.tokens[index].used = true;
        let (email, event) = (token.email, token.event);
        self.prove(visit, Shown::Token { email: email.clone(), event });
        let body = Body::Token { email, event, organizations: token.organizations };
        yes_anew(json!(self.put(visit, body)))
    }

    /// 9.2, as far as the worlds use it: too short, or fine.
    pub fn password_policy(&self, password: &str) -> Result<(), No> {
        let least = self.settings.password_policy.length.min;
        if password.chars().count() < least {
            let issues = json!([{"code": "password_rejected.too_short", "min": least}]);
            return no_with(422, "password.rejected", issues);
        }
        Ok(())
    }

    /// 9.1, the first violation only; the floor as the library answers it.
    pub fn username_policy(&self, text: &str) -> Result<(), No> {
        let policy = &self.settings.username_policy;
        let has = |of: fn(char) -> bool| text.chars().any(of);
        username_floor(text)?;
        let code = if text.len() < policy.min_length {
            "user.username_too_short"
        } else if text.len() > policy.max_length {
            "user.username_too_long"
        } else if !policy.allowed_chars.uppercase && has(|c| c.is_ascii_uppercase()) {
            "user.username_uppercase_not_allowed"
        } else if !policy.allowed_chars.lowercase && has(|c| c.is_ascii_lowercase()) {
            "user.username_lowercase_not_allowed"
        } else if !policy.allowed_chars.numbers && has(|c| c.is_ascii_digit()) {
            "user.username_numbers_not_allowed"
        } else if !policy.allowed_chars.underscore && has(|c| c == '_') {
            "user.username_underscore_not_allowed"
        } else {
            return Ok(());
        };
        no(422, code)
    }

    /// P-6 of a username. `of`: whose it may be.
    pub fn username_free(&self, text: &str, of: Option<&str>) -> Result<(), No> {
        match self.owner(IdentifierType::Username, text) {
            Some(owner) if Some(owner.id.as_str()) != of => no(422, "user.username_already_in_use"),
            _ => Ok(()),
        }
    }
}
