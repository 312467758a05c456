//! The interactions under way, by the id in the browser's cookie.
//!
//! Two requests on one interaction take turns, so that each decides on what the other left behind. The turn is a
//! lock of this process; the write is a compare-and-set besides, so that nothing is lost even where the turn does not
//! hold: an interaction that was started again meanwhile, or another process behind the same table one day.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;
use vestibule::account::OpenInteraction;
use vestibule::identifier::UserId;
use vestibule::interaction::{Interaction, InteractionEvent};

use crate::cookies::CookieId;

/// All interactions under way.
#[derive(Debug, Default)]
pub struct Interactions {
    slots: Mutex<HashMap<CookieId, Slot>>,
}

#[derive(Debug)]
struct Slot {
    turn: Arc<tokio::sync::Mutex<()>>,
    kept: Kept,
    /// What it is called where it is shown: the cookie's id is a secret.
    shown_as: Uuid,
    created_at: DateTime<Utc>,
}

impl Slot {
    fn shown(&self) -> OpenInteraction {
        let interaction = &self.kept.interaction;
        let prefix = match interaction.event() {
            InteractionEvent::SignIn => "signin_attempt",
            InteractionEvent::Register => "signup_attempt",
            InteractionEvent::ForgotPassword => "recovery",
        };
        OpenInteraction {
            id: format!("{prefix}_{}", self.shown_as.simple()),
            event: interaction.event(),
            user_id: interaction.user_id().cloned(),
            created_at: self.created_at,
        }
    }
}

/// An interaction as it was read.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The interaction.
    pub interaction: Interaction,
    /// How often it was written: what a write is based on.
    pub revision: u64,
}

/// The right to be the only one who works on an interaction, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _lock: OwnedMutexGuard<()>,
}

/// Somebody else wrote in between: read and decide again.
#[derive(Debug, PartialEq, Eq)]
pub struct Stale;

impl Interactions {
    /// Keeps a new interaction in place of the one the browser had.
    pub fn start(
        &self,
        id: CookieId,
        interaction: Interaction,
        replaced: Option<&CookieId>,
        now: DateTime<Utc>,
    ) {
        let mut slots = self.slots();
        if let Some(replaced) = replaced {
            slots.remove(replaced);
        }
        let kept = Kept { interaction, revision: 0 };
        let slot = Slot { turn: Arc::default(), kept, shown_as: Uuid::now_v7(), created_at: now };
        slots.insert(id, slot);
    }

    /// The interaction of an id, if it is open.
    pub fn find(&self, id: &CookieId, now: DateTime<Utc>) -> Option<Kept> {
        self.slots()
            .get(id)
            .filter(|slot| slot.kept.interaction.check_open(now).is_ok())
            .map(|slot| slot.kept.clone())
    }

    /// Waits for the turn to work on an interaction; `None` if there is none.
    pub async fn turn(&self, id: &CookieId) -> Option<Turn> {
        let turn = self.slots().get(id).map(|slot| Arc::clone(&slot.turn))?;
        Some(Turn { _lock: turn.lock_owned().await })
    }

    /// Keeps what became of an interaction. One that was submitted is over and goes (S-11); one that went meanwhile,
    /// because the browser started another, stays gone.
    ///
    /// # Errors
    /// [`Stale`] if it is no longer at the revision it was read at.
    pub fn replace(&self, id: &CookieId, read: u64, interaction: Interaction) -> Result<(), Stale> {
        let mut slots = self.slots();
        let Some(slot) = slots.get_mut(id) else { return Ok(()) };
        if slot.kept.revision != read {
            return Err(Stale);
        }
        if matches!(interaction.stage(), vestibule::interaction::Stage::Submitted(_)) {
            slots.remove(id);
        } else {
            slot.kept = Kept { interaction, revision: read + 1 };
        }
        Ok(())
    }

    /// The open interactions of a user, the oldest first: those that have identified the user, and the browser's own
    /// if it has identified nobody yet.
    pub fn open_of(
        &self,
        user_id: &UserId,
        own: Option<&CookieId>,
        now: DateTime<Utc>,
    ) -> Vec<OpenInteraction> {
        let slots = self.slots();
        let mut open: Vec<_> = slots
            .iter()
            .filter(|(_, slot)| slot.kept.interaction.check_open(now).is_ok())
            .filter(|(id, slot)| match slot.kept.interaction.user_id() {
                Some(identified) => identified == user_id,
                None => own == Some(*id),
            })
            .map(|(_, slot)| slot.shown())
            .collect();
        open.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        open
    }

    /// Forgets what timed out, and says how many that were.
    pub fn purge(&self, now: DateTime<Utc>) -> usize {
        let mut slots = self.slots();
        let before = slots.len();
        slots.retain(|_, slot| slot.kept.interaction.check_open(now).is_ok());
        before - slots.len()
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<CookieId, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use vestibule::experience::Experience;
    use vestibule::flow::Start;
    use vestibule::operation::Context;
    use vestibule::password::Argon2id;

    use super::*;

    fn interaction(now: DateTime<Utc>) -> Interaction {
        let (experience, passwords) = (Experience::default(), Argon2id::default());
        let context = Context::new(&experience, now, &crate::server::entropy, &passwords);
        Start::new(InteractionEvent::SignIn).decide(&context).unwrap()
    }

    #[test]
    fn of_two_writes_on_one_reading_the_second_is_refused() {
        let (interactions, now, id) = (Interactions::default(), Utc::now(), CookieId::random().unwrap());
        interactions.start(id.clone(), interaction(now), None, now);
        let read = interactions.find(&id, now).unwrap();
        assert_eq!(interactions.replace(&id, read.revision, read.interaction.clone()), Ok(()));
        assert_eq!(interactions.replace(&id, read.revision, read.interaction), Err(Stale));
    }

    #[test]
    fn starting_again_replaces_and_time_ends_all() {
        let (interactions, now) = (Interactions::default(), Utc::now());
        let (first, second) = (CookieId::random().unwrap(), CookieId::random().unwrap());
        interactions.start(first.clone(), interaction(now), None, now);
        interactions.start(second.clone(), interaction(now), Some(&first), now);
        assert!(interactions.find(&first, now).is_none());
        assert!(interactions.find(&second, now).is_some());
        let later = now + TimeDelta::hours(1);
        assert!(interactions.find(&second, later).is_none());
        assert_eq!((interactions.purge(now), interactions.purge(later)), (0, 1));
    }
}
