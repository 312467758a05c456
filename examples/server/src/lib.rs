//! An example server: the `vestibule` library behind HTTP.
//!
//! It shows how little a host has to do. A handler is: route, parse, one library call, answer; every decision is the
//! library's.
//!
//! | module | what |
//! |---|---|
//! | [`routes`] | the handlers, a file for each group of routes |
//! | [`step`] | a step of an interaction: load, one library call, save |
//! | [`accounts`] | accounts outside an interaction: operations on them, the operator's reads and writes |
//! | [`server`], [`settings`] | what the routes share; the operator's settings |
//! | [`relying_party`] | whom WebAuthn credentials are made for |
//! | [`interactions`], [`sessions`], [`cookies`] | what a browser's cookies stand for |
//! | [`stores`] | the library's stores, of whichever backend |
//! | [`dev`], [`outbox`] | what `--dev` turns on |
//! | [`extract`], [`problem`] | reading requests; answers that are not a success |
//! | [`limits`], [`serve`](mod@serve) | around every request: id, log, time, size; starting and stopping |
//! | [`openapi`] | what every route takes and answers |

#![forbid(unsafe_code)]

pub mod accounts;
pub mod cookies;
pub mod dev;
pub mod extract;
pub mod interactions;
pub mod limits;
pub mod openapi;
pub mod options;
pub mod outbox;
pub mod problem;
pub mod relying_party;
pub mod routes;
pub mod serve;
pub mod server;
pub mod sessions;
pub mod settings;
pub mod step;
pub mod stores;
