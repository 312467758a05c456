//! The domain core of sign-in, registration and password recovery.
//!
//! A vestibule is the room between the street and the house: who comes in is met, identified, and let through or not.
//! This crate is that room for an authentication server. It does no I/O. It decides.
//!
//! # The one idea
//!
//! Every step is a pure function: (interaction, facts, step) → decision.
//!
//! - An [`Interaction`](interaction::Interaction) is one short-lived session: a sign-in, a registration, a recovery.
//! - An [`Operation`](operation::Operation) is a step of it: verify a password, send a code, submit. It says which
//!   facts it needs, and decides from them.
//! - A [`Decision`](operation::Decision) is the outcome, the next interaction, and what to write.
//! - An [`Engine`](engine::Engine) runs operations over your [`UserStore`](store::UserStore) and
//!   [`VerificationStore`](store::VerificationStore); or you do your own I/O around [`operation::decide`].
//!
//! What does not hold is a [`Rejection`](rejection::Rejection): a documented code, an HTTP status, data.
//!
//! ```
//! use vestibule::engine::Engine;
//! use vestibule::experience::Experience;
//! use vestibule::flow::{Identify, NewPasswordIdentity, Start, Submit};
//! use vestibule::interaction::InteractionEvent;
//! use vestibule::operation::{Context, EntropyFailed};
//! use vestibule::password::Argon2id;
//! use vestibule::store::memory::{MemoryUserStore, MemoryVerificationStore};
//!
//! let experience = Experience::default(); // the operator's settings: username and password
//! let (users, verifications) = (MemoryUserStore::new(), MemoryVerificationStore::new());
//! let entropy = |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| EntropyFailed);
//! let passwords = Argon2id::default();
//! let now = chrono::DateTime::from_timestamp(1_700_000_000, 0).ok_or("your clock")?;
//! let engine = Engine::new(&users, &verifications, Context::new(&experience, now, &entropy, &passwords));
//!
//! let mut interaction = Start::new(InteractionEvent::Register).decide(engine.context())?;
//! let proof = engine.run(&mut interaction, &NewPasswordIdentity::new("jane", "Zk7vQw9pLm"))?;
//! let jane = engine.run(&mut interaction, &Identify::by(proof))?;
//! let submitted = engine.run(&mut interaction, &Submit)?;
//! assert_eq!(submitted.user_id, jane.user_id);
//!
//! // The name is taken now, whoever comes next.
//! let mut second = Start::new(InteractionEvent::Register).decide(engine.context())?;
//! let error = engine.run(&mut second, &NewPasswordIdentity::new("jane", "An0therOne")).unwrap_err();
//! assert_eq!(error.rejection().map(|rejection| rejection.code()), Some("user.username_already_in_use"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The map of the house
//!
//! Nouns downstairs, verbs upstairs: a module imports only from the floors below.
//!
//! | floor | module | what |
//! |---|---|---|
//! | 7 | [`engine`], [`aio`] | fetch facts, decide, commit; `aio` awaits its stores |
//! | 6 | [`flow`], [`account`] | the verbs, one file for each operation: of an interaction; outside one |
//! | 5 | [`operation`] | what an operation is: needs, facts, step, decision |
//! | 4 | [`interaction`], [`event`] | the aggregate: stage, registry, staged profile, sanitised view; what happened |
//! | 3 | [`verification`], [`store`] | record types; storage traits, stores in memory, the suite for other stores |
//! | 2 | [`user`], [`experience`] | accounts and claims; settings and value policies |
//! | 1 | [`identifier`], [`secret`], [`password`], [`rejection`] | valid identifiers and their keys; secrets; every documented code |

#![forbid(unsafe_code)]

pub mod account;
pub mod aio;
pub mod engine;
pub mod event;
pub mod experience;
pub mod flow;
pub mod identifier;
pub mod interaction;
pub mod operation;
pub mod password;
pub mod rejection;
pub mod secret;
pub mod store;
pub mod user;
pub mod verification;

mod mfa_factor;
mod reserved_key;
mod url;

/// The README's examples are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
