//! Every step on the library and on the model: the same answer, and the same state afterwards.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::TimeDelta;
use serde_json::{Value, json};
use vestibule::experience::{Experience, SignInExperience};
use vestibule::flow::{ViewInteraction, WhatRemains};
use vestibule::identifier::{UserId, VerificationId};
use vestibule::rejection::Rejection;

use crate::known;
use crate::library::{Library, at, facts_of};
use crate::play::{on_library, on_model};
use crate::rules::facts::{Answer, Book};
use crate::steps::{Action, Drawn, SLOTS, resolve};
use crate::world::{World, person, settings};

/// An answer in a form that can be compared: what was told and whether there is a new id, or code, status and data.
pub type Compared = Result<(Value, bool), (String, u16, Value)>;

/// The library and the model, side by side.
pub struct Pair {
    pub book: Book,
    pub library: Library,
    pub slots: [Option<usize>; SLOTS],
    story: String,
    /// How many steps were compared.
    pub steps: usize,
}

/// The answer of the model, to compare.
fn of_model(answer: &Answer) -> Compared {
    match answer {
        Ok(yes) => Ok((yes.told.clone(), yes.new_id)),
        Err(no) => Err((no.code.into(), no.status, data(no.code, no.data.clone()))),
    }
}

/// The answer of the library, to compare.
pub fn refused(rejection: &Rejection) -> (String, u16, Value) {
    (rejection.code().into(), rejection.status(), data(rejection.code(), rejection.data()))
}

/// The data of a refusal. What is wrong with a malformed request is told in words, which are nobody's contract.
fn data(code: &str, data: Option<Value>) -> Value {
    if code == "session.step_up_required"
        || code == "guard.invalid_input"
        || code == "session.identifier_not_found"
    {
        return Value::Null;
    }
    data.unwrap_or_default()
}

impl Pair {
    /// Both, with the same settings and people.
    pub fn new(world: &World) -> Option<Self> {
        let all = settings(&world.settings);
        let data: SignInExperience = serde_json::from_value(all.clone()).unwrap();
        let experience = Experience::new(data.clone()).ok()?;
        let mut library = Library::new(experience);
        let accounts: Vec<_> =
            world.people.iter().enumerate().map(|(place, bytes)| person(place, bytes)).collect();
        let mut story = String::from("settings, where they are not the plainest:\n");
        unlike("settings", &settings(&[]), &all, &mut story);
        for (place, account) in accounts.iter().enumerate() {
            library.add(account);
            let _ = writeln!(story, "{}, where they are not the plainest person:", account.id);
            unlike(&account.id, &facts_of(&person(place, &[])), &facts_of(account), &mut story);
        }
        let book = Book {
            settings: data,
            now: 0,
            source: None,
            risky: false,
            accounts,
            visits: vec![],
            tokens: vec![],
            failures: BTreeMap::default(),
            sends: BTreeMap::default(),
            last: 0,
        };
        Some(Self { book, library, slots: [None; SLOTS], story, steps: 0 })
    }

    /// One step on both sides. Says where they differ.
    pub fn step(&mut self, drawn: Drawn) -> Result<(), String> {
        let Some(action) = resolve(drawn, &self.slots, &self.book) else {
            return Ok(());
        };
        match &action {
            Action::Wait { seconds } => self.book.now += seconds,
            Action::Risk { on } => self.book.risky = *on,
            Action::Source { name } => self.book.source = name.map(String::from),
            _ => {}
        }
        if known::is_skipped(&action, &self.book) {
            return Ok(());
        }
        let before = self.book.clone();
        let model = of_model(&on_model(&mut self.book, &action));
        let library = on_library(&mut self.library, &before, &action, &model);
        if let (Action::Start { slot, .. }, Ok(_)) = (&action, &model) {
            self.slots[*slot] = Some(self.book.visits.len() - 1);
        }
        let _ = writeln!(self.story, "{} s: {action:?}\n    model:   {model:?}", self.book.now);
        self.steps += 1;
        if model != library {
            let _ = writeln!(self.story, "    library: {library:?}");
        }
        if model != library && !known::is_excused(&action, &before, &model, &library) {
            return Err(format!("{}the answers differ", self.story));
        }
        self.same_users()?;
        self.same_visits()
    }

    /// The users, as both have them.
    fn same_users(&self) -> Result<(), String> {
        let mut theirs: Vec<Value> =
            self.library.users.users(|_| true).iter().map(|user| self.library.facts(user)).collect();
        let mut own: Vec<Value> = self.book.accounts.iter().map(facts_of).collect();
        let by_id = |one: &Value| one["id"].as_str().unwrap_or_default().to_owned();
        theirs.sort_by_key(by_id);
        own.sort_by_key(by_id);
        self.same("the users", &Value::Array(own), &Value::Array(theirs))
    }

