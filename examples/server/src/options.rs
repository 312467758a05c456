//! The command line.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::str::FromStr;
use std::thread;

use clap::Parser;
use tokio::net::lookup_host;
use vestibule_sql_store::{StoreError, StoreOptions};

use crate::origin::Origin;
use crate::stores::{Chain, Stores};

/// An example server: the `vestibule` library behind HTTP.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Options {
    /// Where to listen: an IP address, or a name such as `localhost`, and a port. Browsers send the cookies over TLS only:
    /// put a TLS proxy in front.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3900")]
    pub listen: String,
    /// Where users and interactions are kept: `memory`, `sqlite:PATH` or `postgres://USER@HOST/DATABASE`. An address with a
    /// password is better kept in the environment, where other users of the machine do not see it.
    #[arg(
        long,
        env = "VESTIBULE_STORE",
        hide_env_values = true,
        value_name = "STORE",
        default_value = "memory"
    )]
    pub store: StoreChoice,
    /// How many connections to the database there may be at once.
    #[arg(long, value_name = "NUMBER", default_value = "10")]
    pub store_connections: NonZeroU32,
    /// A file of keys that what the database keeps is sealed under, one a line: a name, a space, 32 random bytes in Base64. The
    /// first seals. The others open what they sealed before, which is sealed anew at the start: once the log says so, they are
    /// needed no more.
    #[arg(long, value_name = "FILE")]
    pub sealing_keys: Option<PathBuf>,
    /// How many passwords may be hashed at once, each with a thread and 19 MiB; beside that, one imported digest at a time of up to
    /// 1 GiB. Without it, as many as there are cores.
    #[arg(long, value_name = "NUMBER", default_value_t = cores(), hide_default_value = true)]
    pub hashing_slots: NonZeroUsize,
    /// For trying out: what would be sent can be read, and a social and an enterprise provider believe whatever they
    /// are told. Never for real people: it listens on loopback addresses only.
    #[arg(long)]
    pub dev: bool,
    /// Browsers send the cookies without TLS too, where anybody on the way can read them. `--dev` implies it.
    #[arg(long)]
    pub insecure_cookies: bool,
    /// The origin that browsers know the server by, such as `https://login.example.com`. Without it, `http://` and what
    /// they ask for: a server behind a TLS proxy needs it.
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Option<Origin>,
    /// The relying party's id: the domain that WebAuthn credentials are made for. Only if built with `web-authn`.
    #[arg(long, value_name = "DOMAIN", default_value = "localhost")]
    pub rp_id: String,
    /// The origin of the pages that ask for WebAuthn credentials. Without it, `http://localhost` and the port.
    #[arg(long, value_name = "ORIGIN")]
    pub rp_origin: Option<String>,
    /// The operator's token. Without it a random one is made and printed.
    #[arg(skip = std::env::var("VESTIBULE_TOKEN").ok().filter(|token| !token.is_empty()))]
    pub token: Option<String>,
}

impl Options {
    /// The addresses to listen on, of which the first that is free will do.
    ///
    /// # Errors
    /// If there is none, or one is open to others with `--dev`.
    pub async fn addresses(&self) -> Result<Vec<SocketAddr>, BadListen> {
        let found = lookup_host(&self.listen).await;
        let found = found.map_err(|reason| BadListen::NoAddress { text: self.listen.clone(), reason })?;
        let found: Vec<_> = found.collect();
        match found.iter().find(|address| self.dev && !address.ip().to_canonical().is_loopback()) {
            Some(&address) => Err(BadListen::DevIsOpen { address }),
            None => Ok(found),
        }
    }
}

/// Where the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BadListen {
    /// The text names no address.
    #[error("--listen: `{text}` is no address with a port: {reason}")]
    NoAddress {
        /// What was given.
        text: String,
        /// Why it is none.
        reason: io::Error,
    },
    /// With `--dev` anybody can be anybody, so nobody else may reach it.
    #[error(
        "--dev listens on loopback only, for whoever reaches it can sign in as anybody: {address} is open to others"
    )]
    DevIsOpen {
        /// The address.
        address: SocketAddr,
    },
}

fn cores() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Where users and interactions are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreChoice {
    /// In memory: everything is forgotten when the server stops.
    Memory,
    /// In a SQLite file.
    Sqlite(PathBuf),
    /// In PostgreSQL, at this address.
    Postgres(String),
}

impl StoreChoice {
    /// Opens the stores.
    ///
    /// # Errors
    /// If they cannot be used.
    pub async fn open(&self, options: &StoreOptions) -> Result<Stores, BadStore> {
        Ok(match self {
            Self::Memory => Stores::memory(),
            Self::Sqlite(path) => Stores::sqlite(path, options).await?,
            Self::Postgres(address) => Stores::postgres(address, options).await?,
        })
    }
}

impl FromStr for StoreChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.trim_start_matches('/').is_empty() => {
                Ok(Self::Sqlite(path.strip_prefix("//").unwrap_or(path).into()))
            }
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                Ok(Self::Postgres(text.into()))
            }
            _ => Err("there is no such store: use `memory`, `sqlite:PATH` or `postgres://…`".into()),
        }
    }
}

/// An address may hold a password.
impl fmt::Debug for StoreChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("Memory"),
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

/// A store that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("--store: {}", Chain(.0))]
pub struct BadStore(#[from] StoreError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_chosen_by_its_address() {
        let parse = str::parse::<StoreChoice>;
        assert_eq!(parse("memory"), Ok(StoreChoice::Memory));
        for (text, path) in
            [("sqlite:a.db", "a.db"), ("sqlite:/v/a.db", "/v/a.db"), ("sqlite:///v/a.db", "/v/a.db")]
        {
            assert_eq!(parse(text), Ok(StoreChoice::Sqlite(path.into())));
        }
        let postgres = parse("postgres://u:hunter2@h/d").unwrap();
        assert!(!format!("{postgres:?}").contains("hunter2"));
        for bad in ["", "sqlite", "sqlite:", "sqlite://", "postgres:", "mysql://h/d", "Memory", "memory:"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
