//! Whom WebAuthn credentials are made for.

use axum::http::Uri;
use axum::http::uri::Scheme;

/// The relying party: the site, as browsers and authenticators know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    id: String,
    origin: String,
}

/// What cannot be a relying party.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRelyingParty {
    /// The origin is none.
    #[error("an origin is like `https://login.example.com`: this is none: {0}")]
    Origin(String),
    /// Browsers would refuse the id on pages of the origin.
    #[error(
        "the relying party's id must be the domain of its origin, or a domain above it: {id} is not, of {origin}"
    )]
    Id {
        /// The id.
        id: String,
        /// The origin.
        origin: String,
    },
}

impl RelyingParty {
    /// A relying party, and the origin of its pages.
    ///
    /// # Errors
    /// If the origin is none, or the id does not fit it.
    pub fn new(id: &str, origin: &str) -> Result<Self, BadRelyingParty> {
        let uri = origin.parse::<Uri>().ok().filter(is_origin);
        let uri = uri.ok_or_else(|| BadRelyingParty::Origin(origin.into()))?;
        let (id, domain) =
            (id.to_ascii_lowercase(), uri.host().map(str::to_ascii_lowercase).unwrap_or_default());
        if id.is_empty() || !(domain == id || domain.ends_with(&format!(".{id}"))) {
            return Err(BadRelyingParty::Id { id, origin: origin.into() });
        }
        Ok(Self { id, origin: origin.into() })
    }

    /// The id that credentials are bound to.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The origin of the pages that ask for credentials.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

/// Whether it is a scheme, a domain that is no IP address, and maybe a port.
fn is_origin(uri: &Uri) -> bool {
    let on_the_web = uri.scheme() == Some(&Scheme::HTTPS) || uri.scheme() == Some(&Scheme::HTTP);
    let last = uri.host().and_then(|host| host.rsplit('.').next()).unwrap_or_default();
    let has_domain = !last.ends_with(']') && !last.bytes().all(|byte| byte.is_ascii_digit());
    let bare = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    on_the_web && has_domain && bare && uri.path() == "/" && uri.query().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_the_origins_domain_or_one_above_it() {
        for (id, origin) in [
            ("localhost", "http://localhost:3900"),
            ("web1", "http://web1"),
            ("login.example.com", "https://login.example.com"),
            ("Example.com", "https://login.EXAMPLE.com/"),
        ] {
            let party = RelyingParty::new(id, origin).unwrap();
            assert_eq!((party.id(), party.origin()), (&*id.to_ascii_lowercase(), origin));
        }
        for id in ["", "ample.com", "www.login.example.com", "example.org"] {
            let refused = RelyingParty::new(id, "https://login.example.com").unwrap_err();
            assert!(matches!(refused, BadRelyingParty::Id { .. }), "{id}");
        }
        for origin in [
            "",
            "localhost:3900",
            "ftp://localhost",
            "http://127.0.0.1:3900",
            "http://[::1]",
            "https://localhost/sign-in",
            "https://localhost?x",
            "https://jane@localhost",
        ] {
            let refused = RelyingParty::new("localhost", origin).unwrap_err();
            assert_eq!(refused, BadRelyingParty::Origin(origin.into()));
        }
    }
}
