//! A signed-in person changes their name and username; an operator patches their claims. Then the person changes how their
//! account is reached, which needs more than a session: a new email, an authenticator app, no password any more; and is
//! refused the last way in.
//!
//! `cargo run --example account`

use std::error::Error;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use vestibule::engine::{self, Engine};
use vestibule::experience::{Experience, InteractionEvent, MfaFactor};
use vestibule::flow::{
    BindMfa, GenerateTotpSecret, ProfilePayload, Removal, RemoveFromAccount, SendCode, Start,
    StartSignInPasskey, Submit, UpdateProfile, UsedPasskey, VerifyCode, VerifyPassword, VerifySignInPasskey,
    VerifyTotp, ViewAccount,
};
use vestibule::identifier::{
    ClaimedIdentifier, Contact, Email, IdentifierType, Phone, UserId, Username, UsernameCase,
};
use vestibule::me::{MePatch, SessionEntry, SignedIn, UpdateMe};
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::operator::{PatchProfile, ProfilePatch};
use vestibule::password::{Argon2id, PasswordHasher as _};
use vestibule::secret::Secret;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{UserChange, UserStore};
use vestibule::user::{FactorId, User, WebAuthnCredential};
use vestibule::verification::PendingChallenge;

fn main() -> Result<(), Box<dyn Error>> {
    let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
    let jane = jane()?;
    users.commit(&UserChange::create(jane.clone(), UsernameCase::Sensitive))?;
    users.commit(&UserChange::create(named("user_2", "janedoe")?, UsernameCase::Sensitive))?;

    let sign_in = SessionEntry::new("signin_987654321", jane.id.clone(), at("2024-01-01T12:00:00Z")?);
    let signed_in =
        SignedIn::new(jane.id, sign_in.created_at).with_sign_ins(vec![sign_in.clone()]).with_active(sign_in);
    let (experience, passwords) = (Experience::default(), Argon2id::default());
    let context = Context::new(&experience, at("2024-01-15T15:45:00Z")?, &entropy);
    let engine = Engine::new(&users, &verifications, &passwords, context);
    let me = |body: &Value| UpdateMe::new(signed_in.clone(), MePatch::from_json(body));
    let claims = |body: &Value| PatchProfile::new("user_456789123", ProfilePatch::from_json(body));

    show(
        "the document's request",
        "PATCH /me",
        &json!({"first_name": "Jane", "last_name": "Smith"}),
        &engine,
        me,
    )?;
    show("a username that somebody has", "PATCH /me", &json!({"username": "janedoe"}), &engine, me)?;
    show("two problems at once", "PATCH /me", &json!({"username": "1st", "nickname": "jay"}), &engine, me)?;
    show("a name that is cleared", "PATCH /me", &json!({"last_name": null}), &engine, me)?;

    let path = "PATCH /users/user_456789123/profile";
    let patched = json!({"profile": {"nickname": "jay", "address": {"country": "FR", "locality": "Lyon"}}});
    show("claims that are patched", path, &patched, &engine, claims)?;
    let unpatched = json!({"profile": {"nickname": null, "address": {"locality": null}}});
    show("claims that are removed", path, &unpatched, &engine, claims)?;
    own_account()
}

#[allow(clippy::disallowed_methods, reason = "a host brings the randomness")]
fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    getrandom::fill(bytes).map_err(|_| EntropyFailed)
}

/// The names that the host gives to sessions are its own.
const SESSION: &str = "signin_987654321";

