//! Which emails the operator does not take (rules.md, 9.3).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::SettingsError;
use crate::identifier::{Email, canonical_domain, canonical_local_part};
use crate::rejection::{EmailNotAllowed, Rejection};

/// The operator's blocklist as data. Items are `user@domain` or `@domain`; `*` stands for any run of characters.
///
/// Addresses are compared in their canonical form ([`Email::canonical`]), and so are items: `@bücher.example` and
/// `@xn--bcher-kva.example` are one. A label with a `*` in it stands for labels in that form, so it is of ASCII itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EmailBlocklistPolicy {
    /// Refuse addresses with a `+` in the local part.
    pub block_subaddressing: bool,
    /// Where not empty, take only addresses that match an item.
    pub custom_allowlist: Vec<String>,
    /// Refuse addresses that match an item.
    pub custom_blocklist: Vec<String>,
    /// Refuse addresses whose domain is on the host's list of disposable ones.
    pub block_disposable_addresses: bool,
}

/// A list of domains that give out throw-away addresses, as the host has it.
pub trait DisposableDomains: Send + Sync {
    /// Whether the list has this domain, given in its canonical form: as IDNA has it, in lower-case ASCII.
    fn contains(&self, domain: &str) -> bool;
}

/// The empty list of disposable domains: the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDisposableDomains;

impl DisposableDomains for NoDisposableDomains {
    fn contains(&self, _domain: &str) -> bool {
        false
    }
}

/// The blocklist, its items parsed.
#[derive(Clone, Debug, Default)]
pub struct EmailBlocklist {
    block_subaddressing: bool,
    block_disposable: bool,
    allowed: Vec<Pattern>,
    blocked: Vec<Pattern>,
}

impl EmailBlocklist {
    /// Parses the items.
    ///
    /// # Errors
    /// [`SettingsError::InvalidBlocklistItem`] for an item that is neither `user@domain` nor `@domain`, or whose domain no
    /// email can have.
    pub fn new(policy: &EmailBlocklistPolicy) -> Result<Self, SettingsError> {
        let parse =
            |items: &[String]| items.iter().map(|item| Pattern::parse(item)).collect::<Result<Vec<_>, _>>();
        Ok(Self {
            block_subaddressing: policy.block_subaddressing,
            block_disposable: policy.block_disposable_addresses,
            allowed: parse(&policy.custom_allowlist)?,
            blocked: parse(&policy.custom_blocklist)?,
        })
    }

    /// Whether an address is taken. The first violation decides; `is_disposable` is asked of its domain, last, and only
    /// where the policy blocks disposable ones.
    ///
    /// # Errors
    /// [`Rejection::EmailSubaddressingNotAllowed`], [`Rejection::EmailNotAllowed`] (9.3).
    pub fn check(&self, email: &Email, is_disposable: impl FnOnce(&str) -> bool) -> Result<(), Rejection> {
        if self.block_subaddressing && email.local_part().contains('+') {
            return Err(Rejection::EmailSubaddressingNotAllowed);
        }
        let address = Address::of(email.local_part(), email.domain());
        let matches = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(&address));
        let refused = (!self.allowed.is_empty() && !matches(&self.allowed))
            || matches(&self.blocked)
            || (self.block_disposable && is_disposable(email.domain()));
        if refused {
            return Err(Rejection::EmailNotAllowed(EmailNotAllowed { email: email.as_str().into() }));
        }
        Ok(())
    }

    /// As [`check`](Self::check), for an address as an identity provider reports it, which may be no address at all.
    ///
    /// # Errors
    /// [`Rejection::InvalidEmail`] if it has no domain; else as [`check`](Self::check).
    pub fn check_reported(
        &self,
        text: &str,
        is_disposable: impl FnOnce(&str) -> bool,
    ) -> Result<(), Rejection> {
        if text.rsplit_once('@').is_none_or(|(_, domain)| domain.is_empty()) {
            return Err(Rejection::InvalidEmail);
        }
        // What has a domain and still is no address is never staged, so there is nothing to refuse.
        Email::parse(text).map_or(Ok(()), |email| self.check(&email, is_disposable))
    }
}

/// An address as patterns see it: Gmail's two domains are one, and the dots in their local parts do not count.
struct Address {
    local: String,
    domain: String,
}

impl Address {
    fn of(local: &str, domain: &str) -> Self {
        if matches!(domain, "gmail.com" | "googlemail.com") {
            Self { local: local.replace('.', ""), domain: "gmail.com".into() }
        } else {
            Self { local: local.into(), domain: domain.into() }
        }
    }
}

/// One parsed item.
#[derive(Clone, Debug)]
struct Pattern {
    /// `None`: any local part.
    local: Option<Wildcard>,
    domain: Wildcard,
}

impl Pattern {
    fn parse(item: &str) -> Result<Self, SettingsError> {
        let invalid = || SettingsError::InvalidBlocklistItem { item: item.into() };
        let (local, domain) = item.trim().rsplit_once('@').ok_or_else(invalid)?;
        if local.contains(char::is_whitespace) {
            return Err(invalid());
        }
        let domain = canonical_pattern(domain).ok_or_else(invalid)?;
        let address = Address::of(&canonical_local_part(local), &domain);
        let local = (!local.is_empty()).then(|| Wildcard::new(&address.local));
        Ok(Self { local, domain: Wildcard::new(&address.domain) })
    }

    fn matches(&self, address: &Address) -> bool {
        self.domain.matches(&address.domain)
            && self.local.as_ref().is_none_or(|local| local.matches(&address.local))
    }
}

