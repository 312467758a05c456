//! Random steps: what somebody does, with arguments that mostly make sense.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use vestibule::experience::{InteractionEvent, MfaFactor};
use vestibule::identifier::IdentifierType;

use crate::choose;
use crate::rules::account::Gone;
use crate::rules::bind::Decision;
use crate::rules::factors::Report;
use crate::rules::facts::{Book, Ceremony, Key, Told};
use crate::rules::profile::Payload;

/// How many interactions are open at once.
pub const SLOTS: usize = 3;

/// A step as it is drawn: what, in which interaction, about whom, and how.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    pub what: What,
    pub slot: u8,
    pub who: u8,
    pub a: u8,
    pub b: u8,
}

/// What is done.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum What {
    GoOn,
    Start,
    Switch,
    Password,
    SendCode,
    VerifyCode,
    SendMfa,
    VerifyMfa,
    Identify,
    NewIdentity,
    Update,
    Reset,
    Submit,
    Remove,
    Close,
    NewSecret,
    TryNewSecret,
    TryApp,
    NewCodes,
    TryCode,
    Challenge,
    TryKey,
    AskPasskey,
    TryPasskey,
    Bind,
    Decide,
    StartProvider,
    VerifyProvider,
    Token,
    Wait,
    Operator,
    Risk,
    Source,
}

/// A step with all its arguments. Interactions go by their place, records by their number.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Action {
    Start { slot: usize, event: InteractionEvent, captcha: Option<bool>, of: Option<String>, opened: i64 },
    Switch { visit: usize, to: InteractionEvent },
    Password { visit: usize, kind: IdentifierType, text: String, password: String },
    SendCode { visit: usize, kind: IdentifierType, contact: String, event: InteractionEvent },
    TryCode { visit: usize, mfa: bool, kind: IdentifierType, typed: String, record: u64, right: bool },
    SendMfa { visit: usize, kind: IdentifierType },
    Identify { visit: usize, record: Option<u64>, link: bool },
    NewIdentity { visit: usize, username: String, password: String },
    Update { visit: usize, payload: Payload },
    Reset { visit: usize, password: String },
    Submit { visit: usize },
    Remove { visit: usize, what: Gone },
    Close { visit: usize },
    NewSecret { visit: usize },
    TryNewSecret { visit: usize, record: u64, right: bool },
    TryApp { visit: usize, code: Option<(u64, i64)> },
    NewCodes { visit: usize },
    TryBackup { visit: usize, code: Option<(u64, usize)> },
    Challenge { visit: usize, ceremony: Ceremony },
    TryKey { visit: usize, record: u64, report: Report },
    AskPasskey { visit: usize },
    TryPasskey { visit: usize, record: u64, used: Option<(String, u32)>, right_rp: bool, verified: bool },
    Bind { visit: usize, factor: MfaFactor, record: u64, sign_in: bool },
    Decide { visit: usize, decision: Decision },
    StartProvider { visit: usize, sso: bool, connector: String, has_state: bool },
    VerifyProvider { visit: usize, sso: bool, connector: String, record: u64, right_state: bool, told: Told },
    Token { visit: usize, email: String, token: Option<usize> },
    Wait { seconds: i64 },
    Suspend { user: String, suspended: bool },
    Delete { user: String },
    Create { username: Option<String>, email: Option<String>, password: Option<String> },
    Link { user: String, target: String, id: String },
    GiveApp { user: String },
    GiveCodes { user: String },
    Issue { email: String, event: Option<InteractionEvent>, organizations: Vec<String>, lives: i64 },
    Revoke { token: Option<usize> },
    Risk { on: bool },
    Source { name: Option<&'static str> },
}

/// Mostly the plainest way.
fn way() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0_u8), 2 => any::<u8>()]
}

/// Any one thing to do.
fn what() -> impl Strategy<Value = What> {
    use What::{
        AskPasskey, Bind, Challenge, Close, Decide, GoOn, Identify, NewCodes, NewIdentity, NewSecret,
        Operator, Password, Remove, Reset, Risk, SendCode, SendMfa, Source, Start, StartProvider, Submit,
        Switch, Token, TryApp, TryCode, TryKey, TryNewSecret, TryPasskey, Update, VerifyCode, VerifyMfa,
        VerifyProvider, Wait,
    };
    let often = vec![
        Start,
        Switch,
        Password,
        Password,
        SendCode,
        VerifyCode,
        VerifyCode,
        SendMfa,
        VerifyMfa,
        Identify,
        Identify,
        NewIdentity,
        Update,
        Update,
        Update,
        Reset,
        Submit,
        Submit,
        Bind,
        Bind,
        Decide,
        Wait,
        Wait,
        TryApp,
        Remove,
        Remove,
    ];
    let seldom = vec![
        NewSecret,
        TryNewSecret,
        TryApp,
        NewCodes,
        TryCode,
        Challenge,
        TryKey,
        AskPasskey,
        TryPasskey,
        StartProvider,
        VerifyProvider,
        Token,
        Operator,
        Risk,
        Source,
        Close,
    ];
    prop_oneof![
        4 => Just(GoOn),
        4 => prop::sample::select(often),
        2 => prop::sample::select(seldom),
    ]
}

