//! A step of an interaction: one call of the library's engine, which loads, decides and saves.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use chrono::Utc;
use vestibule::flow::{CloseAccount, Submit, Submitted, ViewInteraction};
use vestibule::interaction::Interaction;
use vestibule::operation::Operation;
use vestibule::operator::FindUser;
use vestibule::rejection::Rejection;
use vestibule::user::User;

use crate::cookies::CookieId;
use crate::interaction_cookie::InteractionCookie;
use crate::problem::Problem;
use crate::server::Server;
use crate::sessions;

/// The interaction of a request. As an argument of a handler it answers 404 `session.interaction_not_found` (I-2) if the
/// browser has no cookie; whether there is an interaction is found out by the first step, or by [`carry_cookie`].
#[derive(Debug)]
pub struct OpenInteraction {
    server: Arc<Server>,
    cookie: InteractionCookie,
    /// The session's cookie, which a step of one's own account needs.
    session: Option<CookieId>,
}

impl FromRequestParts<Arc<Server>> for OpenInteraction {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        let cookie = InteractionCookie::from_request_parts(parts, server).await?;
        cookie.id().ok_or(Rejection::InteractionNotFound)?;
        cookie.set_in_doubt(true);
        let session = server.cookies.session_id(&parts.headers);
        Ok(Self { server: Arc::clone(server), cookie, session })
    }
}

impl OpenInteraction {
    /// Runs a step. If it gives the interaction a new id, the answer sets the cookie anew.
    ///
    /// Once begun it runs to its end, even if the client has gone: what was spent is granted, and saved.
    ///
    /// # Errors
    /// The rejection of the operation; 503 if a store fails.
    pub async fn run<O>(&self, operation: O) -> Result<O::Output, Problem>
    where
        O: Operation<Subject = Interaction, Output: Send> + Send + Sync + 'static,
    {
        let id = self.cookie.id().ok_or(Rejection::InteractionNotFound)?;
        self.cookie.set_in_doubt(false);
        let session = self.session().await?;
        let (server, cookie) = (Arc::clone(&self.server), self.cookie.clone());
        let work = async move {
            let settings = server.settings().await?;
            let listener = |event: &_| server.hear(event);
            let engine = server.engine_in(&settings, session.as_deref()).with_listener(&listener);
            let answer = engine.run(&id, &operation).await?;
            answer.new_id.into_iter().for_each(|new_id| cookie.set(new_id));
            Ok(answer.output)
        };
        self.server.to_its_end(work).await
    }

    /// What the session is called that an account's interaction needs, if it is alive (C-1).
    async fn session(&self) -> Result<Option<String>, Problem> {
        let Some(id) = self.session.as_ref().filter(|_| self.cookie.is_of_account()) else { return Ok(None) };
        let signed_in = sessions::signed_in(&self.server.stores.host, id, Utc::now()).await?;
        Ok(signed_in.as_ref().and_then(sessions::name).map(ToOwned::to_owned))
    }

    /// Closes the account, and the interaction with it (C-10).
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn close_account(&self) -> Result<(), Problem> {
        self.run(CloseAccount).await?;
        self.cookie.remove();
        Ok(())
    }

    /// Ends the interaction and writes its result: the cookie goes.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn submit(&self) -> Result<Submitted, Problem> {
        let submitted = self.run(Submit).await?;
        self.cookie.remove();
        Ok(submitted)
    }

    /// The identified user, as the store has it.
    ///
    /// # Errors
    /// 404 `session.identifier_not_found` if nobody is identified; 404 `session.interaction_not_found` if there is no
    /// interaction; 503 if a store fails.
    pub async fn user(&self) -> Result<User, Problem> {
        let view = self.run(ViewInteraction).await?;
        let id = view.user_id.ok_or(Rejection::IdentifierNotFound)?;
        self.server.act(FindUser::new(id)).await.map_err(|problem| match problem {
            // Deleted meanwhile.
            Problem::Rejected(Rejection::EntityNotFound) => Rejection::IdentifierNotFound.into(),
            other => other,
        })
    }
}

/// Around every request about interactions: gives the handler the browser's cookie, and sets it anew on the answer if a
/// step says so.
///
/// Where the handler answers without a step, mostly because of a body that is malformed, whether there is the
/// interaction comes first all the same: there is nothing else to say about one that does not exist (I-2).
pub async fn carry_cookie(State(server): State<Arc<Server>>, mut request: Request, next: Next) -> Response {
    let cookie = InteractionCookie::of_request(request.headers(), server.cookies);
    let session = server.cookies.session_id(request.headers());
    request.extensions_mut().insert(cookie.clone());
    let mut response = next.run(request).await;
    if cookie.is_in_doubt() {
        let interaction = OpenInteraction { server: Arc::clone(&server), cookie: cookie.clone(), session };
        if let Err(problem) = interaction.run(ViewInteraction).await {
            response = problem.into_response();
        }
    }
    if let Some(header) = cookie.header(server.cookies) {
        response.headers_mut().append(SET_COOKIE, header);
    }
    response
}
