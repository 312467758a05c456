//! The domain core of sign-in, registration and password recovery.
//!
//! A vestibule is the room between the street and the house: who comes in is met, identified, and let through or not.
//! This crate is that room for an authentication server. It does no I/O. It decides.
//!
//! # The one idea
//!
//! **A rule asks; a driver answers; a decision is carried out in one commit.**
//!
//! - An [`Operation`](operation::Operation) is one function: verify a password, send a code, submit. It reads what it
//!   needs where the rule reads it. A read of something not known yet becomes a question, and the function runs again
//!   once it is answered.
//! - An [`Engine`](engine::Engine) answers the questions from your [`UserStore`](store::UserStore) and
//!   [`VerificationStore`](store::VerificationStore), does the slow work, and writes what was decided by compare-and-set.
//!   [`engine::aio`] awaits; or you do your own I/O around [`operation::decide`].
//! - An [`Interaction`](interaction::Interaction) is one short-lived session: a sign-in, a registration, a recovery. You keep
//!   its [id](interaction::InteractionId), in a cookie, and nothing else.
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
//! let engine = Engine::new(&users, &verifications, &passwords, Context::new(&experience, now, &entropy));
//!
//! // A step that verifies something gives the interaction a new id: the client's cookie from then on.
//! let mut id = engine.start(&Start::new(InteractionEvent::Register))?;
//! let proof = engine.run(&id, &NewPasswordIdentity::new("jane", "Zk7vQw9pLm"))?.into_output(&mut id);
//! let jane = engine.run(&id, &Identify::by(proof))?.into_output(&mut id);
//! let submitted = engine.run(&id, &Submit)?.into_output(&mut id);
//! assert_eq!(submitted.user_id, jane.user_id);
//!
//! // The name is taken now, whoever comes next.
//! let second = engine.start(&Start::new(InteractionEvent::Register))?;
//! let error = engine.run(&second, &NewPasswordIdentity::new("jane", "An0therOne")).unwrap_err();
//! assert_eq!(error.rejection().map(|rejection| rejection.code()), Some("user.username_already_in_use"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The map of the house
//!
//! Nouns downstairs, verbs upstairs: a module imports only from the floors below, and no verb imports another.
//!
//! | floor | module | what |
//! |---|---|---|
//! | 7 | [`engine`] | the drivers: one that blocks, one that awaits, the dialogue they share |
//! | 6 | [`flow`], [`me`], [`operator`] | the verbs: of an interaction, of a signed-in person, of the operator |
//! | 5 | [`operation`] | what an operation is: step, questions, facts, context, decision |
//! | 4 | [`store`] | storage traits, stores in memory, the stored form, the suite for other stores |
//! | 3 | [`interaction`], [`audit`] | the aggregate: stage, registry, proofs, staged data, sanitised view; what happened |
//! | 2 | [`verification`], [`user`], [`experience`] | records, tokens, counters; accounts and claims; settings and value policies |
//! | 1 | [`identifier`], [`secret`], [`password`], [`rejection`] | valid identifiers and their keys; secrets; password hashing; every documented code |

#![forbid(unsafe_code)]

pub mod audit;
pub mod engine;
pub mod experience;
pub mod flow;
pub mod identifier;
pub mod interaction;
pub mod me;
pub mod operation;
pub mod operator;
pub mod password;
pub mod rejection;
pub mod secret;
pub mod store;
pub mod user;
pub mod verification;

mod change;
mod form;
mod mfa_factor;
mod nfc;
mod plain_text;
mod reserved_key;
mod url;

/// The README's examples are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