    /// Every interaction that is still open, as both have it: its view, and what remains.
    fn same_visits(&mut self) -> Result<(), String> {
        let now = self.book.now;
        for slot in 0..SLOTS {
            let Some(visit) = self.slots[slot] else { continue };
            let how = (now, None, false);
            let view = self.library.run(how, visit, &ViewInteraction);
            let open = !self.book.visits[visit].over && now < self.book.visits[visit].expires;
            if !open || !self.book.session_lives(visit) {
                let code = view.err().map(|no| no.code());
                self.same(
                    "an interaction that is over",
                    &json!("session.interaction_not_found"),
                    &json!(code),
                )?;
                continue;
            }
            let view = match view {
                Ok((view, _)) => view,
                Err(no) => return Err(format!("{}the view of {visit}: {}", self.story, no.code())),
            };
            let mut seen = serde_json::to_value(&view).unwrap();
            for record in seen["verificationRecords"].as_array_mut().into_iter().flatten() {
                let id = VerificationId::named_by(record["id"].as_str().unwrap_or_default());
                record["id"] = json!(self.library.number(id, None));
                for left_out in ["socialUserInfo", "enterpriseSsoUserInfo"] {
                    record.as_object_mut().unwrap().remove(left_out);
                }
            }
            let user = view.user_id.as_ref().map(UserId::as_str).map(|id| self.library.name(id));
            seen["userId"] = json!(user);
            seen["verificationRecords"].as_array_mut().unwrap().sort_by_key(|record| record["id"].as_u64());
            self.same("the view", &self.book.view(visit), &seen)?;
            let (remaining, _) = match self.library.run(how, visit, &WhatRemains) {
                Ok(remaining) => remaining,
                Err(no) => return Err(format!("{}what remains of {visit}: {}", self.story, no.code())),
            };
            let steps: Vec<Value> = remaining
                .steps
                .iter()
                .map(|step| json!({"code": step.code, "data": data(step.code, step.data.clone())}))
                .collect();
            let theirs = json!({
                "event": remaining.event, "identified": remaining.identified, "canSubmit": remaining.can_submit,
                "steps": steps,
            });
            let own = self.book.remaining(visit);
            if own != theirs && !known::is_excused_remaining(&self.book, visit, &own, &theirs) {
                self.same(&format!("what remains of {visit}"), &own, &theirs)?;
            }
        }
        Ok(())
    }

    /// Two values that must be the same.
    fn same(&self, what: &str, own: &Value, theirs: &Value) -> Result<(), String> {
        if own == theirs {
            return Ok(());
        }
        let mut difference = String::new();
        differ("", own, theirs, &mut difference);
        Err(format!("{}\n{what}: the state differs\n{difference}", self.story))
    }
}

/// Where two values differ.
fn differ(path: &str, own: &Value, theirs: &Value, out: &mut String) {
    match (own, theirs) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
            for key in keys {
                let null = Value::Null;
                let (one, other) = (one.get(key).unwrap_or(&null), other.get(key).unwrap_or(&null));
                differ(&format!("{path}.{key}"), one, other, out);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (one, other)) in one.iter().zip(other).enumerate() {
                differ(&format!("{path}[{at}]"), one, other, out);
            }
        }
        _ if own != theirs => {
            let _ = writeln!(out, "  {path}\n    model:   {own}\n    library: {theirs}");
        }
        _ => {}
    }
}

/// What is not as it is plainest.
fn unlike(path: &str, plain: &Value, own: &Value, out: &mut String) {
    match (plain, own) {
        (Value::Object(plain), Value::Object(own)) => {
            for (key, own) in own {
                unlike(&format!("{path}.{key}"), plain.get(key).unwrap_or(&Value::Null), own, out);
            }
        }
        _ if plain != own => {
            let _ = writeln!(out, "  {path}: {own}");
        }
        _ => {}
    }
}

/// Plays a whole case. Gives how many steps were compared, or says where the two differ.
pub fn play(world: &World, drawn: &[Drawn]) -> Result<usize, String> {
    let Some(mut pair) = Pair::new(world) else { return Ok(0) };
    for step in drawn {
        pair.step(*step)?;
    }
    Ok(pair.steps)
}

/// How long a token lives, for the library.
pub fn lifetime(seconds: i64) -> TimeDelta {
    let _ = at(0);
    TimeDelta::seconds(seconds)
}
