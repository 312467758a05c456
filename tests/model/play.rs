//! One action, on the model and on the library.

use serde_json::{Value, json};
use vestibule::flow::{
    BindMfa, CaptchaVerdict, CloseAccount, DecideMfa, ExtraProfile, GenerateBackupCodes, GenerateTotpSecret,
    Identify, MfaContact, NewPasswordIdentity, ProfilePayload, Removal, RemoveFromAccount, ResetPassword,
    SendCode, SendMfaCode, SentCode, Start, StartSignInPasskey, StartSocial, StartSso, StartWebAuthn, Submit,
    SwitchEvent, UpdateProfile, UsedPasskey, VerifyBackupCode, VerifyCode, VerifyMfaCode, VerifyOneTimeToken,
    VerifyPassword, VerifySignInPasskey, VerifySocial, VerifySso, VerifyTotp, VerifyWebAuthn,
    WebAuthnCeremony, WebAuthnReport,
};
use vestibule::identifier::{
    ClaimedIdentifier, Contact, Email, IdentifierType, Phone, UserId, Username, VerificationId,
};
use vestibule::operator::{
    AddFactor, CreateUser, DeleteUser, FactorType, IssueOneTimeToken, LinkIdentity, NewFactor, NewUser,
    RevokeOneTimeToken, SuspendUser,
};
use vestibule::rejection::Rejection;
use vestibule::secret::Secret;
use vestibule::user::{FactorId, ReportedContact, SocialIdentity, SocialUserInfo, TotpSecret};
use vestibule::verification::PendingChallenge;

use crate::differential::{Compared, lifetime, refused};
use crate::library::{Library, at, credential, seconds, seconds_to_steps};
use crate::rules::account::Gone;
use crate::rules::begin::{SESSION, step};
use crate::rules::bind::Decision;
use crate::rules::factors::{RP, Report};
use crate::rules::facts::{Answer, Book, Ceremony, Told, yes};
use crate::rules::profile::Payload;
use crate::steps::Action;

/// The step on the model.
pub fn on_model(book: &mut Book, action: &Action) -> Answer {
    let action = action.clone();
    match action {
        Action::Start { event, captcha, of, opened, .. } => book.start(event, captcha, of.as_deref(), opened),
        Action::Switch { visit, to } => step(book, visit, |book| book.switch(visit, to)),
        Action::Password { visit, kind, text, password } => {
            step(book, visit, |book| book.password(visit, kind, &text, &password))
        }
        Action::SendCode { visit, kind, contact, event } => {
            step(book, visit, |book| book.send_code(visit, kind, &contact, event))
        }
        Action::TryCode { visit, mfa, kind, typed, record, right } => step(book, visit, |book| {
            let typed = (!mfa).then_some(typed.as_str());
            book.try_code(visit, mfa, kind, typed, record, right)
        }),
        Action::SendMfa { visit, kind } => step(book, visit, |book| book.send_mfa_code(visit, kind)),
        Action::Identify { visit, record, link } => {
            step(book, visit, |book| book.identify(visit, record, link))
        }
        Action::NewIdentity { visit, username, password } => {
            step(book, visit, |book| book.new_identity(visit, &username, &password))
        }
        Action::Update { visit, payload } => step(book, visit, |book| book.update(visit, payload)),
        Action::Reset { visit, password } => step(book, visit, |book| book.reset(visit, &password)),
        Action::Submit { visit } => step(book, visit, |book| book.submit(visit)),
        Action::Remove { visit, what } => step(book, visit, |book| book.remove(visit, &what)),
        Action::Close { visit } => step(book, visit, |book| book.close(visit)),
        Action::NewSecret { visit } => step(book, visit, |book| book.new_secret(visit)),
        Action::TryNewSecret { visit, record, right } => {
            step(book, visit, |book| book.try_new_secret(visit, record, right))
        }
        Action::TryApp { visit, code } => step(book, visit, |book| book.try_app(visit, code)),
        Action::NewCodes { visit } => step(book, visit, |book| book.new_codes(visit)),
        Action::TryBackup { visit, code } => step(book, visit, |book| book.try_backup_code(visit, code)),
        Action::Challenge { visit, ceremony } => step(book, visit, |book| book.challenge(visit, ceremony)),
        Action::TryKey { visit, record, report } => {
            step(book, visit, |book| book.try_key(visit, record, report))
        }
        Action::AskPasskey { visit } => step(book, visit, |book| book.ask_passkey(visit)),
        Action::TryPasskey { visit, record, used, right_rp, verified } => {
            step(book, visit, |book| book.try_passkey(visit, record, used, right_rp, verified))
        }
        Action::Bind { visit, factor, record, sign_in } => {
            step(book, visit, |book| book.bind(visit, factor, record, sign_in))
        }
        Action::Decide { visit, decision } => step(book, visit, |book| book.decide(visit, decision)),
        Action::StartProvider { visit, sso, connector, has_state } => {
            step(book, visit, |book| book.start_provider(visit, sso, &connector, has_state))
        }
        Action::VerifyProvider { visit, sso, connector, record, right_state, told } => {
            step(book, visit, |book| book.verify_provider(visit, sso, &connector, record, right_state, told))
        }
        Action::Token { visit, email, token } => step(book, visit, |book| book.token(visit, &email, token)),
        Action::Suspend { user, suspended } => book.suspend(&user, suspended),
        Action::Delete { user } => book.delete(&user),
        Action::Create { username, email, password } => book.create_by_operator(username, email, password),
        Action::Link { user, target, id } => book.link(&user, &target, &id),
        Action::GiveApp { user } => book.give_app(&user),
        Action::GiveCodes { user } => book.give_codes(&user),
        Action::Issue { email, event, organizations, lives } => {
            book.issue(&email, event, organizations, lives)
        }
        Action::Revoke { token } => book.revoke(token),
        Action::Wait { .. } | Action::Risk { .. } | Action::Source { .. } => yes(Value::Null),
    }
}

