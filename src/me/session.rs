//! What a host knows of a person's sessions, and how `/me` shows it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::identifier::UserId;
use crate::interaction::InteractionEvent;
use crate::user::User;

/// Who is signed in, and what their host knows of their sessions. The library opens no sessions: a host opens one for
/// what [`Submit`](crate::flow::Submit) answers, and tells of it here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedIn {
    /// Whose session it is.
    pub user_id: UserId,
    /// When it was opened: the time of the submit that it was opened for.
    pub since: DateTime<Utc>,
    /// The interactions of theirs that are open.
    pub open: Vec<OpenInteraction>,
    /// The sign-ins they completed.
    pub sign_ins: Vec<SessionEntry>,
    /// The sign-in that this request belongs to.
    pub active: Option<SessionEntry>,
}

/// An open interaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInteraction {
    /// The id the host shows for it. Not the one that opens it: an interaction's own id is a secret of its cookie.
    pub id: String,
    /// What it is for.
    pub event: InteractionEvent,
    /// Whom it has identified, if anybody.
    pub user_id: Option<UserId>,
    /// When it started.
    pub created_at: DateTime<Utc>,
}

impl SignedIn {
    /// A person by a session that was opened [then](crate::flow::Submitted::at). Of their other sessions nothing is known.
    pub fn new(user_id: UserId, since: DateTime<Utc>) -> Self {
        Self { user_id, since, open: Vec::new(), sign_ins: Vec::new(), active: None }
    }

    /// With the interactions that are open.
    #[must_use]
    pub fn with_open(self, open: Vec<OpenInteraction>) -> Self {
        Self { open, ..self }
    }

    /// With the sign-ins that were completed.
    #[must_use]
    pub fn with_sign_ins(self, sign_ins: Vec<SessionEntry>) -> Self {
        Self { sign_ins, ..self }
    }

    /// With the sign-in that this request belongs to.
    #[must_use]
    pub fn with_active(self, active: SessionEntry) -> Self {
        Self { active: Some(active), ..self }
    }

    /// open sign-ins and open registrations apart. A password recovery is neither, and is not shown; nor is a sign-in
    /// whose session the account has ended.
    pub(super) fn session(&self, user: &User) -> Session {
        let open = |event| {
            self.open.iter().filter(move |open| open.event == event).map(|open| SessionEntry {
                id: open.id.clone(),
                user_id: open.user_id.clone(),
                created_at: open.created_at,
            })
        };
        Session {
            signin_attempts: open(InteractionEvent::SignIn).collect(),
            signins: self.sign_ins.iter().filter(|own| user.keeps_session(own.created_at)).cloned().collect(),
            signup_attempts: open(InteractionEvent::Register).collect(),
            active_signin: self.active.clone(),
        }
    }
}

/// The `session` of an [`Envelope`](super::Envelope), as the document has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Open sign-in interactions.
    pub signin_attempts: Vec<SessionEntry>,
    /// Completed sign-ins.
    pub signins: Vec<SessionEntry>,
    /// Open registrations.
    pub signup_attempts: Vec<SessionEntry>,
    /// The sign-in that the request belongs to.
    pub active_signin: Option<SessionEntry>,
}

/// A sign-in, or an attempt at one or at a registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEntry {
    /// The id the host shows for it: opaque, and no key to anything.
    pub id: String,
    /// Whose it is; `null` for an attempt that has identified nobody yet.
    pub user_id: Option<UserId>,
    /// When it started.
    pub created_at: DateTime<Utc>,
}

impl SessionEntry {
    /// A completed sign-in.
    pub fn new(id: impl Into<String>, user_id: UserId, created_at: DateTime<Utc>) -> Self {
        Self { id: id.into(), user_id: Some(user_id), created_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_open_interactions_are_sorted_by_what_they_are_for() {
        let user_id = UserId::parse("user_1").unwrap();
        let now = DateTime::UNIX_EPOCH;
        let open = |id: &str, event| OpenInteraction { id: id.into(), event, user_id: None, created_at: now };
        let sign_in = SessionEntry::new("signin_1", user_id.clone(), now);
        let session = SignedIn::new(user_id.clone(), now)
            .with_open(vec![
                open("a", InteractionEvent::Register),
                open("b", InteractionEvent::SignIn),
                open("c", InteractionEvent::ForgotPassword),
            ])
            .with_sign_ins(vec![sign_in.clone()])
            .with_active(sign_in.clone())
            .session(&User::new(user_id, now));
        let ids = |entries: &[SessionEntry]| entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&session.signin_attempts), ["b"]);
        assert_eq!(ids(&session.signup_attempts), ["a"]);
        assert_eq!(ids(&session.signins), ["signin_1"]);
        assert_eq!(session.active_signin, Some(sign_in));
        let json = serde_json::to_value(&session).unwrap();
        assert_eq!(
            json["signin_attempts"],
            serde_json::json!([{"id": "b", "user_id": null, "created_at": "1970-01-01T00:00:00Z"}])
        );
    }
}
