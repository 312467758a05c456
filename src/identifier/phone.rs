//! Phone numbers.

use std::fmt;
use std::sync::Arc;

use phonenumber::metadata::DATABASE;
use serde::{Deserialize, Serialize};

use super::key::{UserKey, UserKeyKind};

/// A phone number in E.164 form (rules.md, 9.4).
///
/// A national leading zero behind the country code means the same number: `61 0412…` is `61 412…`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(Arc<str>);

impl Phone {
    /// The longest text that is read as a phone number, in bytes: an E.164 number has 15 digits, and may be typed
    /// with separators.
    const MAX_TEXT: usize = 32;

    /// Reads a number with its country code. The leading `+` is optional; spaces, dots, dashes and parentheses may
    /// separate digits.
    ///
    /// # Errors
    /// [`InvalidPhone`] if the text is not such a number.
    pub fn parse(text: &str) -> Result<Self, InvalidPhone> {
        let number = text.strip_prefix('+').unwrap_or(text);
        let plausible = number.bytes().all(|b| b.is_ascii_digit() || b" .-()".contains(&b))
            && text.len() <= Self::MAX_TEXT;
        if !plausible {
            return Err(InvalidPhone);
        }
        let mut digits: String = number.chars().filter(char::is_ascii_digit).collect();
        // Stripping a national prefix may uncover another: go on until nothing changes, so that the canonical form
        // of a canonical form is itself. Each round shortens the number, so the rounds are few.
        loop {
            let canonical = international(&digits).ok_or(InvalidPhone)?;
            if canonical == digits {
                return Ok(Self(digits.into()));
            }
            if canonical.len() >= digits.len() {
                return Err(InvalidPhone);
            }
            digits = canonical;
        }
    }

    /// The digits, country code first, without `+`: `61412345678`.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The E.164 form: `+61412345678`.
    pub fn e164(&self) -> String {
        format!("+{}", self.0)
    }

    /// The unique key of this number.
    pub fn key(&self) -> UserKey {
        UserKey::new(UserKeyKind::Phone, Arc::clone(&self.0))
    }
}

/// The country code and the national number of some digits, without the national prefix.
///
/// The parser's word is taken where it makes a valid number of them. Elsewhere nothing but a zero is taken off, and only
/// where the country's national prefix is one: in Italy it is a digit of the number, and a Russian number may begin with
/// the 8 that is the prefix there.
fn international(digits: &str) -> Option<String> {
    let parsed = phonenumber::parse(None, format!("+{digits}")).ok()?;
    let code = parsed.code().value().to_string();
    if parsed.is_valid() {
        let national = parsed.national();
        return Some(format!("{code}{}{}", "0".repeat(usize::from(national.zeros())), national.value()));
    }
    let countries = DATABASE.by_code(&parsed.code().value()).unwrap_or_default();
    let zero_is_prefix = countries.iter().any(|country| country.national_prefix() == Some("0"));
    let typed = digits.strip_prefix(&code)?;
    let national = if zero_is_prefix { typed.trim_start_matches('0') } else { typed };
    (!national.is_empty()).then(|| format!("{code}{national}"))
}

/// Whether a text is digits only, as a phone is at the API.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for Phone {
    type Error = InvalidPhone;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0.as_ref().into()
    }
}

/// A text that is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a phone number is the digits of a country code and a national number")]
pub struct InvalidPhone;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn variants_of_one_number_are_one_number() {
        for text in ["61412345678", "+61412345678", "610412345678", "+61 (0)412 345-678", "61.412.345.678"] {
            let phone = Phone::parse(text).unwrap();
            assert_eq!((phone.digits(), phone.e164().as_str()), ("61412345678", "+61412345678"), "{text}");
        }
    }

    #[test]
    fn a_zero_that_is_part_of_the_number_stays() {
        // Italy and Ivory Coast: the leading zero is no national prefix, it is a digit of the number.
        assert_eq!(Phone::parse("390612345678").unwrap().digits(), "390612345678");
        assert_eq!(Phone::parse("2250701020304").unwrap().digits(), "2250701020304");
    }

    #[test]
    fn a_digit_that_looks_like_a_prefix_stays() {
        // St Petersburg and Kazan: the 8 behind the country code is the area code's, though 8 is Russia's prefix.
        for text in ["78123456789", "78431234567"] {
            assert_eq!(Phone::parse(text).unwrap().digits(), text);
        }
        assert_eq!(
            Phone::parse("789161234567").unwrap().digits(),
            "79161234567",
            "and here it is the prefix"
        );
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "+",
            "61 4",
            "12",
            "999123456",
            "1-800-FLOWERS",
            "٦١٤١٢٣٤٥٦٧٨",
            "+61412345678;ext=5",
            "++61412345678",
        ] {
            assert_eq!(Phone::parse(text), Err(InvalidPhone), "{text}");
        }
        assert_eq!(Phone::parse(&"1".repeat(5000)), Err(InvalidPhone));
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_its_own(digits in "[1-9][0-9]{3,14}") {
            if let Ok(phone) = Phone::parse(&digits) {
                prop_assert_eq!(Phone::parse(phone.digits()).unwrap(), phone.clone());
                prop_assert_eq!(Phone::parse(&phone.e164()).unwrap(), phone);
            }
        }

        #[test]
        fn a_national_zero_means_the_same_number(subscriber in "4[0-9]{8}") {
            prop_assert_eq!(
                Phone::parse(&format!("61{subscriber}")).unwrap(),
                Phone::parse(&format!("610{subscriber}")).unwrap()
            );
        }

        #[test]
        fn no_text_breaks_the_parser(text in "[+0-9 ().-]{0,40}|\\PC{0,40}") {
            let _ = Phone::parse(&text);
        }
    }
}
