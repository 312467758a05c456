//! Phrases that make a password easy to guess (rules.md, 9.2).
//!
//! Every position that such a phrase covers is marked. Only a password with hardly anything else is refused.

use serde::{Deserialize, Serialize};

use crate::identifier::{Email, Phone, Username};
use crate::nfc::nfc;
use crate::rejection::PasswordIssue;

/// What a password must not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RejectsPolicy {
    /// A password that the library's list of common ones knows (feature `common-passwords`), or the host's
    /// [`BreachList`](super::BreachList); on by default.
    pub pwned: bool,
    /// Mostly repeated or sequential characters; on by default.
    pub repetition_and_sequence: bool,
    /// Mostly the person's own data; on by default.
    pub user_info: bool,
    /// Mostly one of these words; none by default.
    pub words: Vec<String>,
}

impl Default for RejectsPolicy {
    fn default() -> Self {
        Self { pwned: true, repetition_and_sequence: true, user_info: true, words: Vec::new() }
    }
}

/// What is known of the person whose password is checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct UserInfo<'a> {
    /// The person's name.
    pub name: Option<&'a str>,
    /// The person's username.
    pub username: Option<&'a Username>,
    /// The person's email; only its local part counts.
    pub email: Option<&'a Email>,
    /// The person's phone.
    pub phone: Option<&'a Phone>,
}

/// Characters that are next to each other in the alphabet or on a keyboard.
const SEQUENCES: [&str; 14] = [
    "0123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik",
    "9ol",
];

/// Passwords longer than this are not searched: four times what any policy allows, and refused for that.
const MAX_SEARCHED: usize = 1024;

/// The kinds of phrases that leave almost nothing of a password in NFC, each once.
pub(super) fn issues(rejects: &RejectsPolicy, password: &str, user: UserInfo<'_>) -> Vec<PasswordIssue> {
    if password.len() > MAX_SEARCHED {
        return Vec::new();
    }
    let mut marks = Marks::new(password);
    if rejects.repetition_and_sequence {
        marks.triples(PasswordIssue::Repetition, |triple| matches!(triple, [a, b, c] if a == b && b == c));
        marks.triples(PasswordIssue::Sequence, is_sequence);
    }
    for word in &rejects.words {
        marks.phrase(PasswordIssue::Words, word);
    }
    if rejects.user_info {
        if let Some(name) = user.name {
            marks.phrase(PasswordIssue::UserInfo, name);
            marks.phrase(PasswordIssue::UserInfo, &name.split_whitespace().collect::<String>());
            for word in name.split_whitespace() {
                marks.phrase(PasswordIssue::UserInfo, word);
            }
        }
        let own = [
            user.username.map(Username::as_str),
            user.email.map(Email::local_part),
            user.phone.map(Phone::digits),
        ];
        for phrase in own.into_iter().flatten() {
            marks.phrase(PasswordIssue::UserInfo, phrase);
        }
    }
    marks.verdict()
}

/// Three characters in sequence, forward or backward, all in one case (digits have none).
fn is_sequence(triple: &[char]) -> bool {
    let upper = triple.iter().any(char::is_ascii_uppercase);
    let lower = triple.iter().any(char::is_ascii_lowercase);
    if upper && lower {
        return false;
    }
    let forward: String = triple.iter().map(char::to_ascii_lowercase).collect();
    let backward: String = forward.chars().rev().collect();
    SEQUENCES.iter().any(|sequence| sequence.contains(&forward) || sequence.contains(&backward))
}

/// A password's characters, and which of them are covered by a restricted phrase.
struct Marks {
    typed: Vec<char>,
    folded: Vec<char>,
    marked: Vec<bool>,
    kinds: Vec<PasswordIssue>,
}

impl Marks {
    fn new(password: &str) -> Self {
        let typed: Vec<char> = password.chars().collect();
        Self {
            folded: typed.iter().copied().map(fold).collect(),
            marked: vec![false; typed.len()],
            typed,
            kinds: Vec::new(),
        }
    }

    /// Marks every three neighbours that match: together they cover every longer run.
    fn triples(&mut self, kind: PasswordIssue, matches: impl Fn(&[char]) -> bool) {
        let starts: Vec<usize> = self
            .typed
            .windows(3)
            .enumerate()
            .filter(|(_, triple)| matches(triple))
            .map(|(at, _)| at)
            .collect();
        self.mark(kind, 3, &starts);
    }

