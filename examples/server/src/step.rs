//! A step of an interaction: load, one library call, save.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::Utc;
use vestibule::engine::{self, Engine};
use vestibule::operation::Operation;
use vestibule::rejection::Rejection;
use vestibule::user::User;

use crate::accounts;
use crate::cookies::{CookieId, INTERACTION};
use crate::interactions::Stale;
use crate::problem::Problem;
use crate::server::{Server, log_event};

/// How often a step is decided again because the interaction was written meanwhile.
const ROUNDS: usize = 32;

/// The open interaction of a request. As the first argument of a handler it answers 404
/// `session.interaction_not_found` (I-2) before the body is looked at.
#[derive(Debug)]
pub struct OpenInteraction {
    server: Arc<Server>,
    id: CookieId,
}

impl FromRequestParts<Arc<Server>> for OpenInteraction {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Problem> {
        CookieId::of_request(&parts.headers, INTERACTION)
            .filter(|id| server.interactions.find(id, Utc::now()).is_some())
            .map(|id| Self { server: Arc::clone(server), id })
            .ok_or(Problem::Rejected(Rejection::InteractionNotFound))
    }
}

impl OpenInteraction {
    /// The identified user, as the store has it.
    ///
    /// # Errors
    /// 404 `session.identifier_not_found` if nobody is identified; 404 `session.interaction_not_found` if the
    /// interaction ended meanwhile; 503 if the store fails.
    pub async fn user(&self) -> Result<User, Problem> {
        let read =
            self.server.interactions.find(&self.id, Utc::now()).ok_or(Rejection::InteractionNotFound)?;
        let id = read.interaction.user_id().cloned().ok_or(Rejection::IdentifierNotFound)?;
        let found = self.server.blocking(move |server| accounts::find(&server.stores.users, &id)).await;
        found.map_err(|problem| match problem {
            // Deleted meanwhile.
            Problem::Rejected(Rejection::EntityNotFound) => Rejection::IdentifierNotFound.into(),
            other => other,
        })
    }

    /// Runs an operation on the interaction, in turn with every other request on it. Once begun it runs to its end
    /// and is saved, even if the client has gone: what was spent is never forgotten.
    ///
    /// # Errors
    /// The rejection of the operation; 404 `session.interaction_not_found` if the interaction ended meanwhile; 503 if
    /// a store fails.
    pub async fn run<O>(&self, operation: O) -> Result<O::Output, Problem>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        let turn = self.server.interactions.turn(&self.id).await.ok_or(Rejection::InteractionNotFound)?;
        let id = self.id.clone();
        self.server
            .blocking(move |server| {
                let _turn = turn;
                run(server, &id, &operation)
            })
            .await
    }
}

fn run<O: Operation>(server: &Server, id: &CookieId, operation: &O) -> Result<O::Output, Problem> {
    let settings = server.settings.read();
    for _ in 0..ROUNDS {
        let context = server.context(&settings);
        let read = server.interactions.find(id, context.now).ok_or(Rejection::InteractionNotFound)?;
        let mut interaction = read.interaction;
        let engine = Engine::new(&server.stores.users, &server.stores.verifications, context)
            .with_listener(&log_event);
        let outcome = engine.run(&mut interaction, operation);
        // After a rejection too: what the rules let stand is in the interaction.
        if matches!(outcome, Ok(_) | Err(engine::Error::Rejected(_)))
            && server.interactions.replace(id, read.revision, interaction) == Err(Stale)
        {
            continue;
        }
        return Ok(outcome?);
    }
    Err(engine::Error::Contention.into())
}
