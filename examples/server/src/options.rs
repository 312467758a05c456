//! The command line.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::thread;

use clap::Parser;

use crate::origin::Origin;
use crate::stores::Stores;

/// An example server: the `vestibule` library behind HTTP.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Options {
    /// Where to listen. Browsers send the cookies over TLS only: put a TLS proxy in front.
    #[arg(long, default_value = "127.0.0.1:3900")]
    pub listen: SocketAddr,
    /// Where users and interactions are kept: `memory`.
    #[arg(long, default_value = "memory")]
    pub store: StoreChoice,
    /// How many passwords may be hashed at once, each with a thread and 19 MiB. Without it, as many as there are cores.
    #[arg(long, value_name = "NUMBER", default_value_t = cores(), hide_default_value = true)]
    pub hashing_slots: NonZeroUsize,
    /// For trying out: what would be sent can be read, and a social and an enterprise provider believe whatever they
    /// are told. Never for real people.
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

fn cores() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Where users and interactions are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreChoice {
    /// In memory: everything is forgotten when the server stops.
    Memory,
}

impl StoreChoice {
    /// Opens the stores.
    pub fn open(&self) -> Stores {
        match self {
            Self::Memory => Stores::memory(),
        }
    }
}

impl FromStr for StoreChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "memory" => Ok(Self::Memory),
            _ if text.starts_with("sqlite:") || text.starts_with("postgres:") => {
                Err("this store is not there yet: use `memory`".into())
            }
            _ => Err("there is no such store: use `memory`".into()),
        }
    }
}
