//! Sessions: who is signed in, by the id in the browser's cookie.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use vestibule::flow::Submitted;
use vestibule::me::{SessionEntry, SignedIn};
use vestibule_sql_store::{HostStore as _, Session, SessionDigest};

use crate::cookies::CookieId;
use crate::problem::Problem;
use crate::stores::Host;

/// How long a person stays signed in.
const LIFETIME: TimeDelta = TimeDelta::days(14);

/// Opens a session for whoever has signed in, in place of the one that the browser had: signing in anew gives a new id, so
/// that an id that somebody else may have planted is worth nothing.
///
/// It was opened when the sign-in was decided. So if the owner has set another password since, it is over by now.
///
/// # Errors
/// 503 if the store fails.
pub async fn open(
    host: &Host,
    id: &CookieId,
    submitted: &Submitted,
    replaced: Option<&CookieId>,
) -> Result<(), Problem> {
    let session = Session {
        digest: id.digest(),
        user_id: submitted.user_id.clone(),
        shown_as: Uuid::now_v7().simple().to_string(),
        created_at: submitted.at,
        expires_at: submitted.at + LIFETIME,
    };
    let replaced = replaced.map(CookieId::digest);
    Ok(host.open_session(&session, replaced.as_ref()).await?)
}

/// What the library calls a session (C-1): what it is called where it is shown, which names it and opens nothing.
pub fn name(signed_in: &SignedIn) -> Option<&str> {
    signed_in.active.as_ref().map(|active| active.id.as_str())
}

/// Who is signed in by a cookie, and since when: whether the account still keeps the session is the library's to say.
///
/// # Errors
/// 503 if the store fails.
pub async fn signed_in(host: &Host, id: &CookieId, now: DateTime<Utc>) -> Result<Option<SignedIn>, Problem> {
    let own: SessionDigest = id.digest();
    let sessions = host.sessions_beside(&own, now).await?;
    Ok(sessions.iter().find(|session| session.digest == own).map(|session| {
        SignedIn::new(session.user_id.clone(), session.created_at)
            .with_sign_ins(sessions.iter().map(shown).collect())
            .with_active(shown(session))
    }))
}

/// A session, as it is shown to whom it belongs.
fn shown(session: &Session) -> SessionEntry {
    let id = format!("signin_{}", session.shown_as);
    SessionEntry::new(id, session.user_id.clone(), session.created_at)
}
