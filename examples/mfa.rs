//! Multi-factor authentication from enrolment to a refused replay: an authenticator app and backup codes.
//!
//! ```sh
//! cargo run --example mfa
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use chrono::{DateTime, TimeDelta, Utc};
use vestibule::engine::Engine;
use vestibule::experience::{Experience, MfaFactor, SignInExperience};
use vestibule::flow::{
    BindMfa, GenerateBackupCodes, GenerateTotpSecret, Identify, NewPasswordIdentity, Start, Submit,
    VerifyBackupCode, VerifyPassword, VerifyTotp, WhatRemains,
};
use vestibule::identifier::{ClaimedIdentifier, IdentifierType};
use vestibule::interaction::{Interaction, InteractionEvent, InteractionId};
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::password::Argon2id;
use vestibule::secret::ShownOnce;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let settings: SignInExperience =
        serde_json::from_str(r#"{"mfa": {"factors": ["Totp", "BackupCode"], "policy": "Mandatory"}}"#)?;
    let mut shop = Shop {
        users: MemoryUserStore::new(),
        verifications: MemoryVerificationStore::new(),
        experience: Experience::new(settings)?,
        passwords: Argon2id::default(),
        now: DateTime::from_timestamp(1_700_000_000, 0).ok_or("a time")?,
    };

    println!("Jane registers. The shop insists on a second factor and backup codes.");
    let mut jane = shop.start(InteractionEvent::Register)?;
    let proof = shop.run(
        &mut jane,
        "propose a username and a password",
        &NewPasswordIdentity::new("jane", "Zk7vQw9pLm"),
    )?;
    shop.run(&mut jane, "make the account", &Identify::by(proof))?;
    shop.refused(&jane, "submit", &Submit);
    shop.remains(&jane)?;

    println!("\nShe scans the QR code of a new secret, and proves that her app has it.");
    let app = shop.run(&mut jane, "make a secret", &GenerateTotpSecret::new("Shop"))?;
    let code = app_shows(&app.secret, shop.now)?;
    shop.run(&mut jane, "verify a code of it", &VerifyTotp::of_new_secret(&*code, app.verification_id))?;
    shop.run(&mut jane, "bind the app", &BindMfa::new(MfaFactor::Totp, app.verification_id))?;
    shop.refused(&jane, "submit", &Submit);
    let backup = shop.run(&mut jane, "make ten backup codes", &GenerateBackupCodes)?;
    shop.run(&mut jane, "bind them", &BindMfa::new(MfaFactor::BackupCode, backup.verification_id))?;
    shop.run(&mut jane, "submit", &Submit)?;

    println!("\nA minute later she signs in with her app. Without it, nothing goes on.");
    shop.now += TimeDelta::minutes(1);
    let mut jane = shop.signed_in_by_password()?;
    shop.refused(&jane, "submit", &Submit);
    let code = app_shows(&app.secret, shop.now)?;
    shop.run(&mut jane, "verify the app's code", &VerifyTotp::of_own_secret(&*code))?;
    let signed_in = shop.run(&mut jane, "submit", &Submit)?;
    println!("  amr: {}", serde_json::to_string(&signed_in.amr)?);

    println!("\nSomebody has looked over her shoulder, and knows the password and that code.");
    let thief = shop.signed_in_by_password()?;
    shop.refused(&thief, "verify the same code", &VerifyTotp::of_own_secret(&*code));
    shop.refused(&thief, "submit", &Submit);

    println!("\nShe loses her phone, and signs in with a backup code: once.");
    let first = backup.codes.first().ok_or("a code")?;
    let mut jane = shop.signed_in_by_password()?;
    shop.run(&mut jane, "spend a backup code", &VerifyBackupCode::new(first.expose()))?;
    shop.run(&mut jane, "submit", &Submit)?;
    let jane = shop.signed_in_by_password()?;
    shop.refused(&jane, "spend it again", &VerifyBackupCode::new(first.expose()));
    Ok(())
}

/// What Jane's authenticator app shows.
fn app_shows(secret: &ShownOnce, now: DateTime<Utc>) -> Outcome<String> {
    let secret = totp_rs::Secret::try_from_base32(secret.expose()).map_err(|_| "no base32")?;
    let app = totp_rs::Builder::new().with_algorithm(totp_rs::Algorithm::SHA1).with_secret(secret).build();
    Ok(app.map_err(|_| "no app")?.generate(now.timestamp().try_into()?).to_string())
}

/// A host: stores, settings, a clock.
struct Shop {
    users: MemoryUserStore,
    verifications: MemoryVerificationStore,
    experience: Experience,
    passwords: Argon2id,
    now: DateTime<Utc>,
}

fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    #[expect(clippy::disallowed_methods, reason = "a host is where entropy comes from")]
    getrandom::fill(bytes).map_err(|_| EntropyFailed)
}

impl Shop {
    fn engine(&self) -> Engine<'_, MemoryUserStore, MemoryVerificationStore> {
        let context = Context::new(&self.experience, self.now, &entropy);
        Engine::new(&self.users, &self.verifications, &self.passwords, context)
    }

    fn start(&self, event: InteractionEvent) -> Outcome<InteractionId> {
        Ok(self.engine().start(&Start::new(event))?)
    }

    /// Runs a step that should succeed, and tells. The id becomes the new one, if the step gives one.
    fn run<O: Operation<Subject = Interaction>>(
        &self,
        id: &mut InteractionId,
        what: &str,
        operation: &O,
    ) -> Outcome<O::Output> {
        let output = self.engine().run(id, operation)?.into_output(id);
        println!("  {what:<34} ok");
        Ok(output)
    }

    /// Runs a step that should be refused, and tells why it was.
    fn refused<O: Operation<Subject = Interaction>>(&self, id: &InteractionId, what: &str, operation: &O) {
        match self.engine().run(id, operation) {
            Ok(_) => println!("  {what:<34} ok, which it should not be"),
            Err(error) => {
                let code = error.rejection().map_or("no rejection", |rejection| rejection.code());
                println!("  {what:<34} {code}");
            }
        }
    }

    fn remains(&self, id: &InteractionId) -> Outcome<()> {
        let remaining = self.engine().run(id, &WhatRemains)?.output;
        println!("  what remains: {}", serde_json::to_string(&remaining)?);
        Ok(())
    }

    fn signed_in_by_password(&self) -> Outcome<InteractionId> {
        let mut id = self.start(InteractionEvent::SignIn)?;
        let jane = ClaimedIdentifier::new(IdentifierType::Username, "jane");
        let proof = self.run(&mut id, "verify the password", &VerifyPassword::new(jane, "Zk7vQw9pLm"))?;
        self.run(&mut id, "identify", &Identify::by(proof))?;
        Ok(id)
    }
}
