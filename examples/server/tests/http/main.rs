//! The server over real sockets: one file for each theme.

mod concurrency;
mod cookies;
mod error_shapes;
mod flows;
mod openapi;
mod operator;
mod shutdown;
mod support;
