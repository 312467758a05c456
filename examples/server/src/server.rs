//! The server: everything its routes share.

use std::sync::Arc;

use chrono::Utc;
use tokio::task::JoinError;
use vestibule::event::Event;
use vestibule::experience::{Experience, SettingsError, SignInExperience};
use vestibule::flow::Message;
use vestibule::operation::{Context, EntropyFailed};
use vestibule::password::Argon2id;
use vestibule::rejection::Rejection;
use vestibule::secret::Secret;
use vestibule::store::VerificationStore as _;

use crate::cookies::{CookieId, Cookies};
use crate::dev::{self, Dev};
use crate::interactions::Interactions;
use crate::problem::Problem;
use crate::relying_party::RelyingParty;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::stores::Stores;

/// What can be chosen when a server is made.
#[derive(Debug)]
pub struct Config {
    /// Whether it is for trying out: the outbox can be read, and two providers believe whatever they are told.
    pub dev: bool,
    /// The operator's token.
    pub token: Secret,
    /// How cookies are set.
    pub cookies: Cookies,
    /// Whom WebAuthn credentials are made for.
    pub relying_party: RelyingParty,
}

/// Everything the routes share.
#[derive(Debug)]
pub struct Server {
    /// Users and verification records.
    pub stores: Stores,
    /// The operator's settings.
    pub settings: Settings,
    /// The interactions under way.
    pub interactions: Interactions,
    /// Who is signed in.
    pub sessions: Sessions,
    /// What only `--dev` has.
    pub dev: Option<Dev>,
    /// The operator's token.
    pub token: Secret,
    /// How cookies are set.
    pub cookies: Cookies,
    /// Whom WebAuthn credentials are made for.
    pub relying_party: RelyingParty,
    /// How passwords are hashed.
    pub passwords: Argon2id,
}

impl Server {
    /// A server over some stores.
    ///
    /// # Errors
    /// If the settings it starts with were inconsistent.
    pub fn new(config: Config, stores: Stores) -> Result<Arc<Self>, SettingsError> {
        let settings = if config.dev { dev::settings() } else { SignInExperience::default() };
        Ok(Arc::new(Self {
            stores,
            settings: Settings::new(settings)?,
            interactions: Interactions::default(),
            sessions: Sessions::default(),
            dev: config.dev.then(Dev::default),
            token: config.token,
            cookies: config.cookies,
            relying_party: config.relying_party,
            passwords: Argon2id::default(),
        }))
    }

    /// The provider behind the connectors. Without `--dev` there is none, whatever the settings say.
    ///
    /// # Errors
    /// 404 `entity.not_found`.
    pub fn provider(&self) -> Result<&Dev, Problem> {
        self.dev.as_ref().ok_or(Problem::Rejected(Rejection::EntityNotFound))
    }

    /// Sends a message. Without `--dev` nothing is wired up to send with: that is the first thing to add here.
    pub fn send(&self, message: &Message) {
        if let Some(dev) = &self.dev {
            dev.outbox.put(message, Utc::now());
        } else {
            tracing::warn!(template = ?message.template, "a message was not sent: there is no sender");
        }
    }

    /// What a decision is made in, now.
    pub fn context<'a>(&'a self, settings: &'a Experience) -> Context<'a> {
        Context::new(settings, Utc::now(), &entropy, &self.passwords)
    }

    /// Runs what may take long, a password's hash or a store's answer, where blocking is allowed. It runs to its end
    /// even if the client has gone.
    ///
    /// # Errors
    /// What the work answers; 500 if it panicked.
    pub async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let server = Arc::clone(self);
        let span = tracing::Span::current();
        let work = tokio::task::spawn_blocking(move || span.in_scope(|| work(&server)));
        work.await.unwrap_or_else(|error: JoinError| {
            tracing::error!(%error, "a step did not end");
            Err(Problem::Broken)
        })
    }

    /// A fresh unguessable id.
    ///
    /// # Errors
    /// 500 if the operating system has no randomness.
    pub fn cookie_id(&self) -> Result<CookieId, Problem> {
        CookieId::random().map_err(|error| {
            tracing::error!(%error, "there is no randomness");
            Problem::Broken
        })
    }

    /// Forgets what timed out.
    ///
    /// # Errors
    /// 503 if the store fails.
    pub fn purge(&self) -> Result<(), Problem> {
        let now = Utc::now();
        let (interactions, sessions) = (self.interactions.purge(now), self.sessions.purge(now));
        let records = self.stores.verifications.purge_expired(now);
        let records = records.map_err(|failure| Problem::of_store(&failure))?;
        tracing::debug!(interactions, sessions, records, "forgot what timed out");
        Ok(())
    }
}

/// The operating system's randomness.
pub(crate) fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    getrandom::fill(bytes).map_err(|_| EntropyFailed)
}

/// Fresh random bytes.
///
/// # Errors
/// 500 if the operating system has no randomness.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "there is no randomness");
        Problem::Broken
    })?;
    Ok(bytes)
}

/// Writes what happened into the log: the library's events never hold a secret.
pub(crate) fn log_event(event: &Event) {
    tracing::info!(?event, "it happened");
}
