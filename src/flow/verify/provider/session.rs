//! What is kept of a sign-in at a provider.

use crate::rejection::Rejection;
use crate::verification::ConnectorSession;

/// The longest `state` and redirect URI that are kept, in bytes.
const MAX_TEXT: usize = 2048;

/// What is kept of a provider's session: nothing beyond its bound.
pub(super) fn bounded(session: &ConnectorSession) -> Result<ConnectorSession, Rejection> {
    for (path, text) in [("state", session.state.expose()), ("redirectUri", &session.redirect_uri)] {
        if text.len() > MAX_TEXT {
            return Err(Rejection::invalid_input(path, "expected at most 2048 bytes"));
        }
    }
    Ok(session.clone())
}
