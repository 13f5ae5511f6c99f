//! The server under measurement: a child process, its own log, its memory.

use std::{
    error::Error,
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::moment::{Watch, pause};

/// Ticks in a second, on every Linux that is in use.
const TICKS: f64 = 100.0;

/// The program that is measured.
pub struct Program {
    /// `target/release/tongpin`
    pub path: PathBuf,
    /// A folder (SQLite) or an address (PostgreSQL).
    pub place: String,
}

impl Program {
    /// The program with its database and these words.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        let flag = if self.place.starts_with("postgres") { "--database-url" } else { "--data" };
        command.args(words).args([flag, &self.place]);
        command
    }

    /// Runs it to its end; answers what it printed.
    pub fn ask(&self, words: &[&str], input: &str) -> Result<String, Box<dyn Error>> {
        use std::io::Write as _;
        let mut child = self.command(words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let answer = child.wait_with_output()?;
        if !answer.status.success() {
            return Err(format!("tongpin {words:?} ended with {}", answer.status).into());
        }
        Ok(String::from_utf8(answer.stdout)?.trim().to_owned())
    }
}

/// A running server; gone when dropped.
pub struct Server {
    child: Child,
    /// `127.0.0.1:40123`
    pub addr: String,
    log: PathBuf,
}

impl Server {
    /// Starts it on a free port, its log as JSON lines in a file, and waits until it listens.
    pub fn start(program: &Program, log: &Path) -> Result<Self, Box<dyn Error>> {
        Self::start_with(program, log, &[])
    }

    /// The same with more flags.
    pub fn start_with(
        program: &Program,
        log: &Path,
        flags: &[&str],
    ) -> Result<Self, Box<dyn Error>> {
        let words = ["serve", "--addr", "127.0.0.1:0", "--log-format", "json"];
        let mut child = program
            .command(&words)
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log)?)
            .spawn()?;
        let out = child.stdout.take().ok_or("the server has no stdout")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let addr = line.trim().strip_prefix("listening on http://").map(str::to_owned);
        let mut server = Self { child, addr: String::new(), log: log.to_owned() };
        server.addr = addr.ok_or_else(|| format!("the server said `{}`", line.trim()))?;
        Ok(server)
    }

    /// Waits until the copy of the register stands, as the log tells; a register that is too
    /// small or too large for one is not waited for. Answers the seconds since `watch`.
    pub fn wait_for_copy(
        &self,
        watch: &Watch,
        units: usize,
    ) -> Result<Option<f64>, Box<dyn Error>> {
        if !(2_001..=1_500_000).contains(&units) {
            return Ok(None);
        }
        while watch.seconds() < 120.0 {
            if std::fs::read_to_string(&self.log)?.contains("the register is in memory") {
                return Ok(Some(watch.seconds()));
            }
            pause();
        }
        Err("the register was not copied within two minutes".into())
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where its log ends now.
    pub fn log_end(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |log| log.len())
    }

    /// The microseconds of every answer since that place in the log.
    pub fn micros_since(&self, begin: u64) -> Result<Vec<u64>, Box<dyn Error>> {
        let mut log = File::open(&self.log)?;
        log.seek(SeekFrom::Start(begin))?;
        let mut text = String::new();
        log.read_to_string(&mut text)?;
        let line = |line: &str| {
            let line: Value = serde_json::from_str(line).ok()?;
            // A number too wide for JSON's readers is written as text.
            let micros = &line["micros"];
            let number = || micros.as_u64().or_else(|| micros.as_str()?.parse().ok());
            (line["message"] == "answered").then(number)?
        };
        Ok(text.lines().filter_map(line).collect())
    }

    /// Resident memory, and of it what is its own: not the database file's pages, which every
    /// reader maps and which the count has once for each of them. In MB.
    pub fn memory(&self) -> (f64, f64) {
        let of = |field| memory(self.child.id(), field);
        (of("VmRSS:"), of("RssAnon:"))
    }

    /// Seconds of processor time that it has used, in itself and in the kernel. Unlike the time
    /// of an answer it says the same on a busy machine.
    pub fn processor(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        // The name stands in brackets and may hold anything; fields are counted behind it.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks = |place| fields.split_whitespace().nth(place)?.parse::<f64>().ok();
        (ticks(11).unwrap_or_default() + ticks(12).unwrap_or_default()) / TICKS
    }

    /// Asks it to stop, and waits.
    pub fn stop(mut self) -> Result<(), Box<dyn Error>> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `stop`; then both fail, as they should.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One field of what the kernel says of a process's memory, in MB; zero when it is gone.
pub fn memory(id: u32, field: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    number.unwrap_or_default() / 1024.0
}
