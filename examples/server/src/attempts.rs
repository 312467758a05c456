//! The attempts that `/me` shows: which interactions are open, and for whom.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use vestibule::identifier::UserId;
use vestibule::interaction::{DEFAULT_LIFETIME, Interaction, InteractionEvent, InteractionId};
use vestibule::me::OpenInteraction;
use vestibule::store::{Entry, EntryContent, EntryKey};
use vestibule_sql_store::HostStore as _;

use crate::problem::Problem;
use crate::stores::Host;

/// The open interactions of a user, the oldest first: those that have identified the user, and the browser's own if it has
/// identified nobody yet.
///
/// # Errors
/// 503 if the store fails.
pub async fn open(
    host: &Host,
    user_id: &UserId,
    own: Option<&InteractionId>,
    now: DateTime<Utc>,
) -> Result<Vec<OpenInteraction>, Problem> {
    let found = host.interactions(user_id, own.map(EntryKey::interaction)).await?;
    let interactions = found.iter().filter_map(|entry| match &**entry {
        Entry { content: EntryContent::Interaction(interaction), .. } => Some(interaction),
        _ => None,
    });
    let mut open: Vec<_> = interactions
        .filter(|interaction| now < interaction.expires_at())
        .filter(|interaction| interaction.user_id().is_none_or(|identified| identified == user_id))
        .map(shown)
        .collect();
    open.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    Ok(open)
}

fn shown(interaction: &Interaction) -> OpenInteraction {
    let prefix = match interaction.event() {
        InteractionEvent::SignIn => "signin_attempt",
        InteractionEvent::Register => "signup_attempt",
        InteractionEvent::ForgotPassword => "recovery",
        InteractionEvent::Account => "account",
    };
    OpenInteraction {
        id: format!("{prefix}_{}", name(interaction)),
        event: interaction.event(),
        user_id: interaction.user_id().cloned(),
        created_at: interaction.expires_at() - DEFAULT_LIFETIME,
    }
}

/// What it is called: its own id is a secret, and changes.
fn name(interaction: &Interaction) -> String {
    let digest =
        Sha256::new().chain_update("attempt:").chain_update(interaction.new_user_id().as_str()).finalize();
    digest.iter().take(16).fold(String::new(), |mut name, byte| {
        // Writing to a text does not fail.
        let _ = write!(name, "{byte:02x}");
        name
    })
}
