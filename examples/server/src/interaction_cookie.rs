//! The cookie of an interaction, of a request and of its answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use vestibule::interaction::InteractionId;

use crate::cookies::{Cookie, Cookies};
use crate::problem::Problem;

/// What the browser's cookie holds: before a step what the request brought, afterwards what the answer will set.
///
/// A request has one, and whoever handles it shares it. What a step leaves in it reaches the browser also if the handler
/// fails after the step: an id that does not arrive is an interaction lost.
#[derive(Clone, Debug)]
pub struct InteractionCookie(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    id: Option<InteractionId>,
    of_account: bool,
    is_changed: bool,
    is_in_doubt: bool,
}

impl InteractionCookie {
    /// The one that a request brought.
    pub fn of_request(headers: &HeaderMap, cookies: Cookies) -> Self {
        let (id, of_account) = cookies.interaction(headers).unzip();
        let of_account = of_account.unwrap_or_default();
        let state = State { id, of_account, is_changed: false, is_in_doubt: false };
        Self(Arc::new(Mutex::new(state)))
    }

    /// The interaction's id, the newest.
    pub fn id(&self) -> Option<InteractionId> {
        self.state().id.clone()
    }

    /// Whether it is an account's interaction, which needs the session that started it (C-1).
    pub fn is_of_account(&self) -> bool {
        self.state().of_account
    }

    /// The interaction has a new id.
    pub fn set(&self, id: InteractionId) {
        let mut state = self.state();
        (state.id, state.is_changed) = (Some(id), true);
    }

    /// The browser has another interaction.
    pub fn begin(&self, id: InteractionId, of_account: bool) {
        self.state().of_account = of_account;
        self.set(id);
    }

    /// The interaction is over.
    pub fn remove(&self) {
        let mut state = self.state();
        (state.id, state.is_changed) = (None, true);
    }

    /// Whether the request is about the interaction, and no step has asked yet if there is one.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.state().is_in_doubt
    }

    /// Says whether it [is in doubt](Self::is_in_doubt) from now on.
    pub(crate) fn set_in_doubt(&self, is_in_doubt: bool) {
        self.state().is_in_doubt = is_in_doubt;
    }

    /// The `Set-Cookie` of the answer, if it is to have one.
    pub(crate) fn header(&self, cookies: Cookies) -> Option<HeaderValue> {
        let state = self.state();
        match &state.id {
            _ if !state.is_changed => None,
            Some(id) => cookies.set_interaction(id, state.of_account),
            None => cookies.remove(Cookie::Interaction),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InteractionCookie {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!("a route about interactions has no layer that sets the cookie");
            Problem::Broken
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::COOKIE;

    use super::*;

    #[test]
    fn the_answer_sets_what_a_step_left() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "_interaction=old".parse().unwrap());
        let cookies = Cookies { secure: false };
        let cookie = InteractionCookie::of_request(&headers, cookies);
        assert_eq!(cookie.id(), Some(InteractionId::from_client("old")));
        assert_eq!(cookie.header(cookies), None);
        cookie.clone().set(InteractionId::from_client("new"));
        assert!(cookie.header(cookies).unwrap().to_str().unwrap().starts_with("_interaction=new;"));
        cookie.begin(InteractionId::from_client("own"), true);
        assert!(cookie.header(cookies).unwrap().to_str().unwrap().starts_with("_interaction=own.account;"));
        headers.insert(COOKIE, "_interaction=own.account".parse().unwrap());
        let brought = InteractionCookie::of_request(&headers, cookies);
        assert_eq!((brought.id(), brought.is_of_account()), (Some(InteractionId::from_client("own")), true));
        cookie.remove();
        assert_eq!(cookie.header(cookies), cookies.remove(Cookie::Interaction));
    }
}