fn own_account() -> Result<(), Box<dyn Error>> {
    let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
    let experience = Experience::new(serde_json::from_value(json!({
        "signUp": {"identifiers": []},
        "signIn": {"methods": [{"identifier": "username", "password": true}]},
        "mfa": {"factors": ["Totp", "WebAuthn"], "policy": "NoPrompt"},
        "passkeySignIn": {"enabled": true},
    }))?)?;
    let (passwords, now) = (Argon2id::default(), at("2024-01-15T15:45:00Z")?);
    let mut jane = jane()?;
    jane.set_password(passwords.hash("Zk7vQw9pLm", &[7; 16])?, jane.created_at);
    users.commit(&UserChange::create(jane.clone(), UsernameCase::Sensitive))?;
    // Every step comes with the session that started the interaction (C-1).
    let context = Context::new(&experience, now, &entropy).with_session(SESSION);
    let engine = Engine::new(&users, &verifications, &passwords, context);
    let account = || engine.start(&Start::account(jane.id.clone(), SESSION, now));

    // A new email is proved, and is no proof of whose account it is (C-2, C-3).
    let mut id = account()?;
    let (mailbox, event) = (Contact::Email(Email::parse("jane@new.example")?), InteractionEvent::Account);
    let sent = engine.run(&id, &SendCode::new(mailbox.clone(), event))?.into_output(&mut id);
    let code = sent.message.ok_or("the code is sent")?.code;
    let verify = VerifyCode::new(mailbox, sent.verification_id, code.expose());
    let proved = engine.run(&id, &verify)?.into_output(&mut id);
    let change = UpdateProfile::new(ProfilePayload::email(proved));
    refused("a new email, by a session alone", engine.run(&id, &change).err())?;
    let own = ClaimedIdentifier::new(IdentifierType::Username, "janesmith2024");
    engine.run(&id, &VerifyPassword::new(own.clone(), "Zk7vQw9pLm"))?.into_output(&mut id);
    engine.run(&id, &change)?.into_output(&mut id);

    // In the same interaction, an authenticator app (C-7).
    let made = engine.run(&id, &GenerateTotpSecret::new("Shop"))?.into_output(&mut id);
    let app = totp_rs::Secret::try_from_base32(made.secret.expose())?;
    let app = totp_rs::Builder::new().with_algorithm(totp_rs::Algorithm::SHA1).with_secret(app).build()?;
    let code = app.generate(u64::try_from(now.timestamp())?).to_string();
    engine.run(&id, &VerifyTotp::of_new_secret(code, made.verification_id))?.into_output(&mut id);
    engine.run(&id, &BindMfa::new(MfaFactor::Totp, made.verification_id))?.into_output(&mut id);
    engine.run(&id, &Submit)?.into_output(&mut id);
    let view = |id| -> Result<Value, Box<dyn Error>> {
        let mut id = id;
        Ok(serde_json::to_value(engine.run(&id, &ViewAccount)?.into_output(&mut id))?)
    };
    print(&format!("# the account after that\n{}\n", serde_json::to_string_pretty(&view(account()?)?)?));

    // The next day, with a passkey that the person has bound meanwhile.
    let mut jane = User::clone(users.find(&[jane.id.key()])?.first().ok_or("Jane is there")?);
    jane.mfa.web_authn.push(passkey());
    users.commit(&UserChange::update(jane.clone(), UsernameCase::Sensitive))?;
    let mut id = account()?;
    let challenge = PendingChallenge { challenge: Secret::new("challenge"), rp_id: "example.com".into() };
    let started = engine.run(&id, &StartSignInPasskey::new(challenge))?.into_output(&mut id);
    // The host's WebAuthn library has checked what the browser answered.
    let used = UsedPasskey {
        credential_id: "passkey-1".into(),
        rp_id: "example.com".into(),
        counter: 0,
        user_verified: true,
    };
    engine.run(&id, &VerifySignInPasskey::new(started, Some(used)))?.into_output(&mut id);
    // With a passkey the password may go; then the passkey may not (C-5, C-8).
    engine.run(&id, &RemoveFromAccount::new(Removal::Password))?.into_output(&mut id);
    let last = RemoveFromAccount::new(Removal::Factor(FactorId::new("passkey-1")));
    refused("the last way in", engine.run(&id, &last).err())?;
    let submitted = engine.run(&id, &Submit)?.into_output(&mut id);
    print(&format!("# the password is gone\nother sessions end: {}\n", submitted.ends_other_sessions));
    Ok(())
}

fn passkey() -> WebAuthnCredential {
    WebAuthnCredential {
        id: "passkey-1".into(),
        rp_id: "example.com".into(),
        public_data: "what the host's library keeps".into(),
        counter: 0,
        user_verified: true,
        discoverable: true,
        name: None,
        created_at: None,
        last_used_at: None,
    }
}

/// Prints what was refused, and why.
fn refused<E: Error>(title: &str, error: Option<engine::Error<E, E>>) -> Result<(), Box<dyn Error>> {
    let error = error.ok_or("this is refused")?;
    let rejection = error.rejection().ok_or("by a rule")?;
    print(&format!("# {title}\n{} {}\n", rejection.status(), serde_json::to_string_pretty(rejection)?));
    Ok(())
}

/// Runs one request, and prints it with its answer.
fn show<O: Operation<Subject = (), Output: serde::Serialize>>(
    title: &str,
    call: &str,
    body: &Value,
    engine: &Engine<'_, MemoryUserStore, MemoryVerificationStore>,
    operation: impl Fn(&Value) -> O,
) -> Result<(), Box<dyn Error>> {
    let answer = engine.act(&operation(body))?;
    print(&format!("# {title}\n{call}\n{body}\n\n{}\n", serde_json::to_string_pretty(&answer)?));
    Ok(())
}

#[allow(clippy::print_stdout, reason = "an example shows what it does")]
fn print(text: &str) {
    println!("{text}");
}

/// The document's person, before the document's request.
fn jane() -> Result<User, Box<dyn Error>> {
    let mut jane = named("user_456789123", "janesmith2024")?;
    jane.primary_email = Some(Email::parse("jane.smith@example.com")?);
    jane.primary_phone = Some(Phone::parse("+1234567890")?);
    jane.avatar = Some("https://cdn.example.com/avatars/janesmith.jpg".into());
    jane.mfa.enabled = Some(true);
    Ok(jane)
}

fn named(id: &str, username: &str) -> Result<User, Box<dyn Error>> {
    let mut user = User::new(UserId::parse(id)?, at("2024-01-01T00:00:00Z")?);
    user.username = Some(Username::parse(username)?);
    Ok(user)
}

fn at(time: &str) -> Result<DateTime<Utc>, Box<dyn Error>> {
    Ok(DateTime::parse_from_rfc3339(time).map_err(|error| error.to_string())?.to_utc())
}