/// A domain in its one spelling, but for the labels that have a `*`: they are patterns for labels in that spelling.
fn canonical_pattern(domain: &str) -> Option<String> {
    if !domain.contains('*') {
        return canonical_domain(domain).map(Cow::into_owned);
    }
    let label = |label: &str| {
        if label.contains('*') {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*');
            label.bytes().all(known).then(|| label.to_ascii_lowercase())
        } else {
            canonical_domain(label).map(Cow::into_owned)
        }
    };
    domain.split('.').map(label).collect::<Option<Vec<_>>>().map(|labels| labels.join("."))
}

/// A text in which `*` stands for any run of characters: the pieces between the stars.
#[derive(Clone, Debug)]
struct Wildcard(Vec<String>);

impl Wildcard {
    fn new(pattern: &str) -> Self {
        Self(pattern.split('*').map(String::from).collect())
    }

    /// The first piece must start the text and the last must end it; the pieces between are taken greedily from the
    /// left, which finds a match if there is one, in linear time.
    fn matches(&self, text: &str) -> bool {
        let Some((first, rest)) = self.0.split_first() else { return text.is_empty() };
        let Some((last, middle)) = rest.split_last() else { return text == first };
        let Some(mut left) =
            text.strip_prefix(first.as_str()).and_then(|left| left.strip_suffix(last.as_str()))
        else {
            return false;
        };
        middle.iter().all(|piece| match left.split_once(piece.as_str()) {
            Some((_, behind)) => {
                left = behind;
                true
            }
            None => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list(policy: EmailBlocklistPolicy) -> EmailBlocklist {
        EmailBlocklist::new(&policy).unwrap()
    }

    fn blocking(items: &[&str]) -> EmailBlocklist {
        list(EmailBlocklistPolicy {
            custom_blocklist: items.iter().map(ToString::to_string).collect(),
            ..EmailBlocklistPolicy::default()
        })
    }

    fn takes(list: &EmailBlocklist, text: &str) -> bool {
        list.check(&Email::parse(text).unwrap(), |_| false).is_ok()
    }

    #[test]
    fn items_match_addresses_and_domains() {
        let list = blocking(&[
            "@Blocked.example",
            "bad*@corp.example",
            "evil@ok.example",
            "*.spam@x.example",
            "@*.test",
        ]);
        for text in [
            "a@blocked.example",
            "A@BLOCKED.EXAMPLE",
            "badger@corp.example",
            "bad@corp.example",
            "Evil@ok.example",
            "a.b.spam@x.example",
            "a@b.c.test",
        ] {
            assert!(!takes(&list, text), "{text}");
        }
        for text in [
            "a@sub.blocked.example",
            "a@xblocked.example",
            "abad@corp.example",
            "devil@ok.example",
            "spam@x.example",
            "a@test.example",
        ] {
            assert!(takes(&list, text), "{text}");
        }
    }

    #[test]
    fn items_and_addresses_meet_in_the_canonical_form() {
        for item in [
            "@bücher.example",
            "@XN--BCHER-KVA.example",
            "@*.bücher.example",
            "Jose\u{301}*@*cher-kva.example",
        ] {
            let list = blocking(&[item]);
            let blocked = ["José@bücher.example", "jose\u{301}@a.bu\u{308}cher.example"];
            assert!(blocked.iter().any(|text| !takes(&list, text)), "{item}");
            assert!(takes(&list, "josé@bucher.example"), "{item}");
        }
        for item in [
            "no-at-sign",
            "a@",
            "@",
            "a b@x.example",
            "@b ü.example",
            "@bü*.example",
            "@a_b.example",
            "@x..example",
        ] {
            let policy = EmailBlocklistPolicy {
                custom_blocklist: vec![item.into()],
                ..EmailBlocklistPolicy::default()
            };
            assert!(EmailBlocklist::new(&policy).is_err(), "{item}");
        }
    }

    #[test]
    fn gmail_is_one_mailbox_however_it_is_dotted() {
        let list = blocking(&["j.doe@googlemail.com"]);
        assert!(!takes(&list, "jd.oe@gmail.com") && !takes(&list, "JDOE@googlemail.com"));
        assert!(
            takes(&list, "jdoe@example.com") && takes(&blocking(&["jdoe@example.com"]), "j.doe@example.com")
        );
    }

    #[test]
    fn the_first_violation_decides() {
        let policy = EmailBlocklistPolicy {
            block_subaddressing: true,
            custom_allowlist: vec!["@ok.example".into()],
            custom_blocklist: vec!["bad@ok.example".into()],
            block_disposable_addresses: false,
        };
        let list_of = list(policy.clone());
        let check = |text: &str| list_of.check(&Email::parse(text).unwrap(), |_| true);
        assert_eq!(check("a+b@other.example"), Err(Rejection::EmailSubaddressingNotAllowed));
        for text in ["Bad@ok.example", "a@other.example"] {
            assert_eq!(check(text), Err(Rejection::EmailNotAllowed(EmailNotAllowed { email: text.into() })));
        }
        assert_eq!(check("a@ok.example"), Ok(()));
        let strict = list(EmailBlocklistPolicy { block_disposable_addresses: true, ..policy });
        assert!(strict.check(&Email::parse("a@ok.example").unwrap(), |_| true).is_err());
        assert_eq!(list_of.check_reported("no-domain", |_| true), Err(Rejection::InvalidEmail));
        assert_eq!(list_of.check_reported("a@", |_| true), Err(Rejection::InvalidEmail));
    }

    /// The obvious matcher: a star takes nothing, or one more character.
    fn naive(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => naive(rest, text) || (!text.is_empty() && naive(pattern, &text[1..])),
            (Some((p, pattern)), Some((t, text))) => p == t && naive(pattern, text),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn wildcards_match_as_the_obvious_matcher_does(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(Wildcard::new(&pattern).matches(&text), naive(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
