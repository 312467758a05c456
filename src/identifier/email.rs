//! Email addresses.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use email_address::{EmailAddress, Options};
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Serialize};

use super::key::{UserKey, UserKeyKind};
use crate::nfc::{becomes_ascii, nfc};

/// A valid email address (rules.md, 9.3): a dot-atom, an `@`, and a domain with a dot, in at most 256 characters.
///
/// The local part is in Unicode NFC and keeps the case it was typed in. The domain is what IDNA (UTS 46,
/// non-transitional) makes of it, in lower-case ASCII, so that every spelling of one domain is one domain, and a message
/// goes to the very domain that the address is compared by. Addresses are compared without regard to case.
///
/// ```
/// use vestibule::identifier::Email;
///
/// let email = Email::parse("Jane@B\u{fc}cher.Example")?;
/// assert_eq!(email.as_str(), "Jane@xn--bcher-kva.example");
/// assert_eq!(email.canonical(), "jane@xn--bcher-kva.example");
/// assert_eq!(email, Email::parse("jane@xn--bcher-kva.example")?);
/// # Ok::<(), vestibule::identifier::InvalidEmail>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email {
    text: Arc<str>,
    canonical: Arc<str>,
}

impl Email {
    /// The longest address there can be, in characters: what RFC 5321, section 4.5.3.1.3, gives a path.
    pub const MAX_LENGTH: usize = 256;

    /// Reads an address. Neither a display name (`Jane <jane@example.com>`), a comment, a quoted local part nor a domain
    /// literal (`jane@[127.0.0.1]`) is part of an address that people sign in with.
    ///
    /// # Errors
    /// [`InvalidEmail`] if the text is not such an address.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
        // Far above what an address of the longest letters can have, each spelt out: normalising is not for more.
        if text.len() > Self::MAX_LENGTH * 16 {
            return Err(InvalidEmail);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let local = normal_local_part(local).ok_or(InvalidEmail)?;
        let domain = canonical_domain(domain).ok_or(InvalidEmail)?;
        let folded = fold_local_part(&local);
        let text: Arc<str> = match (&local, &domain) {
            (Cow::Borrowed(_), Cow::Borrowed(_)) => text.into(),
            _ => format!("{local}@{domain}").into(),
        };
        let canonical = match folded {
            Cow::Borrowed(_) => Arc::clone(&text),
            Cow::Owned(folded) => format!("{folded}@{domain}").into(),
        };
        // The canonical form is what must hold: so each form of an address that is one can be read again.
        if canonical.contains('"') || canonical.chars().count() > Self::MAX_LENGTH {
            return Err(InvalidEmail);
        }
        EmailAddress::parse_with_options(&canonical, options).map_err(|_| InvalidEmail)?;
        Ok(Self { text, canonical })
    }

    /// The address to send to: the local part as it was typed (in NFC), the domain in its canonical form.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address in canonical form, case folded: what makes it unique.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The part before the `@`, in NFC and case folded.
    pub fn local_part(&self) -> &str {
        self.canonical.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The part behind the `@`: the domain as IDNA has it, in lower-case ASCII.
    pub fn domain(&self) -> &str {
        self.canonical.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The unique key of this address.
    pub fn key(&self) -> UserKey {
        UserKey::new(UserKeyKind::Email, Arc::clone(&self.canonical))
    }
}

/// A local part in NFC, if it is plain text.
///
/// A letter outside ASCII whose normal form is inside, as the Kelvin sign's is `K`, is another mailbox to a server that
/// does not normalise: it is refused, so that no such address ever has the key of somebody's address in ASCII. White
/// space, control characters and bidirectional controls show an address as another one.
fn normal_local_part(local: &str) -> Option<Cow<'_, str>> {
    if local.is_ascii() {
        return Some(Cow::Borrowed(local));
    }
    let hides = |letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    (!local.chars().any(|letter| hides(letter) || becomes_ascii(letter))).then(|| nfc(local))
}

/// The one form of a local part in NFC that every case of it has. Lower-case letters may compose where capitals do not,
/// so it is normalised once more.
fn fold_local_part(local: &str) -> Cow<'_, str> {
    if local.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(local);
    }
    let folded = canonical_local_part(local);
    if folded == local { Cow::Borrowed(local) } else { Cow::Owned(folded) }
}

