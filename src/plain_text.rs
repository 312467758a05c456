//! What a text may hold that others will see, and how deep JSON may be nested that is kept.

use serde_json::Value;

/// neither control characters nor bidirectional controls, by which a name shows what it is not.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.chars().any(|letter| {
        letter.is_control()
            || matches!(letter, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    })
}

/// How deep JSON of others may be nested. What reads it again gives up at 128, and it is kept inside of more.
const MAX_DEPTH: usize = 32;

/// Whether JSON of others can be kept and read again.
pub(crate) fn is_shallow(value: &Value) -> bool {
    fn fits(value: &Value, left: usize) -> bool {
        match value {
            Value::Array(items) => left > 0 && items.iter().all(|item| fits(item, left - 1)),
            Value::Object(members) => left > 0 && members.values().all(|member| fits(member, left - 1)),
            _ => true,
        }
    }
    fits(value, MAX_DEPTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a3_controls_are_not_plain() {
        for plain in ["", "Jane Döe ✓", "ab\u{301}", "\u{200D}", "שרה"] {
            assert!(is_plain(plain), "{plain:?}");
        }
        for other in ["\n", "a\u{0}", "\u{85}", "\u{200E}x", "x\u{202E}gpj.exe", "\u{2066}"] {
            assert!(!is_plain(other), "{other:?}");
        }
    }

    #[test]
    fn json_has_a_depth() {
        let nested = |depth| (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert!(is_shallow(&nested(MAX_DEPTH)) && !is_shallow(&nested(MAX_DEPTH + 1)));
    }
}
