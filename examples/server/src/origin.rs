//! Where a request comes from: what a page of another site sends is not carried out.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::problem::Problem;
use crate::server::Server;

/// What a browser knows of how its page and the request's target are related (Fetch Metadata).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A scheme, a host and a port (RFC 6454).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

/// This is no origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin is like `https://login.example.com`")]
pub struct NoOrigin;

impl Origin {
    fn new(scheme: Scheme, authority: &Authority) -> Option<Self> {
        let host = authority.host();
        // What is left is the port: whoever names a user is no origin.
        let port = match authority.as_str().strip_prefix(host)? {
            "" if scheme == Scheme::HTTPS => 443,
            "" => 80,
            port => port.strip_prefix(':')?.parse().ok()?,
        };
        (!host.is_empty()).then(|| Self { scheme, host: host.to_ascii_lowercase(), port })
    }

    /// The one that a request without TLS was sent to.
    fn of_host(headers: &HeaderMap) -> Option<Self> {
        let host = headers.get(HOST)?.to_str().ok()?;
        Self::new(Scheme::HTTP, &host.parse().ok()?)
    }
}

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let uri: Uri = text.parse().map_err(|_| NoOrigin)?;
        let scheme = uri.scheme().filter(|&scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS);
        let authority = uri.authority().filter(|_| uri.path() == "/" && uri.query().is_none());
        let (scheme, authority) = scheme.zip(authority).ok_or(NoOrigin)?;
        Self::new(scheme.clone(), authority).ok_or(NoOrigin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

/// Answers 403 to a request that would change something, if a browser says that a page of another origin sent it. What
/// is no browser says nothing, and passes.
///
/// Both headers are asked: `Origin` is what every browser sends, `Sec-Fetch-Site` what no setting of the page's can
/// leave out.
pub async fn refuse_other_sites(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if request.method().is_safe()
        || (is_of_own_origin(headers, server.origin.as_ref()) && is_same_site(headers))
    {
        next.run(request).await
    } else {
        Problem::OtherOrigin.into_response()
    }
}

/// Whether no `Origin` of the request is another than the server's own: the one that it was told, or else the one that
/// the request was sent to.
fn is_of_own_origin(headers: &HeaderMap, told: Option<&Origin>) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter().peekable();
    if origins.peek().is_none() {
        return true;
    }
    let own = told.cloned().or_else(|| Origin::of_host(headers));
    let read = |value: &HeaderValue| value.to_str().ok().and_then(|text| text.parse::<Origin>().ok());
    own.is_some_and(|own| origins.all(|value| read(value).as_ref() == Some(&own)))
}

/// Whether the page, if there is one, is of the same origin. `none` is a person's own doing.
fn is_same_site(headers: &HeaderMap) -> bool {
    headers.get_all(SEC_FETCH_SITE).iter().all(|site| site == "same-origin" || site == "none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    fn passes(host: &str, origin: &str, told: Option<&str>) -> bool {
        let told = told.map(|told| told.parse().unwrap());
        is_of_own_origin(&headers(&[(HOST, host), (ORIGIN, origin)]), told.as_ref())
    }

    #[test]
    fn an_origin_is_the_hosts_or_the_one_that_the_server_was_told() {
        for (host, origin) in [
            ("localhost:3900", "http://localhost:3900"),
            ("LOCALHOST:3900", "http://localhost:3900"),
            ("localhost", "http://localhost:80"),
            ("localhost:80", "http://localhost"),
            ("[::1]:3900", "http://[::1]:3900"),
        ] {
            assert!(passes(host, origin, None), "{host} {origin}");
        }
        for (host, origin) in [
            ("localhost:3900", "http://localhost:3901"),
            ("localhost:3900", "http://localhost"),
            ("localhost:3900", "https://localhost:3900"),
            ("localhost:3900", "http://127.0.0.1:3900"),
            ("localhost:3900", "http://localhost:3900.evil.example"),
            ("localhost:3900", "http://localhost:3900@evil.example"),
            ("jane@localhost", "http://localhost"),
            ("localhost:99999", "http://localhost:99999"),
            ("localhost", "null"),
            ("localhost", ""),
            ("localhost", "localhost"),
            ("", "http://"),
        ] {
            assert!(!passes(host, origin, None), "{host} {origin}");
        }
        let told = Some("https://login.example.com");
        assert!(passes("10.0.0.7:3900", "https://login.example.com", told));
        assert!(passes("10.0.0.7:3900", "https://LOGIN.example.com:443", told));
        assert!(!passes("10.0.0.7:3900", "http://10.0.0.7:3900", told));
        assert!(!passes("login.example.com", "http://login.example.com", told));
    }

    #[test]
    fn one_header_of_another_site_is_enough() {
        let own = (ORIGIN, "http://localhost");
        assert!(is_of_own_origin(&headers(&[]), None));
        assert!(
            !is_of_own_origin(&headers(std::slice::from_ref(&own)), None),
            "there is no `Host` to compare with"
        );
        let two = headers(&[(HOST, "localhost"), own, (ORIGIN, "https://evil.example")]);
        assert!(!is_of_own_origin(&two, None));
        for (site, passes) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false)]
        {
            assert_eq!(is_same_site(&headers(&[(SEC_FETCH_SITE, site)])), passes, "{site}");
        }
    }

    #[test]
    fn what_is_no_origin_is_not_taken_for_one() {
        for text in [
            "",
            "login.example.com",
            "ftp://a.example",
            "https://a.example/b",
            "https://a.example?b",
            "https://j@a",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(NoOrigin), "{text}");
        }
        let origin: Origin = "https://Login.example.com/".parse().unwrap();
        assert_eq!(origin.to_string(), "https://login.example.com:443");
    }
}
