//! Events: the form of each type, and that none tells a secret, or what somebody typed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/factors.rs"]
mod factors;
#[path = "support/house.rs"]
mod house;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::TimeDelta;
use factors::{credential, totp_code, totp_secret, with_totp};
use house::{House, OTHER_PASSWORD, PASSWORD, Person, by_email, email, phone, username};
use serde_json::{Value, json};
use vestibule::audit::{AUDIT_EVENT_VERSION, AuditAction, AuditEvent};
use vestibule::experience::{InteractionEvent, MfaFactor};
use vestibule::flow::{
    BindMfa, CloseAccount, GenerateBackupCodes, NameFactor, ProfilePayload, Removal, RemoveFromAccount,
    SendCode, StartSocial, Submit, UpdateProfile, VerifyPassword, VerifySocial, VerifyTotp,
};
use vestibule::identifier::{Email, UserId};
use vestibule::operator::{
    AddFactor, CreateUser, DeleteUser, FactorType, IssueOneTimeToken, LinkIdentity, MfaPatch, NewFactor,
    PasswordPatch, PatchMfa, PatchUser, RemoveFactor, RevokeOneTimeToken, SetOrganizations, SetPassword,
    SuspendUser, Unlock, UserPatch,
};
use vestibule::user::{FactorId, SocialIdentity, SocialUserInfo, UserOrganization};

/// What a life of accounts told, and the secrets and the typed texts that were in it.
struct Life {
    events: Vec<AuditEvent>,
    secrets: Vec<String>,
}

fn settings() -> Value {
    json!({
        "signUp": {"identifiers": ["username"], "password": true},
        "mfa": {"factors": ["Totp", "WebAuthn", "BackupCode"], "policy": "NoPrompt"},
        "sentinelPolicy": {"maxAttempts": 2},
    })
}

fn add_jane(house: &House) -> UserId {
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        user.mfa.web_authn = vec![credential("c1")];
    });
    jane
}

/// Jane, who has proved all that step-up asks.
fn owner<'h>(house: &'h House, jane: &UserId) -> Person<'h> {
    house.wait(TimeDelta::minutes(1));
    let person = house.manage(jane);
    person.password(username("jane"), PASSWORD).unwrap();
    person.run(&VerifyTotp::of_own_secret(totp_code(house, &totp_secret(), 0))).unwrap();
    person
}

/// At the door: what strangers type, what is sent, and whoever gets in.
fn at_the_door(house: &House, secrets: &mut Vec<String>) {
    for typed in ["my pass-word 1", "jane@exmaple.com", "Zk7vQw9pLm"] {
        house.sign_in().run(&VerifyPassword::new(username(typed), "x")).unwrap_err();
        house.sign_in().run(&VerifyPassword::new(by_email(typed), "x")).unwrap_err();
        house.sign_in().run(&VerifyPassword::new(by_email(typed), "x")).unwrap_err();
        secrets.push(typed.into());
    }
    let sent =
        house.sign_in().run(&SendCode::new(email("nobody@example.com"), InteractionEvent::Register)).unwrap();
    secrets.extend(sent.message.map(|message| message.code.expose().to_owned()));
    secrets.push("nobody@example.com".into());
    let person = house.sign_in();
    let id = person.password(username("jane"), PASSWORD).unwrap();
    person.identify(id).unwrap();
    person.run(&VerifyTotp::of_own_secret(totp_code(house, &totp_secret(), 0))).unwrap();
    person.run(&Submit).unwrap();
}

/// One's own account, changed in every way.
fn in_ones_own_account(house: &House, jane: &UserId) {
    let person = owner(house, jane);
    let record = person.prove(&email("new@example.com"));
    person.run(&UpdateProfile::new(ProfilePayload::email(record))).unwrap();
    let record = person.prove(&phone("61400000000"));
    person.run(&UpdateProfile::new(ProfilePayload::phone(record))).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::username("jane2"))).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::password(OTHER_PASSWORD))).unwrap();
    let id = person.run(&StartSocial::new("google-connector", "state", "https://app.example")).unwrap();
    person.run(&VerifySocial::new("google-connector", id, "state", SocialUserInfo::new("g1"))).unwrap();
    person.run(&UpdateProfile::new(ProfilePayload::social(id))).unwrap();
    person.run(&NameFactor::new(FactorId::WebAuthn("c1".into()), "the blue one")).unwrap();
    let codes = person.run(&GenerateBackupCodes).unwrap().verification_id;
    person.run(&BindMfa::new(MfaFactor::BackupCode, codes)).unwrap();
    person.run(&Submit).unwrap();
    house.change(jane, |user| {
        user.username = Some("jane".to_owned().try_into().unwrap());
        user.set_password(house.account_password(), house.now.get());
    });
    let person = owner(house, jane);
    for what in [
        Removal::Email,
        Removal::Phone,
        Removal::SocialIdentity("google".into()),
        Removal::Factor(FactorId::Totp),
    ] {
        person.run(&RemoveFromAccount::new(what)).unwrap();
    }
    person.run(&Submit).unwrap();
    house.change(jane, with_totp);
    owner(house, jane).run(&CloseAccount).unwrap();
    house.wait(TimeDelta::minutes(1));
    let person = house.sign_in();
    let id = person.password(username("jane"), PASSWORD).unwrap();
    person.identify(id).unwrap();
    person.run(&VerifyTotp::of_own_secret(totp_code(house, &totp_secret(), 0))).unwrap();
    person.run(&Submit).unwrap();
}

