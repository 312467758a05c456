//! Starts the example server. See the README beside it.

use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _};
use std::panic;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use tokio::net::TcpListener;
use vestibule::secret::Secret;
use vestibule_server::cookies::{CookieId, Cookies};
use vestibule_server::options::Options;
use vestibule_server::relying_party::RelyingParty;
use vestibule_server::sealing_keys;
use vestibule_server::serve::{Patience, serve, stop_signal};
use vestibule_server::server::{Config, Server};
use vestibule_sql_store::StoreOptions;

/// How long work that blocks a thread, such as a password being hashed, is waited for when all else has ended.
const LAST_WORK: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let options = Options::parse();
    // A log that cannot be written, on a full disk, say, is no reason not to serve: the subscriber would tell of it on standard
    // error, and panic there.
    let log = tracing_subscriber::fmt().with_writer(io::stderr).log_internal_errors(false);
    if options.dev {
        log.with_ansi(io::stderr().is_terminal()).init();
    } else {
        log.json().init();
    }
    // A panic's text may quote what a client sent.
    panic::set_hook(Box::new(|panic| tracing::error!(at = ?panic.location(), "something panicked")));
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If nobody reads it, there is nobody to tell.
            let _ = writeln!(io::stderr(), "vestibule-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(listen(options));
    runtime.shutdown_timeout(LAST_WORK);
    outcome
}

async fn listen(options: Options) -> Result<(), Box<dyn Error>> {
    let stop = stop_signal()?;
    let listener = TcpListener::bind(&*options.addresses().await?).await?;
    let address = listener.local_addr()?;
    let token = match &options.token {
        Some(token) => token.clone(),
        None => CookieId::random()?.expose().to_owned(),
    };
    let rp_origin = options.rp_origin.unwrap_or_else(|| format!("http://localhost:{}", address.port()));
    let config = Config {
        dev: options.dev,
        token: Secret::new(token.clone()),
        cookies: Cookies { secure: !(options.dev || options.insecure_cookies) },
        origin: options.origin,
        relying_party: RelyingParty::new(&options.rp_id, &rp_origin)?,
        hashing_slots: options.hashing_slots,
    };
    let pool = StoreOptions::default().with_max_connections(options.store_connections.get());
    let pool = match &options.sealing_keys {
        Some(path) => pool.with_sealing_keys(sealing_keys::read(path)?),
        None => pool,
    };
    let server = Server::new(config, options.store.open(&pool).await?)?;

    let listens = format!("vestibule-server listens on http://{address}\n");
    let made = if options.token.is_none() { format!("operator token: {token}\n") } else { String::new() };
    let tries = if options.dev { what_to_try(&address.to_string()) } else { String::new() };
    // If nobody reads it, that is no reason not to serve.
    let _ = io::stdout().write_all([listens, made, tries].concat().as_bytes());

    serve(server, listener, stop, Patience::default()).await;
    Ok(())
}

fn what_to_try(address: &str) -> String {
    format!(
        r#"to register a user, try:

  at=http://{address}/api/experience jar=$(mktemp)
  call() {{ curl -s -b $jar -c $jar -H 'content-type: application/json' "$@"; echo; }}
  call -X PUT $at -d '{{"interactionEvent":"Register"}}'
  call $at/profile -d '{{"type":"username","value":"jane"}}'
  call $at/profile -d '{{"type":"password","value":"Zk7vQw9pLm"}}'
  call $at/identification -d '{{}}'
  call -X POST $at/submit

what every route takes and answers: http://{address}/openapi.json
"#
    )
}
