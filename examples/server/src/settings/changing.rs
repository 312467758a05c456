//! What the store keeps of the settings, and how it comes to keep others.
//!
//! Most changes are one write. A change of `caseSensitive` takes as long as it takes to write every user anew; meanwhile
//! the store says so, and no server does a step. Should the server that makes the change die of it, the next one that sees its
//! time run out goes on with it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vestibule::experience::{Experience, SignInExperience};
use vestibule_sql_store::{HostStore as _, Settings as Row};

use super::rekeying::write_users_anew;
use super::{BELIEVED, Current, to_json};
use crate::problem::Problem;
use crate::server::Server;

/// How long a server that sees a change under way rests before it looks again.
const REST: Duration = Duration::from_millis(100);

/// After this, steps that other servers began before they could see a change have ended.
const OTHERS_HAVE_SEEN: Duration = BELIEVED.saturating_add(Duration::from_secs(4));

/// For how long a server says that it is at work, each time.
const AT_WORK: TimeDelta = TimeDelta::seconds(20);

/// What the store keeps.
#[derive(Debug, Serialize, Deserialize)]
struct Document {
    settings: SignInExperience,
    /// A change that is under way.
    change: Option<Change>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Change {
    to: SignInExperience,
    /// Whoever makes it says until then that they are at it.
    until: DateTime<Utc>,
}

impl Document {
    fn of(experience: &Experience) -> Self {
        Self { settings: experience.settings().clone(), change: None }
    }
}

/// Looks whether the settings are still what they were. A change that is under way is waited for a moment.
///
/// # Errors
/// 503 if the store fails.
pub(super) async fn look(server: &Server) -> Result<(), Problem> {
    let _alone = server.settings.asking.lock().await;
    // Somebody may have looked while this waited.
    if !server.settings.are_confirmed() {
        settled(server).await?;
    }
    Ok(())
}

/// Makes the settings what the store says; `false` if somebody is changing them, and was waited for a moment.
async fn settled(server: &Server) -> Result<bool, Problem> {
    let asked_at = Instant::now();
    let Some((revision, document)) = read(server).await? else {
        server.settings.confirm(asked_at);
        return Ok(true);
    };
    match document.change {
        None => {
            if server.settings.current.read().await.revision != revision {
                let experience = experience(document.settings)?;
                *server.settings.current.write().await = Current { revision, experience };
            }
            server.settings.confirm(asked_at);
            Ok(true)
        }
        Some(change) if Utc::now() < change.until => {
            tokio::time::sleep(REST).await;
            Ok(false)
        }
        Some(change) => {
            tracing::warn!("a change of the settings was left unfinished: this server goes on with it");
            let work = Work::begin(revision, experience(document.settings)?, experience(change.to)?);
            if let Some(work) = work.written(server).await? {
                finish(server, work).await?;
            }
            Ok(false)
        }
    }
}

/// Changes the settings. Once begun, it runs to its end even if the operator has gone.
///
/// # Errors
/// What `change` answers; 503 if the store fails. Then a change of `caseSensitive` that was begun is finished later.
pub(super) async fn change(
    server: &Arc<Server>,
    change: impl Fn(&Experience) -> Result<Experience, Problem> + Send + Sync + 'static,
) -> Result<Map<String, Value>, Problem> {
    let own = Arc::clone(server);
    let work = async move {
        let _alone = own.settings.asking.lock().await;
        loop {
            if !settled(&own).await? {
                continue;
            }
            let (revision, before, next) = {
                let current = own.settings.current.read().await;
                (current.revision, current.experience.clone(), change(&current.experience)?)
            };
            for warning in next.warnings() {
                tracing::warn!(%warning, "these settings are surely a mistake");
            }
            let all = to_json(&next)?;
            if before.username_case() == next.username_case() {
                if let Some(revision) = write(&own, revision, &Document::of(&next)).await? {
                    *own.settings.current.write().await = Current { revision, experience: next };
                    return Ok(all);
                }
            } else if let Some(work) = Work::begin(revision, before, next).written(&own).await? {
                finish(&own, work).await?;
                return Ok(all);
            }
            // Another server was faster: what it made of them is changed.
        }
    };
    server.to_its_end(work).await
}

/// A change of `caseSensitive`, as it is being made.
struct Work {
    /// Of the document that says so.
    revision: u32,
    before: Experience,
    next: Experience,
    said_at: Instant,
}

impl Work {
    fn begin(revision: u32, before: Experience, next: Experience) -> Self {
        Self { revision, before, next, said_at: Instant::now() }
    }

    /// Says in the store that somebody is at work from now on; `None` if somebody else has said anything since.
    async fn written(mut self, server: &Server) -> Result<Option<Self>, Problem> {
        let change = Change { to: self.next.settings().clone(), until: Utc::now() + AT_WORK };
        let document = Document { change: Some(change), ..Document::of(&self.before) };
        self.said_at = Instant::now();
        Ok(write(server, self.revision, &document).await?.map(|revision| Self { revision, ..self }))
    }
}

/// Writes every user anew while no server does a step, then the new settings.
async fn finish(server: &Server, mut work: Work) -> Result<(), Problem> {
    let mut current = server.settings.current.write().await;
    if server.stores.is_shared {
        tokio::time::sleep(OTHERS_HAVE_SEEN).await;
    }
    let next = work.next.clone();
    let mut users = write_users_anew(server, &next).await?;
    while users.some().await? {
        if work.said_at.elapsed() > BELIEVED {
            // Somebody who took this server for dead has taken the work over.
            work = work.written(server).await?.ok_or(Problem::StorageUnavailable)?;
        }
    }
    let written = write(server, work.revision, &Document::of(&next)).await?;
    let revision = written.ok_or(Problem::StorageUnavailable)?;
    *current = Current { revision, experience: next };
    Ok(())
}

async fn read(server: &Server) -> Result<Option<(u32, Document)>, Problem> {
    let Some(row) = server.stores.host.settings().await? else { return Ok(None) };
    let document = serde_json::from_slice(&row.document).map_err(|error| unreadable(&error))?;
    Ok(Some((row.revision, document)))
}

/// Writes a document in place of the one of this revision, and gives its own; `None` if that one is there no more.
async fn write(server: &Server, before: u32, document: &Document) -> Result<Option<u32>, Problem> {
    let revision = before.checked_add(1).ok_or(Problem::Broken)?;
    let document = serde_json::to_vec(document).map_err(|error| unreadable(&error))?;
    let written = server.stores.host.put_settings(&Row { revision, document }).await?;
    Ok(written.then_some(revision))
}

/// Settings that the store has were found good before they were written.
fn experience(settings: SignInExperience) -> Result<Experience, Problem> {
    Experience::new(settings).map_err(|error| {
        tracing::error!(%error, "the store has settings that cannot be");
        Problem::Broken
    })
}

fn unreadable(error: &serde_json::Error) -> Problem {
    tracing::error!(%error, "the store's settings cannot be read or written");
    Problem::Broken
}
