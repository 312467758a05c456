//! Verification through providers and factors: V-8 to V-14.

use serde_json::json;

use super::facts::{Answer, App, Body, Book, Ceremony, Key, No, Shown, Time, Told, keep, no, yes, yes_anew};

/// The relying party of every world.
pub const RP: &str = "example.com";

/// What a host reports of a WebAuthn ceremony.
#[derive(Clone, Debug)]
pub enum Report {
    Made(Key),
    Used { key: String, counter: u32 },
    Refused,
}

/// A counter of signatures that did not go backwards (V-13); one that stays zero is none.
fn forward(old: u32, new: u32) -> bool {
    new > old || (new == 0 && old == 0)
}

impl Book {
    /// The id of whoever is identified (V-10, V-12, V-13).
    fn identified(&self, visit: usize) -> Result<String, No> {
        match self.user(visit) {
            Some(user) => Ok(user.id),
            None => no(404, "session.identifier_not_found"),
        }
    }

    /// V-8, V-9: begins at a provider.
    pub fn start_provider(&mut self, visit: usize, sso: bool, connector: &str, has_state: bool) -> Answer {
        if !has_state {
            return no(400, "session.insufficient_info");
        }
        let connector = connector.to_owned();
        let body = if sso {
            if self.enterprise(&connector).is_none() {
                return no(404, "entity.not_exists_with_id");
            }
            if !self.settings.single_sign_on_enabled {
                return no(422, "user.sign_in_method_not_enabled");
            }
            Body::Sso { connector, told: None }
        } else {
            if self.target(&connector).is_none() {
                return no(404, "entity.not_found");
            }
            Body::Social { connector, told: None }
        };
        yes(json!(self.put(visit, body)))
    }

    /// V-8, V-9: what the provider told.
    pub fn verify_provider(
        &mut self,
        visit: usize,
        sso: bool,
        connector: &str,
        id: u64,
        right_state: bool,
        told: Told,
    ) -> Answer {
        if sso && !self.settings.single_sign_on_enabled {
            return no(422, "user.sign_in_method_not_enabled");
        }
        let record = self.record_of(visit, if sso { "EnterpriseSso" } else { "Social" }, id)?.body;
        let (Body::Social { connector: own, told: had } | Body::Sso { connector: own, told: had }) = record
        else {
            return no(404, "session.verification_session_not_found");
        };
        if own != connector {
            return no(404, "session.verification_session_not_found");
        }
        if had.is_some() || !right_state {
            return no(400, "session.verification_failed");
        }
        let connector = own;
        let (body, shown) = if sso {
            let issuer = self.enterprise(&connector).unwrap_or_default().0;
            let told = told.clone();
            (
                Body::Sso { connector: connector.clone(), told: Some(told.clone()) },
                Shown::Sso { connector, issuer, told },
            )
        } else {
            let target = self.target(&connector).unwrap_or_default();
            let told = told.clone();
            (
                Body::Social { connector: connector.clone(), told: Some(told.clone()) },
                Shown::Social { connector, target, told },
            )
        };
        self.rewrite(visit, id, body);
        self.prove(visit, shown);
        yes_anew(json!(id))
    }

    /// The same, where nobody looks whether the account is still there: what is made then can go nowhere.
    fn named_here(&self, visit: usize) -> Result<String, No> {
        match &self.visits[visit].user {
            Some(user) => Ok(user.clone()),
            None => no(404, "session.identifier_not_found"),
        }
    }

    /// V-10: a new secret.
    pub fn new_secret(&mut self, visit: usize) -> Answer {
        let user = self.identified(visit)?;
        let secret = self.next();
        let record = self.put(visit, Body::Totp { user, secret, is_new: true, verified: None });
        yes(json!({"record": record, "secret": secret}))
    }

