//! A signed-in person changes their name and username; an operator patches their claims.
//!
//! `cargo run --example account`

use std::error::Error;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use vestibule::engine::Engine;
use vestibule::experience::Experience;
use vestibule::identifier::{Email, Phone, UserId, Username, UsernameCase};
use vestibule::me::{MePatch, SessionEntry, SignedIn, UpdateMe};
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::operator::{PatchProfile, ProfilePatch};
use vestibule::password::Argon2id;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::store::{UserChange, UserStore};
use vestibule::user::User;

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
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "a host brings the randomness")]
fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    getrandom::fill(bytes).map_err(|_| EntropyFailed)
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
