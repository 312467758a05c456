//! What is drawn: from a seed, so that it can be drawn again.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Number, Value, json};
use uuid::Uuid;

/// What a text is made of: what a database, a driver or a template may take for its own.
const PIECES: [&str; 42] = [
    "a",
    "A",
    "jane",
    "Jane",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "\u{1}",
    "\u{7f}",
    "'",
    "\"",
    "\\",
    "`",
    "%",
    "_",
    ";--",
    "$1",
    "?1",
    "{p}",
    "{}",
    "null",
    "\\u0000",
    "&amp;",
    "é",
    "e\u{301}",
    "ß",
    "ﬁ",
    "İ",
    "ı",
    "\u{212b}",
    "\u{feff}",
    "\u{200d}",
    "\u{202e}",
    "\u{fffd}",
    "\u{10ffff}",
    "🦀",
    "👩‍👩‍👧",
    "שלום",
    "日本語",
];

/// Where a number that is kept too narrow, or as a float, becomes another.
const NUMBERS: [u64; 12] = [
    0,
    1,
    u8::MAX as u64,
    i16::MAX as u64 + 1,
    i32::MAX as u64,
    i32::MAX as u64 + 1,
    u32::MAX as u64,
    u32::MAX as u64 + 1,
    (1 << 53) + 1,
    i64::MAX as u64 - 1,
    i64::MAX as u64,
    u64::MAX,
];

const EMAILS: [&str; 7] = [
    "JANE@EXAMPLE.COM",
    "jane+tag_%@sub.example.co.uk",
    "o'brien{}#$&*/=?^`|~-!@example.com",
    "jäne@bücher.example",
    "ja\u{308}ne@example.com",
    "İı.ﬁß@example.com",
    "日本語@例え.テスト",
];

/// The first and the last microsecond of the years 1 to 9999, from 1970.
const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;

/// Around what computers count from and to: 1970, 2038, 2106, 2262; and the ends.
const MICROS: [i64; 10] = [
    FIRST + 1,
    -2_208_988_800_000_001,
    -1,
    0,
    1,
    2_147_483_648_000_001,
    4_294_967_296_000_001,
    9_223_372_036_854_776,
    9_007_199_254_740_993,
    LAST,
];

/// Splitmix64: simple, and the same everywhere.
pub(in super::super) struct Random(u64);

impl Random {
    pub(in super::super) fn of_seed(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        let drawn = self.next() % u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(drawn).unwrap_or_default()
    }

    pub(super) fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn one_of<T: Copy + Default>(&mut self, of: &[T]) -> T {
        of.get(self.below(of.len())).copied().unwrap_or_default()
    }

    /// Up to so many texts, no two alike.
    pub(super) fn texts(&mut self, at_most: usize) -> Vec<String> {
        (0..self.below(at_most) + 2).map(|number| format!("{}{number}", self.text())).collect()
    }

    /// A text of a few pieces; now and then none, or very many.
    fn text(&mut self) -> String {
        if self.one_in(12) {
            return String::new();
        }
        let text: String = (0..self.below(5)).map(|_| self.one_of(&PIECES)).collect();
        // Before and behind it a letter, so that an end is found missing; but not always.
        let text = if self.one_in(3) { text } else { format!("x{text}{}", self.below(1000)) };
        if self.one_in(12) { text.repeat(600) } else { text }
    }

    /// A text that can stand where this one stands, as far as its looks say.
    pub(super) fn text_like(&mut self, own: &str) -> String {
        if DateTime::parse_from_rfc3339(own).is_ok() {
            return self.time().to_rfc3339_opts(SecondsFormat::AutoSi, true);
        }
        if Uuid::try_parse(own).is_ok() {
            return Uuid::from_u64_pair(self.next(), self.next()).to_string();
        }
        let is_all = |of: fn(&u8) -> bool| own.bytes().all(|byte| of(&byte));
        if own.len() >= 32 && is_all(u8::is_ascii_hexdigit) {
            let digit = |_| char::from_digit(u32::try_from(self.below(16)).unwrap_or_default(), 16);
            return own.chars().filter_map(digit).collect();
        }
        if own.contains('@') && !self.one_in(8) {
            return self.one_of(&EMAILS).into();
        }
        if own.len() >= 6 && is_all(u8::is_ascii_digit) {
            let kept = own.chars().take(own.len() - 3);
            return kept.chain(format!("{:03}", self.below(1000)).chars()).collect();
        }
        if is_all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') && self.one_in(2) {
            let name = format!("{}_{}", self.one_of(&["j", "J", "_", "Jane", "JANE"]), self.next());
            return if self.one_in(8) { name.repeat(20) } else { name };
        }
        // An id, perhaps.
        if is_all(u8::is_ascii_graphic) && !self.one_in(4) {
            let id: String = (0..=self.below(40)).map(|_| char::from(b'!' + self.graphic())).collect();
            return id;
        }
        self.text()
    }

    /// Which of the characters from `!` to `~`.
    fn graphic(&mut self) -> u8 {
        u8::try_from(self.below(94)).unwrap_or_default()
    }

    fn time(&mut self) -> DateTime<Utc> {
        let micros = if self.one_in(2) {
            self.one_of(&MICROS)
        } else {
            let span = LAST.abs_diff(FIRST);
            FIRST.saturating_add_unsigned(self.next() % span)
        };
        DateTime::UNIX_EPOCH + TimeDelta::microseconds(micros)
    }

    /// A number that may be where this one is: narrow ones are wide ones more often than not.
    pub(super) fn number_like(&mut self, own: &Number) -> Value {
        let number = if self.one_in(2) { self.one_of(&NUMBERS) } else { self.next() };
        let is_narrow = own.as_u64().is_some_and(|own| u32::try_from(own).is_ok());
        if is_narrow && !self.one_in(4) { (number & u64::from(u32::MAX)).into() } else { number.into() }
    }

    /// What a person or a provider may send.
    pub(super) fn anything(&mut self) -> Value {
        if self.one_in(6) { self.json(0) } else { self.map(3) }
    }

    fn map(&mut self, depth: usize) -> Value {
        let members = (0..self.below(6)).map(|_| (self.text(), self.json(depth.saturating_sub(1))));
        Value::Object(members.collect::<Map<String, Value>>())
    }

    fn json(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => self.one_in(2).into(),
            2 => self.one_of(&NUMBERS).into(),
            3 => json!(self.one_of(&[i64::MIN, i64::MIN + 1, -9_007_199_254_740_993, -1])),
            4 => json!(self.one_of(&[0.1, -0.0, 1e300, 5e-324, f64::MAX, 1.0, 0.1 + 0.2])),
            5 | 6 => self.text().into(),
            7 => (0..self.below(5)).map(|_| self.json(depth - 1)).collect(),
            _ => self.map(depth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_those_of_the_years() {
        let time = |micros| (DateTime::UNIX_EPOCH + TimeDelta::microseconds(micros)).to_rfc3339();
        assert_eq!(time(FIRST), "0001-01-01T00:00:00+00:00");
        assert_eq!(time(LAST), "9999-12-31T23:59:59.999999+00:00");
    }

    #[test]
    fn a_seed_draws_the_same_and_another_draws_another() {
        let drawn = |seed| {
            let mut random = Random::of_seed(seed);
            [(); 9].map(|()| random.next())
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        // As published with the algorithm.
        assert_eq!(Random::of_seed(1_234_567).next(), 6_457_827_717_110_365_317);
    }
}