    /// V-10: a code of a new secret. `right`: whether it is the secret's.
    pub fn try_new_secret(&mut self, visit: usize, id: u64, right: bool) -> Answer {
        let user = self.identified(visit)?;
        let Body::Totp { user: of, secret, is_new, verified } = self.record_of(visit, "Totp", id)?.body
        else {
            return no(404, "session.verification_session_not_found");
        };
        if of != user {
            return no(404, "session.verification_session_not_found");
        }
        let subject = [format!("record {id}")];
        self.not_locked("enrolment", &subject)?;
        // V-16: a time step is right once.
        if !right || !is_new || verified.is_some_and(|step| step >= self.step_now()) {
            let most = self.settings.sentinel_policy.max_attempts;
            self.settings.sentinel_policy.max_attempts = 10;
            let refusal = self.failed("enrolment", &subject, 400, "session.mfa.invalid_totp_code");
            self.settings.sentinel_policy.max_attempts = most;
            return refusal;
        }
        let verified = Some(self.step_now());
        self.rewrite(visit, id, Body::Totp { user, secret, is_new: true, verified });
        yes_anew(json!(id))
    }

    /// V-11: a code of the user's own app. `code`: which secret shows it, and its time step.
    pub fn try_app(&mut self, visit: usize, code: Option<(u64, i64)>) -> Answer {
        let user = self.identified(visit)?;
        let subject = [format!("user {user}")];
        self.not_locked("totp", &subject)?;
        let step = self.now.div_euclid(30);
        let own: Option<App> = self.account(&user).and_then(|user| user.mfa.app.clone());
        let right = own.as_ref().zip(code).filter(|(own, (secret, at))| {
            own.secret == *secret && (at - step).abs() <= 1 && own.last_step.is_none_or(|last| *at > last)
        });
        let Some((App { secret, .. }, (_, at))) = right else {
            return self.failed("totp", &subject, 400, "session.mfa.invalid_totp_code");
        };
        let secret = *secret;
        self.succeeded("totp", &subject);
        if let Some(app) = self.account_mut(&user).and_then(|user| user.mfa.app.as_mut()) {
            app.last_step = Some(at);
        }
        self.prove(visit, Shown::App { user: user.clone(), secret });
        let body = Body::Totp { user, secret, is_new: false, verified: Some(at) };
        yes_anew(json!(self.put(visit, body)))
    }

    /// V-12: ten new codes.
    pub fn new_codes(&mut self, visit: usize) -> Answer {
        let user = self.named_here(visit)?;
        let set = self.next();
        let record = self.put(visit, Body::BackupCode { user, made: Some(set), verified: false });
        yes(json!({"record": record, "set": set}))
    }

    /// V-12: spends a code. `code`: of which set, and which of it.
    pub fn try_backup_code(&mut self, visit: usize, code: Option<(u64, usize)>) -> Answer {
        let user = self.identified(visit)?;
        let subject = [format!("user {user}")];
        self.not_locked("backup code", &subject)?;
        let codes = self.account(&user).and_then(|user| user.mfa.codes.clone());
        let right = codes
            .zip(code)
            .filter(|(own, (set, index))| own.set == *set && own.used.get(*index).is_some_and(|used| !used));
        let Some((_, (set, index))) = right else {
            return self.failed("backup code", &subject, 400, "session.mfa.invalid_backup_code");
        };
        self.succeeded("backup code", &subject);
        if let Some(codes) = self.account_mut(&user).and_then(|user| user.mfa.codes.as_mut()) {
            codes.used[index] = true;
        }
        self.prove(visit, Shown::Paper { user: user.clone(), set });
        let body = Body::BackupCode { user, made: None, verified: true };
        yes_anew(json!(self.put(visit, body)))
    }

    /// V-13: a challenge.
    pub fn challenge(&mut self, visit: usize, ceremony: Ceremony) -> Answer {
        let user = self.named_here(visit)?;
        if ceremony == Ceremony::Authentication
            && self.account(&user).is_none_or(|user| user.mfa.keys.is_empty())
        {
            return no(400, "session.mfa.webauthn_verification_not_found");
        }
        let body = Body::WebAuthn { user, challenge: Some(ceremony), made: None, verified: false };
        yes(json!(self.put(visit, body)))
    }

