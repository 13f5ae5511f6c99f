//! The rush at ten o'clock: claims of one hot batch over HTTP, beside the same server's empty
//! endpoint and beside what else could have been chosen; all in one run, on the same machine.

use std::{error::Error, path::PathBuf};

use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::{
    report::Report,
    run::{Order, Place},
    server::{Server, memory},
    tools::{self, Redis, TOKENS, Wrk},
};

/// Connections of the curve.
const CURVE: [usize; 3] = [64, 512, 4_096];
/// Seconds of each measure.
const SECONDS: u32 = 4;
/// Where Redis listens.
const REDIS_PORT: u16 = 16_399;

/// Measures claims, and prints one table for each comparison.
pub async fn curves(order: &Order, claims: usize) -> Result<(), Box<dyn Error>> {
    if !tools::has("wrk") {
        return Err("wrk is missing, so nothing was measured. Debian: apt-get install wrk".into());
    }
    std::fs::create_dir_all(&order.folder)?;
    let mut report = Report::default();
    report.table(
        "Claims of one hot batch over HTTP, two cores for server and generator",
        &["engine", "connections", "empty, /s", "claims, /s", "ratio", "p99, ms", "not 2xx", "MB"],
    );
    let mut best = Vec::new();
    let redis = others_first(order)?;
    for engine in &order.engines {
        let rates = curve(order, engine, claims, &mut report).await?;
        best.push((engine.clone(), rates));
    }
    beside(order, redis, &best, &mut report).await?;
    report.print();
    Ok(())
}

/// Redis before anything else has filled the disk's queue; `None` without Redis.
fn others_first(order: &Order) -> Result<Option<f64>, Box<dyn Error>> {
    if !tools::has("redis-server") || !tools::has("redis-benchmark") {
        eprintln!("No redis-server, so nothing is compared with it: apt-get install redis-server");
        return Ok(None);
    }
    let redis = Redis::start(&order.folder.join("redis"), REDIS_PORT)?;
    Ok(Some(redis.claims(64, 200_000)?))
}

struct Rush {
    server: Server,
    kit: PathBuf,
    next: usize,
}

impl Rush {
    async fn ready(order: &Order, engine: &str, citizens: usize) -> Result<Self, Box<dyn Error>> {
        let Place { program } = Place::make(order, engine, "rush").await?;
        let kit = order.folder.join(format!("kit-{engine}"));
        let _ = std::fs::remove_dir_all(&kit);
        program.ask(&["demo", "--units", "500", "--no-serve"], "")?;
        let out = kit.to_str().ok_or("the folder's name is not UTF-8")?;
        let citizens = citizens.to_string();
        let words = ["bench", "kit", "--clock", "real", "--citizens", &citizens, "--out", out];
        program.ask(&words, "")?;
        let log = order.folder.join("rush.log");
        let server = Server::start_with(&program, &log, &["--max-connections", "8192"])?;
        Ok(Self { server, kit, next: 0 })
    }

    fn empty(&self, connections: usize) -> Result<Wrk, Box<dyn Error>> {
        let url = format!("http://{}/api/v1/empty", self.server.addr);
        tools::wrk(&url, connections, SECONDS, None)
    }

    fn claims(&mut self, connections: usize, seconds: u32) -> Result<Wrk, Box<dyn Error>> {
        let script = self.kit.join("claims.lua");
        let url = format!("http://{}", self.server.addr);
        let told = tools::wrk(&url, connections, seconds, Some((&script, self.next)))?;
        // The two threads take every other token, and one of them may be ahead.
        self.next += (told.answers * 1.2) as usize + 10_000;
        Ok(told)
    }
}

