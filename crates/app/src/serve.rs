//! `tongpin serve`: opens, migrates, listens, works, and ends without losing what it answered.

use std::{io::Write as _, net::SocketAddr, sync::Arc};

use db::{Engine, job};
use kernel::Cx;
use tokio::{net::TcpListener, sync::Notify};
use tokio_util::sync::CancellationToken;
use web::State;

use crate::{
    Failure, clock::ClockKind, config::Config, http, jobs, routes, secret, site, worker::Worker,
};

/// Where the demo city's codes are written, beside its records, when no gateway is set.
pub(crate) const DEMO_SMS: &str = "demo-sms";

/// Serves until the process is told to stop.
///
/// # Errors
/// [`Failure::Cannot`] when the database does not open or the address is taken.
pub async fn serve(mut config: Config, clock: ClockKind) -> Result<(), Failure> {
    let stop = stop_on_signal()?;
    let (clock, cx): (_, Cx) = site::start_cx(clock);
    let db = site::open(&config.database, &cx).await?;
    if site::is_demo(&db).await? {
        config.city.demo_label = true;
        config.sms.demo_file = Some(config.database.folder().join(DEMO_SMS));
    }
    let keys = secret::keys(&db, &cx, &config.secret_file).await?;
    let state = site::state(&config, db, clock, keys);
    let listener = listen(config.web.addr).await?;
    run(state, listener, &config, stop).await
}

/// Serves a site that is already joined, on a socket that already listens.
///
/// # Errors
/// [`Failure::Cannot`] when the socket has no address.
pub async fn run(
    state: State,
    listener: TcpListener,
    config: &Config,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let limits = config.web.limits;
    if state.db().engine() == Engine::Sqlite {
        // No other process works on this file, so what is running was left by one that was killed.
        let lost = job::take_over(state.db(), state.clock().now())
            .await
            .map_err(|why| Failure::cannot("上次没做完的后台任务接不回来", why))?;
        if lost > 0 {
            tracing::warn!(lost, "jobs of a process that was killed wait again");
        }
    }
    let bell = Arc::new(Notify::new());
    let worker = Worker {
        state: state.clone(),
        runners: jobs::all_jobs(),
        chores: jobs::all_chores(),
        bell: Arc::clone(&bell),
        stop: stop.clone(),
        grace: limits.shutdown,
    };
    let worker = tokio::spawn(worker.run());
    let lanes = web::server::lanes(state.clone(), routes::all_routes());
    let rest = http::edge(lanes.rest, limits, bell, stop.clone());
    let router = web::server::Lanes { hot: lanes.hot, rest }.join();
    let addr = listener.local_addr().map_err(|why| Failure::cannot("监听的地址问不到", why))?;
    announce(addr);
    http::answer(listener, router, limits, stop).await;
    if let Err(why) = worker.await {
        tracing::error!(%why, "the worker ended early");
    }
    state.db().close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn listen(addr: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(addr).await.map_err(|why| {
        Failure::cannot(&format!("不能在 {addr} 上监听，请换一个 --addr，或停掉占用它的程序"), why)
    })
}

/// The one line on stdout that scripts wait for.
fn announce(addr: SocketAddr) {
    let mut out = std::io::stdout().lock();
    // A closed stdout is no reason not to serve.
    let _ = writeln!(out, "listening on http://{addr}").and_then(|()| out.flush());
}

/// SIGTERM or SIGINT asks to stop; a second one stops at once.
fn stop_on_signal() -> Result<CancellationToken, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|why| Failure::cannot("收不了停机信号", why));
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if told.is_cancelled() {
                tracing::warn!("told to stop twice: stopping at once");
                std::process::exit(1);
            }
            tracing::info!("told to stop: finishing what was begun");
            told.cancel();
        }
    });
    Ok(stop)
}
