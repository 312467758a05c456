//! One of each shape of what a store keeps, every field of it filled: for your own tests of what you keep it in.
//!
//! A store that keeps bytes keeps these whatever they hold. One that has columns of its own may find here what it has
//! forgotten. The suite writes each of them, and each of them again with one thing changed after the other.

mod interactions;
mod records;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::generated::{Random, generated};
use super::{Violation, works};
use crate::experience::InteractionEvent;
use crate::identifier::{Email, Phone, Revision, UserId, Username, UsernameCase};
use crate::secret::{PasswordDigest, Secret};
use crate::store::{Entry, EntryContent, EntryKey};
use crate::user::{
    Address, BackupCode, Channel, Claims, Mfa, Password, ReportedContact, SocialIdentity, SocialUserInfo,
    SsoIdentity, StepMark, TotpFactor, TotpSecret, User, UserOrganization, WebAuthnCredential,
};
use crate::verification::{Counter, Limit, OneTimeToken, Pool};

/// A time in the past, no two alike, of whole microseconds: what every database keeps.
pub(super) fn at(number: i64) -> DateTime<Utc> {
    let micros = TimeDelta::microseconds(123_456 + number);
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(number) + micros
}

/// A time that no clock has come to yet, no two alike.
pub(super) fn in_future(number: i64) -> DateTime<Utc> {
    at(number) + TimeDelta::days(150_000)
}

/// A user who has everything.
///
/// # Errors
/// None that this crate's own tests let pass.
pub fn user() -> Result<User, Violation> {
    let mut user = User::new(works(UserId::parse("u-jane"))?, at(1));
    user.revision = Revision(7);
    user.username = Some(works(Username::parse("Jane_Doe"))?);
    user.primary_email = Some(works(Email::parse("Jane.Döe@Example.com"))?);
    user.primary_phone = Some(works(Phone::parse("61412345678"))?);
    let first = Password::new(password_digest("first"), Some(at(2)));
    let mut password = first.hashed_anew(password_digest("second"));
    password.is_expired = true;
    password.set_through = user.primary_email.clone().map(Channel::Email);
    user.password = Some(password);
    (user.email_verified_at, user.phone_verified_at) = (Some(at(8)), Some(at(9)));
    user.name = Some("Jane Döe ✓".into());
    user.avatar = Some("https://example.com/jane.png".into());
    user.profile = claims();
    user.custom_data = custom_data();
    for target in ["github", "google"] {
        let identity = SocialIdentity { user_id: format!("{target}-42"), details: Some(details()) };
        user.identities.insert(target.into(), identity);
    }
    user.sso_identities = vec![sso_identity("https://sso.example"), sso_identity("https://other.example")];
    user.organizations =
        [("org-1", true), ("org-2", false)].map(|(id, required)| organization(id, required)).into();
    user.mfa = mfa(&user.id);
    user.is_suspended = true;
    user.sessions_valid_from = Some(at(10));
    user.deletion_due_at = Some(at(11));
    user.last_sign_in_at = Some(at(3));
    user.updated_at = at(4);
    user.mark(StepMark::new(&["one step"]));
    user.mark(StepMark::new(&["another"]));
    Ok(user)
}

/// A user who has an id and nothing else.
///
/// # Errors
/// None that this crate's own tests let pass.
pub fn bare_user() -> Result<User, Violation> {
    Ok(User::new(works(UserId::parse("u-bare"))?, at(0)))
}

/// Entries of every kind: interactions in every stage, with records of every type in every state and proofs of every
/// kind; tokens of each status; counters that block and that do not. Each with a name, for a file or a message.
///
/// # Errors
/// None that this crate's own tests let pass.
pub fn entries() -> Result<Vec<(&'static str, Entry)>, Violation> {
    let mut all = interactions::all()?;
    all.extend(tokens()?);
    all.extend(counters()?);
    Ok(all)
}

