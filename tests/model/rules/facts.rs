//! The plain data of the model: what is known of accounts, interactions, counters and tokens. Nothing here decides.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use vestibule::experience::{InteractionEvent, MfaFactor, SignInExperience};
use vestibule::identifier::IdentifierType;

/// Seconds since an arbitrary day.
pub type Time = i64;

/// An account.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub id: String,
    pub username: Option<String>,
    pub email: Option<String>,
    pub email_proved_at: Option<Time>,
    pub phone: Option<String>,
    pub phone_proved_at: Option<Time>,
    pub password: Option<Password>,
    pub name: Option<String>,
    pub avatar: Option<String>,
    pub claims: Map<String, Value>,
    pub custom: Map<String, Value>,
    /// Social identities: the id there, by target.
    pub social: BTreeMap<String, String>,
    /// Enterprise identities: issuer, and the id there.
    pub sso: Vec<(String, String)>,
    /// Organisations, and whether each asks for MFA.
    pub organizations: Vec<(String, bool)>,
    pub mfa: Mfa,
    pub suspended: bool,
    pub sessions_valid_from: Option<Time>,
    pub deletion_due_at: Option<Time>,
    pub last_sign_in_at: Option<Time>,
    pub created_at: Time,
}

/// A password, in plain: the model has no secrets.
#[derive(Clone, Debug, PartialEq)]
pub struct Password {
    pub text: String,
    pub outdated: bool,
    pub set_at: Option<Time>,
    pub expired: bool,
    /// The one channel on whose strength it was set (M-3).
    pub through: Option<String>,
    /// Which password this is: no two that were ever set have the same.
    pub version: u64,
}

/// What an account has of multi-factor authentication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mfa {
    pub enabled: Option<bool>,
    pub skipped: bool,
    pub skip_on_sign_in: bool,
    pub suggestion_skipped: bool,
    pub passkey_skipped: bool,
    pub app: Option<App>,
    pub keys: Vec<Key>,
    pub codes: Option<Codes>,
}

/// An authenticator app.
#[derive(Clone, Debug, PartialEq)]
pub struct App {
    /// Which secret it has.
    pub secret: u64,
    pub last_step: Option<i64>,
}

/// A WebAuthn credential.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub id: String,
    pub counter: u32,
    pub verified: bool,
    pub discoverable: bool,
    pub name: Option<String>,
}

/// A set of backup codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Codes {
    /// Which set.
    pub set: u64,
    /// Which of them were used.
    pub used: Vec<bool>,
}

/// What a host was told by a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub id: String,
    /// An email, and whether the provider has verified it.
    pub email: Option<(String, bool)>,
    pub phone: Option<(String, bool)>,
    pub name: Option<String>,
    pub avatar: Option<String>,
}

/// A verification record: its number, and what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub no: u64,
    pub body: Body,
}

/// What a record holds, by its type (section 4).
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Password { user: String, kind: IdentifierType, value: String, version: u64, expired: bool },
    Code(Code),
    Social { connector: String, told: Option<Told> },
    Sso { connector: String, told: Option<Told> },
    Totp { user: String, secret: u64, is_new: bool, verified: Option<i64> },
    WebAuthn { user: String, challenge: Option<Ceremony>, made: Option<Key>, verified: bool },
    Passkey { pending: bool, used: Option<(String, String)> },
    BackupCode { user: String, made: Option<u64>, verified: bool },
    NewIdentity { username: String, password: String },
    Token { email: String, event: Option<InteractionEvent>, organizations: Vec<String> },
}

/// What a WebAuthn challenge is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ceremony {
    Registration,
    Authentication,
}

/// A code to an email or a phone.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// Whether it is one to the user's own contact (V-6).
    pub mfa: bool,
    pub kind: IdentifierType,
    /// As it was typed.
    pub contact: String,
    pub event: Option<InteractionEvent>,
    /// Whether it can still be tried, and whether it was delivered.
    pub live: bool,
    pub withheld: bool,
    pub made: Time,
    pub wrong: u32,
    pub verified: bool,
}

/// What a verified record has shown (section 1): it outlives the record.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    pub at: Time,
    pub shown: Shown,
}

/// What was shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    Password { user: String, kind: IdentifierType, version: u64, expired: bool },
    Code { mfa: bool, kind: IdentifierType, contact: String, event: Option<InteractionEvent> },
    Social { connector: String, target: String, told: Told },
    Sso { connector: String, issuer: String, told: Told },
    App { user: String, secret: u64 },
    Key { user: String, key: String },
    Passkey { user: String, key: String },
    Paper { user: String, set: u64 },
    Token { email: String, event: Option<InteractionEvent> },
}