/// An email or a phone.
fn contact(kind: IdentifierType, text: &str) -> Contact {
    match kind {
        IdentifierType::Email => Contact::Email(Email::parse(text).unwrap()),
        _ => Contact::Phone(Phone::parse(text).unwrap()),
    }
}

/// What a host was told by a provider.
fn info(told: &Told) -> SocialUserInfo {
    let reported = |own: &(String, bool)| {
        let value = own.0.clone();
        if own.1 { ReportedContact::verified(value) } else { ReportedContact::unverified(value) }
    };
    SocialUserInfo {
        email: told.email.as_ref().map(reported),
        phone: told.phone.as_ref().map(reported),
        name: told.name.clone(),
        avatar: told.avatar.clone(),
        ..SocialUserInfo::new(told.id.clone())
    }
}

/// A challenge of the relying party.
fn pending() -> PendingChallenge {
    PendingChallenge { challenge: Secret::new("challenge"), rp_id: RP.into() }
}

/// The secret's code of a time step.
fn code_at(secret: &TotpSecret, step: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret.expose_base32()).unwrap();
    let app =
        totp_rs::Builder::new().with_algorithm(totp_rs::Algorithm::SHA1).with_secret(secret).build().unwrap();
    let time = u64::try_from((step + seconds_to_steps()) * 30).unwrap();
    app.generate(time).to_string()
}

/// A code that no app and no message has.
fn another(code: &str) -> String {
    let first = if code.starts_with('9') { "8" } else { "9" };
    format!("{first}{}", &code[1..])
}

/// The step on the library. What the model answered tells what new things are called.
pub fn on_library(library: &mut Library, before: &Book, action: &Action, model: &Compared) -> Compared {
    let told = model.as_ref().map(|yes| yes.0.clone()).unwrap_or_default();
    let how = (before.now, before.source.as_deref(), before.risky);
    let outcome = steps_of(library, before, how, action, &told);
    outcome.map_err(|rejection| refused(&rejection))
}

type How<'a> = (i64, Option<&'a str>, bool);
type Outcome = Result<(Value, bool), Rejection>;

/// An answer with nothing to tell.
fn nothing<T>((_, anew): (T, bool)) -> (Value, bool) {
    (Value::Null, anew)
}

