//! The tools that others would measure with, as child processes: wrk, Redis, pgbench.

use std::{
    error::Error,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::moment::{Watch, pause};

/// Tokens that one run with a script may use up.
pub const TOKENS: usize = 400_000;

/// What one run of wrk told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wrk {
    /// Answers in all.
    pub answers: f64,
    /// Answers in a second.
    pub rate: f64,
    /// Answers that were no 2xx.
    pub refused: f64,
    /// Milliseconds.
    pub p99: f64,
}

/// Whether a program can be run.
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    program.contains('/') && Path::new(program).exists()
        || std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

/// Runs wrk with two threads against an address, with a script or without one.
pub fn wrk(
    url: &str,
    connections: usize,
    seconds: u32,
    script: Option<(&Path, usize)>,
) -> Result<Wrk, Box<dyn Error>> {
    let mut command = Command::new("wrk");
    let (threads, connections) = ("-t2", format!("-c{connections}"));
    command.args([threads, &connections, &format!("-d{seconds}s"), "--latency"]);
    command.args(["--timeout", "10s"]);
    if let Some((script, first)) = script {
        let kit = script.parent().ok_or("the script lies nowhere")?;
        command.arg("-s").arg(script).env("KIT", kit).env("FIRST", first.to_string());
        command.env("COUNT", TOKENS.to_string());
    }
    let out = command.arg(url).output()?;
    let text = String::from_utf8(out.stdout)?;
    if !out.status.success() {
        return Err(format!("wrk: {}", String::from_utf8_lossy(&out.stderr)).into());
    }
    Ok(read(&text))
}

fn read(text: &str) -> Wrk {
    let after = |label: &str| {
        let (_, rest) = text.split_once(label)?;
        Some(rest.split_whitespace().next()?.trim_end_matches(',').to_owned())
    };
    let number = |label| after(label).and_then(|text| text.parse().ok()).unwrap_or_default();
    let millis = |label| after(label).map_or(0.0, |text| millis(&text));
    let before = |label: &str| text.split_once(label)?.0.split_whitespace().last()?.parse().ok();
    Wrk {
        answers: before(" requests in").unwrap_or_default(),
        rate: number("Requests/sec:"),
        refused: number("Non-2xx or 3xx responses:"),
        p99: millis("99%"),
    }
}

/// `1.23ms`, `456.00us`, `1.20s`
fn millis(text: &str) -> f64 {
    for (unit, times) in [("us", 1e-3), ("ms", 1.0), ("s", 1e3)] {
        if let Some(number) = text.strip_suffix(unit) {
            return number.parse::<f64>().unwrap_or_default() * times;
        }
    }
    0.0
}

/// A Redis that writes each command to the disk before it answers; gone when dropped.
pub struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    /// Starts it in an empty folder.
    pub fn start(folder: &Path, port: u16) -> Result<Self, Box<dyn Error>> {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder)?;
        let port_text = port.to_string();
        let child = Command::new("redis-server")
            .args(["--port", &port_text, "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "yes", "--appendfsync", "always", "--dir"])
            .arg(folder)
            .stdout(Stdio::null())
            .spawn()?;
        let redis = Self { child, port };
        let watch = Watch::start();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if watch.seconds() > 10.0 {
                return Err("Redis did not listen".into());
            }
            pause();
        }
        Ok(redis)
    }

    /// Claims in a second: a script that notes the citizen and takes one off the stock.
    pub fn claims(&self, clients: usize, claims: usize) -> Result<f64, Box<dyn Error>> {
        const SCRIPT: &str = "if redis.call('SADD',KEYS[1],ARGV[1])==1 then \
             if redis.call('DECR',KEYS[2])>=0 then return 1 end end return 0";
        let out = Command::new("redis-benchmark")
            .args(["-p", &self.port.to_string(), "-c", &clients.to_string()])
            .args(["-n", &claims.to_string(), "-r", "100000000", "-q", "EVAL", SCRIPT])
            .args(["2", "claimed", "stock", "__rand_int__"])
            .output()?;
        let text = String::from_utf8(out.stdout)?.replace('\r', "\n");
        let line = text.lines().rev().find(|line| line.contains("requests per second"));
        let words = line.and_then(|line| line.split("requests per second").next());
        let rate = words.and_then(|words| words.split_whitespace().last()?.parse().ok());
        Ok(rate.ok_or("redis-benchmark said nothing of its rate")?)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// pgbench, beside the server's other programs.
pub fn pgbench() -> Option<PathBuf> {
    if has("pgbench") {
        return Some("pgbench".into());
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let found = versions.flatten().map(|version| version.path().join("bin/pgbench"));
    found.filter(|path| path.exists()).max()
}

/// Claims in a second as an engineer would write them first: a transaction for each, which takes
/// one off the stock's row and adds a row for the citizen.
pub fn row_at_a_time(
    pgbench: &Path,
    address: &str,
    folder: &Path,
    seconds: u32,
) -> Result<f64, Box<dyn Error>> {
    let script = folder.join("row-at-a-time.sql");
    std::fs::write(
        &script,
        "\\set citizen random(1, 2000000000)\nBEGIN;\n\
         UPDATE naive_stock SET remaining = remaining - 1 WHERE id = 1 AND remaining > 0;\n\
         INSERT INTO naive_claim (batch, citizen) VALUES (1, :citizen) ON CONFLICT DO NOTHING;\n\
         COMMIT;\n",
    )?;
    let out = Command::new(pgbench)
        .args(["-n", "-c", "32", "-j", "2", "-T", &seconds.to_string(), "-f"])
        .arg(&script)
        .arg(address)
        .output()?;
    let text = String::from_utf8(out.stdout)?;
    let rate = text.split_once("tps = ").and_then(|(_, rest)| rest.split_whitespace().next());
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    Ok(rate.and_then(|rate| rate.parse().ok()).ok_or(said)?)
}
