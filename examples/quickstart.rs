//! The main job, step by step: register, sign in, recover a password, and what is refused on the way.
//!
//! ```text
//! cargo run --example quickstart [SCRIPT.json]
//! ```
//!
//! A script has `settings` (a sign-in experience) and `steps`. A step says what to `do`, with the `body` of the
//! request that the operation is documented with; `as` names it, so that a later body can say `$name.id` for its
//! verification id and `$name.code` for the code it sent (`$$` begins a text with a dollar). `expect` is the code of the
//! refusal that should come; without it, success should. `about` is a heading.
#![allow(clippy::print_stderr, reason = "a program says what is wrong")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use vestibule::engine::{self, Engine};
use vestibule::experience::{Experience, SignInExperience};
use vestibule::flow::{
    Identify, NewPasswordIdentity, ResetPassword, SendCode, Start, Submit, SwitchEvent, UpdateProfile,
    VerifyCode, VerifyPassword, ViewInteraction, WhatRemains,
};
use vestibule::identifier::{Contact, UserId, VerificationId};
use vestibule::interaction::{DEFAULT_LIFETIME, Interaction, InteractionEvent, InteractionId};
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::password::Argon2id;
use vestibule::rejection::Rejection;
use vestibule::store::UserStore;
use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
use vestibule::user::User;

