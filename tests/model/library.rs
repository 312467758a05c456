//! The library's side: stores in memory, a clock, a hasher that costs nothing, and names for what the model counts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use vestibule::engine::{Answer, Engine, Error};
use vestibule::experience::Experience;
use vestibule::identifier::{Email, Phone, UserId, Username, VerificationId};
use vestibule::interaction::{Interaction, InteractionId};
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::password::{HashingFailed, PasswordHasher, PasswordMatch};
use vestibule::rejection::Rejection;
use vestibule::secret::PasswordDigest;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{UserChange, UserStore};
use vestibule::user::{
    BackupCode, Channel, Password, SocialIdentity, SsoIdentity, TotpFactor, TotpSecret, User,
    UserOrganization, WebAuthnCredential,
};

use crate::rules::begin::SESSION;
use crate::rules::factors::RP;
use crate::rules::facts::{Account, Key, Time};

/// A hasher that hides nothing: `plain$salt$text`, and an outdated scheme, `old$salt$text`.
pub struct Plain;

impl PasswordHasher for Plain {
    fn hash(&self, password: &str, salt: &[u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        let mut digest = String::from("plain$");
        for byte in salt {
            let _ = write!(digest, "{byte:02x}");
        }
        Ok(PasswordDigest::new(format!("{digest}${password}")))
    }

    fn verify(&self, password: &str, digest: &PasswordDigest) -> PasswordMatch {
        let outdated = digest.expose().starts_with("old$");
        match (text_of(digest) == password, outdated) {
            (true, false) => PasswordMatch::Yes,
            (true, true) => PasswordMatch::Outdated,
            (false, true) => PasswordMatch::NoAndOutdated,
            (false, false) => PasswordMatch::No,
        }
    }

    fn import(&self, _: &vestibule::password::ImportedDigest) -> Option<PasswordDigest> {
        None
    }
}

/// The password of a digest.
pub fn text_of(digest: &PasswordDigest) -> &str {
    digest.expose().splitn(3, '$').nth(2).unwrap_or_default()
}

/// Time, as the library has it.
pub fn at(time: Time) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(time)
}

/// Time, as the model has it.
pub fn seconds(time: DateTime<Utc>) -> Time {
    time.signed_duration_since(at(0)).num_seconds()
}

/// The library, with its stores, and what its things are called in the model.
pub struct Library {
    pub users: MemoryUserStore,
    pub verifications: MemoryVerificationStore,
    pub experience: Experience,
    drawn: AtomicU64,
    /// Interactions, by their place; and the ids that they had before.
    pub visits: Vec<InteractionId>,
    pub old_ids: Vec<InteractionId>,
    pub records: BTreeMap<u64, VerificationId>,
    /// Codes that were sent, by the record.
    pub codes: BTreeMap<u64, String>,
    pub secrets: BTreeMap<u64, TotpSecret>,
    pub sets: BTreeMap<u64, Vec<String>>,
    pub tokens: Vec<String>,
    /// And their ids.
    pub token_ids: Vec<String>,
    /// Users that the library made, by the model's name.
    pub made: BTreeMap<String, String>,
}

impl Library {
    /// With these settings, and nobody.
    pub fn new(experience: Experience) -> Self {
        Self {
            users: MemoryUserStore::new(),
            verifications: MemoryVerificationStore::new(),
            experience,
            drawn: AtomicU64::new(1),
            visits: vec![],
            old_ids: vec![],
            records: BTreeMap::new(),
            codes: BTreeMap::new(),
            secrets: BTreeMap::new(),
            sets: BTreeMap::new(),
            tokens: vec![],
            token_ids: vec![],
            made: BTreeMap::new(),
        }
    }

