//! An example server: the `vestibule` library behind HTTP.
//!
//! It shows how little a host has to do. A handler is: route, parse, one library call, answer; every decision is the
//! library's.
//!
//! | module | what |
//! |---|---|
//! | [`routes`] | the handlers, a file for each group of routes |
//! | [`step`], [`interaction_cookie`] | a step of an interaction: one call of the library's engine, and the cookie it sets |
//! | [`server`], [`settings`] | what the routes share, acts on accounts among it; the operator's settings |
//! | [`relying_party`] | whom WebAuthn credentials are made for |
//! | [`cookies`], [`sessions`], [`attempts`] | what browsers get; who is signed in; what `/me` shows of open interactions |
//! | [`stores`], [`sealing_keys`], [`workshop`] | the library's stores, of whichever backend; the keys they are sealed under; where passwords are hashed |
//! | [`dev`], [`outbox`] | what `--dev` turns on |
//! | [`extract`], [`problem`] | reading requests; answers that are not a success |
//! | [`limits`], [`origin`], [`serve`](mod@serve) | around every request: id, log, time, size, where it comes from; starting and stopping |
//! | [`journal`] | what of the library's events goes into the log |
//! | [`openapi`] | what every route takes and answers |

#![forbid(unsafe_code)]

pub mod attempts;
pub mod cookies;
pub mod dev;
pub mod extract;
pub mod interaction_cookie;
pub mod journal;
pub mod limits;
pub mod openapi;
pub mod options;
pub mod origin;
pub mod outbox;
pub mod problem;
pub mod relying_party;
pub mod routes;
pub mod sealing_keys;
pub mod serve;
pub mod server;
pub mod sessions;
pub mod settings;
pub mod step;
pub mod stores;
pub mod workshop;
