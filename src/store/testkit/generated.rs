//! Values that nobody thought of: each field of a sample drawn anew, from a seed.
//!
//! Like [`one_change`](super::one_change) it goes through the stored form, which names every field: one that is added
//! later is drawn as well.

mod random;

use serde_json::Value;

pub(super) use self::random::Random;
use crate::form::{Form, Read, to_value};

/// What others keep as they like: any value is one.
pub(super) const ANYTHING: [&str; 3] = ["customData", "details", "rawData"];

/// What names a kind, and has no other text: it would be drawn in vain.
pub(super) const KINDS: [&str; 5] = ["event", "forgotPassword", "signIn", "status", "type"];

/// How many changes of a value, of each sort, may be of no use to its type.
const FEW: usize = 5;

/// How many more there can be in a list or a map.
const MANY: usize = 24;

/// A value of the same shape, about half of whose places are drawn anew; the named members stay as they are.
pub(super) fn generated<T: Form + Clone>(value: &T, fixed: &[&str], random: &mut Random) -> T {
    let reads = |form: &Value| serde_json::from_value::<Read<T>>(form.clone()).ok().map(|read| read.0);
    let mut form = to_value(value).unwrap_or_default();
    let mut drawn = Drawn { random, scarce: (places(&form) / FEW).max(6), changes: Vec::new() };
    drawn.draw(&form, "", fixed);
    make(&mut form, &drawn.changes, &|form| reads(form).is_some());
    reads(&form).unwrap_or_else(|| value.clone())
}

fn places(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(places).sum::<usize>(),
        Value::Object(members) => members.values().map(places).sum(),
        _ => 0,
    }
}

struct Change {
    /// A JSON pointer (RFC 6901).
    place: String,
    to: To,
}

enum To {
    Value(Value),
    /// Out of a map.
    Gone,
    /// As many more of what is there, each by a name of its own.
    Many(Vec<String>),
}

struct Drawn<'a> {
    random: &'a mut Random,
    /// Of so many places one is changed in a way that its type may not allow.
    scarce: usize,
    changes: Vec<Change>,
}

impl Drawn<'_> {
    fn push(&mut self, place: &str, to: To) {
        self.changes.push(Change { place: place.into(), to });
    }

    fn texts(&mut self) -> To {
        To::Many(self.random.texts(MANY))
    }

    /// The inner before the outer, so that a place is there when it is changed.
    fn draw(&mut self, value: &Value, place: &str, fixed: &[&str]) {
        match value {
            Value::Object(members) => {
                for (name, member) in members.iter().filter(|(name, _)| !fixed.contains(&name.as_str())) {
                    let place = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
                    if ANYTHING.contains(&name.as_str()) {
                        let anything = self.random.anything();
                        self.push(&place, To::Value(anything));
                    } else if !(member.is_string() && KINDS.contains(&name.as_str())) {
                        self.draw(member, &place, &[]);
                    }
                    match self.random.below(self.scarce) {
                        0 => self.push(&place, To::Value(Value::Null)),
                        1 => self.push(&place, To::Gone),
                        _ => {}
                    }
                }
                if self.random.one_in(self.scarce) {
                    let more = self.texts();
                    self.push(place, more);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.draw(item, &format!("{place}/{index}"), &[]);
                }
                match self.random.below(6) {
                    0 => self.push(place, To::Value(Value::Array(Vec::new()))),
                    1 => {
                        let more = self.texts();
                        self.push(place, more);
                    }
                    _ => {}
                }
            }
            Value::String(text) => {
                if self.random.one_in(2) {
                    let text = self.random.text_like(text);
                    self.push(place, To::Value(text.into()));
                }
            }
            Value::Number(number) => {
                if self.random.one_in(2) {
                    let number = self.random.number_like(number);
                    self.push(place, To::Value(number));
                }
            }
            Value::Bool(_) => {
                let yes = self.random.one_in(2);
                self.push(place, To::Value(yes.into()));
            }
            Value::Null => {}
        }
    }
}

/// All of these at once, if the type allows it; else one half of them, and the other after that.
fn make(form: &mut Value, changes: &[Change], allows: &dyn Fn(&Value) -> bool) {
    let mut next = form.clone();
    for change in changes {
        make_one(&mut next, change);
    }
    if allows(&next) {
        *form = next;
    } else if changes.len() > 1 {
        let (first, second) = changes.split_at(changes.len() / 2);
        make(form, first, allows);
        make(form, second, allows);
    }
}

/// A place that is gone is passed over.
fn make_one(form: &mut Value, Change { place, to }: &Change) {
    match to {
        To::Value(value) => {
            if let Some(own) = form.pointer_mut(place) {
                own.clone_from(value);
            }
        }
        To::Gone => {
            let parent =
                place.rsplit_once('/').and_then(|(parent, name)| Some((form.pointer_mut(parent)?, name)));
            if let Some((Value::Object(members), name)) = parent {
                members.remove(&name.replace("~1", "/").replace("~0", "~"));
            }
        }
        To::Many(names) => match form.pointer_mut(place) {
            Some(Value::Array(items)) => {
                let more: Vec<Value> =
                    items.iter().cycle().zip(names).map(|(item, name)| by_name(item, name)).collect();
                items.extend(more);
            }
            Some(Value::Object(members)) => {
                if let Some(first) = members.values().next().cloned() {
                    members.extend(names.iter().map(|name| (name.clone(), first.clone())));
                }
            }
            _ => {}
        },
    }
}

/// The same, but for what makes it unique.
fn by_name(item: &Value, name: &str) -> Value {
    let mut item = item.clone();
    match &mut item {
        Value::String(text) => text.push_str(name),
        Value::Object(members) => {
            for id in ["id", "userId"] {
                if let Some(Value::String(text)) = members.get_mut(id) {
                    text.push_str(name);
                }
            }
        }
        _ => {}
    }
    item
}