    /// V-13: what the host found.
    pub fn try_key(&mut self, visit: usize, id: u64, report: Report) -> Answer {
        let user = self.identified(visit)?;
        let Body::WebAuthn { user: of, challenge, made, verified } =
            self.record_of(visit, "WebAuthn", id)?.body
        else {
            return no(404, "session.verification_session_not_found");
        };
        if of != user {
            return no(404, "session.verification_session_not_found");
        }
        let subject = [format!("user {user}")];
        self.not_locked("webauthn", &subject)?;
        let Some(challenge) = challenge else {
            return no(400, "session.mfa.pending_info_not_found");
        };
        let used_up = Body::WebAuthn { user: of.clone(), challenge: None, made, verified };
        let made = match (challenge, report) {
            (Ceremony::Registration, Report::Made(key)) => Some(key),
            (Ceremony::Authentication, Report::Used { key, counter })
                if self.use_key(&user, &key, counter) =>
            {
                self.prove(visit, Shown::Key { user: user.clone(), key });
                None
            }
            _ => {
                self.rewrite(visit, id, used_up);
                return self.failed("webauthn", &subject, 400, "session.mfa.webauthn_verification_failed");
            }
        };
        if made.is_none() {
            self.succeeded("webauthn", &subject); // a new key proves nothing of those that were there
        }
        self.rewrite(visit, id, Body::WebAuthn { user: of, challenge: None, made, verified: true });
        yes_anew(json!(id))
    }

    /// Uses a user's key, if it is there and its counter does not go backwards.
    fn use_key(&mut self, user: &str, key: &str, counter: u32) -> bool {
        let own = self.account_mut(user).and_then(|user| user.mfa.keys.iter_mut().find(|own| own.id == key));
        own.filter(|own| forward(own.counter, counter)).map(|own| own.counter = counter).is_some()
    }

    /// V-14: a challenge for nobody yet.
    pub fn ask_passkey(&mut self, visit: usize) -> Answer {
        yes(json!(self.put(visit, Body::Passkey { pending: true, used: None })))
    }

    /// V-14: the passkey that answered; `None`: the host refused it.
    pub fn try_passkey(
        &mut self,
        visit: usize,
        id: u64,
        used: Option<(String, u32)>,
        right_rp: bool,
        verified: bool,
    ) -> Answer {
        let Body::Passkey { pending, used: had } = self.record_of(visit, "SignInPasskey", id)?.body else {
            return no(404, "session.verification_session_not_found");
        };
        let owner = used.as_ref().and_then(|(key, _)| self.owner_of_key(key)).cloned();
        // L-1: per identifier, which is the key, until somebody is identified.
        let own = owner.as_ref().filter(|owner| self.user(visit).is_some_and(|user| user.id == owner.id));
        let key = used.as_ref().map(|(key, _)| key.clone()).unwrap_or_default();
        let subject = [own.map_or_else(|| format!("key {key}"), |owner| format!("user {}", owner.id))];
        self.not_locked("webauthn", &subject)?;
        if !pending {
            return no(400, "session.passkey_sign_in.pending_info_not_found");
        }
        let failed = "session.mfa.webauthn_verification_failed";
        self.rewrite(visit, id, Body::Passkey { pending: false, used: had });
        let Some((key, counter)) = used else {
            return keep(no(400, failed));
        };
        if !right_rp {
            return keep(no(400, "session.passkey_sign_in.conflict_rp_id"));
        }
        let Some(owner) = owner else {
            return keep(no(400, "session.identifier_not_found"));
        };
        let with_uv = owner.mfa.keys.iter().any(|own| own.id == key && own.verified && own.discoverable);
        if !verified || !with_uv || !self.use_key(&owner.id, &key, counter) {
            return self.failed("webauthn", &subject, 400, failed);
        }
        self.succeeded("webauthn", &subject);
        self.prove(visit, Shown::Passkey { user: owner.id.clone(), key: key.clone() });
        self.rewrite(visit, id, Body::Passkey { pending: false, used: Some((owner.id, key)) });
        yes_anew(json!(id))
    }

    /// The time step of an authenticator app now.
    pub fn step_now(&self) -> Time {
        self.now.div_euclid(30)
    }
}
