//! A server on a port of its own, and people who are about to do what is timed.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;

use chrono::Utc;
use tokio::net::TcpListener;
use vestibule::engine::aio::{Engine, SlowWork};
use vestibule::flow::{Start, VerifyPassword};
use vestibule::identifier::{ClaimedIdentifier, IdentifierType};
use vestibule::interaction::InteractionEvent;
use vestibule::operation::{Context, EntropyFailed};
use vestibule::password::{HashingFailed, ImportedDigest, PasswordMatch};
use vestibule::secret::{PasswordDigest, Secret};
use vestibule_server::cookies::Cookies;
use vestibule_server::relying_party::RelyingParty;
use vestibule_server::serve::{Patience, serve};
use vestibule_server::server::{Config, Server};

use crate::accounts::{mark, username};
use crate::place::Place;

pub(crate) struct House {
    server: Arc<Server>,
    pub(crate) address: SocketAddr,
    pub(crate) accounts: usize,
    pub(crate) place: Place,
}

/// Somebody with two interactions.
pub(crate) struct Person {
    /// The cookie of a registration.
    pub(crate) registers: String,
    /// The cookie of a sign-in, and its record of a password that was verified.
    pub(crate) signs_in: String,
    pub(crate) proof: String,
}

impl House {
    pub(crate) async fn open(place: Place, accounts: usize) -> Self {
        let config = Config {
            dev: false,
            token: Secret::new("token"),
            cookies: Cookies { secure: false },
            origin: None,
            relying_party: RelyingParty::new("localhost", "http://localhost").unwrap(),
            hashing_slots: NonZeroUsize::MIN,
        };
        let stores = place.open().await;
        place.fill(&stores, accounts).await;
        let server = Server::new(config, stores).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(Arc::clone(&server), listener, std::future::pending(), Patience::default()));
        Self { server, address, accounts, place }
    }

    /// The steps before those that are timed, past HTTP and past the hash of the password, which costs more than all of it.
    pub(crate) async fn prepare(&self, turn: usize) -> Person {
        let settings = self.server.settings().await.unwrap();
        let stores = &self.server.stores;
        let context = Context::new(&settings, Utc::now(), &entropy);
        let engine = Engine::new(&stores.users, &stores.verifications, &Credulous, context);
        let registers = engine.start(&Start::new(InteractionEvent::Register)).await.unwrap();
        let mut signs_in = engine.start(&Start::new(InteractionEvent::SignIn)).await.unwrap();
        let name = username(&mark(self.somebody(turn)));
        let claimed = ClaimedIdentifier::new(IdentifierType::Username, name);
        let verified = engine.run(&signs_in, &VerifyPassword::new(claimed, "Zk7vQw9pLm")).await.unwrap();
        let proof = verified.into_output(&mut signs_in).to_string();
        let cookie = |id: &str| format!("_interaction={id}");
        Person { registers: cookie(registers.expose()), signs_in: cookie(signs_in.expose()), proof }
    }

    /// People spread over all, nobody twice before everybody was there: the step has no divisor in common with a power of
    /// ten.
    fn somebody(&self, turn: usize) -> usize {
        turn * 611_953 % self.accounts
    }
}

fn entropy(bytes: &mut [u8]) -> Result<(), EntropyFailed> {
    getrandom::fill(bytes).map_err(|_| EntropyFailed)
}

/// Takes every password for the right one.
struct Credulous;

impl SlowWork for Credulous {
    async fn hash(&self, _: &Secret, _: [u8; 16]) -> Result<PasswordDigest, HashingFailed> {
        Err(HashingFailed)
    }

    async fn verify(&self, _: &Secret, _: &PasswordDigest) -> Result<PasswordMatch, HashingFailed> {
        Ok(PasswordMatch::Yes)
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
