//! URLs that a profile may hold.

use fluent_uri::Iri;

/// The longest URL that is stored, in bytes.
pub(crate) const MAX_LENGTH: usize = 2048;

/// Whether a text is an absolute `http` or `https` URL with a host.
///
/// Profiles are shown by browsers, where a link of any other scheme (`javascript:`) is a script of a stranger's.
pub(crate) fn is_web_url(text: &str) -> bool {
    text.len() <= MAX_LENGTH
        && Iri::parse(text).is_ok_and(|iri| {
            let scheme = iri.scheme().as_str();
            (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
                && iri.authority().is_some_and(|authority| !authority.host().is_empty())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_urls_are_urls() {
        for good in ["https://pics.example/a.png", "http://localhost:3000", "HTTPS://ö.example/ä?q=1#x"] {
            assert!(is_web_url(good), "{good}");
        }
        let long = format!("https://x.example/{}", "a".repeat(MAX_LENGTH));
        for bad in [
            "",
            "a.png",
            "//x.example/",
            "https://",
            "https:///a",
            "javascript:alert(1)",
            "data:,x",
            "https://a b",
            &long,
        ] {
            assert!(!is_web_url(bad), "{bad}");
        }
    }
}
