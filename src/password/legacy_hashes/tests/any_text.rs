//! No text that stands for a digest makes anything panic, or is read in part.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

/// One of each form, none of which costs much.
const CHEAP: [&str; 6] = [
    PYTHON_BCRYPT,
    "$scrypt$ln=4,r=1,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI",
    "$7$2/..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D",
    "$pbkdf2$1$c2FsdA$DGDID5YfDnHzqbUkr2ASBi/gN6Y",
    "$pbkdf2-sha256$1$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw",
    "$pbkdf2-sha512$i=10,l=24$c2FsdHNhbHQ$PS7sT+QchJuAyNg2YsDkSospGpZM8vBw",
];

/// Whether to verify takes no time to speak of.
fn is_cheap(digest: &LegacyDigest) -> bool {
    match digest {
        LegacyDigest::Bcrypt(digest) => digest.cost <= 4,
        LegacyDigest::Scrypt(Scrypt { params, .. }) => {
            params.n() * u64::from(params.r()) * u64::from(params.p()) <= 256
        }
        LegacyDigest::Pbkdf2(digest) => digest.iterations <= 256,
    }
}

/// Reads a text whichever way there is, and says whether it was read.
fn is_read(scheme: &str, password: &str, text: &str) -> bool {
    let imported = import(scheme, text);
    let read = LegacyDigest::read(text);
    assert_eq!(imported.is_some(), read.as_ref().is_some_and(|digest| digest.is_of(scheme)), "{text}");
    if read.as_ref().is_none_or(is_cheap) {
        HASHER.verify(password, &PasswordDigest::new(text));
    }
    read.is_some()
}

/// Any character, and often one that digests are made of.
fn changed_to() -> impl Strategy<Value = char> {
    prop_oneof![any::<char>(), prop::char::ranges(vec!['$'..='$', '+'..='9', '='..='=', 'a'..='z'].into())]
}

proptest! {
    #[test]
    fn no_text_is_too_strange(scheme in select(&SCHEMES[..]), password: String, text: String) {
        is_read(scheme, &password, &text);
    }

    #[test]
    fn no_text_that_looks_like_a_digest_is_too_strange(
        scheme in select(&SCHEMES[..]),
        password: String,
        id in "2[aby]|scrypt|7|pbkdf2(-sha(1|256|512))?",
        fields in prop::collection::vec("|[0-9]{1,10}|((i|l|ln|r|p|v)=[0-9]{1,10},?){1,3}|[./0-9A-Za-z+=,-]{0,90}", 0..5),
    ) {
        is_read(scheme, &password, &format!("${id}${}", fields.join("$")));
    }

    #[test]
    fn no_change_of_a_digest_is_too_strange(
        scheme in select(&SCHEMES[..]),
        text in select(&CHEAP[..]),
        changes in prop::collection::vec((any::<Index>(), changed_to(), 0..3), 1..4),
    ) {
        let mut text: Vec<char> = text.chars().collect();
        for (at, character, how) in changes {
            let at = at.index(text.len());
            match how {
                0 => text[at] = character,
                1 => text.insert(at, character),
                _ => drop(text.drain(at..=at)),
            }
        }
        is_read(scheme, "password", &text.into_iter().collect::<String>());
    }

    #[test]
    fn no_part_of_a_digest_is_one(scheme in select(&SCHEMES[..]), text in select(&CHEAP[..]), at: Index) {
        let at = at.index(text.len());
        prop_assert!(is_read(scheme, "password", text));
        prop_assert!(!is_read(scheme, "password", text.split_at(at + 1).1));
    }
}
