//! A signed-in person's own account outside an interaction (rules.md, 11.1).
//!
//! | operation | request | answers |
//! |---|---|---|
//! | [`UpdateMe`] | `PATCH /me` (A-1 to A-5) | an [`Envelope`] |
//! | [`ViewMe`] | `GET /me` (A-1, A-5) | an [`Envelope`] |
//!
//! [`Engine::act`](crate::engine::Engine::act) runs them.
//!
//! ```
//! use serde_json::json;
//! use vestibule::engine::Engine;
//! use vestibule::experience::Experience;
//! use vestibule::me::{MePatch, SignedIn, UpdateMe};
//! use vestibule::operation::{Context, EntropyFailed};
//! use vestibule::operator::{CreateUser, NewUser};
//! use vestibule::password::Argon2id;
//! use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
//!
//! let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
//! let (experience, passwords) = (Experience::default(), Argon2id::default());
//! let entropy = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| EntropyFailed);
//! let now = chrono::DateTime::UNIX_EPOCH; // the host's clock
//! let engine = Engine::new(&users, &verifications, &passwords, Context::new(&experience, now, &entropy));
//!
//! let jane = engine.act(&CreateUser::new(NewUser::default()))?;
//! let patch = MePatch::from_json(&json!({"first_name": " Jane ", "last_name": null}));
//! let answer = engine.act(&UpdateMe::new(SignedIn::new(jane.id, now), patch))?;
//! assert_eq!((answer.status, answer.message.as_str()), (200, ""));
//! assert_eq!(answer.data.and_then(|me| me.first_name).as_deref(), Some("Jane"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod envelope;
mod me_patch;
mod second_factor_policy;
mod session;
mod update_me;
mod view_me;

pub use self::envelope::{Envelope, Me, MeError, MeErrorCode};
pub use self::me_patch::MePatch;
pub use self::second_factor_policy::SecondFactorPolicy;
pub use self::session::{OpenInteraction, Session, SessionEntry, SignedIn};
pub use self::update_me::UpdateMe;
pub use self::view_me::ViewMe;
pub use crate::change::Change;

crate::operation::admitted! { UpdateMe, ViewMe }
