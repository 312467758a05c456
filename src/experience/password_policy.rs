//! What passwords must be (rules.md, 9.2).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::SettingsError;
use super::restricted_phrases::{self, RejectsPolicy, UserInfo};
use super::settings_error::in_range;
use crate::nfc::nfc;
use crate::password::is_common;
use crate::rejection::PasswordIssue;

/// The operator's policy for passwords.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PasswordPolicy {
    /// How long.
    pub length: LengthPolicy,
    /// How varied.
    pub character_types: CharacterTypesPolicy,
    /// What it must not be.
    pub rejects: RejectsPolicy,
}

/// How many characters a password has, in Unicode NFC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LengthPolicy {
    /// The least: 1–256, default 8 (NIST SP 800-63B, section 5.1.1.1).
    pub min: usize,
    /// The greatest: 1–256, default 256.
    pub max: usize,
}

impl Default for LengthPolicy {
    fn default() -> Self {
        Self { min: 8, max: 256 }
    }
}

/// How many kinds of characters a password has: lower case, upper case, digits, symbols. The letters and digits are
/// ASCII's; whatever else is no control character counts as a symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CharacterTypesPolicy {
    /// The least: 1–4, default 1.
    pub min: usize,
}

impl Default for CharacterTypesPolicy {
    fn default() -> Self {
        Self { min: 1 }
    }
}

/// A list of passwords known from breaches, as the host has it. It is asked of what the library's own list, the feature
/// `common-passwords`, does not know.
pub trait BreachList: Send + Sync {
    /// Whether the list has this password, given in Unicode NFC.
    fn contains(&self, password: &str) -> bool;
}

/// The empty breach list: the default. What the library's own list knows is refused all the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBreachList;

impl BreachList for NoBreachList {
    fn contains(&self, _password: &str) -> bool {
        false
    }
}

impl PasswordPolicy {
    /// All reasons why a password is refused, in the order of rules.md, 9.2; none if it is good. It is looked at in Unicode
    /// NFC. `is_breached`, the host's list, is asked only where the policy rejects breached passwords, and only of one that
    /// is not among the library's common ones. A common one that is found to be a run or a sequence is said to be that
    /// alone: that everybody types `aaaaaaaa` is no second reason.
    ///
    /// ```
    /// use vestibule::experience::{PasswordPolicy, UserInfo};
    /// use vestibule::rejection::PasswordIssue;
    ///
    /// let policy = PasswordPolicy::default();
    /// assert!(policy.issues("Zk7vQw9pLm", UserInfo::default(), || false).is_empty());
    /// assert_eq!(
    ///     policy.issues("123456", UserInfo::default(), || false),
    ///     [PasswordIssue::TooShort { min: 8 }, PasswordIssue::Sequence],
    /// );
    /// # #[cfg(feature = "common-passwords")]
    /// assert_eq!(policy.issues("Password1", UserInfo::default(), || false), [PasswordIssue::Pwned]);
    /// ```
    pub fn issues(
        &self,
        password: &str,
        user: UserInfo<'_>,
        is_breached: impl FnOnce() -> bool,
    ) -> Vec<PasswordIssue> {
        let normalized = match nfc(password) {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some(Zeroizing::new(text)),
        };
        let password = normalized.as_ref().map_or(password, |text| text.as_str());
        let mut issues = Vec::new();
        let length = password.chars().count();
        if length < self.length.min {
            issues.push(PasswordIssue::TooShort { min: self.length.min });
        } else if length > self.length.max {
            issues.push(PasswordIssue::TooLong { max: self.length.max });
        }
        match character_types(password) {
            None => issues.push(PasswordIssue::UnsupportedCharacters),
            Some(types) if types < self.character_types.min => {
                issues.push(PasswordIssue::CharacterTypes { min: self.character_types.min });
            }
            Some(_) => {}
        }
        let restricted = restricted_phrases::issues(&self.rejects, password, user);
        if self.rejects.pwned && (if is_common(password) { !says_a_run(&restricted) } else { is_breached() })
        {
            issues.push(PasswordIssue::Pwned);
        }
        issues.extend(restricted);
        issues
    }

    pub(super) fn check_consistency(&self) -> Result<(), SettingsError> {
        in_range("passwordPolicy.length.min", self.length.min as u64, 1, 256)?;
        in_range("passwordPolicy.length.max", self.length.max as u64, 1, 256)?;
        in_range("passwordPolicy.characterTypes.min", self.character_types.min as u64, 1, 4)?;
        if self.length.min > self.length.max {
            return Err(SettingsError::MinimumAboveMaximum {
                setting: "passwordPolicy.length.min".into(),
                min: self.length.min.to_string(),
                max: self.length.max.to_string(),
            });
        }
        Ok(())
    }
}

/// Whether a password was found to be little but one character, or characters in sequence.
fn says_a_run(issues: &[PasswordIssue]) -> bool {
    issues.iter().any(|issue| matches!(issue, PasswordIssue::Repetition | PasswordIssue::Sequence))
}

