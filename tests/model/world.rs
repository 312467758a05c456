//! A random world: settings and people. Every choice is a byte, and zero is the plainest one, so that what fails shrinks
//! to a plain world.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::rules::facts::{Account, App, Codes, Key, Mfa, Password};

/// The password of whoever has one, by their place.
pub const PASSWORDS: [&str; 4] = ["Zk7vQw9pLm", "Hq4xRt8nBd", "Wm2cYs6jKf", "Gt5dPn3zVe"];

/// Other passwords: two good ones, and one that is too short.
pub const OTHERS: [&str; 3] = ["Fr3shPassw_x", "Qx8mBv5tRz", "Ab1"];

/// Who may be there.
pub const NAMES: [&str; 3] = ["ann", "bob", "cat"];

/// Phone numbers: of the people, and some that nobody has.
pub const PHONES: [&str; 5] = ["61412345678", "61412345679", "61412345670", "61412345671", "61412345672"];

/// Bytes that settings are made of, and people.
#[derive(Clone, Debug)]
pub struct World {
    pub settings: Vec<u8>,
    pub people: Vec<Vec<u8>>,
}

/// How many choices the settings have.
const SETTINGS: usize = 32;

/// How many choices a person has.
const PERSON: usize = 24;

/// Mostly the plainest choice.
fn choice() -> impl Strategy<Value = u8> {
    prop_oneof![2 => Just(0_u8), 3 => any::<u8>()]
}

/// Any world.
pub fn world() -> impl Strategy<Value = World> {
    let person = || prop::collection::vec(choice(), PERSON);
    let people = prop::collection::vec(person(), 2..=3);
    (prop::collection::vec(choice(), SETTINGS), people)
        .prop_map(|(settings, people)| World { settings, people })
}

/// One of some values.
fn pick<T: Clone>(byte: u8, of: &[T]) -> T {
    of[usize::from(byte) % of.len()].clone()
}

/// The settings of a world.
pub fn settings(bytes: &[u8]) -> Value {
    let at = |index: usize| bytes.get(index).copied().unwrap_or_default();
    let identifiers = [
        json!(["username"]),
        json!(["email"]),
        json!(["phone"]),
        json!(["email", "phone"]),
        json!(["username", "email"]),
        json!([]),
    ];
    let secondary = [
        json!([]),
        json!([]),
        json!([{"identifier": "email"}]),
        json!([{"identifier": "phone"}]),
        json!([{"identifier": "emailOrPhone"}]),
        json!([{"identifier": "username"}]),
    ];
    let factors = ["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"];
    let on: Vec<&str> =
        factors.iter().enumerate().filter(|(bit, _)| at(8) >> bit & 1 == 1).map(|(_, name)| *name).collect();
    let alone = on.iter().any(|name| *name != "BackupCode" && !name.contains("VerificationCode"));
    let policies = [
        "PromptAtSignInAndSignUp",
        "NoPrompt",
        "PromptOnlyAtSignIn",
        "Mandatory",
        "PromptAtSignInAndSignUpMandatory",
        "PromptOnlyAtSignInMandatory",
    ];
    let policy = pick(at(7), if alone { &policies } else { &policies[..3] });
    let off = |bit: u8| at(4) % 3 == 2 && at(5) >> bit & 1 == 1;
    let organizations = [
        json!([]),
        json!([{"id": "org-a", "isMfaRequired": true, "emailDomains": ["example.com"]}]),
        json!([{"id": "org-a", "isMfaRequired": true}, {"id": "org-b", "ssoConnectorIds": ["acme-sso"]}]),
        json!([{"id": "org-b", "isMfaRequired": true, "ssoConnectorIds": ["acme-sso"]}]),
    ];
    let fields = [
        json!([]),
        json!([]),
        json!([{"name": "company", "type": "Text", "required": true}]),
        json!([{"name": "company", "type": "Text"}, {"name": "news", "type": "Checkbox"}]),
        json!([{"name": "fullname", "type": "Fullname", "required": true, "config": {"parts": [
            {"name": "givenName", "enabled": true}, {"name": "familyName", "enabled": true}]}}]),
    ];
    let mut all = json!({
        "signInMode": pick(at(0), &["SignInAndRegister", "SignInAndRegister", "SignIn", "Register"]),
        "signUp": {
            "identifiers": pick(at(1), &identifiers),
            "password": at(2) % 2 == 0,
            "secondaryIdentifiers": pick(at(3), &secondary),
        },
        "signIn": {"methods": [
            {"identifier": "username", "password": !off(0)},
            {"identifier": "email", "password": !off(1), "verificationCode": !off(2)},
            {"identifier": "phone", "password": !off(3), "verificationCode": !off(4)},
        ]},
        "forgotPasswordMethods": pick(at(6), &[
            json!(null), json!(null), json!(["EmailVerificationCode"]), json!(["PhoneVerificationCode"]), json!([])]),
        "mfa": {"factors": on, "policy": policy},
        "passkeySignIn": {"enabled": at(10) % 3 == 1},
        "captchaPolicy": {"enabled": at(11) % 4 == 1},
        "adaptiveMfa": {"enabled": at(12) % 3 == 1},
        "senders": {"email": at(13) % 16 != 5, "phone": at(13) % 16 != 6},
        "organizations": pick(at(14), &organizations),
        "sentinelPolicy": {
            "maxAttempts": pick(at(15), &[100, 3, 2, 5]), "lockoutDuration": pick(at(16), &[60, 1, 10])},
        "verificationCodePolicy": {
            "maxRetryAttempts": pick(at(17), &[10, 2, 1]), "expirationDuration": pick(at(17), &[600, 60])},
        "messageRateLimit": {
            "maxMessages": pick(at(18), &[10, 10, 2]), "maxMessagesOfInteraction": pick(at(18), &[20, 20, 20, 3])},
        "passwordExpiration": pick(at(19), &[
            json!({"enabled": false}), json!({"enabled": false}), json!({"enabled": true, "validPeriodDays": 1}),
            json!({"enabled": true, "validPeriodDays": 30})]),
        "singleSignOnEnabled": at(20) % 4 > 0,
        "socialSignIn": {"automaticAccountLinking": at(21) & 1 == 1, "skipRequiredIdentifiers": at(21) & 2 == 2},
        "socialConnectors": [
            {"id": "github-1", "target": "github", "syncProfile": at(22) & 1 == 1},
            {"id": "github-2", "target": "github"},
            {"id": "google-1", "target": "google", "syncProfile": at(22) & 2 == 2},
        ],
        "enterpriseSsoConnectors": [
            {"id": "acme-sso", "issuer": "acme", "domains": ["acme.example"], "syncProfile": at(22) & 4 == 4},
            {"id": "other-sso", "issuer": "other", "domains": ["other.example"]},
        ],
        "customProfileFields": pick(at(23), &fields),
        "usernamePolicy": {"caseSensitive": at(24) % 3 != 2, "minLength": pick(at(24), &[1, 4])},
        "emailBlocklistPolicy": {
            "blockSubaddressing": at(25) & 1 == 1,
            "customBlocklist": if at(25) & 2 == 2 { json!(["@blocked.example"]) } else { json!([]) }},
    });
    match at(9) % 3 {
        1 => all["mfa"]["organizationRequiredMfaPolicy"] = json!("NoPrompt"),
        2 => all["mfa"]["organizationRequiredMfaPolicy"] = json!("Mandatory"),
        _ => {}
    }
    all
}

