//! Where the library is known to differ from the book, each with its reason: the comparison passes over exactly these.

use serde_json::Value;

use crate::differential::Compared;
use crate::rules::facts::Book;
use crate::steps::Action;

/// What is known: a name, and the reason.
pub const KNOWN_DIFFERENCES: &[(&str, &str)] = &[];

/// A step that is not played at all.
pub fn is_skipped(_action: &Action, _book: &Book) -> bool {
    false
}

/// An answer that may differ.
pub fn is_excused(_action: &Action, _before: &Book, _model: &Compared, _library: &Compared) -> bool {
    false
}

/// What remains may differ.
pub fn is_excused_remaining(_book: &Book, _visit: usize, _model: &Value, _library: &Value) -> bool {
    false
}