/// Steps of an interaction, and then acts.
fn steps_of(library: &mut Library, before: &Book, how: How<'_>, action: &Action, told: &Value) -> Outcome {
    let number = |library: &mut Library, (id, anew): (VerificationId, bool)| {
        (json!(library.number(id, told.as_u64())), anew)
    };
    match action.clone() {
        Action::Start { event, captcha, of, opened, .. } => {
            let start = match &of {
                Some(user) => Start::account(UserId::parse(&library.id(user)).unwrap(), SESSION, at(opened)),
                None => Start::new(event),
            };
            let start = match captcha {
                Some(true) => start.with_captcha(CaptchaVerdict::Passed),
                Some(false) => start.with_captcha(CaptchaVerdict::Failed),
                None => start,
            };
            let started = library.with(how.0, how.1, how.2, |engine| engine.start(&start));
            match started {
                Ok(id) => library.visits.push(id),
                Err(error) => return Err(error.rejection().cloned().unwrap()),
            }
            Ok((Value::Null, false))
        }
        Action::Switch { visit, to } => library.run(how, visit, &SwitchEvent::to(to)).map(nothing),
        Action::Password { visit, kind, text, password } => {
            let operation = VerifyPassword::new(ClaimedIdentifier::new(kind, text), password);
            library.run(how, visit, &operation).map(|done| number(library, done))
        }
        Action::SendCode { visit, kind, contact: to, event } => {
            let done = library.run(how, visit, &SendCode::new(contact(kind, &to), event))?;
            Ok(sent(library, done, told))
        }
        Action::SendMfa { visit, kind } => {
            let done = library.run(how, visit, &SendMfaCode::to(mfa_contact(kind)))?;
            Ok(sent(library, done, told))
        }
        Action::TryCode { visit, mfa, kind, typed, record, right } => {
            let code = library.codes.get(&record).cloned().unwrap_or("123456".into());
            let code = if right { code } else { another(&code) };
            let id = library.record(record);
            let done = if mfa {
                library.run(how, visit, &VerifyMfaCode::new(mfa_contact(kind), id, code))
            } else {
                library.run(how, visit, &VerifyCode::new(contact(kind, &typed), id, code))
            };
            done.map(|done| number(library, done))
        }
        Action::Identify { visit, record, link } => {
            let operation =
                record.map_or_else(Identify::from_staged_profile, |no| Identify::by(library.record(no)));
            let operation = if link { operation.linking_social_identity() } else { operation };
            let (done, anew) = library.run(how, visit, &operation)?;
            if let (true, Some(name)) = (done.created, told["user"].as_str()) {
                library.made.insert(name.into(), done.user_id.to_string());
            }
            Ok((json!({"user": library.name(done.user_id.as_str()), "created": done.created}), anew))
        }
        Action::NewIdentity { visit, username, password } => {
            let done = library.run(how, visit, &NewPasswordIdentity::new(username, password))?;
            Ok(number(library, done))
        }
        Action::Update { visit, payload } => {
            let payload = match payload {
                Payload::Username(text) => ProfilePayload::username(text),
                Payload::Password(text) => ProfilePayload::password(text),
                Payload::Email(no) => ProfilePayload::email(library.record(no)),
                Payload::Phone(no) => ProfilePayload::phone(library.record(no)),
                Payload::Social(no, false) => ProfilePayload::social(library.record(no)),
                Payload::Social(no, true) => ProfilePayload::social(library.record(no)).replacing(),
                Payload::Sso(no, false) => ProfilePayload::sso(library.record(no)),
                Payload::Sso(no, true) => ProfilePayload::sso(library.record(no)).replacing(),
                Payload::Extra(values) => ProfilePayload::extra_profile(ExtraProfile::new(values)?),
            };
            library.run(how, visit, &UpdateProfile::new(payload)).map(nothing)
        }
        Action::Reset { visit, password } => {
            library.run(how, visit, &ResetPassword::new(password)).map(nothing)
        }
        Action::Submit { visit } => {
            let (done, anew) = library.run(how, visit, &Submit)?;
            let user = library.name(done.user_id.as_str());
            Ok((json!({"user": user, "event": done.event, "ends": done.ends_other_sessions}), anew))
        }
        Action::Remove { visit, what } => {
            let what = match what {
                Gone::Username => Removal::Username,
                Gone::Email => Removal::Email,
                Gone::Phone => Removal::Phone,
                Gone::Password => Removal::Password,
                Gone::Social(target) => Removal::SocialIdentity(target),
                Gone::Sso(issuer) => Removal::SsoIdentity(issuer),
                Gone::Factor(id) => Removal::Factor(FactorId::new(id)),
            };
            library.run(how, visit, &RemoveFromAccount::new(what)).map(nothing)
        }
        Action::Close { visit } => {
            let (due, anew) = library.run(how, visit, &CloseAccount)?;
            Ok((json!(seconds(due)), anew))
        }
        Action::NewSecret { visit } => {
            let (made, anew) = library.run(how, visit, &GenerateTotpSecret::new("Shop"))?;
            let record = library.number(made.verification_id, told["record"].as_u64());
            let secret = told["secret"].as_u64().unwrap_or_default();
            library.secrets.insert(secret, TotpSecret::from_base32(made.secret.expose()));
            Ok((json!({"record": record, "secret": secret}), anew))
        }
        Action::TryNewSecret { visit, record, right } => {
            let secret = before.visits[visit].registry.iter().find(|own| own.no == record).and_then(|own| {
                match own.body {
                    crate::rules::facts::Body::Totp { secret, .. } => library.secrets.get(&secret),
                    _ => None,
                }
            });
            let code = secret.map_or("000000".into(), |secret| code_at(secret, before.step_now()));
            let code = if right { code } else { another(&code) };
            let operation = VerifyTotp::of_new_secret(code, library.record(record));
            library.run(how, visit, &operation).map(|done| number(library, done))
        }
        Action::TryApp { visit, code } => {
            let code = code.and_then(|(secret, step)| Some(code_at(library.secrets.get(&secret)?, step)));
            let operation = VerifyTotp::of_own_secret(code.unwrap_or("000000".into()));
            library.run(how, visit, &operation).map(|done| number(library, done))
        }
        Action::NewCodes { visit } => {
            let (made, anew) = library.run(how, visit, &GenerateBackupCodes)?;
            let record = library.number(made.verification_id, told["record"].as_u64());
            let set = told["set"].as_u64().unwrap_or_default();
            let texts = made.codes.iter().map(|code| code.expose().to_owned()).collect();
            library.sets.insert(set, texts);
            Ok((json!({"record": record, "set": set}), anew))
        }
        Action::TryBackup { visit, code } => {
            let code = code.and_then(|(set, index)| library.sets.get(&set)?.get(index).cloned());
            let operation = VerifyBackupCode::new(code.unwrap_or("ffff-ffff-ffff-ffff".into()));
            library.run(how, visit, &operation).map(|done| number(library, done))
        }
        Action::Challenge { visit, ceremony } => {
            let ceremony = match ceremony {
                Ceremony::Registration => WebAuthnCeremony::Registration,
                Ceremony::Authentication => WebAuthnCeremony::Authentication,
            };
            let done = library.run(how, visit, &StartWebAuthn::new(ceremony, pending()))?;
            Ok(number(library, done))
        }
        Action::TryKey { visit, record, report } => {
            let report = match report {
                Report::Made(key) => WebAuthnReport::Registered(credential(&key)),
                Report::Used { key, counter } => {
                    WebAuthnReport::Authenticated { credential_id: key, rp_id: RP.into(), counter }
                }
                Report::Refused => WebAuthnReport::Refused,
            };
            let operation = VerifyWebAuthn::new(library.record(record), report);
            library.run(how, visit, &operation).map(|done| number(library, done))
        }
        Action::AskPasskey { visit } => {
            let done = library.run(how, visit, &StartSignInPasskey::new(pending()))?;
            Ok(number(library, done))
        }
        Action::TryPasskey { visit, record, used, right_rp, verified } => {
            let rp_id = if right_rp { RP } else { "other.example" }.to_owned();
            let used = used.map(|(credential_id, counter)| UsedPasskey {
                credential_id,
                rp_id,
                counter,
                user_verified: verified,
            });
            let operation = VerifySignInPasskey::new(library.record(record), used);
            library.run(how, visit, &operation).map(|done| number(library, done))
        }
        Action::Bind { visit, factor, record, sign_in } => {
            let id = library.record(record);
            let operation = if sign_in { BindMfa::sign_in_passkey(id) } else { BindMfa::new(factor, id) };
            library.run(how, visit, &operation).map(nothing)
        }
        Action::Decide { visit, decision } => {
            let decision = match decision {
                Decision::Enable => DecideMfa::Enable,
                Decision::Skip => DecideMfa::Skip,
                Decision::SkipSuggestion => DecideMfa::SkipSuggestion,
                Decision::SkipPasskey => DecideMfa::SkipPasskey,
            };
            library.run(how, visit, &decision).map(nothing)
        }
        Action::StartProvider { visit, sso, connector, has_state } => {
            let state = if has_state { "state" } else { "" };
            let uri = "https://app.example/callback";
            let done = if sso {
                library.run(how, visit, &StartSso::new(connector, state, uri))
            } else {
                library.run(how, visit, &StartSocial::new(connector, state, uri))
            };
            done.map(|done| number(library, done))
        }
        Action::VerifyProvider { visit, sso, connector, record, right_state, told } => {
            let (id, state) = (library.record(record), if right_state { "state" } else { "another" });
            let info = info(&told);
            let done = if sso {
                library.run(how, visit, &VerifySso::new(connector, id, state, info))
            } else {
                library.run(how, visit, &VerifySocial::new(connector, id, state, info))
            };
            done.map(|done| number(library, done))
        }
        Action::Token { visit, email, token } => {
            let token = token.and_then(|index| library.tokens.get(index).cloned());
            let operation =
                VerifyOneTimeToken::new(Email::parse(&email).unwrap(), token.unwrap_or("unknown".into()));
            library.run(how, visit, &operation).map(|done| number(library, done))
        }
        _ => acts_of(library, before, action, told),
    }
}

