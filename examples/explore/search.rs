//! Every sequence of moves, breadth first; states that differ in nothing that a rule reads are one.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta};
use serde_json::Value;
use vestibule::experience::{Experience, InteractionEvent};
use vestibule::store::{EntryKey, Stored};
use vestibule::user::User;

use crate::account::{self, OTHER_KEY, OTHER_PASSWORD};
use crate::means::{Gain, Held};
use crate::moves::{self, Move};
use crate::world::{Broken, State, Stores};

/// How far time goes with each move: an authenticator app shows another code, and nothing that was proved is too old.
const STEP: TimeDelta = TimeDelta::seconds(31);

/// A state, and how somebody came to it.
pub(crate) struct Reached {
    pub(crate) state: State,
    /// What of the owner's it took.
    pub(crate) held: Held,
    /// From which state, by which move.
    pub(crate) came: Option<(usize, Move)>,
    /// How many moves were taken in the interaction that is open.
    pub(crate) moves: usize,
    /// How many interactions are over.
    pub(crate) interactions: usize,
    /// Whether there is no need to go on.
    pub(crate) is_end: bool,
}

/// The shortest way to a gain with no more than this.
pub(crate) struct Finding {
    pub(crate) held: Held,
    pub(crate) path: Vec<Move>,
}

/// How far it goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// How many moves in an interaction, its start and its submission included.
    pub(crate) depth: usize,
    /// How many interactions, one after the other.
    pub(crate) interactions: usize,
    /// How many things of the owner's one has at once.
    pub(crate) means: u32,
    /// How many changes are staged in one interaction.
    pub(crate) changes: usize,
}

/// What was found.
pub(crate) struct Explored {
    pub(crate) reached: Vec<Reached>,
    pub(crate) transitions: usize,
    /// Of each gain, those with the least of the owner's.
    pub(crate) findings: BTreeMap<Gain, Vec<Finding>>,
}

/// A transition that was granted, for whoever watches: from a state, by a move, to another.
pub(crate) type Watch<'w> = &'w mut dyn FnMut(&[Reached], usize, Move, &State) -> Result<(), Broken>;

/// Explores what can be reached within so many moves.
pub(crate) fn explore(
    experience: &Experience,
    user: User,
    bounds: Bounds,
    watch: Watch<'_>,
) -> Result<Explored, Broken> {
    let mut stores = Stores::default();
    stores.add(user, experience.username_case())?;
    let start = Reached {
        state: State::new(stores),
        held: Held::default(),
        came: None,
        moves: 0,
        interactions: 0,
        is_end: false,
    };
    let mut known: HashMap<String, Vec<Held>> = HashMap::new();
    let mut explored = Explored { reached: vec![start], transitions: 0, findings: BTreeMap::new() };
    let all = moves::all();
    let mut at = 0;
    while let Some(from) = explored.reached.get(at) {
        let (held, moves, interactions) = (from.held, from.moves, from.interactions);
        let before = from.state.clone();
        let is_between = before.interaction.is_none();
        if from.is_end || (is_between && interactions == bounds.interactions) || moves == bounds.depth {
            at += 1;
            continue;
        }
        for &action in &all {
            let mut state = before.clone();
            state.now += STEP;
            let taken = action.takes(&before).map_or(held, |means| held.with(means));
            if matches!(action, Move::Start(_)) != is_between {
                continue;
            }
            let changes = before.changes + usize::from(action.stages());
            if taken.count() > bounds.means || changes > bounds.changes {
                continue;
            }
            if action.perform(experience, &mut state)?.is_err() {
                continue;
            }
            state.changes =
                if state.interaction.is_none() || matches!(action, Move::Start(_)) { 0 } else { changes };
            explored.transitions += 1;
            watch(&explored.reached, at, action, &state)?;
            let gains = gains(&before, action, &mut state)?;
            // A new password is worth what one makes of it. Whoever has gained anything else has got where they wanted; and an
            // account of one's own is no gain.
            let is_end = gains.iter().any(|gain| *gain != Gain::SetsPassword)
                || (action == Move::Submit && gains.is_empty());
            for gain in gains {
                explored.note(gain, taken, at, action);
            }
            let (moves, interactions) =
                if state.interaction.is_none() { (0, interactions + 1) } else { (moves + 1, interactions) };
            // What less had reached, more need not reach again.
            let less = known.entry(canonical(&state)?).or_default();
            if !less.iter().any(|less| less.is_within(taken)) {
                less.retain(|more| !taken.is_within(*more));
                less.push(taken);
                explored.reached.push(Reached {
                    state,
                    held: taken,
                    came: Some((at, action)),
                    moves,
                    interactions,
                    is_end,
                });
            }
        }
        at += 1;
    }
    Ok(explored)
}

impl Explored {
    /// How somebody came to a state.
    pub(crate) fn path(&self, at: usize) -> Vec<Move> {
        let mut path = Vec::new();
        let mut state = self.reached.get(at);
        while let Some((from, action)) = state.and_then(|reached| reached.came) {
            path.push(action);
            state = self.reached.get(from);
        }
        path.reverse();
        path
    }

    /// Keeps a finding unless as little, or less, was enough before.
    fn note(&mut self, gain: Gain, held: Held, at: usize, action: Move) {
        let mut path = self.path(at);
        path.push(action);
        let findings = self.findings.entry(gain).or_default();
        if !findings.iter().any(|finding| finding.held.is_within(held)) {
            findings.retain(|finding| !held.is_within(finding.held));
            findings.push(Finding { held, path });
        }
    }
}

