//! What a client may see: S-12, I-7.

use serde_json::{Map, Value, json};
use vestibule::experience::InteractionEvent;
use vestibule::identifier::IdentifierType;

use super::begin::{captcha_skipped, kind};
use super::facts::{Body, Book, Staged, StagedMfa};
use super::look_up::{canonical, written};

impl Book {
    /// S-12: what remains.
    pub fn remaining(&self, visit: usize) -> Value {
        let own = &self.visits[visit];
        let identified = self.user(visit).is_some();
        let draft = own.user.is_none() && own.event == InteractionEvent::Register;
        let left = if draft { self.may_create(visit) } else { self.left(visit) };
        let mut steps: Vec<Value> = left.iter().map(|no| json!({"code": no.code, "data": no.data})).collect();
        if !identified && !draft {
            steps = vec![json!({"code": "session.identifier_not_found", "data": null})];
        }
        if draft && steps.is_empty() {
            steps = vec![json!({"code": "session.identifier_not_found", "data": null})];
        }
        let can_submit = steps.is_empty();
        // In `Account` C-2's is told beforehand, whatever is staged.
        if own.event == InteractionEvent::Account && identified && self.step_up(visit).is_err() {
            steps.retain(|step| step["code"] != "session.step_up_required");
            steps.insert(0, json!({"code": "session.step_up_required", "data": null}));
        }
        json!({"event": own.event, "identified": identified, "canSubmit": can_submit, "steps": steps})
    }

    /// Whether anything is to be taken away.
    fn takes_away(&self, gone: &super::facts::Managing) -> bool {
        gone.username
            || gone.email
            || gone.phone
            || gone.password
            || !(gone.social.is_empty() && gone.sso.is_empty() && gone.factors.is_empty())
    }

    /// I-7: what a client may see of an interaction.
    pub fn view(&self, visit: usize) -> Value {
        let own = &self.visits[visit];
        let mut records: Vec<Value> = own.registry.iter().map(|own| record(own.no, &own.body)).collect();
        records.sort_by_key(|record| record["id"].as_u64());
        let asks = self.settings.captcha_policy.enabled && own.event != InteractionEvent::Account;
        let mut view = json!({
            "interactionEvent": own.event,
            "userId": own.user,
            "captcha": {"verified": own.captcha, "skipped": asks && !own.captcha && captcha_skipped(own)},
            "profile": profile(&own.staged),
            "verificationRecords": records,
        });
        let gone = own.managing.as_ref().filter(|managing| self.takes_away(managing));
        if let Some(gone) = gone {
            view["removals"] = json!({
                "username": gone.username, "primaryEmail": gone.email, "primaryPhone": gone.phone,
                "password": gone.password, "identities": gone.social, "ssoIdentities": gone.sso,
                "factors": gone.factors,
            });
        }
        if let Some(mfa) = mfa(&own.factors) {
            view["mfa"] = mfa;
        }
        view
    }
}

/// A record without secrets.
fn record(no: u64, body: &Body) -> Value {
    let mut seen = json!({"id": no, "type": kind(body)});
    let identifier = |kind: IdentifierType, value: &str| {
        let value = match kind {
            IdentifierType::Email => written(value),
            _ => canonical(kind, value, true).unwrap_or_default(),
        };
        json!({"type": kind, "value": value})
    };
    match body {
        Body::Password { kind, value, .. } => {
            seen["identifier"] = identifier(*kind, value);
            seen["verified"] = json!(true);
        }
        Body::Code(code) => {
            seen["identifier"] = identifier(code.kind, &code.contact);
            seen["verified"] = json!(code.verified);
        }
        Body::Social { connector, .. } | Body::Sso { connector, .. } => {
            seen["connectorId"] = json!(connector);
        }
        Body::Totp { verified, .. } => seen["verified"] = json!(verified.is_some()),
        Body::WebAuthn { verified, .. } => seen["verified"] = json!(verified),
        Body::Passkey { used, .. } => seen["verified"] = json!(used.is_some()),
        Body::BackupCode { .. } => {}
        Body::NewIdentity { username, .. } => {
            seen["identifier"] = identifier(IdentifierType::Username, username);
        }
        Body::Token { email, .. } => {
            seen["identifier"] = identifier(IdentifierType::Email, email);
            seen["verified"] = json!(true);
        }
    }
    seen
}

/// What is staged, without the password.
fn profile(staged: &Staged) -> Value {
    let mut seen = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            seen.insert(name.into(), value);
        }
    };
    let phone = staged.phone.as_ref().and_then(|own| canonical(IdentifierType::Phone, own, true));
    put("username", staged.username.as_ref().map(|own| json!(own)));
    put("primaryEmail", staged.email.as_ref().map(|own| json!(written(own))));
    put("primaryPhone", phone.map(|own| json!(own)));
    put("name", staged.name.as_ref().map(|own| json!(own)));
    put("avatar", staged.avatar.as_ref().map(|own| json!(own)));
    put("socialIdentity", staged.social.as_ref().map(|own| json!({"target": own.0, "userId": own.1})));
    put("enterpriseSsoIdentity", staged.sso.as_ref().map(|own| json!({"issuer": own.0, "userId": own.1})));
    let organizations = &staged.organizations;
    put("jitOrganizationIds", (!organizations.is_empty()).then(|| json!(organizations)));
    put("profile", (!staged.claims.is_empty()).then(|| json!(staged.claims)));
    put("customData", (!staged.custom.is_empty()).then(|| json!(staged.custom)));
    Value::Object(seen)
}

/// The staged factors and decisions, if there are any.
fn mfa(factors: &StagedMfa) -> Option<Value> {
    if *factors == StagedMfa::default() {
        return None;
    }
    let mut bound = vec![];
    if factors.app.is_some() {
        bound.push("Totp");
    }
    bound.extend(factors.keys.iter().map(|_| "WebAuthn"));
    bound.extend(factors.codes.map(|_| "BackupCode"));
    let contacts: Vec<String> = factors.contacts.iter().map(|factor| format!("{factor:?}")).collect();
    bound.extend(contacts.iter().map(String::as_str));
    Some(json!({
        "mfaEnabled": factors.enabled,
        "mfaSkipped": factors.skipped,
        "suggestionSkipped": factors.suggestion_skipped,
        "passkeySkipped": factors.passkey_skipped,
        "factors": bound,
    }))
}