/// The operator's acts.
fn by_the_operator(house: &House, secrets: &mut Vec<String>) {
    let user = |body: Value| -> UserPatch { serde_json::from_value(body).unwrap() };
    let made = house.act(&CreateUser::new(user(json!({"username": "joe", "password": PASSWORD})))).unwrap();
    let id = made.id.as_str();
    let contacts = json!({"primaryEmail": "joe@example.com", "primaryPhone": "61400000007"});
    house.act(&PatchUser::new(id, user(contacts))).unwrap();
    let changed = json!({"name": "Joe", "username": null, "password": null});
    house.act(&PatchUser::new(id, user(changed))).unwrap();
    let password: PasswordPatch =
        serde_json::from_value(json!({"password": OTHER_PASSWORD, "isExpired": true})).unwrap();
    house.act(&SetPassword::new(id, password)).unwrap();
    house.act(&LinkIdentity::new(id, "github", SocialIdentity::new("7"))).unwrap();
    if let NewFactor::Totp(secret) = house.act(&AddFactor::new(id, FactorType::Totp)).unwrap() {
        secrets.push(secret.expose().into());
    }
    house.act(&RemoveFactor::new(id, FactorId::Totp)).unwrap();
    let mfa: MfaPatch = serde_json::from_value(json!({"enabled": true, "skipped": true})).unwrap();
    house.act(&PatchMfa::new(id, mfa)).unwrap();
    let acme = UserOrganization { id: "acme".into(), is_mfa_required: true };
    house.act(&SetOrganizations::new(id, vec![acme])).unwrap();
    house.act(&SuspendUser::new(id, true)).unwrap();
    house.act(&SuspendUser::new(id, false)).unwrap();
    house.act(&Unlock::user(id)).unwrap();
    let invited = Email::parse("invited@example.com").unwrap();
    let token = house.act(&IssueOneTimeToken::new(invited)).unwrap();
    house.act(&RevokeOneTimeToken::new(&token.view.id)).unwrap();
    secrets.extend([token.token.expose().to_owned(), "invited@example.com".into()]);
    house.act(&DeleteUser::new(id)).unwrap();
}

fn life() -> Life {
    let house = House::with(settings());
    let jane = add_jane(&house);
    let mut secrets = vec![PASSWORD.to_owned(), OTHER_PASSWORD.into(), totp_secret().expose_base32().into()];
    at_the_door(&house, &mut secrets);
    in_ones_own_account(&house, &jane);
    by_the_operator(&house, &mut secrets);
    Life { events: house.take_events(), secrets }
}

/// Of each type the first event, without what differs from run to run.
fn samples() -> BTreeMap<&'static str, String> {
    let mut samples = BTreeMap::new();
    for event in life().events {
        let form = serde_json::to_string_pretty(&event).unwrap() + "\n";
        samples.entry(event.action.event_type()).or_insert(form);
    }
    samples
}

fn file(event_type: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden_events", &format!("{event_type}.json")].iter().collect()
}

#[test]
fn the_form_of_every_type_is_what_it_was() {
    let samples = samples();
    let types: Vec<_> = samples.keys().copied().collect();
    let mut all = AuditAction::TYPES.to_vec();
    all.sort_unstable();
    assert_eq!(types, all, "a life has every type of event in it");
    for (event_type, form) in samples {
        let golden = std::fs::read_to_string(file(event_type)).unwrap_or_default();
        assert_eq!(form, golden, "{event_type}");
        let json: Value = serde_json::from_str(&form).unwrap();
        assert_eq!((&json["version"], &json["type"]), (&json!(AUDIT_EVENT_VERSION), &json!(event_type)));
    }
}

/// `cargo test --test audit -- --ignored` writes the files anew: a change of the form shows as a change of them.
#[test]
#[ignore = "it writes the golden files"]
fn write_the_golden_files() {
    for (event_type, form) in samples() {
        std::fs::create_dir_all(file(event_type).parent().unwrap()).unwrap();
        std::fs::write(file(event_type), form).unwrap();
    }
}

#[test]
fn no_event_tells_a_secret_or_what_somebody_typed() {
    let Life { events, secrets } = life();
    assert!(secrets.len() > 9 && events.len() > 40);
    for event in events {
        let told = format!("{event:?}{}", serde_json::to_string(&event).unwrap());
        for secret in &secrets {
            assert!(!told.contains(secret.as_str()), "{secret} in {told}");
        }
        assert!(!told.contains("argon2"), "{told}");
    }
}

#[test]
fn every_signal_is_in_the_table_and_the_table_has_no_other() {
    let table = include_str!("../src/audit/shared_signals.md");
    for event in life().events {
        let event_type = event.action.event_type();
        let row = table.lines().find(|line| line.contains(&format!("`{event_type}`")));
        match event.action.shared_signal() {
            None => assert_eq!(row.filter(|_| event_type != "password_marked"), None, "{event_type}"),
            Some(uri) => {
                let profile = if uri.contains("/caep/") { "CAEP" } else { "RISC" };
                let name = uri.rsplit('/').next().unwrap();
                assert!(row.unwrap().contains(&format!("{profile} `{name}`")), "{event_type}: {row:?}");
            }
        }
    }
}
