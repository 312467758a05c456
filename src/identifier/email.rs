//! Email addresses.

use std::fmt;
use std::sync::Arc;

use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};

use super::key::{UserKey, UserKeyKind};

/// A valid email address: RFC 5321 syntax, a dot in the domain, at most 256 characters (rules.md, 9.3).
///
/// It keeps the case it was typed in and compares without regard to it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email {
    text: Arc<str>,
    canonical: Arc<str>,
}

impl Email {
    /// The longest address there can be, in characters: what RFC 5321, section 4.5.3.1.3, gives a path.
    pub const MAX_LENGTH: usize = 256;

    /// Reads an address. Neither a display name (`Jane <jane@example.com>`) nor a domain literal (`jane@[127.0.0.1]`)
    /// is part of an address that somebody can own.
    ///
    /// # Errors
    /// [`InvalidEmail`] if the text is not such an address.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        if text.len() > Self::MAX_LENGTH * 4 || text.chars().count() > Self::MAX_LENGTH {
            return Err(InvalidEmail);
        }
        EmailAddress::parse_with_options(text, options).map_err(|_| InvalidEmail)?;
        let text: Arc<str> = text.into();
        let canonical = if text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
            fold(&text).into()
        } else {
            Arc::clone(&text)
        };
        Ok(Self { text, canonical })
    }

    /// The address as it was typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address, case folded: what makes it unique.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The part before the `@`, case folded.
    pub fn local_part(&self) -> &str {
        self.canonical.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The part behind the `@`, case folded.
    pub fn domain(&self) -> &str {
        self.canonical.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The unique key of this address.
    pub fn key(&self) -> UserKey {
        UserKey::new(UserKeyKind::Email, Arc::clone(&self.canonical))
    }
}

/// Lower case, letter by letter; but a letter outside ASCII never becomes one inside it.
///
/// The Kelvin sign's lower case is `k`. Folded so, an address with a Kelvin sign, which is another mailbox, would
/// have the key of somebody's address with a `k`: a code sent to the one would open the account of the other.
pub(crate) fn fold(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut folded, letter| {
        if letter.is_ascii() {
            folded.push(letter.to_ascii_lowercase());
        } else if letter.to_lowercase().any(|lower| lower.is_ascii()) {
            folded.push(letter);
        } else {
            folded.extend(letter.to_lowercase());
        }
        folded
    })
}

/// Whether two domains are one.
pub(crate) fn same_domain(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Email {}

impl std::hash::Hash for Email {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.text.as_ref().into()
    }
}

/// A text that is no email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an email address has a local part, an `@`, and a domain with a dot, in at most 256 characters")]
pub struct InvalidEmail;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_an_address_that_somebody_can_own_is_one() {
        for text in ["jane@example.com", "J.Doe+x@Example.COM", "\"a b\"@example.com", "ä@ö.example"] {
            assert_eq!(Email::parse(text).unwrap().as_str(), text);
        }
        let long = format!("{}@{}.example", "a".repeat(64), "b".repeat(300));
        for text in [
            "",
            "nope",
            "a@b",
            "@b.c",
            "a@",
            "Jane <a@b.example>",
            "a@[127.0.0.1]",
            " a@b.c",
            "a@b.c\n",
            &long,
        ] {
            assert_eq!(Email::parse(text), Err(InvalidEmail), "{text:?}");
        }
    }

    #[test]
    fn case_is_kept_and_ignored() {
        let (typed, plain) =
            (Email::parse("Jane@Example.COM").unwrap(), Email::parse("jane@example.com").unwrap());
        assert_eq!(typed, plain);
        assert_eq!(typed.key(), plain.key());
        assert_eq!(typed.as_str(), "Jane@Example.COM");
        assert_eq!((typed.local_part(), typed.domain()), ("jane", "example.com"));
        assert_eq!(Email::parse("É@x.example").unwrap(), Email::parse("é@x.example").unwrap());
    }

    #[test]
    fn a_look_alike_outside_ascii_never_gets_an_ascii_key() {
        let kelvin = Email::parse("mi\u{212A}e@example.com").unwrap();
        assert_ne!(kelvin.key(), Email::parse("mike@example.com").unwrap().key());
        let dotted = Email::parse("m\u{130}ke@example.com").unwrap();
        assert!(!dotted.canonical().contains('i'));
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_its_own_and_any_case_meets_in_it(
            local in "[a-zA-Z0-9._+-]{0,20}[a-z0-9]", domain in "[a-zA-Z0-9]{1,10}\\.[a-zA-Z]{2,5}", upper: bool,
        ) {
            let text = format!("{local}@{domain}");
            if let Ok(email) = Email::parse(&text) {
                let other = if upper { text.to_uppercase() } else { text.to_lowercase() };
                prop_assert_eq!(Email::parse(&other).unwrap().key(), email.key());
                let again = Email::parse(email.canonical()).unwrap();
                prop_assert_eq!(again.canonical(), email.canonical());
            }
        }

        #[test]
        fn no_text_breaks_the_parser_and_folding_is_idempotent(text in "\\PC{0,60}") {
            let _ = Email::parse(&text);
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
