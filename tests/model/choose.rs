//! Which arguments make sense for a step, by what the model knows.

use vestibule::experience::{InteractionEvent, MfaFactor};
use vestibule::identifier::IdentifierType;

use crate::next;
use crate::rules::account::Gone;
use crate::rules::bind::Decision;
use crate::rules::factors::Report;
use crate::rules::facts::{Account, Body, Book, Ceremony, Told, Visit};
use crate::rules::profile::Payload;
use crate::steps::{Action, What, extra, new_key};
use crate::world::{NAMES, OTHERS, PASSWORDS, PHONES};

const KINDS: [IdentifierType; 3] = [IdentifierType::Username, IdentifierType::Email, IdentifierType::Phone];
const EVENTS: [InteractionEvent; 3] =
    [InteractionEvent::SignIn, InteractionEvent::Register, InteractionEvent::ForgotPassword];

/// The account that a step is about: by its place, if it is there.
fn about(who: u8, book: &Book) -> Option<&Account> {
    book.accounts.get(usize::from(who) % (book.accounts.len() + 1))
}

/// An event: signing in most of all.
fn event(a: u8) -> InteractionEvent {
    EVENTS[match a % 8 {
        0..=3 => 0,
        4 | 5 => 1,
        _ => 2,
    }]
}

/// Starting.
pub fn start(slot: usize, who: u8, a: u8, b: u8, book: &Book) -> Action {
    let captcha = match b % 8 {
        0..=4 => Some(true),
        7 => Some(false),
        _ => None,
    };
    let of = about(who, book).filter(|_| a % 11 > 7).map(|user| user.id.clone());
    if let Some(user) = of {
        let opened = if b % 16 == 13 { book.now - 7 } else { book.now };
        return Action::Start { slot, event: InteractionEvent::Account, captcha, of: Some(user), opened };
    }
    Action::Start { slot, event: event(a % 11 % 8), captcha, of: None, opened: 0 }
}

/// What an operator does.
pub fn operator(who: u8, a: u8, b: u8, book: &Book) -> Action {
    let user = about(who, book).map_or_else(|| "nobody".into(), |user| user.id.clone());
    let email = about(b, book).and_then(|user| user.email.clone());
    let email = email.unwrap_or_else(|| "new@example.com".into());
    match a % 12 {
        0 | 1 => {
            let event = [
                None,
                Some(InteractionEvent::SignIn),
                Some(InteractionEvent::Register),
                Some(InteractionEvent::ForgotPassword),
            ][usize::from(b) % 4];
            let organizations = if b % 3 == 1 { vec!["org-a".into()] } else { vec![] };
            let email = if a >= 128 { email } else { "new@example.com".into() };
            Action::Issue { email, event, organizations, lives: if b % 5 == 4 { 60 } else { 86_400 } }
        }
        2 => Action::Revoke { token: book.tokens.len().checked_sub(1) },
        3 | 4 => Action::Suspend { user, suspended: true },
        5 => Action::Suspend { user, suspended: false },
        6 => Action::Delete { user },
        7 => Action::Create {
            username: b.is_multiple_of(2).then(|| "dan_name".into()),
            email: b.is_multiple_of(3).then_some(email),
            password: Some(PASSWORDS[3].into()),
        },
        8 => Action::Link { user, target: "github".into(), id: format!("{}-gh", NAMES[usize::from(b) % 3]) },
        9 => Action::GiveApp { user },
        _ => Action::GiveCodes { user },
    }
}

/// The latest record of some types, or, by chance, any record at all.
fn record(visit: &Visit, b: u8, wanted: fn(&Body) -> bool, book: &Book) -> u64 {
    if b % 16 == 15 {
        let all: Vec<u64> =
            book.visits.iter().flat_map(|visit| &visit.registry).map(|record| record.no).collect();
        return all.get(usize::from(b / 16) % all.len().max(1)).copied().unwrap_or_default();
    }
    let fits = visit.registry.iter().rev().find(|record| wanted(&record.body));
    fits.map(|record| record.no).unwrap_or_default()
}

/// An identifier that somebody has, of a type as near to the wish as can be.
fn identifier(user: Option<&Account>, a: u8) -> (IdentifierType, String) {
    let wish = usize::from(a) % 3;
    let kinds = [KINDS[wish], KINDS[(wish + 1) % 3], KINDS[(wish + 2) % 3]];
    let own = kinds.iter().find_map(|&kind| Some((kind, user?.identifier(kind)?.clone())));
    own.unwrap_or((IdentifierType::Username, "nobody".into()))
}

