//! Starting and stopping, and how long clients are waited for.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use crate::problem::Problem;
use crate::routes;
use crate::server::Server;

/// How often what timed out is forgotten.
const PURGE_EVERY: Duration = Duration::from_mins(1);

/// How long the server rests when the system has no connection to give: no file is free, mostly.
const REST: Duration = Duration::from_secs(1);

/// How long clients are waited for. How long a request may take is said in [`limits`](crate::limits::MAX_TIME).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From the connection's start, or the last answer, until the next request's head is there.
    pub head: Duration,
    /// From the wish to stop until open requests are given up.
    pub drain: Duration,
}

/// Stopping ends within ten seconds: some of them are left for what comes after the last request.
impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), drain: Duration::from_secs(8) }
    }
}

/// Serves until `stop` resolves, then finishes what is open: requests, and steps whose client has gone. What is not
/// finished in time, because a client does not send or does not read, is given up.
pub async fn serve(
    server: Arc<Server>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send,
    patience: Patience,
) {
    let purging = tokio::spawn(purge_now_and_then(Arc::clone(&server)));
    let router = routes::router(Arc::clone(&server));
    let (stopping, is_stopping) = watch::channel(());
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            stream = accept(&listener) => {
                connections.spawn(converse(stream, router.clone(), patience, is_stopping.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
    drop((listener, stopping));
    let deadline = Instant::now() + patience.drain;
    let all_end = async {
        while connections.join_next().await.is_some() {}
        server.steps.close();
        server.steps.wait().await;
    };
    if timeout_at(deadline, all_end).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            steps = server.steps.len(),
            "stopping: what is open is given up"
        );
    }
    purging.abort();
}

/// The next connection.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                sleep(REST).await;
            }
        }
    }
}

/// Whether only that one connection failed.
fn is_of_one_connection(error: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Answers the requests of one connection, until the client has no more, keeps the server waiting for one, or the
/// server stops: its end of the channel is gone then.
async fn converse(stream: TcpStream, router: Router, patience: Patience, mut stopping: watch::Receiver<()>) {
    // Answers are small, and nothing comes after them that would be worth waiting for.
    let _ = stream.set_nodelay(true);
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = stopping.changed() => {
            Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    // Whoever sent nothing did not ask, and an answer might be taken for that to the next request.
    let parts = connection.into_parts();
    if ended.is_err_and(|error| error.is_timeout()) && !parts.read_buf.is_empty() {
        // The client may not read either: it is not waited for.
        let _ = parts.io.inner().try_write(timed_out().as_bytes());
    }
}

/// The answer to a head that did not come in time. There is no request yet that a route could answer.
fn timed_out() -> String {
    let problem = Problem::TimedOut;
    let body = json!({"code": problem.code(), "message": problem.message()}).to_string();
    format!(
        "HTTP/1.1 {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         connection: close\r\n\r\n{body}",
        problem.status(),
        body.len()
    )
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