/// A local part, or a pattern for one, in NFC and case folded.
pub(crate) fn canonical_local_part(local: &str) -> String {
    nfc(&fold(&nfc(local))).into_owned()
}

/// The one spelling of a domain: what IDNA makes of it (UTS 46, non-transitional), in lower-case ASCII. `None` for what
/// is no domain: a label that IDNA refuses, that is empty, too long or not made of letters, digits and inner hyphens.
///
/// Hyphens in the third and fourth place are taken, as the web takes them: names with them are in use, and `xn--` is
/// checked for itself.
pub(crate) fn canonical_domain(domain: &str) -> Option<Cow<'_, str>> {
    let (deny, hyphens, length) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify);
    Uts46::new().to_ascii(domain.as_bytes(), deny, hyphens, length).ok()
}

/// Lower case, letter by letter; but a letter outside ASCII never becomes one inside it.
///
/// A dotted capital I's lower case begins with `i`, and the Kelvin sign's is `k`. Folded so, an address with such a
/// letter, which is another mailbox, could have the key of somebody's address in ASCII: a code sent to the one would open
/// the account of the other.
fn fold(text: &str) -> String {
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

/// Whether two domains are one, however each is spelt.
pub(crate) fn same_domain(one: &str, other: &str) -> bool {
    one == other || canonical_domain(one).is_some_and(|one| canonical_domain(other) == Some(one))
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
#[error(
    "an email address has an unquoted local part, an `@`, and a domain with a dot, in at most 256 characters"
)]
pub struct InvalidEmail;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_an_address_that_somebody_can_own_is_one() {
        for text in ["jane@example.com", "J.Doe+x@example.com", "ä@xn--nda.example", "a@ab--cd.example"] {
            assert_eq!(Email::parse(text).unwrap().as_str(), text);
        }
        let long = format!("{}@{}.example", "a".repeat(64), "b".repeat(300));
        let long_local = format!("{}@example.com", "a".repeat(65));
        let grows_when_folded = format!("{}@example.com", "\u{23a}".repeat(32));
        for text in [
            "",
            "nope",
            "a@b",
            "@b.c",
            "a@",
            "a@b@c.example",
            "Jane <a@b.example>",
            "\"a b\"@example.com",
            "\"a\"@example.com",
            "(jane)a@example.com",
            "a@example.com(jane)",
            "a..b@example.com",
            ".a@example.com",
            "a@[127.0.0.1]",
            " a@b.c",
            "a@b.c\n",
            "a\u{a0}b@b.example",
            "a\u{85}@b.example",
            "a\u{202e}b@b.example",
            &long,
            &long_local,
            &grows_when_folded,
        ] {
            assert_eq!(Email::parse(text), Err(InvalidEmail), "{text:?}");
        }
    }

    #[test]
    fn what_idna_refuses_is_no_email() {
        for domain in [
            "a_b.example",
            "-a.example",
            "a-.example",
            "a..example",
            "example.com.",
            "a b.example",
            "xn--a.example",
            "xn--bcher-.example",
            "\u{301}a.example",
            "a\u{5d0}.example",
            "a\u{200d}b.example",
            "\u{2f}.example",
        ] {
            assert_eq!(Email::parse(&format!("a@{domain}")), Err(InvalidEmail), "{domain:?}");
        }
        let label = "ü".repeat(60);
        assert_eq!(
            Email::parse(&format!("a@{label}.example")),
            Err(InvalidEmail),
            "63 octets are a label's most"
        );
    }

    #[test]
    fn every_spelling_of_a_domain_is_one_domain() {
        let key = Email::parse("jane@xn--bcher-kva.example").unwrap().key();
        for domain in [
            "bücher.example",
            "Bücher.Example",
            "bu\u{308}cher.example",
            "BU\u{308}CHER.EXAMPLE",
            "XN--BCHER-KVA.example",
            "b\u{ad}ücher.example",
            "bücher\u{3002}example",
            "\u{ff42}ücher.example",
        ] {
            let email = Email::parse(&format!("Jane@{domain}")).unwrap();
            assert_eq!(email.key(), key, "{domain}");
            assert_eq!(email.as_str(), "Jane@xn--bcher-kva.example", "{domain}");
            assert!(same_domain(domain, "xn--bcher-kva.example"), "{domain}");
        }
        let eszett = Email::parse("jane@stra\u{df}e.example").unwrap();
        assert_eq!(eszett.domain(), "xn--strae-oqa.example", "non-transitional");
        assert_ne!(eszett, Email::parse("jane@strasse.example").unwrap());
        assert!(!same_domain("a b", "A b"), "what is no domain is not the same as another");
    }

    #[test]
    fn case_is_kept_before_the_at_and_ignored() {
        let (typed, plain) =
            (Email::parse("Jane@Example.COM").unwrap(), Email::parse("jane@example.com").unwrap());
        assert_eq!(typed, plain);
        assert_eq!(typed.key(), plain.key());
        assert_eq!(typed.as_str(), "Jane@example.com");
        assert_eq!((typed.local_part(), typed.domain()), ("jane", "example.com"));
        assert_eq!(Email::parse("É@x.example").unwrap(), Email::parse("é@x.example").unwrap());
    }

    #[test]
    fn two_spellings_of_a_local_part_are_one_mailbox() {
        let (spelt_out, composed) =
            (Email::parse("Jose\u{301}@x.example").unwrap(), Email::parse("Jos\u{e9}@x.example").unwrap());
        assert_eq!(spelt_out.key(), composed.key());
        assert_eq!(spelt_out.as_str(), "Jos\u{e9}@x.example");
        // The small letter composes, the capital does not.
        let (small, capital) =
            (Email::parse("\u{1e96}@x.example").unwrap(), Email::parse("H\u{331}@x.example").unwrap());
        assert_eq!(small.key(), capital.key());
    }

    #[test]
    fn a_look_alike_outside_ascii_never_gets_an_ascii_key() {
        for letter in ['\u{212a}', '\u{37e}', '\u{1fef}'] {
            assert_eq!(Email::parse(&format!("mi{letter}e@example.com")), Err(InvalidEmail), "{letter:?}");
        }
        let dotted = Email::parse("m\u{130}ke@example.com").unwrap();
        assert!(!dotted.canonical().contains('i'));
        let outside = (char::MIN..=char::MAX).filter(|letter| !letter.is_ascii());
        for email in outside.filter_map(|letter| Email::parse(&format!("{letter}@x.example")).ok()) {
            assert!(!email.canonical().is_ascii(), "{email}");
            let again = Email::parse(email.canonical()).unwrap();
            assert_eq!((again.as_str(), again.canonical()), (email.canonical(), email.canonical()));
        }
    }

    /// Letters that case, composition or IDNA does something to.
    const TRICKY: &str = "[a-cA-CiIkK0-9.\\-äÄßẞσςΣéÉİıſﬁÅ\u{1e96}\u{301}\u{307}\u{308}\u{331}\u{345}\u{ad}\
                          \u{200c}\u{200d}\u{23a}\u{2c65}\u{3002}\u{ff21}\u{ff0e}\u{212a}\u{212b}\u{5d0}\u{644}]{1,12}";

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
        fn each_form_of_an_address_is_read_as_the_same_address(local in TRICKY, domain in TRICKY) {
            if let Ok(email) = Email::parse(&format!("{local}@{domain}.example")) {
                for form in [email.as_str(), email.canonical()] {
                    let again = Email::parse(form).unwrap();
                    prop_assert_eq!((again.as_str(), again.canonical()), (form, email.canonical()));
                }
                prop_assert!(email.domain().is_ascii());
            }
        }

        #[test]
        fn what_idna_joins_has_one_key(domain in TRICKY) {
            let domain = format!("{domain}.example");
            let key = |domain: &str| Email::parse(&format!("a@{domain}")).map(|email| email.key());
            let (shown, valid) = Uts46::new().to_unicode(
                domain.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
            );
            if valid.is_ok() {
                prop_assert_eq!(key(&shown), key(&domain));
            } else {
                prop_assert!(key(&domain).is_err());
            }
        }

        #[test]
        fn no_text_breaks_the_parser_and_folding_is_idempotent(text in "\\PC{0,60}") {
            let _ = Email::parse(&text);
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
