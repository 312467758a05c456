//! Unicode Normalization Form C (UAX #15): one spelling for texts that mean the same.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A text in NFC. What is in that form already, as all ASCII is, is not copied.
pub(crate) fn nfc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// Whether a letter outside ASCII has its normal form inside, as the Kelvin sign has in `K`.
pub(crate) fn becomes_ascii(letter: char) -> bool {
    !letter.is_ascii() && std::iter::once(letter).nfc().any(|normal| normal.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_one_text_meet() {
        assert_eq!(nfc("Jose\u{301}"), "Jos\u{e9}");
        assert!(matches!(nfc("jane"), Cow::Borrowed(_)) && matches!(nfc("Jos\u{e9}"), Cow::Borrowed(_)));
    }

    #[test]
    fn only_three_letters_become_ascii() {
        let letters: String = (char::MIN..=char::MAX).filter(|&letter| becomes_ascii(letter)).collect();
        assert_eq!(
            letters, "\u{37e}\u{1fef}\u{212a}",
            "the Greek question mark, the Greek varia, the Kelvin sign"
        );
    }
}
