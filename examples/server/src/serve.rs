//! Starting and stopping.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::routes;
use crate::server::Server;

/// How often what timed out is forgotten.
const PURGE_EVERY: Duration = Duration::from_mins(1);

/// Serves until `stop` resolves, then finishes the requests that are open. Each of them ends: there is a time limit.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    server: Arc<Server>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let purging = tokio::spawn(purge_now_and_then(Arc::clone(&server)));
    let app: Router = routes::router(server);
    let outcome = axum::serve(listener, app).with_graceful_shutdown(stop).await;
    purging.abort();
    outcome
}

async fn purge_now_and_then(server: Arc<Server>) {
    let mut ticks = tokio::time::interval(PURGE_EVERY);
    loop {
        ticks.tick().await;
        // A failing store is in the log by now, and is asked again at the next tick.
        let _ = server.purge().await;
    }
}

/// Resolves on SIGTERM and on Ctrl-C.
///
/// # Errors
/// If the process cannot be told of signals.
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: open requests are finished first");
    })
}