fn main() -> ExitCode {
    match play(&mut io::stdout().lock()) {
        Ok(surprises) if surprises.is_empty() => ExitCode::SUCCESS,
        Ok(surprises) => {
            eprintln!("quickstart: not as the script expects: {}", surprises.join(", "));
            ExitCode::FAILURE
        }
        Err(error) if is_closed_pipe(error.as_ref()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whoever read the output has read enough.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Plays the script; answers with the steps that did not go as it expects.
fn play(out: &mut impl Write) -> Result<Vec<String>, Box<dyn Error>> {
    let (name, text) = match std::env::args().nth(1) {
        Some(path) => match std::fs::read_to_string(&path) {
            Ok(text) => (path, text),
            Err(error) => return Err(format!("cannot read `{path}`: {error}").into()),
        },
        None => ("examples/quickstart.json".into(), include_str!("quickstart.json").into()),
    };
    let script: Script =
        serde_json::from_str(&text).map_err(|error| format!("`{name}` is no script: {error}"))?;
    let experience = Experience::new(script.settings)
        .map_err(|error| format!("`{name}` has settings that cannot be: {error}"))?;

    writeln!(out, "{} steps of {name}, over stores in memory.", script.steps.len())?;
    writeln!(
        out,
        "This is a demo: codes go to an outbox that is printed. A host sends them, and shows them nowhere."
    )?;
    let mut house = House::new(experience);
    let mut surprises = Vec::new();
    for (number, step) in (1..).zip(&script.steps) {
        if let Some(about) = &step.about {
            writeln!(out, "\n━━ {about} {}", "━".repeat(92_usize.saturating_sub(about.chars().count())))?;
        }
        let line = format!("{number:>3}  {:<20} {}", step.action.name(), shown(&step.body));
        writeln!(out, "\n{}", line.trim_end())?;
        let answer = house.take(step).map_err(|error| format!("step {number}: {error}"))?;
        let got = match &answer {
            Ok(lines) => {
                writeln!(out, "     ✓ {}", lines.join("\n       "))?;
                None
            }
            Err(rejection) => {
                writeln!(out, "     ✗ {} {}: {rejection}", rejection.status(), rejection.code())?;
                if let Some(data) = rejection.data() {
                    writeln!(out, "       {data}")?;
                }
                Some(rejection.code())
            }
        };
        if got != step.expect.as_deref() {
            writeln!(out, "     ! expected {}", step.expect.as_deref().unwrap_or("success"))?;
            surprises.push(format!("step {number}"));
        }
        house.show_account(out)?;
    }
    Ok(surprises)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    #[serde(default)]
    settings: SignInExperience,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(rename = "do")]
    action: Action,
    #[serde(default)]
    body: Map<String, Value>,
    #[serde(rename = "as")]
    name: Option<String>,
    expect: Option<String>,
    about: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Action {
    Start,
    SwitchEvent,
    SendCode,
    VerifyCode,
    VerifyPassword,
    NewPasswordIdentity,
    Identify,
    UpdateProfile,
    ResetPassword,
    Remaining,
    View,
    Submit,
    Wait,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::SwitchEvent => "switchEvent",
            Self::SendCode => "sendCode",
            Self::VerifyCode => "verifyCode",
            Self::VerifyPassword => "verifyPassword",
            Self::NewPasswordIdentity => "newPasswordIdentity",
            Self::Identify => "identify",
            Self::UpdateProfile => "updateProfile",
            Self::ResetPassword => "resetPassword",
            Self::Remaining => "remaining",
            Self::View => "view",
            Self::Submit => "submit",
            Self::Wait => "wait",
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StartBody {
    interaction_event: InteractionEvent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaitBody {
    seconds: u32,
}

/// What a step answers: lines to print, or a documented refusal.
type Answer = Result<Vec<String>, Rejection>;

/// What an auth server keeps.
struct House {
    users: MemoryUserStore,
    verifications: MemoryVerificationStore,
    experience: Experience,
    hasher: Argon2id,
    /// What the client's cookie holds.
    cookie: Option<InteractionId>,
    /// What the script's `$name.id` and `$name.code` stand for.
    named: BTreeMap<String, String>,
    waited: TimeDelta,
    /// Whose account the script is about, and how it was last shown.
    account: Option<(UserId, Vec<(&'static str, String)>)>,
}

impl House {
    fn new(experience: Experience) -> Self {
        Self {
            users: MemoryUserStore::new(),
            verifications: MemoryVerificationStore::new(),
            experience,
            hasher: Argon2id::default(),
            cookie: None,
            named: BTreeMap::new(),
            waited: TimeDelta::zero(),
            account: None,
        }
    }

    /// One step: reads the body as the operation it is for, and runs that.
    fn take(&mut self, step: &Step) -> Result<Answer, Box<dyn Error>> {
        Ok(match step.action {
            Action::Start => {
                let StartBody { interaction_event } = self.read(step)?;
                let (engine, start) = (self.engine()?, Start::new(interaction_event));
                let until = engine.context().now + DEFAULT_LIFETIME;
                let id = engine.start(&start)?;
                self.cookie = Some(id);
                let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
                Ok(vec![format!("an interaction, open until {until}")])
            }
            Action::Wait => {
                let WaitBody { seconds } = self.read(step)?;
                self.waited += TimeDelta::seconds(seconds.into());
                Ok(vec!["later".into()])
            }
            Action::SendCode => match self.run(&self.read::<SendCode>(step)?)? {
                Ok(sent) => {
                    let mut lines = self.verification(step, sent.verification_id);
                    lines.push(match sent.message {
                        Some(message) => {
                            let code = message.code.expose().to_owned();
                            let (to, template) = (address(&message.recipient), message.template);
                            let line = format!("demo outbox: to {to}, {template:?} message: code {code}");
                            step.name.iter().for_each(|name| self.name(name, "code", code.clone()));
                            line
                        }
                        // The client is told the same either way.
                        None => "demo outbox: nothing, because nobody has this address".into(),
                    });
                    Ok(lines)
                }
                Err(rejection) => Err(rejection),
            },
            Action::VerifyCode => self.verify(step, &self.read::<VerifyCode>(step)?)?,
            Action::VerifyPassword => self.verify(step, &self.read::<VerifyPassword>(step)?)?,
            Action::NewPasswordIdentity => self.verify(step, &self.read::<NewPasswordIdentity>(step)?)?,
            Action::Identify => self.run(&self.read::<Identify>(step)?)?.map(|identified| {
                let how = if identified.created { "a new account" } else { "an account" };
                vec![format!("{how}: {}", identified.user_id)]
            }),
            Action::SwitchEvent => self.run(&self.read::<SwitchEvent>(step)?)?.map(|()| done("switched")),
            Action::UpdateProfile => self.run(&self.read::<UpdateProfile>(step)?)?.map(|()| done("staged")),
            Action::ResetPassword => self.run(&self.read::<ResetPassword>(step)?)?.map(|()| done("staged")),
            Action::Remaining => json_lines(self.run(&WhatRemains)?)?,
            Action::View => json_lines(self.run(&ViewInteraction)?)?,
            Action::Submit => json_lines(self.run(&Submit)?)?,
        })
    }

    fn verify<O: Operation<Subject = Interaction, Output = VerificationId>>(
        &mut self,
        step: &Step,
        operation: &O,
    ) -> Result<Answer, Box<dyn Error>> {
        Ok(self.run(operation)?.map(|id| self.verification(step, id)))
    }

    /// Runs a step of the client's interaction, as a server does for a request.
    fn run<O: Operation<Subject = Interaction>>(
        &mut self,
        operation: &O,
    ) -> Result<Result<O::Output, Rejection>, Box<dyn Error>> {
        let Some(mut id) = self.cookie.take() else {
            return Ok(Err(Rejection::InteractionNotFound));
        };
        let outcome = self.engine()?.run(&id, operation);
        let outcome = match outcome {
            Ok(answer) => Ok(answer.into_output(&mut id)),
            Err(engine::Error::Rejected(rejection)) => Err(rejection),
            Err(error) => return Err(error.into()),
        };
        // Whom the script is about, for as long as the interaction is open.
        let user_id = self.engine()?.run(&id, &ViewInteraction).ok().and_then(|view| view.output.user_id);
        if let Some(user_id) = user_id
            && self.account.as_ref().is_none_or(|(shown, _)| *shown != user_id)
        {
            self.account = Some((user_id, Vec::new()));
        }
        self.cookie = Some(id);
        Ok(outcome)
    }

    fn engine(&self) -> Result<Engine<'_, MemoryUserStore, MemoryVerificationStore>, Box<dyn Error>> {
        let context = Context::new(&self.experience, time()? + self.waited, &entropy);
        Ok(Engine::new(&self.users, &self.verifications, &self.hasher, context))
    }

    /// The step's body, with names put in, as what it is documented to be.
    fn read<T: DeserializeOwned>(&self, step: &Step) -> Result<T, String> {
        let body = self.put_in(&Value::Object(step.body.clone()))?;
        serde_json::from_value(body)
            .map_err(|error| format!("this is no body for `{}`: {error}", step.action.name()))
    }

    fn put_in(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => match text.strip_prefix('$') {
                Some(escaped) if escaped.starts_with('$') => escaped.into(),
                Some(name) => {
                    let known = self.named.get(name);
                    known.cloned().ok_or_else(|| format!("no earlier step gave a `${name}`"))?.into()
                }
                None => text.as_str().into(),
            },
            Value::Object(members) => members
                .iter()
                .map(|(key, value)| Ok((key.clone(), self.put_in(value)?)))
                .collect::<Result<Map<_, _>, String>>()?
                .into(),
            other => other.clone(),
        })
    }

    fn name(&mut self, step: &str, part: &str, text: String) {
        self.named.insert(format!("{step}.{part}"), text);
    }

    fn verification(&mut self, step: &Step, id: VerificationId) -> Vec<String> {
        step.name.iter().for_each(|name| self.name(name, "id", id.to_string()));
        vec![format!("verification {id}")]
    }

    /// The account, if it is not as it was when last shown.
    fn show_account(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        let Some((id, before)) = &mut self.account else { return Ok(()) };
        let now = self.users.find(&[id.key()])?.pop().map(|user| lines_of(&user)).unwrap_or_default();
        if now != *before {
            writeln!(out, "     account (* is new)")?;
            for line in &now {
                let mark = if before.contains(line) { ' ' } else { '*' };
                writeln!(out, "     {mark} {:<13} {}", line.0, line.1)?;
            }
            *before = now;
        }
        Ok(())
    }
}

/// What a person may see of an account. There is a password, or none: its digest is nobody's to see.
fn lines_of(user: &User) -> Vec<(&'static str, String)> {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let json = |value: Value| Some(value.to_string()).filter(|text| text != "{}");
    let password = user.password.as_ref().map(|password| match password.updated_at {
        Some(at) => format!("set at {}", time(at)),
        None => "set".into(),
    });
    [
        ("id", Some(user.id.to_string())),
        ("username", user.username.as_ref().map(ToString::to_string)),
        ("email", user.primary_email.as_ref().map(ToString::to_string)),
        ("phone", user.primary_phone.as_ref().map(ToString::to_string)),
        ("name", user.name.clone()),
        ("custom data", json(Value::Object(user.custom_data.clone()))),
        ("password", password),
        ("last sign-in", Some(user.last_sign_in_at.map_or("never".into(), time))),
        ("revision", Some(user.revision.0.to_string())),
    ]
    .into_iter()
    .filter_map(|(label, text)| Some((label, text?)))
    .collect()
}

/// A body on one line, as the script has it, but for passwords.
fn shown(body: &Map<String, Value>) -> String {
    let is_password = body.get("type").is_some_and(|kind| kind == "password");
    let member = |(key, value): (&String, &Value)| match (key.as_str(), value) {
        ("password", _) => "password …".into(),
        ("value", _) if is_password => "…".into(),
        ("type" | "value" | "values", Value::String(text)) => text.clone(),
        ("values", values) => values.to_string(),
        ("identifier", Value::Object(identifier)) => shown(identifier),
        (_, Value::String(text)) => format!("{key} {text}"),
        (_, value) => format!("{key} {value}"),
    };
    let separator = if body.contains_key("type") { " " } else { ", " };
    body.iter().map(member).collect::<Vec<String>>().join(separator)
}

fn address(contact: &Contact) -> String {
    match contact {
        Contact::Email(email) => email.to_string(),
        Contact::Phone(phone) => phone.to_string(),
    }
}

fn done(text: &str) -> Vec<String> {
    vec![text.into()]
}

/// An answer as JSON, a line for each member.
fn json_lines<T: serde::Serialize>(outcome: Result<T, Rejection>) -> Result<Answer, serde_json::Error> {
    let output = match outcome {
        Ok(output) => serde_json::to_value(output)?,
        Err(rejection) => return Ok(Err(rejection)),
    };
    Ok(Ok(match output {
        Value::Object(members) => members.iter().map(|(key, value)| format!("{key} {value}")).collect(),
        Value::Array(items) => items.iter().map(ToString::to_string).collect(),
        other => vec![other.to_string()],
    }))
}

#[expect(clippy::disallowed_methods, reason = "a host brings the time")]
fn time() -> Result<DateTime<Utc>, Box<dyn Error>> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(DateTime::UNIX_EPOCH + TimeDelta::from_std(since).map_err(|error| error.to_string())?)
}

#[expect(clippy::disallowed_methods, reason = "a host brings the randomness")]
fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    getrandom::fill(bytes).map_err(|_| EntropyFailed)
}
