//! What usernames must be (rules.md, 9.1).

use serde::{Deserialize, Serialize};

use super::SettingsError;
use super::settings_error::in_range;
use crate::identifier::{Username, UsernameCase};
use crate::rejection::Rejection;

/// The operator's policy for usernames, inside the hard floor that [`Username`] keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UsernamePolicy {
    /// Whether names that differ only in case are different; on by default.
    pub case_sensitive: bool,
    /// The least number of characters: 1–128, default 1.
    pub min_length: usize,
    /// The greatest number of characters: 1–128, default 128.
    pub max_length: usize,
    /// Which characters are allowed.
    pub allowed_chars: AllowedChars,
}

impl Default for UsernamePolicy {
    fn default() -> Self {
        Self {
            case_sensitive: true,
            min_length: 1,
            max_length: Username::MAX_LENGTH,
            allowed_chars: AllowedChars::default(),
        }
    }
}

/// Which characters usernames may have. All by default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[allow(clippy::struct_excessive_bools, reason = "four independent switches, as the contract has them")]
pub struct AllowedChars {
    /// `a`–`z`.
    pub lowercase: bool,
    /// `A`–`Z`.
    pub uppercase: bool,
    /// `0`–`9`, never as the first character.
    pub numbers: bool,
    /// `_`.
    pub underscore: bool,
}

impl Default for AllowedChars {
    fn default() -> Self {
        Self { lowercase: true, uppercase: true, numbers: true, underscore: true }
    }
}

impl UsernamePolicy {
    /// Whether names are one regardless of case.
    pub fn case(&self) -> UsernameCase {
        if self.case_sensitive { UsernameCase::Sensitive } else { UsernameCase::Insensitive }
    }

    /// Takes a text as a username if the hard floor and this policy allow it. The first violation decides.
    ///
    /// # Errors
    /// One of the `Username…` rejections (9.1).
    ///
    /// ```
    /// use vestibule::experience::UsernamePolicy;
    /// use vestibule::rejection::Rejection;
    ///
    /// let policy = UsernamePolicy { min_length: 3, ..UsernamePolicy::default() };
    /// assert!(policy.accept("jane").is_ok());
    /// assert_eq!(policy.accept("jo").unwrap_err(), Rejection::UsernameTooShort);
    /// assert_eq!(policy.accept("1st").unwrap_err(), Rejection::UsernameStartsWithNumber);
    /// ```
    pub fn accept(&self, text: &str) -> Result<Username, Rejection> {
        let username = Username::parse(text)?;
        self.check(&username)?;
        Ok(username)
    }

    /// Whether this policy allows a username. The first violation decides.
    ///
    /// # Errors
    /// One of the `Username…` rejections (9.1).
    pub fn check(&self, username: &Username) -> Result<(), Rejection> {
        let text = username.as_str();
        let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
        let allowed = &self.allowed_chars;
        if text.len() < self.min_length {
            Err(Rejection::UsernameTooShort)
        } else if text.len() > self.max_length {
            Err(Rejection::UsernameTooLong)
        } else if !allowed.uppercase && has(u8::is_ascii_uppercase) {
            Err(Rejection::UsernameUppercaseNotAllowed)
        } else if !allowed.lowercase && has(u8::is_ascii_lowercase) {
            Err(Rejection::UsernameLowercaseNotAllowed)
        } else if !allowed.numbers && has(u8::is_ascii_digit) {
            Err(Rejection::UsernameNumbersNotAllowed)
        } else if !allowed.underscore && has(|&b| b == b'_') {
            Err(Rejection::UsernameUnderscoreNotAllowed)
        } else {
            Ok(())
        }
    }

    pub(super) fn check_consistency(&self) -> Result<(), SettingsError> {
        let bound = Username::MAX_LENGTH as u64;
        in_range("usernamePolicy.minLength", self.min_length as u64, 1, bound)?;
        in_range("usernamePolicy.maxLength", self.max_length as u64, 1, bound)?;
        if self.min_length > self.max_length {
            return Err(SettingsError::MinimumAboveMaximum {
                setting: "usernamePolicy.minLength".into(),
                min: self.min_length.to_string(),
                max: self.max_length.to_string(),
            });
        }
        let chars = &self.allowed_chars;
        if chars.lowercase || chars.uppercase || chars.underscore {
            Ok(())
        } else {
            Err(SettingsError::NoUsernameAllowed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p6_username_policy_answers_its_first_violation_in_order() {
        let strict = UsernamePolicy {
            case_sensitive: true,
            min_length: 3,
            max_length: 6,
            allowed_chars: AllowedChars {
                lowercase: true,
                uppercase: false,
                numbers: false,
                underscore: false,
            },
        };
        for (text, rejection) in [
            ("", Rejection::UsernameRequired),
            ("1", Rejection::UsernameStartsWithNumber),
            ("a-", Rejection::UsernameInvalidCharset),
            ("A1", Rejection::UsernameTooShort),
            ("A1_A1_A1", Rejection::UsernameTooLong),
            ("a1_B", Rejection::UsernameUppercaseNotAllowed),
            ("a1_b", Rejection::UsernameNumbersNotAllowed),
            ("a_b", Rejection::UsernameUnderscoreNotAllowed),
        ] {
            assert_eq!(strict.accept(text), Err(rejection), "{text}");
        }
        assert!(strict.accept("jane").is_ok());
        let longest = "x".repeat(Username::MAX_LENGTH);
        assert!(UsernamePolicy::default().accept(&longest).is_ok());
        for longer in [129, 1024, 5000] {
            assert_eq!(
                UsernamePolicy::default().accept(&"x".repeat(longer)),
                Err(Rejection::UsernameTooLong)
            );
        }
        let no_lower = UsernamePolicy {
            allowed_chars: AllowedChars { lowercase: false, ..AllowedChars::default() },
            ..UsernamePolicy::default()
        };
        assert_eq!(no_lower.accept("JANe1_"), Err(Rejection::UsernameLowercaseNotAllowed));
        assert!(no_lower.accept("JANE_1").is_ok());
    }
}