    /// Marks every place where a phrase stands, case ignored. The password is in NFC; so must be what is sought in it.
    fn phrase(&mut self, kind: PasswordIssue, phrase: &str) {
        let phrase: Vec<char> = nfc(phrase).chars().map(fold).collect();
        if phrase.is_empty() {
            return;
        }
        let starts: Vec<usize> = self
            .folded
            .windows(phrase.len())
            .enumerate()
            .filter(|(_, window)| *window == phrase)
            .map(|(at, _)| at)
            .collect();
        self.mark(kind, phrase.len(), &starts);
    }

    fn mark(&mut self, kind: PasswordIssue, length: usize, starts: &[usize]) {
        for &start in starts {
            self.marked.iter_mut().skip(start).take(length).for_each(|mark| *mark = true);
        }
        if !starts.is_empty() && !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
    }

    fn verdict(self) -> Vec<PasswordIssue> {
        let marked = self.marked.iter().filter(|&&mark| mark).count();
        if marked > self.marked.len().saturating_sub(3).max(1) { self.kinds } else { Vec::new() }
    }
}

fn fold(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::{Email, Phone, Username};
    use PasswordIssue::{Repetition, Sequence, UserInfo as Own, Words};

    fn plain(password: &str) -> Vec<PasswordIssue> {
        issues(&RejectsPolicy::default(), password, UserInfo::default())
    }

    #[test]
    fn runs_and_sequences_are_found_where_little_else_is_left() {
        for (password, found) in [
            ("aaaaaaaa", vec![Repetition]),
            ("aaaaaxyw", vec![]),
            ("aaaaaax1", vec![Repetition]),
            ("abcdefgh", vec![Sequence]),
            ("hgfedcba", vec![Sequence]),
            ("ABCDEFGH", vec![Sequence]),
            ("AbCdEfGh", vec![]),
            ("qwertyui12", vec![Sequence]),
            ("qwertyui123", vec![Sequence]),
            ("1qaz2wsx", vec![Sequence]),
            ("1QAZ2WSX", vec![Sequence]),
            ("9ol8ik7u", vec![Sequence]),
            ("111abc22", vec![Repetition, Sequence]),
            ("abx", vec![]),
            ("abc", vec![Sequence]),
            ("Zk7vQw9pLm", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(plain(password), found, "{password}");
        }
    }

    #[test]
    fn exactly_three_free_positions_save_a_password() {
        assert_eq!(plain("aaaaaxyw"), [], "5 of 8 marked");
        assert_eq!(plain("aaaaaaxw"), [Repetition], "6 of 8 marked");
    }

    #[test]
    fn listed_words_ignore_case() {
        let rejects = RejectsPolicy { words: vec!["Acme".into()], ..RejectsPolicy::default() };
        assert_eq!(issues(&rejects, "aCmE1x", UserInfo::default()), [Words]);
        assert_eq!(issues(&rejects, "aCmE1xy", UserInfo::default()), []);
    }

    #[test]
    fn words_and_names_are_found_however_they_are_spelt() {
        let rejects = RejectsPolicy { words: vec!["Cafe\u{301}".into()], ..RejectsPolicy::default() };
        assert_eq!(issues(&rejects, "CAF\u{c9}1x", UserInfo::default()), [Words]);
        let user = UserInfo { name: Some("Zoe\u{308} Ko\u{308}nig"), ..UserInfo::default() };
        assert_eq!(issues(&rejects, "zo\u{eb}k\u{f6}nig1", user), [Own]);
    }

    #[test]
    fn the_persons_own_data_is_found_in_every_form() {
        let username = Username::parse("jroe77").unwrap();
        let email = Email::parse("roe.jane@example.com").unwrap();
        let phone = Phone::parse("61412345678").unwrap();
        let user = UserInfo {
            name: Some("Jane Van Roe"),
            username: Some(&username),
            email: Some(&email),
            phone: Some(&phone),
        };
        let found = |password: &str| {
            issues(
                &RejectsPolicy { repetition_and_sequence: false, ..RejectsPolicy::default() },
                password,
                user,
            )
        };
        for password in ["jane van roe!", "JaneVanRoe1", "vanJane1", "JROE77xy", "roe.janeX", "61412345678"] {
            assert_eq!(found(password), [Own], "{password}");
        }
        assert_eq!(found("example.com"), []);
        let off = RejectsPolicy { user_info: false, ..RejectsPolicy::default() };
        assert_eq!(issues(&off, "JROE77xy", user), []);
    }
}