/// What a move gained. Whoever signs in has a session from then on.
fn gains(before: &State, action: Move, after: &mut State) -> Result<Vec<Gain>, Broken> {
    let id = account::owner_id()?;
    let (Some(old), Some(new)) = (before.stores.user(&id), after.stores.user(&id)) else {
        return Ok(Vec::new());
    };
    let mut gains = Vec::new();
    let password = |user: &User| user.password.as_ref().map(|own| own.digest.expose().to_owned());
    if password(old) != password(new) && password(new).as_deref() == Some(OTHER_PASSWORD) {
        gains.push(Gain::SetsPassword);
    }
    if own_ways(new) > own_ways(old) {
        gains.push(Gain::AddsWayIn);
    }
    if owners_ways(new) < owners_ways(old) {
        gains.push(Gain::TakesAway);
    }
    if old.deletion_due_at.is_none() && new.deletion_due_at.is_some() {
        gains.push(Gain::Closes);
    }
    let signs_in = old.last_sign_in_at != new.last_sign_in_at;
    let managed = matches!(event(before)?, Some(InteractionEvent::Account));
    if action == Move::Submit && signs_in && !managed {
        gains.push(Gain::SignsIn);
    }
    // Sessions end with the password; whoever has signed in, or has changed it from inside, has one from now on.
    let still_alive = after.session.is_some_and(|opened| new.keeps_session(opened));
    let opens_anew = action == Move::Submit && (signs_in || managed);
    after.session = if opens_anew { Some(after.now) } else { after.session.filter(|_| still_alive) };
    Ok(gains)
}

/// What is in the account of whoever wants to get in.
fn own_ways(user: &User) -> usize {
    let email = user.primary_email.as_ref().is_some_and(|email| email.as_str().starts_with("mallory"));
    let phone = user.primary_phone.as_ref().is_some_and(|phone| phone.digits() == "61400000000");
    let app = user.mfa.totp.as_ref().is_some_and(|app| app.secret != account::owners_app());
    let key = user.mfa.web_authn.iter().any(|key| key.id == OTHER_KEY);
    let social = user.identities.values().any(|own| own.user_id == "mallory");
    [email, phone, app, key, social].into_iter().filter(|own| *own).count()
}

/// What is still there of the owner's.
fn owners_ways(user: &User) -> usize {
    let email = user.primary_email.as_ref().is_some_and(|email| email.as_str().starts_with("jane"));
    let phone = user.primary_phone.as_ref().is_some_and(|phone| phone.digits() == "61412345678");
    let password = user.password.is_some();
    let app = user.mfa.totp.as_ref().is_some_and(|app| app.secret == account::owners_app());
    let key = user.mfa.web_authn.iter().any(|key| key.id == account::KEY);
    let social = user.identities.values().any(|own| own.user_id == "jane");
    [email, phone, password, app, key, social].into_iter().filter(|own| *own).count()
}

/// The event of the interaction that is open.
pub(crate) fn event(state: &State) -> Result<Option<InteractionEvent>, Broken> {
    let Some(id) = &state.interaction else { return Ok(None) };
    let Some(entry) = state.stores.entry(&EntryKey::interaction(id)) else { return Ok(None) };
    match &entry.content {
        vestibule::store::EntryContent::Interaction(interaction) => Ok(Some(interaction.event())),
        _ => Err("an interaction's entry holds something else".into()),
    }
}

/// What a rule reads of a state: the accounts and the open interaction, without times, counts and what was drawn.
pub(crate) fn canonical(state: &State) -> Result<String, Broken> {
    let mut all = Vec::new();
    for user in state.stores.users() {
        all.push(form(&Stored::new(&**user).to_bytes()?)?);
    }
    let entry = state.interaction.as_ref().and_then(|id| state.stores.entry(&EntryKey::interaction(id)));
    if let Some(entry) = entry {
        all.push(form(&Stored::new(&**entry).to_bytes()?)?);
    }
    let mut names = Vec::new();
    let mut value = Value::Array(all);
    forget(&mut value, &mut names);
    let records: Vec<String> = state.records.keys().map(|record| format!("{record:?}")).collect();
    Ok(format!("{value}|{}|{}", records.join(","), state.session.is_some()))
}

fn form(bytes: &[u8]) -> Result<Value, Broken> {
    let value: Value = serde_json::from_slice(bytes)?;
    Ok(value.get("data").cloned().unwrap_or_default())
}

/// Takes out of a value what no rule reads, and gives what was drawn a name by where it first stands.
fn forget(value: &mut Value, names: &mut Vec<String>) {
    match value {
        Value::Number(_) => *value = Value::from(0),
        Value::String(text) if DateTime::parse_from_rfc3339(text).is_ok() => *value = Value::from("then"),
        Value::String(text) => {
            let was_drawn = text.len() >= 20 && text.bytes().any(|byte| byte.is_ascii_digit());
            if was_drawn {
                let at = names.iter().position(|known| known == text).unwrap_or_else(|| {
                    names.push(text.clone());
                    names.len() - 1
                });
                *value = Value::from(format!("#{at}"));
            }
        }
        Value::Array(items) => {
            for item in items {
                forget(item, names);
            }
        }
        Value::Object(members) => {
            for name in [
                "revision",
                "marks",
                "granted",
                "key",
                "newUserId",
                "lastSignInAt",
                "lastUsedAt",
                "createdAt",
                "updatedAt",
            ] {
                members.remove(name);
            }
            for (name, member) in members.iter_mut() {
                forget(member, names);
                // In which order something was proved, and how often, no rule asks.
                if let ("proofs" | "records", Value::Array(items)) = (name.as_str(), member) {
                    items.sort_by_key(Value::to_string);
                    items.dedup();
                }
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}
