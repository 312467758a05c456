//! The server: everything its routes share.

use std::num::NonZeroUsize;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::Digest as _;
use tokio::sync::RwLockReadGuard;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;
use vestibule::audit::AuditEvent;
use vestibule::engine::aio::Engine;
use vestibule::experience::{Experience, SettingsError, SignInExperience};
use vestibule::flow::Message;
use vestibule::operation::{Context, EntropyFailed, Operation};
use vestibule::operator::DeleteClosedAccount;
use vestibule::rejection::Rejection;
use vestibule::secret::Secret;
use vestibule::store::aio::VerificationStore as _;
use vestibule_sql_store::HostStore as _;

use crate::cookies::{CookieId, Cookies};
use crate::dev::{self, Dev};
use crate::journal::Journal;
use crate::origin::Origin;
use crate::problem::Problem;
use crate::relying_party::RelyingParty;
use crate::settings::Settings;
use crate::stores::{StoreFailure, Stores, Users, Verifications};
use crate::workshop::Workshop;

/// How many entries the store is asked to forget at once.
const PURGE_AT_ONCE: usize = 1000;

/// What can be chosen when a server is made.
#[derive(Debug)]
pub struct Config {
    /// Whether it is for trying out: the outbox can be read, and two providers believe whatever they are told.
    pub dev: bool,
    /// The operator's token.
    pub token: Secret,
    /// How cookies are set.
    pub cookies: Cookies,
    /// The origin that browsers know the server by. Without one it is what the request's `Host` says, without TLS.
    pub origin: Option<Origin>,
    /// Whom WebAuthn credentials are made for.
    pub relying_party: RelyingParty,
    /// How many passwords may be hashed at once.
    pub hashing_slots: NonZeroUsize,
}