/// A code that was sent, or was not.
fn sent(library: &mut Library, (done, anew): (SentCode, bool), told: &Value) -> (Value, bool) {
    let record = library.number(done.verification_id, told["record"].as_u64());
    let message = done.message.map(|message| {
        library.codes.insert(record, message.code.expose().into());
        let to = match &message.recipient {
            Contact::Email(email) => email.as_str().to_owned(),
            Contact::Phone(phone) => phone.digits().to_owned(),
        };
        json!({"to": to, "template": format!("{:?}", message.template)})
    });
    (json!({"record": record, "message": message}), anew)
}

/// Which of the user's contacts.
fn mfa_contact(kind: IdentifierType) -> MfaContact {
    if kind == IdentifierType::Phone { MfaContact::Phone } else { MfaContact::Email }
}

/// What an operator does, and what is no act at all.
fn acts_of(library: &mut Library, before: &Book, action: &Action, told: &Value) -> Outcome {
    let now = before.now;
    let null = (Value::Null, false);
    match action.clone() {
        Action::Suspend { user, suspended } => {
            library.act(now, &SuspendUser::new(library.id(&user), suspended)).map(|_| null)
        }
        Action::Delete { user } => library.act(now, &DeleteUser::new(library.id(&user))).map(|()| null),
        Action::Create { username, email, password } => {
            let new = NewUser {
                username: username.map(|text| Username::parse(&text).unwrap()),
                primary_email: email.map(|text| Email::parse(&text).unwrap()),
                password: password.map(|text| Secret::new(text).into()),
                ..NewUser::default()
            };
            let user = library.act(now, &CreateUser::new(new))?;
            if let Some(name) = told.as_str() {
                library.made.insert(name.into(), user.id.to_string());
            }
            Ok((json!(library.name(user.id.as_str())), false))
        }
        Action::Link { user, target, id } => {
            let identity = SocialIdentity::new(id);
            library.act(now, &LinkIdentity::new(library.id(&user), target, identity)).map(|_| null)
        }
        Action::GiveApp { user } => {
            match library.act(now, &AddFactor::new(library.id(&user), FactorType::Totp))? {
                NewFactor::Totp(secret) => {
                    let number = told.as_u64().unwrap_or_default();
                    library.secrets.insert(number, TotpSecret::from_base32(secret.expose()));
                }
                NewFactor::BackupCode(_) => {}
            }
            Ok((told.clone(), false))
        }
        Action::GiveCodes { user } => {
            let made = library.act(now, &AddFactor::new(library.id(&user), FactorType::BackupCode))?;
            if let NewFactor::BackupCode(codes) = made {
                let texts = codes.iter().map(|code| code.expose().to_owned()).collect();
                library.sets.insert(told.as_u64().unwrap_or_default(), texts);
            }
            Ok((told.clone(), false))
        }
        Action::Issue { email, event, organizations, lives } => {
            let mut issue = IssueOneTimeToken::new(Email::parse(&email).unwrap());
            issue = issue.with_lifetime(lifetime(lives)).joining(organizations);
            if let Some(event) = event {
                issue = issue.for_event(event);
            }
            let issued = library.act(now, &issue)?;
            library.tokens.push(issued.token.expose().into());
            library.token_ids.push(issued.view.id);
            Ok(null)
        }
        Action::Revoke { token } => {
            let token = token.and_then(|index| library.token_ids.get(index).cloned());
            library.act(now, &RevokeOneTimeToken::new(token.unwrap_or("unknown".into()))).map(|_| null)
        }
        _ => Ok(null),
    }
}
