//! A value with one thing after the other changed, whatever fields it has.
//!
//! The stored form names every field. Going through it, nothing can be forgotten here: a field that is added later is
//! changed as well.

use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde_json::Value;

use crate::form::{Form, Read, to_value};

/// The places of a value, each changed in turn, and each on top of the changes before: texts, numbers, times and
/// switches first, then what can be absent or left out, the inner before the outer. Each item differs from the one
/// before in one place, which it names.
pub(super) struct OneChangeEach<T> {
    form: Value,
    changes: std::vec::IntoIter<Change>,
    reads: fn(Value) -> Option<T>,
}

struct Change {
    /// A JSON pointer (RFC 6901).
    place: String,
    to: To,
}

enum To {
    Value(Value),
    /// Out of a map or a list.
    Gone,
}

impl<T: Form> OneChangeEach<T> {
    /// Of a value; the named members stay as they are.
    pub(super) fn of(value: &T, fixed: &[&str]) -> Self {
        let form = to_value(value).unwrap_or_default();
        let mut changes = Vec::new();
        collect(&form, "", fixed, &mut changes);
        let reads = |form| serde_json::from_value::<Read<T>>(form).ok().map(|read| read.0);
        Self { form, changes: changes.into_iter(), reads }
    }
}

impl<T: Form> Iterator for OneChangeEach<T> {
    type Item = (String, T);

    /// A change that the type does not allow is passed over: a kind has no other name, a field is never left out.
    fn next(&mut self) -> Option<(String, T)> {
        loop {
            let Change { place, to } = self.changes.next()?;
            let Some(form) = changed(&self.form, &place, to) else { continue };
            let Some(value) = (self.reads)(form) else { continue };
            let Some(form) = to_value(&value) else { continue };
            if form != self.form {
                self.form = form;
                return Some((place, value));
            }
        }
    }
}

fn collect(value: &Value, place: &str, fixed: &[&str], changes: &mut Vec<Change>) {
    let mut push = |place: &str, to| changes.push(Change { place: place.into(), to });
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| !fixed.contains(&name.as_str())) {
                let place = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
                collect(member, &place, &[], changes);
                changes.push(Change { place: place.clone(), to: To::Value(Value::Null) });
                changes.push(Change { place, to: To::Gone });
            }
        }
        // From behind, so that the places before stay what they are.
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().rev() {
                let place = format!("{place}/{index}");
                collect(item, &place, &[], changes);
                changes.push(Change { place, to: To::Gone });
            }
        }
        Value::String(text) => {
            for other in other_texts(text) {
                push(place, To::Value(other.into()));
            }
        }
        Value::Number(number) => {
            let other = number.as_u64().map(|own| Value::from(own ^ 1));
            push(place, To::Value(other.unwrap_or_else(|| 0.25.into())));
        }
        Value::Bool(own) => push(place, To::Value((!own).into())),
        // What could stand there, of whichever type.
        Value::Null => {
            for other in [true.into(), 1.into(), "2001-02-03T04:05:06.123456Z".into()] {
                push(place, To::Value(other));
            }
        }
    }
}

/// The next microsecond of a time; of a text another last character, and then the first in other case.
fn other_texts(text: &str) -> Vec<String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        let next = time.to_utc().checked_add_signed(TimeDelta::microseconds(1));
        return next.map(|next| next.to_rfc3339_opts(SecondsFormat::AutoSi, true)).into_iter().collect();
    }
    let mut letters: Vec<char> = text.chars().collect();
    let Some(last) = letters.last_mut() else { return vec!["x".into()] };
    *last = match *last {
        '1' => '2',
        letter if letter.is_ascii_digit() => '1',
        'a' => 'b',
        letter if letter.is_ascii_lowercase() => 'a',
        _ => 'x',
    };
    let other = String::from_iter(&letters);
    let first = letters.first_mut().filter(|first| first.is_ascii_alphabetic());
    let folded = first.map(|first| {
        *first =
            if first.is_ascii_lowercase() { first.to_ascii_uppercase() } else { first.to_ascii_lowercase() };
    });
    std::iter::once(other).chain(folded.map(|()| String::from_iter(&letters))).collect()
}

fn changed(form: &Value, place: &str, to: To) -> Option<Value> {
    let mut form = form.clone();
    match to {
        To::Value(value) => *form.pointer_mut(place)? = value,
        To::Gone => {
            let (parent, name) = place.rsplit_once('/')?;
            match form.pointer_mut(parent)? {
                Value::Object(members) => drop(members.remove(&name.replace("~1", "/").replace("~0", "~"))?),
                Value::Array(items) => drop(items.pop()?),
                _ => return None,
            }
        }
    }
    Some(form)
}

/// Where two values differ, if they do: in any field, and in how it is spelt. It names the place and shows no value.
pub(super) fn difference<T: Form + PartialEq>(found: &T, written: &T) -> Option<String> {
    let (Some(one), Some(other)) = (to_value(found), to_value(written)) else {
        return Some("the value".into());
    };
    place_of_difference(&one, &other).or_else(|| (found != written).then(|| "the value".into()))
}

fn place_of_difference(one: &Value, other: &Value) -> Option<String> {
    let below = |name: &str, place: String| Some(format!("/{name}{place}"));
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names = other.keys().chain(one.keys().filter(|name| !other.contains_key(*name)));
            names.into_iter().find_map(|name| match (one.get(name), other.get(name)) {
                (Some(one), Some(other)) => below(name, place_of_difference(one, other)?),
                _ => below(name, String::new()),
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut items = one.iter().zip(other).enumerate();
            items.find_map(|(at, (one, other))| below(&at.to_string(), place_of_difference(one, other)?))
        }
        _ => (one != other).then(String::new),
    }
}