/// How many of the four kinds of characters a password has; `None` if it has a control character.
fn character_types(password: &str) -> Option<usize> {
    let (mut lower, mut upper, mut digit, mut symbol) = (false, false, false, false);
    for letter in password.chars() {
        match letter {
            'a'..='z' => lower = true,
            'A'..='Z' => upper = true,
            '0'..='9' => digit = true,
            letter if letter.is_control() => return None,
            _ => symbol = true,
        }
    }
    Some([lower, upper, digit, symbol].into_iter().filter(|&kind| kind).count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use PasswordIssue as Issue;

    fn issues(policy: &PasswordPolicy, password: &str) -> Vec<Issue> {
        policy.issues(password, UserInfo::default(), || false)
    }

    #[test]
    fn p7_password_policy_reports_all_issues() {
        let strict = PasswordPolicy {
            length: LengthPolicy { min: 10, max: 16 },
            character_types: CharacterTypesPolicy { min: 3 },
            rejects: RejectsPolicy { words: vec!["acme".into()], ..RejectsPolicy::default() },
        };
        assert_eq!(
            issues(&strict, "aaaacme"),
            [Issue::TooShort { min: 10 }, Issue::CharacterTypes { min: 3 }, Issue::Repetition, Issue::Words]
        );
        assert_eq!(issues(&strict, "Zk7vQw9pLmZk7vQw9pLm"), [Issue::TooLong { max: 16 }]);
        assert_eq!(issues(&strict, "pässwörd\u{7}9X"), [Issue::UnsupportedCharacters]);
        assert_eq!(issues(&strict, "Zk7vQw9pLm"), []);
    }

    #[test]
    fn characters_are_counted_not_bytes_nor_accents() {
        let policy = PasswordPolicy::default();
        assert_eq!(issues(&policy, "pässwör"), [Issue::TooShort { min: 8 }]);
        assert_eq!(issues(&policy, "pa\u{308}sswo\u{308}r"), [Issue::TooShort { min: 8 }], "in NFC");
        assert_eq!(issues(&policy, "pässwörd"), []);
    }

    #[test]
    #[cfg(feature = "common-passwords")]
    fn a_common_password_is_refused_and_the_hosts_list_is_not_asked() {
        let mut policy = PasswordPolicy::default();
        let with = |policy: &PasswordPolicy, password| {
            policy.issues(password, UserInfo::default(), || panic!("it is known already"))
        };
        assert_eq!(with(&policy, "Iloveyou"), [Issue::Pwned]);
        assert_eq!(with(&policy, "monkey"), [Issue::TooShort { min: 8 }, Issue::Pwned]);
        assert_eq!(
            with(&policy, "123456"),
            [Issue::TooShort { min: 8 }, Issue::Sequence],
            "one reason is enough"
        );
        policy.rejects.repetition_and_sequence = false;
        assert_eq!(with(&policy, "12345678"), [Issue::Pwned]);
        policy.rejects.pwned = false;
        assert_eq!(with(&policy, "12345678"), []);
    }

    #[test]
    fn any_character_but_a_control_character_is_taken() {
        let policy = PasswordPolicy::default();
        for password in ["пароль-на-реке", "密码密码很长的一个", "naïve café 77", "🦀🐚🦑🐙🦐🐡🐠🐟"]
        {
            assert_eq!(issues(&policy, password), [], "{password}");
        }
        for control in ['\0', '\t', '\n', '\u{7f}', '\u{85}'] {
            let password = format!("Zk7v{control}Qw9pLm");
            assert_eq!(issues(&policy, &password), [Issue::UnsupportedCharacters], "{control:?}");
        }
        assert_eq!(character_types("äÄ"), Some(1), "letters outside ASCII are symbols");
        assert_eq!(character_types("aÄ"), Some(2));
    }

    #[test]
    fn a_breached_password_is_refused_where_the_operator_asks() {
        let mut policy = PasswordPolicy::default();
        assert_eq!(policy.issues("Zk7vQw9pLm", UserInfo::default(), || true), [Issue::Pwned]);
        policy.rejects.pwned = false;
        assert_eq!(policy.issues("Zk7vQw9pLm", UserInfo::default(), || true), []);
    }

    #[test]
    fn space_and_all_ascii_symbols_are_supported() {
        for letter in ' '..='~' {
            assert!(character_types(&letter.to_string()).is_some(), "{letter:?}");
        }
        assert_eq!(character_types("aB1 "), Some(4));
        assert_eq!(character_types("\t"), None);
    }

    proptest! {
        #[test]
        fn a_good_password_stays_good_when_the_policy_is_eased(password in "[ -~]{0,40}", min in 1..20usize) {
            let strict = PasswordPolicy { length: LengthPolicy { min, max: 30 }, ..PasswordPolicy::default() };
            if issues(&strict, &password).is_empty() {
                prop_assert!((min..=30).contains(&password.len()));
                let eased = PasswordPolicy { length: LengthPolicy { min: 1, max: 256 }, ..strict };
                prop_assert_eq!(issues(&eased, &password), []);
            }
        }

        #[test]
        fn any_text_is_answered(password in "\\PC{0,300}", name in "\\PC{0,30}") {
            let user = UserInfo { name: Some(&name), ..UserInfo::default() };
            let found = PasswordPolicy::default().issues(&password, user, || false);
            let mut kinds = found.clone();
            kinds.dedup();
            prop_assert_eq!(kinds, found, "each issue once");
        }
    }
}