/// Everything the routes share.
#[derive(Debug)]
pub struct Server {
    /// Users; interactions, one-time tokens and counters.
    pub stores: Stores,
    /// The operator's settings.
    pub settings: Settings,
    /// What only `--dev` has.
    pub dev: Option<Dev>,
    /// The operator's token.
    pub token: Secret,
    /// How cookies are set.
    pub cookies: Cookies,
    /// The origin that browsers know the server by, if it is not what they ask for.
    pub origin: Option<Origin>,
    /// Whom WebAuthn credentials are made for.
    pub relying_party: RelyingParty,
    /// Where passwords are hashed.
    pub workshop: Workshop,
    /// Tells the log what happened.
    pub journal: Journal,
    /// What was begun and has not ended yet, also where the client has gone.
    pub steps: TaskTracker,
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
            dev: config.dev.then(Dev::default),
            token: config.token,
            cookies: config.cookies,
            origin: config.origin,
            relying_party: config.relying_party,
            workshop: Workshop::new(config.hashing_slots),
            journal: Journal::default(),
            steps: TaskTracker::new(),
        }))
    }

    /// A server for a test of its parts.
    #[cfg(test)]
    pub(crate) fn of(stores: Stores) -> Arc<Self> {
        let config = Config {
            dev: true,
            token: Secret::new("token"),
            cookies: Cookies { secure: false },
            origin: None,
            relying_party: RelyingParty::new("localhost", "http://localhost").unwrap(),
            hashing_slots: NonZeroUsize::MIN,
        };
        Self::new(config, stores).unwrap()
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

    /// What the passkeys that nobody has are made from (V-14): the same on every server that has the operator's token.
    pub fn decoy_key(&self) -> String {
        let hasher = sha2::Sha256::new().chain_update("passkeys").chain_update(self.token.expose());
        URL_SAFE_NO_PAD.encode(hasher.finalize())
    }

    /// The library's engine, for one operation: under these settings, now.
    pub fn engine<'a>(&'a self, settings: &'a Experience) -> Engine<'a, Users, Verifications, Workshop> {
        self.engine_in(settings, None)
    }

    /// As [`engine`](Self::engine), with the session that the request belongs to, which is alive (C-1).
    pub fn engine_in<'a>(
        &'a self,
        settings: &'a Experience,
        session: Option<&'a str>,
    ) -> Engine<'a, Users, Verifications, Workshop> {
        let context = Context::new(settings, Utc::now(), &entropy);
        let context = session.into_iter().fold(context, Context::with_session);
        Engine::new(&self.stores.users, &self.stores.verifications, &self.workshop, context)
    }

    /// Does what is no step of an interaction: starting one, a signed-in person's act, the operator's. Once begun it
    /// runs to its end, even if the client has gone.
    ///
    /// # Errors
    /// The rejection of the operation; 503 if a store fails.
    pub async fn act<O>(self: &Arc<Self>, operation: O) -> Result<O::Output, Problem>
    where
        O: Operation<Subject = (), Output: Send> + Send + Sync + 'static,
    {
        self.act_in(None, operation).await
    }

    /// As [`act`](Self::act), with the session that the request belongs to.
    ///
    /// # Errors
    /// As [`act`](Self::act).
    pub async fn act_in<O>(
        self: &Arc<Self>,
        session: Option<String>,
        operation: O,
    ) -> Result<O::Output, Problem>
    where
        O: Operation<Subject = (), Output: Send> + Send + Sync + 'static,
    {
        let server = Arc::clone(self);
        let work = async move {
            let settings = server.settings().await?;
            let listener = |event: &_| server.hear(event);
            let engine = server.engine_in(&settings, session.as_deref()).with_listener(&listener);
            Ok(engine.act(&operation).await?)
        };
        self.to_its_end(work).await
    }

    /// The settings as they are now; they stay so until this is dropped.
    ///
    /// # Errors
    /// 503 if the store fails.
    pub async fn settings(&self) -> Result<RwLockReadGuard<'_, Experience>, Problem> {
        self.settings.read(self).await
    }

    /// Hears what happened. It goes into the log, without what anybody typed.
    pub fn hear(&self, event: &AuditEvent) {
        self.journal.note(event);
    }

    /// Awaits work that runs to its end even if nobody awaits it any more: because the client has gone, or the time is
    /// up.
    ///
    /// # Errors
    /// What the work answers; 500 if it panicked.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        self.steps.spawn(work.in_current_span()).await.unwrap_or_else(|error| {
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

    /// Forgets what timed out: of the store's, some at a time, so that nobody waits long for it.
    ///
    /// # Errors
    /// 503 if the store fails.
    pub async fn purge(&self) -> Result<(), Problem> {
        let (now, stores) = (Utc::now(), &self.stores);
        let entries = in_batches(|| stores.verifications.purge_expired(now, PURGE_AT_ONCE)).await?;
        let sessions = in_batches(|| stores.host.purge_sessions(now, PURGE_AT_ONCE)).await?;
        tracing::debug!(entries, sessions, "forgot what timed out");
        self.delete_closed_accounts(now).await
    }

    /// C-10: deletes the accounts whose owners have closed them and did not come back.
    async fn delete_closed_accounts(&self, now: DateTime<Utc>) -> Result<(), Problem> {
        loop {
            let due = self.stores.host.due_for_deletion(now, PURGE_AT_ONCE).await?;
            let settings = self.settings().await?;
            let listener = |event: &_| self.hear(event);
            for id in &due {
                let delete = DeleteClosedAccount::new(id.clone());
                self.engine(&settings).with_listener(&listener).act(&delete).await?;
            }
            if due.len() < PURGE_AT_ONCE {
                return Ok(());
            }
        }
    }
}

/// Purges until there is less to purge than was allowed, and says how much that was.
async fn in_batches<F>(purge: impl Fn() -> F) -> Result<usize, Problem>
where
    F: Future<Output = Result<usize, StoreFailure>>,
{
    let mut all = 0;
    loop {
        let purged = purge().await?;
        all += purged;
        if purged < PURGE_AT_ONCE {
            return Ok(all);
        }
        tokio::task::yield_now().await;
    }
}

/// The operating system's randomness.
fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    getrandom::fill(bytes).map_err(|_| EntropyFailed)
}