/// A person, by their place.
pub fn person(place: usize, bytes: &[u8]) -> Account {
    let at = |index: usize| bytes.get(index).copied().unwrap_or_default();
    let name = NAMES[place];
    let domains = ["example.com", "example.com", "acme.example", "other.example", "x.example"];
    // Whoever has an enterprise identity has, often, an email of its domain.
    let domain = if at(8) % 6 == 1 { "acme.example" } else { pick(at(1), &domains) };
    let email = (at(1) % 5 != 4).then(|| format!("{name}long@{domain}"));
    let phone = (at(2) % 4 < 2).then(|| PHONES[place].to_owned());
    let number = place as u64;
    let password = (at(3) % 5 != 4).then(|| Password {
        text: PASSWORDS[place].into(),
        outdated: at(4) % 4 == 1,
        set_at: (at(4) % 4 != 2).then_some(0),
        expired: at(5) % 8 == 1,
        through: match at(6) % 8 {
            1 => email.as_ref().map(|email| format!("email:{email}")),
            2 => phone.as_ref().map(|phone| format!("phone:{phone}")),
            _ => None,
        },
        version: 1000 + number,
    });
    let social: BTreeMap<String, String> = if at(7) % 3 == 1 {
        BTreeMap::from([("github".into(), format!("{name}-gh"))])
    } else {
        BTreeMap::new()
    };
    let issuer = if at(8) % 6 == 4 { "other" } else { "acme" };
    let sso = if at(8) % 3 == 1 { vec![(issuer.into(), format!("{name}-sso"))] } else { vec![] };
    let organizations = match at(9) % 4 {
        1 => vec![("org-a".into(), true)],
        2 => vec![("org-b".into(), false)],
        _ => vec![],
    };
    let app = (at(10) % 3 == 1).then_some(App { secret: 2000 + number, last_step: None });
    let key =
        |id: &str, verified| Key { id: id.into(), counter: 3, verified, discoverable: true, name: None };
    let keys = match at(11) % 6 {
        1 => vec![key(&format!("{name}-key"), true)],
        2 => vec![key(&format!("{name}-key"), false)],
        _ => vec![],
    };
    let mut used = vec![false; 10];
    if at(12) % 9 == 4 {
        used = vec![true; 10];
    }
    let codes = (at(12) % 3 == 1).then_some(Codes { set: 3000 + number, used });
    Account {
        id: name.into(),
        username: (at(0) % 4 != 3).then(|| format!("{name}_name")),
        email_proved_at: (email.is_some() && at(13) % 2 == 1).then_some(0),
        email,
        phone_proved_at: None,
        phone,
        password,
        name: None,
        avatar: None,
        claims: Map::new(),
        custom: Map::new(),
        social,
        sso,
        organizations,
        mfa: Mfa {
            enabled: pick(at(14), &[None, Some(true), Some(false)]),
            skipped: at(15) % 4 == 1,
            skip_on_sign_in: at(16) % 5 == 1,
            suggestion_skipped: at(17) % 4 == 1,
            passkey_skipped: at(18) % 4 == 1,
            app,
            keys,
            codes,
        },
        suspended: at(19) % 10 == 1,
        sessions_valid_from: None,
        deletion_due_at: None,
        last_sign_in_at: None,
        created_at: 0,
    }
}
