//! Under every kind of settings, with every kind of account: whoever proves all that they have gets in by following what
//! remains (S-12). What a rule asks for can always be given.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

#[path = "support/factors.rs"]
mod factors;
#[path = "support/house.rs"]
mod house;

use factors::{bind_totp, credential, pending, totp_code, totp_secret, with_totp};
use house::{House, OTHER_PASSWORD, PASSWORD, Person, email, phone, username};
use serde_json::{Value, json};
use vestibule::experience::{Experience, MfaFactor, SignInExperience};
use vestibule::flow::{
    BindMfa, DecideMfa, GenerateBackupCodes, Identify, MfaContact, ProfilePayload, SendCode, SendMfaCode,
    StartSignInPasskey, StartWebAuthn, Submit, UpdateProfile, UsedPasskey, VerifyBackupCode, VerifyCode,
    VerifyMfaCode, VerifySignInPasskey, VerifyTotp, VerifyWebAuthn, WebAuthnCeremony, WebAuthnReport,
    WhatRemains,
};
use vestibule::identifier::{Contact, Email, Phone, VerificationId};
use vestibule::interaction::InteractionEvent::SignIn;
use vestibule::user::{BackupCode, User, UserOrganization};

const POLICIES: [&str; 6] = [
    "PromptAtSignInAndSignUp",
    "PromptOnlyAtSignIn",
    "NoPrompt",
    "Mandatory",
    "PromptAtSignInAndSignUpMandatory",
    "PromptOnlyAtSignInMandatory",
];

const FACTORS: [&[&str]; 9] = [
    &[],
    &["Totp"],
    &["WebAuthn"],
    &["EmailVerificationCode"],
    &["PhoneVerificationCode", "EmailVerificationCode"],
    &["Totp", "BackupCode"],
    &["BackupCode", "EmailVerificationCode"],
    &["Totp", "EmailVerificationCode"],
    &["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"],
];

fn settings(factors: &[&str], policy: &str, passkeys: bool, phones: bool, organization: bool) -> Value {
    json!({
        "signUp": {"identifiers": []},
        "mfa": {
            "factors": factors, "policy": policy,
            "organizationRequiredMfaPolicy": if organization { "Mandatory" } else { "NoPrompt" },
        },
        "passkeySignIn": {"enabled": passkeys},
        "senders": {"phone": phones},
        "organizations": [{"id": "org", "isMfaRequired": true}],
    })
}

/// What an account has: one bit each.
#[derive(Clone, Copy, Debug)]
struct Kind(u32);

impl Kind {
    const ALL: u32 = 1 << 8;

    fn has(self, bit: u32) -> bool {
        self.0 & (1 << bit) != 0
    }

    fn fill(self, house: &House, user: &mut User) {
        user.username = Some("jane".to_owned().try_into().unwrap());
        if self.has(0) {
            user.set_password(house.account_password(), house.now.get());
        }
        user.primary_email = self.has(1).then(|| Email::parse("jane@example.com").unwrap());
        user.primary_phone = self.has(2).then(|| Phone::parse("61412345678").unwrap());
        if self.has(3) {
            with_totp(user);
        }
        user.mfa.web_authn = if self.has(4) { vec![credential("c1")] } else { Vec::new() };
        if self.has(5) {
            user.mfa.backup_codes =
                (0..3).map(|at| BackupCode::new(&user.id, &format!("00000000a{at}"))).collect();
        }
        user.mfa.enabled = self.has(6).then_some(false);
        if self.has(7) {
            user.organizations.push(UserOrganization { id: "org".into(), is_mfa_required: false });
        }
    }
}

/// Proves one contact by a code, if one can be sent.
fn prove(person: &Person<'_>, contact: &Contact) -> Option<VerificationId> {
    let sent = person.run(&SendCode::new(contact.clone(), SignIn)).ok()?;
    let code = sent.message?.code;
    person.run(&VerifyCode::new(contact.clone(), sent.verification_id, code.expose())).ok()
}

fn use_passkey(person: &Person<'_>) -> Option<VerificationId> {
    let id = person.run(&StartSignInPasskey::new(pending())).ok()?;
    let used = UsedPasskey {
        credential_id: "c1".into(),
        rp_id: "example.com".into(),
        counter: 4,
        user_verified: true,
    };
    person.run(&VerifySignInPasskey::new(id, Some(used))).ok()
}

/// Proves every way in, and identifies by the first that does.
fn identify(person: &Person<'_>) -> bool {
    let ways = [
        person.password(username("jane"), PASSWORD).ok(),
        prove(person, &email("jane@example.com")),
        prove(person, &phone("61412345678")),
        use_passkey(person),
    ];
    ways.into_iter().flatten().any(|id| person.run(&Identify::by(id)).is_ok())
}