/// A user whose fields are drawn from a seed: the id of [`user`], and of everything else what a store may be given.
///
/// # Errors
/// None that this crate's own tests let pass.
pub fn generated_user(seed: u64) -> Result<User, Violation> {
    let mut user = generated(&user()?, &["id", "revision"], &mut Random::of_seed(seed));
    // Nobody holds a key twice.
    let mut held = BTreeSet::new();
    user.sso_identities.retain(|own| held.insert(own.key()));
    user.mfa.web_authn.retain(|own| held.insert(WebAuthnCredential::key_of(&own.id)));
    Ok(user)
}

/// The same shapes as [`entries`], under the same keys, of what is drawn from a seed.
///
/// # Errors
/// None that this crate's own tests let pass.
pub fn generated_entries(seed: u64) -> Result<Vec<(&'static str, Entry)>, Violation> {
    let mut random = Random::of_seed(seed);
    let drawn = |(name, entry)| (name, generated(&entry, &["key", "revision"], &mut random));
    Ok(entries()?.into_iter().map(drawn).collect())
}

pub(super) fn password_digest(of: &str) -> PasswordDigest {
    PasswordDigest::new(format!("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA+{of}/ü"))
}

fn claims() -> Claims {
    Claims {
        family_name: Some("Döe".into()),
        given_name: Some("Jane".into()),
        middle_name: Some("\"Q\" \\ '; --".into()),
        nickname: Some("jay".into()),
        preferred_username: Some("jane doe".into()),
        profile: Some("https://example.com/jane".into()),
        website: Some("https://jane.example".into()),
        gender: Some("female".into()),
        birthdate: Some("1990-02-28".into()),
        zoneinfo: Some("Europe/Paris".into()),
        locale: Some("fr-CA".into()),
        address: Some(Address {
            formatted: Some("1 Rue Neuve\n69001 Lyon".into()),
            street_address: Some("1 Rue Neuve".into()),
            locality: Some("Lyon".into()),
            region: Some("Rhône".into()),
            postal_code: Some("69001".into()),
            country: Some("FR".into()),
        }),
    }
}

/// What a person or a provider may send: a store takes all that JSON can say.
fn anything() -> Value {
    json!({
        "text": "ünïcode ✓ 🦀 \u{202e}",
        "controls": "\u{0}\u{1}\t\r\n\u{7f}",
        "quotes": "\"'`\\/%_;--",
        "nothing": null,
        "yes": true,
        "no": false,
        "zero": 0,
        "largest": u64::MAX,
        "smallest": i64::MIN,
        "beyond a float": 9_007_199_254_740_993_u64,
        "fraction": 0.5,
        "huge": 1e300,
        "empty": {"": "", "list": [], "map": {}},
        "nested": {"list": [1, null, "x", [2, {"deep": {"er": [true]}}]]},
        "a/b~c.d e": "an awkward name",
        "Case": 1,
        "case": 2,
    })
}

fn custom_data() -> Map<String, Value> {
    match anything() {
        Value::Object(members) => members,
        other => Map::from_iter([("data".into(), other)]),
    }
}

fn details() -> Value {
    json!({"id": "42", "rawData": raw_data()})
}

fn raw_data() -> Value {
    json!({"list": [1, null, "ünïcode \u{0}"], "email_verified": true})
}

fn user_info(id: &str) -> SocialUserInfo {
    SocialUserInfo {
        id: id.into(),
        email: Some(ReportedContact::verified("Jane@Provider.example")),
        phone: Some(ReportedContact::verified("61412345670")),
        name: Some("Jane at the provider".into()),
        avatar: Some("https://provider.example/jane.png".into()),
        raw_data: Some(raw_data()),
    }
}

fn sso_identity(issuer: &str) -> SsoIdentity {
    SsoIdentity { issuer: issuer.into(), user_id: "jane|42".into(), details: Some(details()) }
}

fn organization(id: &str, is_mfa_required: bool) -> UserOrganization {
    UserOrganization { id: id.into(), is_mfa_required }
}

