//! The server over real sockets: one file for each theme.

// `cfg(test)` says to the lints what cargo knows: all of this is tests.
#[cfg(test)]
mod beside;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod cookies;
#[cfg(test)]
mod error_shapes;
#[cfg(test)]
mod factors;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod heads;
#[cfg(test)]
mod lasting;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod me;
#[cfg(test)]
mod new_ids;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod operator;
mod operators_acts;
#[cfg(test)]
mod origins;
#[cfg(test)]
mod own_account;
#[cfg(test)]
mod program;
#[cfg(test)]
mod shutdown;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod support;
#[cfg(test)]
#[cfg(feature = "web-authn")]
mod web_authn;