/// A contact: the person's own, or a new one.
pub fn contact(user: Option<&Account>, a: u8) -> (IdentifierType, String) {
    let kind = if a.is_multiple_of(2) { IdentifierType::Email } else { IdentifierType::Phone };
    let fresh = || match kind {
        IdentifierType::Email => {
            let menu = [
                "new@example.com",
                "new+x@example.com",
                "new@acme.example",
                "n@blocked.example",
                "NEW@x.example",
            ];
            menu[usize::from(a / 2) % 5].into()
        }
        _ => PHONES[3 + usize::from(a / 2) % 2].into(),
    };
    let own = user.and_then(|user| user.identifier(kind).cloned()).filter(|_| a < 160);
    // A person may write the own address in another case.
    let own = own.map(|own| if a % 16 == 14 { own.to_uppercase() } else { own });
    (kind, own.unwrap_or_else(fresh))
}

/// What a provider tells of a person.
fn told(who: u8, b: u8, sso: bool, book: &Book) -> Told {
    let user = about(who, book);
    let name = NAMES[usize::from(who) % 3];
    let id = if sso { format!("{name}-sso") } else { format!("{name}-gh") };
    let email = match b % 5 {
        0 | 1 => user.and_then(|user| user.email.clone()).map(|email| (email, b.is_multiple_of(2))),
        2 => Some(("new@acme.example".to_owned(), true)),
        3 => Some(("new@example.com".to_owned(), true)),
        _ => None,
    };
    let phone = match b % 7 {
        0 => user.and_then(|user| user.phone.clone()).map(|phone| (phone, true)),
        3 => Some((PHONES[4].to_owned(), true)),
        _ => None,
    };
    let id = if b % 3 == 1 { "new-id".into() } else { id };
    Told {
        id,
        email,
        phone,
        name: b.is_multiple_of(3).then(|| "Told Name".into()),
        avatar: (b % 3 == 1).then(|| "https://x.example/told.png".into()),
    }
}

