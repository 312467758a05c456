//! Factors for the tests: settings, secrets, codes.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "test support")]
#![allow(missing_docs, unreachable_pub, reason = "test support")]

use chrono::TimeDelta;
use serde_json::json;
use vestibule::experience::MfaFactor;
use vestibule::flow::{BindMfa, GenerateTotpSecret, NewTotpSecret, VerifyTotp};
use vestibule::secret::Secret;
use vestibule::user::{BackupCode, TotpFactor, TotpSecret, User, WebAuthnCredential};
use vestibule::verification::PendingChallenge;

use crate::house::{House, Person};

pub const ALL_FACTORS: [&str; 5] =
    ["Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode"];

pub fn house_with(factors: &[&str], policy: &str) -> House {
    House::with(json!({"mfa": {"factors": factors, "policy": policy}}))
}

pub fn totp_secret() -> TotpSecret {
    TotpSecret::from_bytes(*b"12345678901234567890")
}

/// What an authenticator app shows, `steps` away from now.
pub fn totp_code(house: &House, secret: &TotpSecret, steps: i64) -> String {
    let at = house.now.get() + TimeDelta::seconds(30 * steps);
    let secret = totp_rs::Secret::try_from_base32(secret.expose_base32()).unwrap();
    let app =
        totp_rs::Builder::new().with_algorithm(totp_rs::Algorithm::SHA1).with_secret(secret).build().unwrap();
    app.generate(u64::try_from(at.timestamp()).unwrap()).to_string()
}

pub fn with_totp(user: &mut User) {
    user.mfa.totp = Some(TotpFactor::new(totp_secret()));
}

pub fn with_backup_codes(user: &mut User) {
    user.mfa.backup_codes =
        vec![BackupCode::new(&user.id, "00000000aa"), BackupCode::new(&user.id, "00000000bb")];
}

pub fn credential(id: &str) -> WebAuthnCredential {
    WebAuthnCredential {
        id: id.into(),
        rp_id: "example.com".into(),
        public_data: "key".into(),
        counter: 3,
        user_verified: true,
        discoverable: true,
        name: None,
        created_at: None,
        last_used_at: None,
    }
}

pub fn pending() -> PendingChallenge {
    PendingChallenge { challenge: Secret::new("challenge"), rp_id: "example.com".into() }
}

pub fn new_secret(person: &Person<'_>) -> NewTotpSecret {
    person.run(&GenerateTotpSecret::new("Shop")).unwrap()
}

/// What the app that was shown a new secret shows.
pub fn code_of(house: &House, made: &NewTotpSecret) -> String {
    totp_code(house, &TotpSecret::from_base32(made.secret.expose()), 0)
}

/// A new authenticator app, verified and staged.
pub fn bind_totp(person: &Person<'_>) -> TotpSecret {
    let made = new_secret(person);
    let secret = TotpSecret::from_base32(made.secret.expose());
    let code = totp_code(person.house, &secret, 0);
    person.run(&VerifyTotp::of_new_secret(code, made.verification_id)).unwrap();
    person.run(&BindMfa::new(MfaFactor::Totp, made.verification_id)).unwrap();
    secret
}
