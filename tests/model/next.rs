//! What an interaction needs next, by what the model says remains: so that random steps get far.

use vestibule::experience::InteractionEvent;
use vestibule::identifier::IdentifierType;

use crate::choose::{contact, in_visit, payload};
use crate::rules::facts::{Body, Book, Ceremony};
use crate::rules::profile::Payload;
use crate::steps::{Action, What, extra};

/// What an interaction needs next, by what the model says remains.
pub fn go_on(visit: usize, who: u8, a: u8, b: u8, book: &Book) -> Action {
    let own = &book.visits[visit];
    let doing =
        |what: What, a: u8| in_visit(what, visit, who, a, b, book).unwrap_or(Action::Submit { visit });
    let verified = |wanted: fn(&Body) -> bool| own.registry.iter().rev().find(|record| wanted(&record.body));
    if own.event == InteractionEvent::Account && own.proofs.is_empty() {
        return doing(What::Password, a);
    }
    if own.event == InteractionEvent::Account
        && let Some(user) = book.user(visit).filter(|user| !book.is_stepped_up(visit, user))
    {
        let at = [user.mfa.app.is_some(), !user.mfa.keys.is_empty(), user.mfa.codes.is_some()];
        return match at.iter().position(|own| *own) {
            Some(0) => doing(What::TryApp, 0),
            Some(1) if a.is_multiple_of(2) => doing(What::Challenge, 0),
            Some(1) => doing(What::TryKey, 0),
            Some(_) => doing(What::TryCode, 0),
            None if a.is_multiple_of(2) => doing(What::SendMfa, a / 2),
            None => doing(What::VerifyMfa, a),
        };
    }
    if own.user.is_none() && own.event != InteractionEvent::Register {
        return if own.proofs.is_empty() { doing(What::Password, a) } else { doing(What::Identify, a) };
    }
    let left = if own.user.is_none() { book.may_create(visit) } else { book.left(visit) };
    let Some(first) = left.first() else {
        return if own.user.is_none() {
            Action::Identify { visit, record: None, link: false }
        } else {
            Action::Submit { visit }
        };
    };
    match first.code {
        "user.missing_profile" => missing(visit, a, b, book, first.data.as_ref()),
        "session.mfa.require_mfa_verification" | "user.missing_mfa" if first.code.contains("require") => {
            prove_factor(visit, who, a, b, book, first.data.as_ref())
        }
        "user.new_password_required_in_profile" if own.event == InteractionEvent::ForgotPassword => {
            doing(What::Reset, a)
        }
        "user.new_password_required_in_profile" => {
            Action::Update { visit, payload: payload(own, 1, b, book) }
        }
        "user.suggest_mfa" => doing(What::Decide, u8::from(!a.is_multiple_of(3))),
        "session.mfa.suggest_additional_mfa" => doing(What::Decide, 2),
        "user.passkey_preferred" => doing(What::Decide, 3),
        "user.missing_mfa" => enrol(visit, who, a, b, book),
        "session.mfa.backup_code_required" => {
            match verified(|body| matches!(body, Body::BackupCode { .. })) {
                Some(_) => doing(What::Bind, a),
                None => Action::NewCodes { visit },
            }
        }
        _ => Action::Submit { visit },
    }
}

/// The next step to have what a profile lacks.
fn missing(visit: usize, a: u8, b: u8, book: &Book, data: Option<&serde_json::Value>) -> Action {
    let own = &book.visits[visit];
    let item = data.and_then(|data| data["missingProfile"][0].as_str()).unwrap_or_default();
    let kind = if item == "phone" { IdentifierType::Phone } else { IdentifierType::Email };
    let code = own.registry.iter().rev().find_map(|record| match &record.body {
        Body::Code(code) if code.kind == kind && !code.mfa => Some((record.no, code.clone())),
        _ => None,
    });
    match (item, code) {
        ("username", _) => Action::Update { visit, payload: payload(own, 0, b, book) },
        ("password", _) => Action::Update { visit, payload: payload(own, 1, b, book) },
        ("extraProfile", _) => Action::Update { visit, payload: Payload::Extra(extra(b % 4)) },
        (_, Some((record, code))) if code.verified => {
            let email = kind == IdentifierType::Email;
            let payload = if email { Payload::Email(record) } else { Payload::Phone(record) };
            Action::Update { visit, payload }
        }
        (_, Some((record, code))) if code.live => {
            Action::TryCode { visit, mfa: false, kind, typed: code.contact, record, right: b % 8 < 6 }
        }
        _ => {
            let (_, contact) = contact(None, if kind == IdentifierType::Email { a & 0xFE } else { a | 1 });
            Action::SendCode { visit, kind, contact, event: own.event }
        }
    }
}

/// The next step to prove a factor that is asked for.
fn prove_factor(
    visit: usize,
    who: u8,
    a: u8,
    b: u8,
    book: &Book,
    data: Option<&serde_json::Value>,
) -> Action {
    let own = &book.visits[visit];
    let doing =
        |what: What, a: u8| in_visit(what, visit, who, a, b, book).unwrap_or(Action::Submit { visit });
    let asked: Vec<String> = data
        .and_then(|data| data["availableFactors"].as_array())
        .map(|all| all.iter().filter_map(|own| own.as_str().map(String::from)).collect())
        .unwrap_or_default();
    let factor = asked.get(usize::from(a) % asked.len().max(1)).map_or("", String::as_str);
    let sent = |kind: IdentifierType| {
        own.registry.iter().any(
            |record| matches!(&record.body, Body::Code(code) if code.mfa && code.kind == kind && code.live),
        )
    };
    match factor {
        "Totp" => doing(What::TryApp, 0),
        "BackupCode" => doing(What::TryCode, 0),
        "WebAuthn" => {
            let pending = own.registry.iter().any(|record| {
                matches!(record.body, Body::WebAuthn { challenge: Some(Ceremony::Authentication), .. })
            });
            if pending { doing(What::TryKey, 0) } else { doing(What::Challenge, 0) }
        }
        "PhoneVerificationCode" if sent(IdentifierType::Phone) => doing(What::VerifyMfa, 0),
        "EmailVerificationCode" if sent(IdentifierType::Email) => doing(What::VerifyMfa, 0),
        "PhoneVerificationCode" => Action::SendMfa { visit, kind: IdentifierType::Phone },
        _ => Action::SendMfa { visit, kind: IdentifierType::Email },
    }
}

/// The next step to bind a factor.
fn enrol(visit: usize, who: u8, a: u8, b: u8, book: &Book) -> Action {
    let own = &book.visits[visit];
    let doing = |what: What| in_visit(what, visit, who, a, b, book).unwrap_or(Action::Submit { visit });
    for record in own.registry.iter().rev() {
        match &record.body {
            Body::Totp { verified, is_new: true, .. } => {
                return doing(if verified.is_some() { What::Bind } else { What::TryNewSecret });
            }
            Body::WebAuthn { verified: true, made: Some(_), .. } => return doing(What::Bind),
            Body::WebAuthn { challenge: Some(Ceremony::Registration), .. } => return doing(What::TryKey),
            _ => {}
        }
    }
    if a.is_multiple_of(2) { Action::NewSecret { visit } } else { doing(What::Challenge) }
}