/// A step in an interaction.
pub fn in_visit(what: What, visit: usize, who: u8, a: u8, b: u8, book: &Book) -> Option<Action> {
    let own = &book.visits[visit];
    let person = about(who, book);
    let identified = own.user.as_ref().and_then(|id| book.account(id));
    let wanted = |wanted: fn(&Body) -> bool| record(own, b, wanted, book);
    Some(match what {
        What::GoOn => return Some(next::go_on(visit, who, a, b, book)),
        What::Switch => Action::Switch { visit, to: event(a) },
        What::Password => {
            let (kind, text) = identifier(person, a);
            let own = person.and_then(|user| user.password.as_ref()).map(|own| own.text.clone());
            let wrong = PASSWORDS[usize::from(b) % 4].to_owned();
            let password = if b % 8 < 5 { own.unwrap_or(wrong) } else { wrong };
            Action::Password { visit, kind, text, password }
        }
        What::SendCode => {
            let (kind, contact) = contact(person, a);
            let event = if b % 6 == 5 { event(b / 6) } else { own.event };
            Action::SendCode { visit, kind, contact, event }
        }
        What::VerifyCode | What::VerifyMfa => {
            let mfa = matches!(what, What::VerifyMfa);
            let code = own.registry.iter().rev().find_map(|record| match &record.body {
                Body::Code(code) if code.mfa == mfa => Some((record.no, code.clone())),
                _ => None,
            });
            let (record, code) = code?;
            let same = if code.kind == IdentifierType::Email { a & 0xFE } else { a | 1 };
            let typed = if b % 16 == 13 { contact(person, same).1 } else { code.contact };
            Action::TryCode { visit, mfa, kind: code.kind, typed, record, right: b % 8 < 5 }
        }
        What::SendMfa => {
            let email = identified.is_none_or(|user| user.phone.is_none()) || a.is_multiple_of(2);
            let kind = if email { IdentifierType::Email } else { IdentifierType::Phone };
            Action::SendMfa { visit, kind }
        }
        What::Identify => {
            let any = |_: &Body| true;
            let latest = (a % 16 != 15).then(|| wanted(any));
            let record = latest.filter(|no| *no != 0 || a % 2 == 1);
            Action::Identify { visit, record, link: a % 8 == 6 }
        }
        What::NewIdentity => {
            let username = ["new_name", "Ann_name", "ann_name", "1st", "a", "new_name2"][usize::from(a) % 6];
            let password = OTHERS[usize::from(b) % 3];
            Action::NewIdentity { visit, username: username.into(), password: password.into() }
        }
        What::Update => Action::Update { visit, payload: payload(own, a, b, book) },
        What::Reset => {
            let same = identified.and_then(|user| user.password.as_ref()).map(|own| own.text.clone());
            let other = OTHERS[usize::from(b) % 3].to_owned();
            let password = if b % 4 == 3 { same.unwrap_or(other) } else { other };
            Action::Reset { visit, password }
        }
        What::Submit => Action::Submit { visit },
        What::Close => Action::Close { visit },
        What::Remove => Action::Remove { visit, what: gone(identified, a) },
        What::NewSecret => Action::NewSecret { visit },
        What::TryNewSecret => {
            let record = wanted(|body| matches!(body, Body::Totp { .. }));
            Action::TryNewSecret { visit, record, right: b % 8 < 5 }
        }
        What::TryApp => {
            let secret = identified.and_then(|user| user.mfa.app.as_ref()).map(|app| app.secret);
            let step = book.step_now() + [0, 0, 1, -1, 2, -2][usize::from(b) % 6];
            Action::TryApp { visit, code: secret.map(|secret| (secret, step)).filter(|_| a % 8 < 6) }
        }
        What::NewCodes => Action::NewCodes { visit },
        What::TryCode => {
            let codes = identified.and_then(|user| user.mfa.codes.as_ref());
            let index = codes.and_then(|codes| codes.used.iter().position(|used| !used)).unwrap_or_default();
            let index = if b % 8 == 7 { 0 } else { index };
            Action::TryBackup { visit, code: codes.map(|codes| (codes.set, index)).filter(|_| a % 8 < 6) }
        }
        What::Challenge => {
            let held = identified.is_some_and(|user| !user.mfa.keys.is_empty());
            let make = if held { a % 4 == 3 } else { a % 8 != 7 };
            let ceremony = if make { Ceremony::Registration } else { Ceremony::Authentication };
            Action::Challenge { visit, ceremony }
        }
        What::TryKey => {
            let record = wanted(|body| matches!(body, Body::WebAuthn { .. }));
            Action::TryKey { visit, record, report: report(own, record, a, b, book) }
        }
        What::AskPasskey => Action::AskPasskey { visit },
        What::TryPasskey => {
            let record = wanted(|body| matches!(body, Body::Passkey { .. }));
            let key = person.and_then(|user| user.mfa.keys.first());
            let used = match key {
                _ if a % 16 == 15 => None,
                Some(key) => Some((key.id.clone(), key.counter + u32::from(a % 16 != 14))),
                None => Some(("unknown-key".into(), 1)),
            };
            Action::TryPasskey { visit, record, used, right_rp: a % 16 != 13, verified: a % 16 != 12 }
        }
        What::Bind => bind(visit, a, b, book),
        What::Decide => {
            use Decision::{Enable, Skip, SkipPasskey, SkipSuggestion};
            let decision = [Skip, Enable, SkipSuggestion, SkipPasskey][usize::from(a) % 4];
            Action::Decide { visit, decision }
        }
        What::StartProvider => {
            // Whoever has a company goes through its door, mostly, while that is on.
            let of_company = person.is_some_and(|user| {
                !user.sso.is_empty() || user.email.as_ref().is_some_and(|own| own.ends_with("@acme.example"))
            });
            let by_company = book.settings.single_sign_on_enabled && of_company && a.is_multiple_of(3);
            let (sso, connector) = provider(if by_company { 1 } else { a });
            Action::StartProvider { visit, sso, connector, has_state: b % 16 != 15 }
        }
        What::VerifyProvider => {
            let pending = own.registry.iter().rev().find_map(|record| match &record.body {
                Body::Social { connector, .. } => Some((record.no, false, connector.clone())),
                Body::Sso { connector, .. } => Some((record.no, true, connector.clone())),
                _ => None,
            });
            let (record, sso, connector) = pending?;
            let connector = if a % 16 == 15 { provider(b).1 } else { connector };
            let told = told(who, b, sso, book);
            Action::VerifyProvider { visit, sso, connector, record, right_state: a % 16 != 14, told }
        }
        What::Token => {
            let token = book.tokens.len().checked_sub(1 + usize::from(b % 2));
            let email = token.and_then(|index| book.tokens.get(index)).map(|token| token.email.clone());
            let email = email.filter(|_| b % 16 != 15).unwrap_or_else(|| "ann@example.com".into());
            Action::Token { visit, email, token }
        }
        What::Start | What::Wait | What::Operator | What::Risk | What::Source => return None,
    })
}

