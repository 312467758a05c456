//! What a patch asks of one field.

use serde::{Deserialize, Deserializer};

/// What a patch asks of one field: JSON's absent, `null`, or a value.
///
/// Reading JSON gives [`Keep`](Self::Keep) only by `#[serde(default)]`, which says what an absent member is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// Absent: it stays as it is.
    #[default]
    Keep,
    /// `null`: it is removed.
    Clear,
    /// It becomes this.
    Set(T),
}

impl<T> Change<T> {
    /// The value that is to be set, if one is.
    pub fn set(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// The same change, of what a value becomes.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => Change::Set(f(value)),
        }
    }

    /// Carries it out.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }
}

/// `null`, or a value.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

/// What is there is set; what is not, stays as it is: an absent member. JSON's `null` is [`Change::Clear`], and reading gives it.
impl<T> From<Option<T>> for Change<T> {
    fn from(given: Option<T>) -> Self {
        given.map_or(Self::Keep, Self::Set)
    }
}

impl Change<String> {
    /// A text as a person gives it: what is only white space clears.
    pub fn from_text(text: &str) -> Self {
        if text.trim().is_empty() { Self::Clear } else { Self::Set(text.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a2_absent_null_and_a_value_are_three_things() {
        let mut field = Some("old".to_owned());
        Change::Keep.apply(&mut field);
        assert_eq!(field.as_deref(), Some("old"));
        Change::Set("new".to_owned()).apply(&mut field);
        assert_eq!(field.as_deref(), Some("new"));
        Change::Clear.apply(&mut field);
        assert_eq!(field, None);
    }

    #[test]
    fn a2_a_text_of_white_space_clears() {
        assert_eq!(Change::from_text(" \t\u{3000}"), Change::Clear);
        assert_eq!(Change::from_text(" Jane "), Change::Set(" Jane ".into()));
    }
}