/// Some steps of one interaction about one person: a beginning, and how it goes on.
fn visit() -> impl Strategy<Value = Vec<Drawn>> {
    use What::{
        AskPasskey, GoOn, Identify, NewIdentity, Password, Remove, SendCode, Start, StartProvider, Submit,
        Token, TryPasskey, VerifyCode, VerifyProvider,
    };
    let beginnings: Vec<Vec<What>> = vec![
        vec![],
        vec![Start, Password, Identify],
        vec![Start, SendCode, VerifyCode, Identify],
        vec![Start, NewIdentity, Identify],
        vec![Start, StartProvider, VerifyProvider, Identify],
        vec![Start, AskPasskey, TryPasskey, Identify],
        vec![Start, Token, Identify],
        vec![Start, Password, GoOn, Remove, Submit],
        vec![Start, Password, GoOn, SendCode, VerifyCode],
        vec![Start, Password, Identify, GoOn, GoOn, Submit],
        vec![Start, SendCode, VerifyCode, Identify, GoOn, GoOn, Submit],
    ];
    let more = prop::collection::vec((what(), way(), way(), 0_u8..20), 0..8);
    let ways = prop::collection::vec((way(), way()), 6);
    (prop::sample::select(beginnings), more, ways, 0_u8..3, 0_u8..4, 0_u8..11).prop_map(
        |(beginning, more, ways, slot, who, event)| {
            let mut steps: Vec<Drawn> = beginning
                .into_iter()
                .zip(ways)
                .map(|(what, (a, b))| {
                    let a = if matches!(what, Start) { event } else { a };
                    Drawn { what, slot, who, a, b }
                })
                .collect();
            steps.extend(more.into_iter().map(|(what, a, b, other)| {
                let who = if other == 19 { a } else { who };
                Drawn { what, slot, who, a, b }
            }));
            steps
        },
    )
}

/// Two interactions of one person that stage the same, one after the other (S-4).
fn rivals() -> impl Strategy<Value = Vec<Drawn>> {
    use What::{GoOn, Identify, Password, SendCode, Start, Submit, Update, VerifyCode};
    let by_code = prop::sample::select(vec![false, true]);
    (by_code, 0_u8..4, way(), 0_u8..7, prop::collection::vec(way(), 2)).prop_map(|(code, who, a, kind, b)| {
        let begin: &[What] =
            if code { &[Start, SendCode, VerifyCode, Identify] } else { &[Start, Password, Identify] };
        let step = |what: What, slot: u8, a: u8, b: u8| Drawn { what, slot, who, a, b };
        let mut steps = vec![];
        for slot in [0, 1] {
            steps.extend(
                begin.iter().map(|what| step(*what, slot, if matches!(what, Start) { 0 } else { a }, 0)),
            );
        }
        steps.extend([step(Update, 0, kind, b[0] % 2), step(Update, 1, kind, b[1] % 2)]);
        for slot in [0, 1] {
            steps.extend([step(GoOn, slot, a, 0), step(GoOn, slot, a, 0), step(Submit, slot, a, 0)]);
        }
        steps
    })
}

/// A sequence of steps.
pub fn steps(most: usize) -> impl Strategy<Value = Vec<Drawn>> {
    let any = prop_oneof![12 => visit().boxed(), 1 => rivals().boxed()];
    prop::collection::vec(any, 1..most.div_ceil(6).max(2)).prop_map(move |visits| {
        let mut all: Vec<Drawn> = visits.into_iter().flatten().collect();
        all.truncate(most);
        all
    })
}

/// The step with its arguments, as they make sense by now.
pub fn resolve(drawn: Drawn, slots: &[Option<usize>; SLOTS], book: &Book) -> Option<Action> {
    let Drawn { what, slot, who, a, b } = drawn;
    let slot = usize::from(slot) % SLOTS;
    match what {
        What::Wait => {
            let seconds = [7, 61, 31, 613, 3607, 90_001][usize::from(a) % 6];
            return Some(Action::Wait { seconds });
        }
        What::Risk => return Some(Action::Risk { on: a % 2 == 0 }),
        What::Source => {
            return Some(Action::Source { name: [Some("here"), Some("there"), None][usize::from(a) % 3] });
        }
        What::Operator => return Some(choose::operator(who, a, b, book)),
        What::Start => return Some(choose::start(slot, who, a, b, book)),
        _ => {}
    }
    let visit = slots[slot]?;
    choose::in_visit(what, visit, who, a, b, book)
}

/// A payload of custom fields and claims.
pub fn extra(a: u8) -> Map<String, Value> {
    let menu = [
        json!({"company": "Acme", "givenName": "Ann", "familyName": "Long"}),
        json!({"givenName": "Ann"}),
        json!({"name": "Ann Long", "avatar": "https://x.example/a.png"}),
        json!({"company": "Acme", "news": true}),
        json!({"company": 5}),
        json!({"username": "ann", "email": "x"}),
        json!({"onboarding": "x"}),
        json!({"preferredUsername": "x"}),
        json!({"unheard": "x"}),
        json!({}),
    ];
    menu[usize::from(a) % menu.len()].as_object().cloned().unwrap_or_default()
}

/// A new key, as a host reports it.
pub fn new_key(number: usize, b: u8) -> Key {
    Key {
        id: format!("key-{number}"),
        counter: u32::from(b % 2),
        verified: b % 4 != 3,
        discoverable: b % 8 != 6,
        name: None,
    }
}