/// Proves every factor of one's own.
fn prove_factors(person: &Person<'_>) {
    person.run(&VerifyTotp::of_own_secret(totp_code(person.house, &totp_secret(), 0))).ok();
    person.run(&VerifyBackupCode::new("00000000a0")).ok();
    if let Ok(id) = person.run(&StartWebAuthn::new(WebAuthnCeremony::Authentication, pending())) {
        let report = WebAuthnReport::Authenticated {
            credential_id: "c1".into(),
            rp_id: "example.com".into(),
            counter: 5,
        };
        person.run(&VerifyWebAuthn::new(id, report)).ok();
    }
    for contact in [MfaContact::Email, MfaContact::Phone] {
        if let Ok(sent) = person.run(&SendMfaCode::to(contact)) {
            let code = sent.message.unwrap().code;
            person.run(&VerifyMfaCode::new(contact, sent.verification_id, code.expose())).ok();
        }
    }
}

fn bind_backup_codes(person: &Person<'_>) -> bool {
    let id = person.run(&GenerateBackupCodes).unwrap().verification_id;
    person.run(&BindMfa::new(MfaFactor::BackupCode, id)).is_ok()
}

fn bind_key(person: &Person<'_>) -> bool {
    let id = person.run(&StartWebAuthn::new(WebAuthnCeremony::Registration, pending())).unwrap();
    person.run(&VerifyWebAuthn::new(id, WebAuthnReport::Registered(credential("new")))).unwrap();
    person.run(&BindMfa::new(MfaFactor::WebAuthn, id)).is_ok()
}

fn bind_contact(person: &Person<'_>, factor: MfaFactor, contact: &Contact) -> bool {
    prove(person, contact).is_some_and(|id| person.run(&BindMfa::new(factor, id)).is_ok())
}

/// Binds one of the factors that are asked for: the first that can be.
fn bind_one_of(person: &Person<'_>, factors: &Value) -> bool {
    factors.as_array().unwrap().iter().any(|factor| match factor.as_str().unwrap() {
        "Totp" if person.interaction().staged().unwrap().mfa.totp.is_none() => {
            bind_totp(person);
            true
        }
        "WebAuthn" => bind_key(person),
        "EmailVerificationCode" => {
            bind_contact(person, MfaFactor::EmailVerificationCode, &email("new@example.com"))
        }
        "PhoneVerificationCode" => {
            bind_contact(person, MfaFactor::PhoneVerificationCode, &phone("61400000001"))
        }
        _ => false,
    })
}

/// Does what is left to do. Says whether that was possible.
fn do_step(person: &Person<'_>, code: &str, data: &Value, skippable: bool) -> bool {
    match code {
        "user.passkey_preferred" => person.run(&DecideMfa::SkipPasskey).is_ok(),
        "user.suggest_mfa" => person.run(&DecideMfa::Skip).is_ok(),
        "user.missing_mfa" if skippable => person.run(&DecideMfa::Skip).is_ok(),
        "user.missing_mfa" => bind_one_of(person, &data["availableFactors"]),
        "session.mfa.suggest_additional_mfa" => person.run(&DecideMfa::SkipSuggestion).is_ok(),
        "session.mfa.backup_code_required" => bind_backup_codes(person),
        "user.missing_profile" => {
            let password = UpdateProfile::new(ProfilePayload::password(OTHER_PASSWORD));
            person.run(&password).is_ok()
        }
        _ => false,
    }
}

/// Follows what remains to the end.
fn follow(person: &Person<'_>) -> Result<(), String> {
    for _ in 0..8 {
        let left = person.run(&WhatRemains).unwrap();
        let Some(step) = left.steps.first() else {
            return person.run(&Submit).map(drop).map_err(|rejection| rejection.code().to_owned());
        };
        let data = step.data.clone().unwrap_or_default();
        if !do_step(person, step.code, &data, step.skippable) {
            return Err(format!("{} {data}", step.code));
        }
    }
    Err("it does not end".into())
}

#[test]
fn s12_whoever_proves_all_that_they_have_gets_in() {
    let (mut got_in, mut no_way_in, mut drawn) = (0_u32, 0_u32, 1_u64);
    for factors in FACTORS {
        for (policy, switches) in POLICIES.iter().flat_map(|policy| (0..8).map(move |bits| (policy, bits))) {
            let on = |bit: u32| switches & (1 << bit) != 0;
            let settings = settings(factors, policy, on(0), on(1), on(2));
            let mut all = json!({"signIn": {"methods": house::all_methods()}});
            all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
            let read: SignInExperience = serde_json::from_value(all.clone()).unwrap();
            if Experience::new(read).is_err() {
                continue; // Nobody could comply: the settings say so when they are built.
            }
            // Each account under some of the settings, each setting with some of the accounts: chosen by a number that
            // has no pattern in common with either.
            for kind in 0..Kind::ALL {
                drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                if drawn >> 61 != 0 {
                    continue;
                }
                let (house, kind) = (House::new(all.clone()), Kind(kind));
                house.add("jane", |user| kind.fill(&house, user));
                let person = house.sign_in();
                if !identify(&person) {
                    no_way_in += 1;
                    continue;
                }
                prove_factors(&person);
                if let Err(stuck) = follow(&person) {
                    panic!("{kind:?} is stuck at {stuck} under {all}");
                }
                got_in += 1;
            }
        }
    }
    assert!(got_in > 5_000 && no_way_in > 100, "{got_in} got in, {no_way_in} had no way in");
}
