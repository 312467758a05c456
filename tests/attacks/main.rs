//! Attacks, by the principle that stops them (rules.md, the three principles). Each attack fails, and its owner gets in
//! under the same settings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod a_proof_is_worth_what_it_shows;
#[path = "../support/driver.rs"]
mod driver;
#[path = "../support/factors.rs"]
mod factors;
#[path = "../support/house.rs"]
mod house;
mod no_step_says_more_to_a_guesser;
mod whoever_did_not_make_the_account;

use chrono::TimeDelta;
use serde_json::{Value, json};
use vestibule::experience::MfaFactor;
use vestibule::flow::{
    BindMfa, Identify, MfaContact, ResetPassword, SendCode, SendMfaCode, StartSignInPasskey, StartSso,
    StartWebAuthn, Submit, UsedPasskey, VerifyBackupCode, VerifyCode, VerifyMfaCode, VerifySignInPasskey,
    VerifySso, VerifyTotp, VerifyWebAuthn, WebAuthnCeremony, WebAuthnReport,
};
use vestibule::identifier::{Contact, Email, UserId, Username, VerificationId};
use vestibule::interaction::{Interaction, InteractionEvent};
use vestibule::operation::Operation;
use vestibule::operator::IssueOneTimeToken;
use vestibule::password::PasswordHasher;
use vestibule::rejection::Rejection;
use vestibule::secret::{PasswordDigest, ShownOnce};
use vestibule::user::{ReportedContact, SocialUserInfo, SsoIdentity};

use crate::factors::{credential, pending, totp_code, totp_secret};
use crate::house::{House, OTHER_PASSWORD, PASSWORD, Person, email, phone, username};

/// What a refused submit answers where a factor is asked for.
const ASKED_FOR_A_FACTOR: &str = "session.mfa.require_mfa_verification";

const LOCKED: &str = "session.verification_blocked_too_many_attempts";

const ACME: &str = "https://sso.acme.example";

fn janes_mail() -> Contact {
    email("jane@example.com")
}

fn janes_phone() -> Contact {
    phone("61412345678")
}

fn thiefs_mail() -> Contact {
    email("mallory@evil.example")
}

/// The thief has an account too.
fn add_mallory(house: &House) -> UserId {
    house.add("mallory", |user| {
        user.username = Some(Username::parse("mallory").unwrap());
        user.primary_email = Some(Email::parse("mallory@evil.example").unwrap());
        user.set_password(other_password(house), house.now.get());
    })
}

/// The digest of [`OTHER_PASSWORD`].
fn other_password(house: &House) -> PasswordDigest {
    house.hasher.hash(OTHER_PASSWORD, &[2; 16]).unwrap()
}

/// The owner changes the password elsewhere.
fn change_password(house: &House, jane: &UserId) {
    house.change(jane, |user| user.set_password(other_password(house), house.now.get()));
}

/// What the provider says of somebody, with an email that it has verified.
fn told(id: &str, email: &str) -> SocialUserInfo {
    SocialUserInfo { email: Some(ReportedContact::verified(email)), ..SocialUserInfo::new(id) }
}

