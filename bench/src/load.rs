//! A closed loop: so many connections, each asking again as soon as it was answered, for a fixed
//! number of requests or until time is up, whichever is first.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde::Serialize;

use crate::{http::Client, moment::Watch};

/// How hard, and for how long at most.
#[derive(Clone, Copy)]
pub struct Effort {
    /// At once.
    pub connections: usize,
    /// In all.
    pub requests: usize,
    /// No request begins after this.
    pub cap: Duration,
}

/// What the clients saw.
pub struct Seen {
    /// Microseconds from sending to the last byte, unordered.
    pub micros: Vec<u64>,
    /// Answers that were no 200, and connections that broke.
    pub errors: usize,
    /// From the first request to the last answer.
    pub seconds: f64,
}

/// An answer that takes longer is an error, and ends its connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks `path(n)` for n from 0 on.
pub async fn run<F>(addr: &str, headers: &str, effort: Effort, path: F) -> Seen
where
    F: Fn(usize) -> String + Send + Sync + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let path = Arc::new(path);
    let begun = Watch::start();
    let mut tasks = Vec::new();
    for _ in 0..effort.connections {
        let (next, path) = (Arc::clone(&next), Arc::clone(&path));
        let (addr, headers) = (addr.to_owned(), headers.to_owned());
        tasks.push(tokio::spawn(async move {
            let mut micros = Vec::new();
            let mut errors = 0;
            let Ok(mut client) = Client::connect(&addr, &headers).await else {
                return (micros, 1);
            };
            loop {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                if turn >= effort.requests || begun.passed() > effort.cap {
                    return (micros, errors);
                }
                let watch = Watch::start();
                match tokio::time::timeout(PATIENCE, client.get(&path(turn))).await {
                    Ok(Ok(answer)) if answer.status == 200 => {
                        micros.push(u64::try_from(watch.passed().as_micros()).unwrap_or(u64::MAX));
                    }
                    Ok(Ok(_)) => errors += 1,
                    Ok(Err(_)) | Err(_) => return (micros, errors + 1),
                }
            }
        }));
    }
    let mut seen = Seen { micros: Vec::new(), errors: 0, seconds: 0.0 };
    for task in tasks {
        match task.await {
            Ok((micros, errors)) => {
                seen.micros.extend(micros);
                seen.errors += errors;
            }
            Err(_) => seen.errors += 1,
        }
    }
    seen.seconds = begun.seconds();
    seen
}

/// Percentiles, in milliseconds.
#[derive(Clone, Copy, Default, Serialize)]
pub struct Percentiles {
    /// Half is quicker.
    pub p50: f64,
    /// One in ten is slower.
    pub p90: f64,
    /// One in a hundred is slower.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
    /// How many were measured.
    pub count: usize,
}

impl Percentiles {
    /// Of these microseconds.
    pub fn of(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        let at = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of a length, from 0 to the length"
            )]
            let place = (micros.len() as f64 * share).ceil() as usize;
            micros.get(place.clamp(1, micros.len().max(1)) - 1).map_or(0.0, |one| *one as f64 / 1e3)
        };
        Self { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1.0), count: micros.len() }
    }
}
