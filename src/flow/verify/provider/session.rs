//! What is kept of a sign-in at a provider.

use crate::rejection::Rejection;
use crate::secret::Secret;
use crate::user::SocialUserInfo;
use crate::verification::ConnectorSession;

/// The longest `state` and redirect URI that are kept, in bytes.
const MAX_TEXT: usize = 2048;

/// What is kept of a provider's session: both parts, and nothing beyond its bound (V-8).
pub(super) fn checked(session: &ConnectorSession) -> Result<ConnectorSession, Rejection> {
    let texts = [("state", session.state.expose()), ("redirectUri", &session.redirect_uri)];
    if texts.iter().any(|(_, text)| text.is_empty()) {
        return Err(Rejection::InsufficientInfo);
    }
    match texts.iter().find(|(_, text)| text.len() > MAX_TEXT) {
        Some((path, _)) => Err(Rejection::invalid_input(*path, "expected at most 2048 bytes")),
        None => Ok(session.clone()),
    }
}

/// V-8: a record is of one connector.
pub(super) fn check_connector(of_record: &str, named: &str) -> Result<(), Rejection> {
    if of_record == named { Ok(()) } else { Err(Rejection::VerificationSessionNotFound) }
}

/// V-8: a record is verified once.
pub(super) fn check_pending(is_verified: bool) -> Result<(), Rejection> {
    if is_verified { Err(Rejection::VerificationFailed) } else { Ok(()) }
}

/// V-8: what came back from the provider belongs to this record, which nobody has finished yet. Another `state` is the
/// sign-in of somebody else, that a third made this browser finish (RFC 6749, section 10.12).
pub(super) fn check_answer(
    session: &ConnectorSession,
    is_verified: bool,
    state: &Secret,
    info: &SocialUserInfo,
) -> Result<(), Rejection> {
    if !info.has_valid_id() {
        return Err(Rejection::invalid_input("userInfo.id", "expected 1 to 256 bytes"));
    }
    check_pending(is_verified)?;
    if session.state.matches(state.expose()) { Ok(()) } else { Err(Rejection::VerificationFailed) }
}
