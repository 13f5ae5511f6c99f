//! Connections: accepted within bounds, slow ones cut, finished ones counted out at shutdown.

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::{self, Next},
    response::Response,
};
use futures_util::StreamExt as _;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore},
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tower_http::timeout::RequestBodyTimeoutLayer;
use web::{Refused, client::Peer};

use crate::config::Limits;

/// A request's header is small here; more is a mistake or an attack.
const HEADER_BYTES: usize = 32 << 10;
/// An upload may take so long in all, as long as it does not stall.
const UPLOAD_PATIENCE: Duration = Duration::from_mins(30);

/// Answers connections until told to stop, then lets what was begun end, within bounds.
pub async fn answer(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: CancellationToken,
) {
    let seats = Arc::new(Semaphore::new(limits.connections));
    let open = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.header).max_buf_size(HEADER_BYTES);
    loop {
        // Above the bound nothing is accepted: the rest waits in the system's queue.
        let seat = tokio::select! {
            seat = Arc::clone(&seats).acquire_owned() => seat.ok(),
            () = stop.cancelled() => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let Some((stream, peer)) = taken(accepted).await else { continue };
        let io = TokioIo::new(Box::pin(bounded(stream, limits.stall)));
        let site = router.clone().map_request(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            request
        });
        let service = TowerToHyperService::new(site);
        let connection = open.watch(http.serve_connection(io, service));
        tokio::spawn(async move {
            if let Err(why) = connection.await {
                tracing::debug!(%why, "connection ended");
            }
            drop(seat);
        });
    }
    drop(listener);
    tracing::info!("no longer accepting");
    let begun = open.count();
    tokio::select! {
        () = open.shutdown() => tracing::info!(begun, "every connection ended"),
        () = tokio::time::sleep(limits.shutdown) => tracing::warn!("connections were cut"),
    }
}

/// One failed connection is not the server's end; a lack of file handles needs a moment.
async fn taken<T>(accepted: io::Result<T>) -> Option<T> {
    match accepted {
        Ok(accepted) => Some(accepted),
        Err(why) => {
            tracing::warn!(%why, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// A client that takes nothing of its answer for so long is gone.
fn bounded(stream: TcpStream, stall: Duration) -> TimeoutStream<TcpStream> {
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(stall));
    stream
}

/// What the layers below need to know.
#[derive(Clone)]
struct Edge {
    limits: Limits,
    bell: Arc<Notify>,
    stop: CancellationToken,
}

/// The layers between connections and the site: bounds on time, the worker's bell, streams that
/// end when the server does.
pub fn edge(router: Router, limits: Limits, bell: Arc<Notify>, stop: CancellationToken) -> Router {
    router
        .layer(RequestBodyTimeoutLayer::new(limits.stall))
        .layer(middleware::from_fn_with_state(Edge { limits, bell, stop }, watch))
}

async fn watch(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let writes = !request.method().is_safe();
    let patience = if is_upload(request.headers()) { UPLOAD_PATIENCE } else { edge.limits.request };
    let answered = tokio::time::timeout(patience, next.run(request)).await;
    let response = answered.unwrap_or_else(|_| too_long());
    if writes && (response.status().is_success() || response.status().is_redirection()) {
        // The request may have asked for a job, and its transaction is over.
        edge.bell.notify_one();
    }
    if is_stream(response.headers()) { ending_with(response, edge.stop) } else { response }
}

fn is_upload(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|text| text.starts_with("multipart/form-data"))
}

fn is_stream(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|text| text.starts_with("text/event-stream"))
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
}

fn too_long() -> Response {
    let message = "这件事办得太久，停下了，没有写入。请把范围缩小一些，或者过一会儿再试。";
    Refused::Busy { message: message.to_owned(), retry_after: 30 }.problem()
}

/// Browsers ask for a stream again by themselves, so ending it early loses nothing.
fn ending_with(response: Response, stop: CancellationToken) -> Response {
    response.map(|body| {
        let stopped = async move { stop.cancelled().await };
        Body::from_stream(body.into_data_stream().take_until(Box::pin(stopped)))
    })
}