async fn curve(
    order: &Order,
    engine: &str,
    claims: usize,
    report: &mut Report,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut rush = Rush::ready(order, engine, claims.max(TOKENS * (CURVE.len() + 1))).await?;
    // A little first, so that connections and statements are there.
    rush.empty(64)?;
    rush.claims(64, 1)?;
    let mut rates = Vec::new();
    for connections in CURVE {
        let empty = rush.empty(connections)?;
        let told = rush.claims(connections, SECONDS)?;
        rates.push(told.rate);
        let peak = rates.iter().copied().fold(0.0, f64::max);
        let ratio = if connections == CURVE[2] {
            format!("{:.2} of the peak", told.rate / peak)
        } else {
            format!("{:.2}", told.rate / empty.rate)
        };
        report.row(&[
            engine.to_owned(),
            connections.to_string(),
            format!("{:.0}", empty.rate),
            format!("{:.0}", told.rate),
            ratio,
            format!("{:.1}", told.p99),
            format!("{:.0}", told.refused),
            format!("{:.0}", memory(rush.server.id(), "VmRSS:")),
        ]);
    }
    rush.server.stop()?;
    Ok(rates)
}

/// What an engineer would have picked instead.
async fn beside(
    order: &Order,
    before: Option<f64>,
    best: &[(String, Vec<f64>)],
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    report.table("Beside", &["what", "/s", "ours beside it"]);
    let ratios = |rate: f64| {
        let of = best.iter().map(|(engine, rates)| {
            let at_64 = rates.first().copied().unwrap_or_default();
            let peak = rates.iter().copied().fold(0.0, f64::max);
            format!("{engine} ×{:.2} at 64, ×{:.2} at its best", at_64 / rate, peak / rate)
        });
        of.collect::<Vec<_>>().join("; ")
    };
    if let Some(before) = before {
        let after = Redis::start(&order.folder.join("redis"), REDIS_PORT)?.claims(64, 200_000)?;
        for (when, rate) in [("before", before), ("after", after)] {
            let what = format!("Redis, Lua, appendfsync always, 64 connections, {when}");
            report.row(&[what, format!("{rate:.0}"), ratios(rate)]);
        }
    }
    let (Some(server), Some(pgbench)) = (&order.postgres, tools::pgbench()) else {
        eprintln!("No PostgreSQL or no pgbench, so nothing is compared with it.");
        return Ok(());
    };
    let mut admin = PgConnection::connect(server).await?;
    admin
        .execute(
            "DROP TABLE IF EXISTS naive_stock, naive_claim; \
             CREATE TABLE naive_stock (id INT PRIMARY KEY, remaining INT NOT NULL); \
             CREATE TABLE naive_claim (batch INT, citizen INT, PRIMARY KEY (batch, citizen)); \
             INSERT INTO naive_stock VALUES (1, 1000000000)",
        )
        .await?;
    let rate = tools::row_at_a_time(&pgbench, server, &order.folder, 2 * SECONDS)?;
    let what = "PostgreSQL, a transaction for each claim, one stock row, 32 clients".to_owned();
    report.row(&[what, format!("{rate:.0}"), ratios(rate)]);
    admin.execute("DROP TABLE naive_stock, naive_claim").await?;
    Ok(())
}

/// Many claims of one batch: what one costs at the beginning and at the end, and what the server
/// keeps in memory.
pub async fn millions(order: &Order, claims: usize) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(&order.folder)?;
    let mut report = Report::default();
    report.table(
        "Many claims of one batch, 64 connections",
        &["engine", "claims so far", "claims, /s", "processor of the server, µs each", "own MB"],
    );
    for engine in &order.engines {
        let mut rush = Rush::ready(order, engine, claims / 4 * 5 + 2 * TOKENS).await?;
        let (mut so_far, mut told_at) = (0.0, 0.0);
        while so_far < claims as f64 {
            let used = rush.server.processor();
            let told = rush.claims(64, 2 * SECONDS)?;
            so_far += told.answers;
            let micros = (rush.server.processor() - used) * 1e6 / told.answers.max(1.0);
            if so_far < 1e6 || so_far - told_at >= 1e6 || so_far >= claims as f64 {
                told_at = so_far;
                report.row(&[
                    engine.clone(),
                    format!("{so_far:.0}"),
                    format!("{:.0}", told.rate),
                    format!("{micros:.1}"),
                    format!("{:.0}", rush.server.memory().1),
                ]);
            }
        }
        rush.server.stop()?;
    }
    report.print();
    Ok(())
}