fn totp_secret() -> TotpSecret {
    TotpSecret::from_bytes(*b"12345678901234567890")
}

fn web_authn(id: &str) -> WebAuthnCredential {
    WebAuthnCredential {
        id: id.into(),
        rp_id: "example.com".into(),
        public_data: r#"{"publicKey":"cG9p","alg":-7}"#.into(),
        counter: u32::MAX - 1,
        user_verified: true,
        discoverable: true,
        name: Some("Jané's key".into()),
        created_at: Some(at(13)),
        last_used_at: Some(at(5)),
    }
}

fn backup_codes(user_id: &UserId) -> Vec<BackupCode> {
    let mut codes = vec![BackupCode::new(user_id, "00000000aa"), BackupCode::new(user_id, "00000000bb")];
    if let Some(code) = codes.first_mut() {
        code.used_at = Some(at(6));
    }
    codes
}

fn mfa(user_id: &UserId) -> Mfa {
    Mfa {
        enabled: Some(true),
        skipped: true,
        skip_mfa_on_sign_in: true,
        suggestion_skipped: true,
        passkey_skipped: true,
        totp: Some(TotpFactor {
            secret: totp_secret(),
            last_used_step: Some(57_600_000),
            created_at: Some(at(12)),
            last_used_at: Some(at(7)),
        }),
        web_authn: vec![web_authn("Y3JlZC0x"), web_authn("Y3JlZC0y")],
        backup_codes: backup_codes(user_id),
        backup_codes_made_at: Some(at(14)),
    }
}

/// An entry as it is stored.
fn entry(key: EntryKey, revision: u64, expires_at: DateTime<Utc>, content: EntryContent) -> Entry {
    Entry { key, revision: Revision(revision), expires_at, content }
}

fn tokens() -> Result<Vec<(&'static str, Entry)>, Violation> {
    let email = works(Email::parse("Jane@Example.com"))?;
    let made = |number: i64, event| {
        let organizations = vec!["org-1".into(), format!("org-{number}")];
        OneTimeToken::issued(email.clone(), organizations, event, in_future(number))
    };
    let active = made(20, None);
    let mut consumed = made(21, Some(InteractionEvent::SignIn));
    consumed.spend(&email, InteractionEvent::SignIn, at(22)).map(drop).or_else(|why| works(Err(why)))?;
    let mut revoked = made(23, Some(InteractionEvent::Register));
    revoked.revoke();
    let named = [("token_active", active), ("token_consumed", consumed), ("token_revoked", revoked)];
    Ok(named
        .map(|(name, token)| {
            let key = EntryKey::one_time_token(&Secret::new(name));
            (name, entry(key, 2, token.remembered_until(), EntryContent::OneTimeToken(token)))
        })
        .into())
}

fn counters() -> Result<Vec<(&'static str, Entry)>, Violation> {
    let jane = works(Username::parse("jane"))?.key(UsernameCase::Sensitive);
    let mut blocking = Counter::default();
    let limit = Limit { max_attempts: 3, lockout: TimeDelta::days(7) };
    for number in 30..33 {
        blocking.count_failure(limit, in_future(number));
    }
    let mut counting = Counter::default();
    for number in 33..35 {
        counting.count_message(5, TimeDelta::minutes(10), in_future(number));
    }
    let mut noting = Counter::default();
    noting.note_success(false, in_future(35));
    let mut forgotten = Counter::default();
    forgotten.forget(in_future(36));
    // Two pools of one person are two counters.
    Ok([
        ("counter_blocking", Pool::Password, blocking),
        ("counter_counting", Pool::Message, counting),
        ("counter_of_success", Pool::Totp, noting),
        ("counter_forgotten", Pool::BackupCode, forgotten),
    ]
    .map(|(name, pool, counter)| {
        let key = EntryKey::counter(pool, &jane, None);
        (name, entry(key, 3, counter.expires_at(), EntryContent::Counter(counter)))
    })
    .into())
}
