//! An interaction in a store, by way of the engine.

use chrono::DateTime;
use vestibule::engine::aio::{Engine, SlowWork};
use vestibule::experience::{Experience, InteractionEvent};
use vestibule::flow::{Start, ViewInteraction};
use vestibule::interaction::InteractionId;
use vestibule::operation::{Context, EntropyFailed};
use vestibule::password::{HashingFailed, ImportedDigest, PasswordMatch};
use vestibule::secret::{PasswordDigest, Secret};

use crate::place::Store;

#[allow(clippy::unnecessary_wraps, reason = "as entropy is asked for")]
fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    bytes.fill(7);
    Ok(())
}

/// Begins one, in 1970.
pub(crate) async fn start(store: &impl Store) -> InteractionId {
    let experience = Experience::default();
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &entropy);
    let start = Start::new(InteractionEvent::Register);
    Engine::new(store, store, &NoWork, context).start(&start).await.unwrap()
}

/// It is there.
pub(crate) async fn view(store: &impl Store, id: &InteractionId) {
    let experience = Experience::default();
    let context = Context::new(&experience, DateTime::UNIX_EPOCH, &entropy);
    let answer = Engine::new(store, store, &NoWork, context).run(id, &ViewInteraction).await.unwrap();
    assert_eq!(answer.new_id, None);
}

struct NoWork;

impl SlowWork for NoWork {
    async fn hash(&self, _: &Secret, _: [u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        Err(HashingFailed)
    }

    async fn verify(&self, _: &Secret, _: &PasswordDigest) -> Result<PasswordMatch, HashingFailed> {
        Err(HashingFailed)
    }

    async fn import(&self, _: &ImportedDigest) -> Option<PasswordDigest> {
        None
    }

    async fn is_breached(&self, _: &Secret) -> bool {
        false
    }

    async fn is_disposable(&self, _: &str) -> bool {
        false
    }
}