    /// Runs something with an engine.
    pub fn with<T>(
        &self,
        now: Time,
        source: Option<&str>,
        risky: bool,
        run: impl FnOnce(&Engine<'_, MemoryUserStore, MemoryVerificationStore>) -> T,
    ) -> T {
        let entropy = |bytes: &mut [u8]| -> Result<(), EntropyFailed> {
            let drawn = self.drawn.fetch_add(1, Ordering::SeqCst);
            let mut state = drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            for byte in bytes {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *byte = state.to_be_bytes()[0];
            }
            Ok(())
        };
        let mut context = Context::new(&self.experience, at(now), &entropy).with_session(SESSION);
        if let Some(source) = source {
            context = context.with_source(source);
        }
        if risky {
            context = context.with_elevated_risk();
        }
        run(&Engine::new(&self.users, &self.verifications, &Plain, context))
    }

    /// A step of an interaction. The id that it gives takes the place of the old one.
    pub fn run<O: Operation<Subject = Interaction>>(
        &mut self,
        (now, source, risky): (Time, Option<&str>, bool),
        visit: usize,
        operation: &O,
    ) -> Result<(O::Output, bool), Rejection> {
        let id = self.visits[visit].clone();
        let outcome = self.with(now, source, risky, |engine| engine.run(&id, operation));
        match outcome {
            Ok(Answer { output, new_id }) => {
                let anew = new_id.is_some();
                if let Some(new_id) = new_id {
                    self.old_ids.push(std::mem::replace(&mut self.visits[visit], new_id));
                }
                Ok((output, anew))
            }
            Err(Error::Rejected(rejection)) => Err(rejection),
            Err(other) => panic!("{}: {other}", O::NAME.as_str()),
        }
    }

    /// An act that is no step of an interaction.
    pub fn act<O: Operation<Subject = ()>>(&self, now: Time, operation: &O) -> Result<O::Output, Rejection> {
        match self.with(now, None, false, |engine| engine.act(operation)) {
            Ok(output) => Ok(output),
            Err(Error::Rejected(rejection)) => Err(rejection),
            Err(other) => panic!("{}: {other}", O::NAME.as_str()),
        }
    }

    /// The record that has this number; one that nobody has, for an unknown one.
    pub fn record(&self, number: u64) -> VerificationId {
        self.records.get(&number).copied().unwrap_or(VerificationId::named_by("none"))
    }

    /// The number of a record. A new one takes the number that the model gave its own, if that is still free.
    pub fn number(&mut self, id: VerificationId, told: Option<u64>) -> u64 {
        if let Some((number, _)) = self.records.iter().find(|(_, own)| **own == id) {
            return *number;
        }
        match told.filter(|number| !self.records.contains_key(number)) {
            Some(number) => {
                self.records.insert(number, id);
                number
            }
            None => 0,
        }
    }

    /// The model's name of a user.
    pub fn name(&self, id: &str) -> String {
        let made = self.made.iter().find(|(_, own)| own.as_str() == id);
        made.map_or_else(|| id.to_owned(), |(name, _)| name.clone())
    }

    /// The library's id of a user.
    pub fn id(&self, name: &str) -> String {
        self.made.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// Puts an account into the store.
    pub fn add(&mut self, account: &Account) {
        let id = UserId::parse(&account.id).unwrap();
        let mut user = User::new(id.clone(), at(account.created_at));
        user.username = account.username.as_deref().map(|text| Username::parse(text).unwrap());
        user.primary_email = account.email.as_deref().map(|text| Email::parse(text).unwrap());
        user.email_verified_at = account.email_proved_at.map(at);
        user.primary_phone = account.phone.as_deref().map(|text| Phone::parse(text).unwrap());
        user.password = account.password.as_ref().map(|own| {
            let scheme = if own.outdated { "old" } else { "plain" };
            let digest = PasswordDigest::new(format!("{scheme}${}${}", own.version, own.text));
            let mut password = Password::new(digest, own.set_at.map(at));
            password.is_expired = own.expired;
            password.set_through = own.through.as_deref().map(channel);
            password
        });
        for (target, own) in &account.social {
            user.identities.insert(target.clone(), SocialIdentity::new(own.clone()));
        }
        for (issuer, own) in &account.sso {
            let (issuer, user_id) = (issuer.clone(), own.clone());
            user.sso_identities.push(SsoIdentity { issuer, user_id, details: None });
        }
        for (id, is_mfa_required) in account.organizations.clone() {
            user.organizations.push(UserOrganization { id, is_mfa_required });
        }
        let mfa = &account.mfa;
        user.mfa.enabled = mfa.enabled;
        user.mfa.skipped = mfa.skipped;
        user.mfa.skip_mfa_on_sign_in = mfa.skip_on_sign_in;
        user.mfa.suggestion_skipped = mfa.suggestion_skipped;
        user.mfa.passkey_skipped = mfa.passkey_skipped;
        user.mfa.totp = mfa.app.as_ref().map(|app| {
            let mut bytes = [7; 20];
            bytes[..8].copy_from_slice(&app.secret.to_be_bytes());
            let secret = TotpSecret::from_bytes(bytes);
            self.secrets.insert(app.secret, secret.clone());
            TotpFactor::new(secret)
        });
        user.mfa.web_authn = mfa.keys.iter().map(credential).collect();
        if let Some(codes) = &mfa.codes {
            let texts: Vec<String> = (0..10).map(|code| format!("{:08x}{code:02x}", codes.set)).collect();
            user.mfa.backup_codes = texts
                .iter()
                .zip(&codes.used)
                .map(|(text, used)| {
                    let mut code = BackupCode::new(&id, text);
                    code.used_at = used.then(|| at(0));
                    code
                })
                .collect();
            self.sets.insert(codes.set, texts);
        }
        user.is_suspended = account.suspended;
        self.users.commit(&UserChange::create(user, self.experience.username_case())).unwrap();
    }

    /// Everything of an account that the rules speak of.
    pub fn facts(&self, user: &User) -> Value {
        let password = user.password.as_ref().map(|own| {
            json!({
                "text": text_of(&own.digest),
                "outdated": own.digest.expose().starts_with("old$"),
                "set_at": own.updated_at.map(seconds),
                "expired": own.is_expired,
                "through": own.set_through.as_ref().map(|own| own.to_string().to_lowercase()),
            })
        });
        let secret = |own: &TotpSecret| {
            let known = self.secrets.iter().find(|(_, secret)| *secret == own);
            known.map(|(number, _)| *number)
        };
        json!({
            "id": self.name(user.id.as_str()),
            "username": user.username.as_ref().map(Username::as_str),
            "email": user.primary_email.as_ref().map(Email::as_str),
            "email_proved": user.email_verified_at.is_some(),
            "phone": user.primary_phone.as_ref().map(Phone::digits),
            "phone_proved": user.phone_verified_at.is_some(),
            "password": password,
            "name": user.name,
            "avatar": user.avatar,
            "claims": user.profile,
            "custom": user.custom_data,
            "social": user.identities.iter().map(|(target, own)| json!([target, own.user_id])).collect::<Vec<_>>(),
            "sso": user.sso_identities.iter().map(|own| json!([own.issuer, own.user_id])).collect::<Vec<_>>(),
            "organizations": user.organizations.iter().map(|own| json!([own.id, own.is_mfa_required])).collect::<Vec<_>>(),
            "mfa": {
                "enabled": user.mfa.enabled,
                "skipped": user.mfa.skipped,
                "skip_on_sign_in": user.mfa.skip_mfa_on_sign_in,
                "suggestion_skipped": user.mfa.suggestion_skipped,
                "passkey_skipped": user.mfa.passkey_skipped,
                "app": user.mfa.totp.as_ref().map(|own| json!([secret(&own.secret), own.last_used_step.map(|step|
                    i64::try_from(step).unwrap_or_default() - seconds_to_steps())])),
                "keys": user.mfa.web_authn.iter().map(|own| json!([own.id, own.counter, own.user_verified])).collect::<Vec<_>>(),
                "codes": user.mfa.backup_codes.iter().map(|own| own.used_at.is_some()).collect::<Vec<_>>(),
            },
            "suspended": user.is_suspended,
            "sessions_valid_from": user.sessions_valid_from.map(seconds),
            "deletion_due_at": user.deletion_due_at.map(seconds),
            "last_sign_in_at": user.last_sign_in_at.map(seconds),
        })
    }
}

/// How many time steps of an authenticator app lie before the model's time.
pub fn seconds_to_steps() -> i64 {
    at(0).timestamp() / 30
}

/// A channel, from the rule book's words.
fn channel(text: &str) -> Channel {
    match text.split_once(':') {
        Some(("email", email)) => Channel::Email(Email::parse(email).unwrap()),
        Some(("phone", phone)) => Channel::Phone(Phone::parse(phone).unwrap()),
        Some((_, connector)) => Channel::IdentityProvider(connector.into()),
        None => Channel::Knowledge,
    }
}

/// A credential, as the library has it.
pub fn credential(key: &Key) -> WebAuthnCredential {
    WebAuthnCredential {
        id: key.id.clone(),
        rp_id: RP.into(),
        public_data: "key".into(),
        counter: key.counter,
        user_verified: key.verified,
        discoverable: key.discoverable,
        name: key.name.clone(),
        created_at: None,
        last_used_at: None,
    }
}

/// The same of an account of the model.
pub fn facts_of(account: &Account) -> Value {
    let written = |email: &String| crate::rules::look_up::written(email);
    let digits = |phone: &String| {
        crate::rules::look_up::canonical(vestibule::identifier::IdentifierType::Phone, phone, true)
    };
    let password = account.password.as_ref().map(|own| {
        json!({"text": own.text, "outdated": own.outdated, "set_at": own.set_at, "expired": own.expired,
            "through": own.through.as_ref().map(|own| own.to_lowercase())})
    });
    let mfa = &account.mfa;
    json!({
        "id": account.id,
        "username": account.username,
        "email": account.email.as_ref().map(written),
        "email_proved": account.email_proved_at.is_some(),
        "phone": account.phone.as_ref().map(digits),
        "phone_proved": account.phone_proved_at.is_some(),
        "password": password,
        "name": account.name,
        "avatar": account.avatar,
        "claims": account.claims,
        "custom": account.custom,
        "social": account.social.iter().map(|(target, own)| json!([target, own])).collect::<Vec<_>>(),
        "sso": account.sso.iter().map(|own| json!([own.0, own.1])).collect::<Vec<_>>(),
        "organizations": account.organizations.iter().map(|own| json!([own.0, own.1])).collect::<Vec<_>>(),
        "mfa": {
            "enabled": mfa.enabled,
            "skipped": mfa.skipped,
            "skip_on_sign_in": mfa.skip_on_sign_in,
            "suggestion_skipped": mfa.suggestion_skipped,
            "passkey_skipped": mfa.passkey_skipped,
            "app": mfa.app.as_ref().map(|own| json!([own.secret, own.last_step])),
            "keys": mfa.keys.iter().map(|own| json!([own.id, own.counter, own.verified])).collect::<Vec<_>>(),
            "codes": mfa.codes.as_ref().map(|own| own.used.clone()).unwrap_or_default(),
        },
        "suspended": account.suspended,
        "sessions_valid_from": account.sessions_valid_from,
        "deletion_due_at": account.deletion_due_at,
        "last_sign_in_at": account.last_sign_in_at,
    })
}