/// Something to take away: what is there, mostly.
fn gone(user: Option<&Account>, a: u8) -> Gone {
    let key = user.and_then(|user| user.mfa.keys.first()).map_or("no-key", |key| key.id.as_str());
    let menu = [
        Gone::Password,
        Gone::Email,
        Gone::Username,
        Gone::Phone,
        Gone::Social("github".into()),
        Gone::Sso("acme".into()),
        Gone::Factor("Totp".into()),
        Gone::Factor("BackupCode".into()),
        Gone::Factor(key.into()),
    ];
    menu[usize::from(a) % menu.len()].clone()
}

/// A provider: social ones, and two enterprise ones.
fn provider(a: u8) -> (bool, String) {
    let menu = [
        (false, "github-1"),
        (true, "acme-sso"),
        (false, "google-1"),
        (false, "github-2"),
        (true, "other-sso"),
        (false, "unheard"),
        (true, "unheard"),
    ];
    let (sso, connector) = menu[usize::from(a) % menu.len()];
    (sso, connector.into())
}

/// What the host reports of a ceremony: what was asked for, mostly.
fn report(own: &Visit, record: u64, a: u8, b: u8, book: &Book) -> Report {
    let asked = own.registry.iter().find(|own| own.no == record).and_then(|record| match record.body {
        Body::WebAuthn { challenge, .. } => challenge,
        _ => None,
    });
    let key = own.user.as_ref().and_then(|id| book.account(id)).and_then(|user| user.mfa.keys.first());
    match (asked, key) {
        _ if a % 8 == 7 => Report::Refused,
        (Some(Ceremony::Authentication), Some(key)) => {
            Report::Used { key: key.id.clone(), counter: key.counter + u32::from(a % 8 != 6) }
        }
        _ => Report::Made(new_key(book.visits.len(), b / 16)),
    }
}

/// Something to stage.
pub fn payload(own: &Visit, a: u8, b: u8, book: &Book) -> Payload {
    let wanted = |wanted: fn(&Body) -> bool| record(own, b, wanted, book);
    let email = |body: &Body| matches!(body, Body::Code(code) if code.kind == IdentifierType::Email);
    let phone = |body: &Body| matches!(body, Body::Code(code) if code.kind == IdentifierType::Phone);
    match a % 7 {
        0 => Payload::Username(["new_name", "other_name", "ann_name", "a"][usize::from(b) % 4].into()),
        1 => {
            let menu = [OTHERS[0], OTHERS[1], OTHERS[2], PASSWORDS[0], PASSWORDS[1]];
            Payload::Password(menu[usize::from(b) % 5].into())
        }
        2 => Payload::Email(wanted(email)),
        3 => Payload::Phone(wanted(phone)),
        4 => Payload::Social(wanted(|body| matches!(body, Body::Social { .. })), b % 4 == 3),
        5 => Payload::Sso(wanted(|body| matches!(body, Body::Sso { .. })), b % 4 == 3),
        _ => Payload::Extra(extra(b)),
    }
}

/// A factor to bind: one that the interaction has a record for, mostly.
fn bind(visit: usize, a: u8, b: u8, book: &Book) -> Action {
    let own = &book.visits[visit];
    let fits = own.registry.iter().rev().find_map(|record| {
        let factor = match &record.body {
            Body::Totp { .. } => MfaFactor::Totp,
            Body::WebAuthn { .. } => MfaFactor::WebAuthn,
            Body::BackupCode { .. } => MfaFactor::BackupCode,
            Body::Code(code) if code.mfa => return None,
            Body::Code(code) if code.kind == IdentifierType::Email => MfaFactor::EmailVerificationCode,
            Body::Code(_) => MfaFactor::PhoneVerificationCode,
            _ => return None,
        };
        Some((factor, record.no))
    });
    let (factor, fitting) = fits.unwrap_or((MfaFactor::Totp, 0));
    let record = if b % 16 == 15 { record(own, b, |_| true, book) } else { fitting };
    let sign_in = factor == MfaFactor::WebAuthn && a % 3 == 1;
    Action::Bind { visit, factor, record, sign_in }
}
