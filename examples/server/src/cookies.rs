//! Cookies: an unguessable id is all that a browser gets. What it stands for stays on the server.

use std::fmt;

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use vestibule::interaction::InteractionId;

/// What the id of an account's interaction ends with, in its cookie.
const OF_ACCOUNT: &str = ".account";

/// A cookie that this server sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Of an interaction under way.
    Interaction,
    /// Of a signed-in person.
    Session,
}

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

    /// Under what the store keeps what it stands for: whoever reads the store has no cookie by it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The text, for the one place that hands it out.
    pub fn expose(&self) -> &str {
        &self.0
    }
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

/// How this server sets cookies, and which it believes.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    /// Whether a browser may send them over TLS only. Off where there is no TLS to have: for trying out.
    pub secure: bool,
}

impl Cookies {
    /// What a cookie is called. Browsers take one whose name begins with `__Host-` only over TLS, and only from this
    /// very host: nobody on the way and no neighbouring domain can plant an interaction of their own. So where that
    /// name is to be had, no other is believed.
    pub fn name(self, cookie: Cookie) -> &'static str {
        match cookie {
            Cookie::Interaction if self.secure => "__Host-_interaction",
            Cookie::Interaction => "_interaction",
            Cookie::Session => "__session",
        }
    }

    /// The interaction that a request's cookie names, and whether it is an account's.
    ///
    /// That it is one is said so that the session is looked for only where it is needed. Whoever leaves it out has no session with
    /// their step, and is refused by the library (C-1).
    pub fn interaction(self, headers: &HeaderMap) -> Option<(InteractionId, bool)> {
        let value = value(headers, self.name(Cookie::Interaction))?;
        let of_account = value.strip_suffix(OF_ACCOUNT);
        Some((InteractionId::from_client(of_account.unwrap_or(value)), of_account.is_some()))
    }

    /// The interaction's id that a request's cookie holds.
    pub fn interaction_id(self, headers: &HeaderMap) -> Option<InteractionId> {
        self.interaction(headers).map(|(id, _)| id)
    }

    /// The `Set-Cookie` of an interaction.
    pub fn set_interaction(self, id: &InteractionId, of_account: bool) -> Option<HeaderValue> {
        let mark = if of_account { OF_ACCOUNT } else { "" };
        self.set(Cookie::Interaction, &format!("{}{mark}", id.expose()))
    }

    /// The session's id that a request's cookie holds.
    pub fn session_id(self, headers: &HeaderMap) -> Option<CookieId> {
        value(headers, self.name(Cookie::Session)).map(|value| CookieId(value.into()))
    }

    /// The `Set-Cookie` that gives a browser an id, until the browser closes.
    pub fn set(self, cookie: Cookie, id: &str) -> Option<HeaderValue> {
        self.header(cookie, id, "")
    }

    /// The `Set-Cookie` that takes a cookie away.
    pub fn remove(self, cookie: Cookie) -> Option<HeaderValue> {
        self.header(cookie, "", "; Max-Age=0")
    }

    fn header(self, cookie: Cookie, value: &str, more: &str) -> Option<HeaderValue> {
        let name = self.name(cookie);
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

    const SECURE: Cookies = Cookies { secure: true };
    const INSECURE: Cookies = Cookies { secure: false };

    #[test]
    fn an_id_is_read_back_from_among_other_cookies_and_never_shown() {
        let id = CookieId::random().unwrap();
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=b; _interaction=".parse().unwrap());
        headers.append(COOKIE, format!("x=y;__session={}", id.0).parse().unwrap());
        assert_eq!(INSECURE.session_id(&headers), Some(id.clone()));
        assert_eq!(INSECURE.interaction_id(&headers), None);
        headers.append(COOKIE, "_interaction=text".parse().unwrap());
        assert_eq!(INSECURE.interaction_id(&headers), Some(InteractionId::from_client("text")));
        assert!(!format!("{id:?}").contains(&*id.0));
        assert_ne!(CookieId::random().unwrap(), id);
    }

    #[test]
    fn a_secure_server_believes_the_secure_name_only() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "_interaction=planted".parse().unwrap());
        assert_eq!(SECURE.interaction_id(&headers), None);
        headers.append(COOKIE, "__Host-_interaction=own".parse().unwrap());
        assert_eq!(SECURE.interaction_id(&headers), Some(InteractionId::from_client("own")));
        assert_eq!(INSECURE.interaction_id(&headers), Some(InteractionId::from_client("planted")));
    }

    #[test]
    fn cookies_are_out_of_reach_of_scripts_and_other_sites() {
        let header = SECURE.set(Cookie::Session, "id").unwrap();
        assert_eq!(header, "__session=id; HttpOnly; SameSite=Lax; Path=/; Secure");
        let header = SECURE.set(Cookie::Interaction, "id").unwrap();
        assert_eq!(header, "__Host-_interaction=id; HttpOnly; SameSite=Lax; Path=/; Secure");
        let header = INSECURE.remove(Cookie::Interaction).unwrap();
        assert_eq!(header, "_interaction=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    }
}
