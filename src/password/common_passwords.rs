//! The most common passwords, as the library brings them (rules.md, 9.2).

use std::cmp::Ordering;

/// One password a line, in lower case and NFC, sorted by bytes: all of a public list's that have eight characters or more,
/// as the default policy asks, and the most common shorter ones, for who eases it. `common_passwords.LICENSE` says whose
/// list it is.
const LIST: &str = include_str!("common_passwords.txt");

/// Whether a password, in Unicode NFC, is one of the ten thousand most common ones. Case is ignored: `Password1` is guessed
/// as soon as `password1` is. Nothing is allocated, and nothing of the password is kept.
///
/// ```
/// use vestibule::password::is_common;
///
/// assert!(is_common("iloveyou") && is_common("Password1"));
/// assert!(!is_common("Zk7vQw9pLm"));
/// ```
pub fn is_common(password: &str) -> bool {
    has_line(LIST, password)
}

/// Looks for a line among sorted ones, halving what is left.
fn has_line(sorted: &str, password: &str) -> bool {
    let mut rest = sorted;
    while !rest.is_empty() {
        let Some((before, behind)) = rest.split_at_checked(rest.floor_char_boundary(rest.len() / 2)) else {
            return false;
        };
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = before.len() + behind.find('\n').unwrap_or(behind.len());
        let line = rest.get(start..end).unwrap_or_default();
        rest = match line.chars().cmp(password.chars().flat_map(char::to_lowercase)) {
            Ordering::Equal => return true,
            Ordering::Greater => rest.get(..start).unwrap_or_default(),
            Ordering::Less => rest.get(end + 1..).unwrap_or_default(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::nfc::nfc;

    #[test]
    fn the_list_is_sorted_unique_and_in_the_form_that_is_looked_up() {
        let lines: Vec<&str> = LIST.lines().collect();
        assert_eq!(lines.len(), 10_000);
        assert!(lines.is_sorted_by(|one, next| one < next));
        assert!(LIST.ends_with('\n') && LIST.len() < 100_000);
        for line in lines {
            assert!(!line.is_empty() && nfc(line) == line && line.to_lowercase() == line, "{line:?}");
            assert!(!line.chars().any(char::is_control), "{line:?}");
        }
    }

    #[test]
    fn every_line_is_found_and_what_is_beside_it_is_not() {
        for line in LIST.lines() {
            assert!(is_common(line) && is_common(&line.to_uppercase()), "{line:?}");
            assert!(!is_common(&format!("{line}\n")) && !is_common(&format!("\n{line}")), "{line:?}");
        }
        for password in
            ["", "\n", "Zk7vQw9pLm", "correct horse battery staple", "\u{10ffff}", "password1\n123456"]
        {
            assert!(!is_common(password), "{password:?}");
        }
        for password in ["password", "Qwerty123", "IloveYou", "123456", "monkey", "jennifer", "987654321"] {
            assert!(is_common(password), "{password:?}");
        }
    }

    proptest! {
        #[test]
        fn a_line_is_found_in_any_sorted_list(
            lines in proptest::collection::btree_set("[aé\u{10000}]{1,3}", 0..9), password in "[aé\u{10000}]{0,3}",
        ) {
            let list: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
            prop_assert_eq!(has_line(&list, &password), lines.contains(&password));
        }
    }
}