/// Jane is `1` at Acme, whose domains her email is inside.
fn sso_house(more: Value) -> (House, UserId) {
    let mut settings = json!({
        "singleSignOnEnabled": true,
        "enterpriseSsoConnectors": [
            {"id": "acme", "domains": ["acme.example"], "issuer": ACME},
            {"id": "other", "domains": ["other.example"], "issuer": "https://sso.other.example"},
        ],
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let house = House::with(settings);
    let jane = house.add_jane();
    house.change(&jane, |user| {
        user.primary_email = Some(Email::parse("jane@acme.example").unwrap());
        user.sso_identities = vec![sso_identity(ACME, "1")];
    });
    (house, jane)
}

fn sso_identity(issuer: &str, user_id: &str) -> SsoIdentity {
    SsoIdentity { issuer: issuer.into(), user_id: user_id.into(), details: None }
}

/// Somebody who works on an account of theirs, whoever they are.
impl Person<'_> {
    /// Identified by the password that the account was made with.
    fn by_password(self, name: &str, password: &str) -> Self {
        let id = self.password(username(name), password).unwrap();
        self.identify(id).unwrap();
        self
    }

    /// Identified by a code to a contact.
    fn by_code(self, contact: &Contact) -> Self {
        let id = self.prove(contact);
        self.identify(id).unwrap();
        self
    }

    /// A code for another event than the interaction's, verified.
    fn prove_for(&self, event: InteractionEvent, contact: &Contact) -> VerificationId {
        let sent = self.run(&SendCode::new(contact.clone(), event)).unwrap();
        let code = sent.message.expect("the code is delivered").code;
        self.run(&VerifyCode::new(contact.clone(), sent.verification_id, code.expose())).unwrap()
    }

    fn mfa_code(&self, contact: MfaContact) {
        let sent = self.run(&SendMfaCode::to(contact)).unwrap();
        let code = sent.message.unwrap().code;
        self.run(&VerifyMfaCode::new(contact, sent.verification_id, code.expose())).unwrap();
    }

    /// A right code of the app that [`factors::with_totp`] binds; each takes a time step.
    fn totp(&self) {
        self.house.wait(TimeDelta::seconds(30));
        self.run(&VerifyTotp::of_own_secret(totp_code(self.house, &totp_secret(), 0))).unwrap();
    }

    fn sso(&self, connector: &str, info: SocialUserInfo) -> VerificationId {
        let id = self.run(&StartSso::new(connector, "state", "https://app.example")).unwrap();
        self.run(&VerifySso::new(connector, id, "state", info)).unwrap()
    }

    /// The answer to a passkey.
    fn passkey(&self, counter: u32, user_verified: bool) -> Result<VerificationId, Rejection> {
        let id = self.run(&StartSignInPasskey::new(pending())).unwrap();
        let (credential_id, rp_id) = ("c1".into(), "example.com".into());
        let used = UsedPasskey { credential_id, rp_id, counter, user_verified };
        self.run(&VerifySignInPasskey::new(id, Some(used)))
    }

    /// A new key, well made, and not bound yet.
    fn new_key(&self, id: &str) -> VerificationId {
        let begun = self.run(&StartWebAuthn::new(WebAuthnCeremony::Registration, pending())).unwrap();
        let made = WebAuthnReport::Registered(credential(id));
        self.run(&VerifyWebAuthn::new(begun, made)).unwrap()
    }

    /// The answer to binding a new key.
    fn bind_key(&self, id: &str) -> Result<(), Rejection> {
        self.run(&BindMfa::new(MfaFactor::WebAuthn, self.new_key(id)))
    }

    /// The code of a step that must fail, or `"in"`.
    fn answer<O: Operation<Subject = Interaction>>(&self, operation: &O) -> &'static str {
        self.run(operation).map_or_else(|rejection| rejection.code(), |_| "in")
    }

    fn gets_in(&self) {
        if let Err(rejection) = self.run(&Submit) {
            panic!("the owner is locked out: {}", rejection.code());
        }
    }

    fn is_asked_for_a_factor(&self) {
        assert_eq!(self.answer(&Submit), ASKED_FOR_A_FACTOR);
    }
}

/// Proves a factor that Jane has.
fn prove_factor(person: &Person<'_>, factor: &str, counter: u32, code: &str) {
    match factor {
        "Totp" => person.totp(),
        "WebAuthn" => {
            let start = StartWebAuthn::new(WebAuthnCeremony::Authentication, pending());
            let id = person.run(&start).unwrap();
            let (credential_id, rp_id) = ("c1".into(), "example.com".into());
            let used = WebAuthnReport::Authenticated { credential_id, rp_id, counter };
            person.run(&VerifyWebAuthn::new(id, used)).unwrap();
        }
        // The owner keeps the one that the replaced set begins with.
        "BackupCode" if counter > 4 => {
            let jane = UserId::parse("jane").unwrap();
            let codes = vec![vestibule::user::BackupCode::new(&jane, code)];
            person.house.change(&jane, |user| user.mfa.backup_codes = codes);
            person.run(&VerifyBackupCode::new(code)).map(drop).unwrap();
        }
        "BackupCode" => person.run(&VerifyBackupCode::new(code)).map(drop).unwrap(),
        _ => person.mfa_code(MfaContact::Email),
    }
}

/// Recovers Jane's account through a contact, to [`OTHER_PASSWORD`].
fn recover_through(house: &House, contact: &Contact) {
    let recovery = house.recover().by_code(contact);
    recovery.run(&ResetPassword::new(OTHER_PASSWORD)).unwrap();
    recovery.run(&Submit).unwrap();
}

fn token(house: &House, to: &str, for_event: Option<InteractionEvent>) -> ShownOnce {
    let issue = IssueOneTimeToken::new(Email::parse(to).unwrap());
    house.act(&for_event.map_or(issue.clone(), |event| issue.for_event(event))).unwrap().token
}

/// Changes some settings of a house.
fn reset(house: &mut House, changes: Value) {
    let mut settings = serde_json::to_value(house.experience.settings()).unwrap();
    settings.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    house.set(settings);
}

/// Whether the account's owner still signs in by the password.
fn signs_in(house: &House, password: &str) -> bool {
    let person = house.sign_in();
    let id = person.password(username("jane"), password);
    id.and_then(|id| person.run(&Identify::by(id))).is_ok() && person.run(&Submit).is_ok()
}

/// Jane's password, typed by whoever knows it.
fn as_jane(house: &House) -> Person<'_> {
    house.sign_in().by_password("jane", PASSWORD)
}