/// Profile data that is staged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Staged {
    pub username: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub password: Option<String>,
    pub name: Option<String>,
    pub avatar: Option<String>,
    /// Target and id there.
    pub social: Option<(String, String)>,
    /// Issuer and id there.
    pub sso: Option<(String, String)>,
    pub organizations: Vec<String>,
    pub claims: Map<String, Value>,
    pub custom: Map<String, Value>,
}

/// Factors that are staged, and what was decided about them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StagedMfa {
    pub enabled: bool,
    pub skipped: bool,
    pub suggestion_skipped: bool,
    pub passkey_skipped: bool,
    /// The secret, and the time step of the code that was shown of it.
    pub app: Option<(u64, i64)>,
    pub keys: Vec<Key>,
    pub codes: Option<u64>,
    /// Contacts that were bound as factors.
    pub contacts: Vec<MfaFactor>,
}

/// An interaction.
#[derive(Clone, Debug)]
pub struct Visit {
    pub event: InteractionEvent,
    pub expires: Time,
    pub over: bool,
    pub captcha: bool,
    pub risky: bool,
    pub messages: u32,
    pub form_submitted: bool,
    pub registry: Vec<Record>,
    pub proofs: Vec<Proof>,
    pub user: Option<String>,
    /// Whether the user is the account that this interaction made.
    pub own: bool,
    pub staged: Staged,
    pub factors: StagedMfa,
    /// The identities that identified their user by a contact, and are to be linked (N-6, N-7): target or issuer, id, and
    /// the channel that they are worth.
    pub linked: Vec<(String, String, String)>,
    /// What an interaction of event `Account` began with.
    pub managing: Option<Managing>,
}

/// What is taken away, and what was there, in an interaction of event `Account` (11.3).
#[derive(Clone, Debug, Default)]
pub struct Managing {
    pub opened_at: Time,
    pub contacts: Vec<String>,
    pub username: bool,
    pub email: bool,
    pub phone: bool,
    pub password: bool,
    pub social: Vec<String>,
    pub sso: Vec<String>,
    pub factors: Vec<String>,
}

/// A one-time token.
#[derive(Clone, Debug)]
pub struct Token {
    pub email: String,
    pub event: Option<InteractionEvent>,
    pub expires: Time,
    pub organizations: Vec<String>,
    pub used: bool,
    pub revoked: bool,
}

/// What was counted under one key.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    pub at: Vec<Time>,
    pub blocked_until: Option<Time>,
}

/// Everything that is known.
#[derive(Clone)]
pub struct Book {
    pub settings: SignInExperience,
    pub now: Time,
    /// Where the step comes from, and whether the host calls it risky.
    pub source: Option<String>,
    pub risky: bool,
    pub accounts: Vec<Account>,
    pub visits: Vec<Visit>,
    pub tokens: Vec<Token>,
    pub failures: BTreeMap<String, Counted>,
    pub sends: BTreeMap<String, Counted>,
    /// The last number given to a record, a secret, a version of a password.
    pub last: u64,
}

/// A refusal: code, status, data; and whether what was done so far is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct No {
    pub code: &'static str,
    pub status: u16,
    pub data: Option<Value>,
    pub keep: bool,
}

/// What a step answers: what it tells, and whether the interaction has a new id by it (I-6).
#[derive(Clone, Debug, PartialEq)]
pub struct Yes {
    pub told: Value,
    pub new_id: bool,
}

/// The answer of a step.
pub type Answer = Result<Yes, No>;

/// A refusal without data.
pub fn no<T>(status: u16, code: &'static str) -> Result<T, No> {
    Err(No { code, status, data: None, keep: false })
}

/// A refusal with data.
pub fn no_with<T>(status: u16, code: &'static str, data: Value) -> Result<T, No> {
    Err(No { code, status, data: Some(data), keep: false })
}

/// A refusal that keeps what was done so far.
pub fn keep<T>(refusal: Result<T, No>) -> Result<T, No> {
    refusal.map_err(|no| No { keep: true, ..no })
}

/// An answer that leaves the id as it is.
pub fn yes(told: Value) -> Answer {
    Ok(Yes { told, new_id: false })
}

/// An answer that comes with a new id.
pub fn yes_anew(told: Value) -> Answer {
    Ok(Yes { told, new_id: true })
}
