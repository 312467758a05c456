//! Cookies: an unguessable id is all that a browser gets. What it stands for stays on the server.

use std::fmt;

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vestibule::interaction::InteractionId;

/// The cookie of an interaction under way.
pub const INTERACTION: &str = "_interaction";

/// The cookie of a signed-in person.
pub const SESSION: &str = "__session";

/// An unguessable id: 256 random bits. Whoever has it is taken for the person it was given to, so it never shows in
/// a log.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CookieId(Box<str>);

impl CookieId {
    /// A fresh one.
    ///
    /// # Errors
    /// If the operating system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes).into()))
    }

    /// The text, for the one place that hands it out.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The one that a request's cookie of this name holds.
    pub fn of_request(headers: &HeaderMap, name: &str) -> Option<Self> {
        value(headers, name).map(|value| Self(value.into()))
    }
}

/// The interaction's id that a request's cookie holds.
pub fn interaction_id(headers: &HeaderMap) -> Option<InteractionId> {
    value(headers, INTERACTION).map(InteractionId::from_client)
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(own, value)| *own == name && !value.is_empty())
        .map(|(_, value)| value)
}

impl fmt::Debug for CookieId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[cookie id]")
    }
}

/// How this server sets cookies.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    /// Whether a browser may send them over TLS only. Off on loopback alone, where there is no TLS to have.
    pub secure: bool,
}

impl Cookies {
    /// The `Set-Cookie` that gives a browser an id, until the browser closes.
    pub fn set(self, name: &str, id: &str) -> Option<HeaderValue> {
        self.header(name, id, "")
    }

    /// The `Set-Cookie` that takes a cookie away.
    pub fn remove(self, name: &str) -> Option<HeaderValue> {
        self.header(name, "", "; Max-Age=0")
    }

    fn header(self, name: &str, value: &str, more: &str) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/{secure}{more}");
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_from_among_other_cookies_and_never_shown() {
        let id = CookieId::random().unwrap();
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=b; _interaction=".parse().unwrap());
        headers.append(COOKIE, format!("x=y;__session={}", id.0).parse().unwrap());
        assert_eq!(CookieId::of_request(&headers, SESSION), Some(id.clone()));
        assert_eq!(interaction_id(&headers), None);
        headers.append(COOKIE, "_interaction=text".parse().unwrap());
        assert_eq!(interaction_id(&headers), Some(InteractionId::from_client("text")));
        assert!(!format!("{id:?}").contains(&*id.0));
        assert_ne!(CookieId::random().unwrap(), id);
    }

    #[test]
    fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
        let header = Cookies { secure: true }.set(SESSION, "id").unwrap();
        assert_eq!(header, "__session=id; HttpOnly; SameSite=Lax; Path=/; Secure");
        let header = Cookies { secure: false }.remove(INTERACTION).unwrap();
        assert_eq!(header, "_interaction=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    }
}
