//! The real binary as a process of its own: started, listened to, told to stop, killed.
//!
//! Two of them on one PostgreSQL are two nodes:
//!
//! ```text
//! let place = db.place();
//! let one = Server::start(BINARY, &place, Clock::new().now());
//! let other = Server::start(BINARY, &place, Clock::new().now());
//! ```

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use jiff::Timestamp;

/// A server process; gone when dropped, so that a failed test leaves none behind.
pub struct Server {
    child: Child,
    addr: String,
    _out: BufReader<ChildStdout>,
    log: Receiver<String>,
}

impl Server {
    /// Starts `binary serve` on the database that `place` names (`--data DIR`, or
    /// `--database-url URL`), with its clock at this instant, on a free port; answers once it
    /// listens. Told to stop, it waits one second for what it has begun.
    ///
    /// # Panics
    /// When it does not start, or says something else than that it listens.
    pub fn start(binary: &str, place: &[String], clock: Timestamp) -> Self {
        let mut child = Command::new(binary)
            .args(["serve", "--addr", "127.0.0.1:0", "--log-format", "json"])
            .args(["--log-level", "info", "--shutdown-seconds", "1"])
            .args(["--clock", &clock.to_string()])
            .args(place)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let log = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("it says something");
        let addr = line.strip_prefix("listening on http://").expect("the promised line");
        let addr = addr.trim_end().to_owned();
        Self { child, addr, _out: out, log: listen(log) }
    }

    /// `HOST:PORT` where it listens.
    pub fn addr(&self) -> &str {
        &self.addr
    }

    /// As a power cut would: no signal that could be caught.
    ///
    /// # Panics
    /// When it ended before.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// As an operator does.
    ///
    /// # Panics
    /// When it ended before.
    pub fn terminate(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
    }

    /// Waits until it ended; its exit code, unless it was killed.
    ///
    /// # Panics
    /// When the machine lost it.
    pub fn ended(&mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }

    /// Reads the log up to a line that says one of these, of a job of this kind when one is
    /// named; answers which.
    ///
    /// # Panics
    /// When the log ends first.
    pub fn wait_for<'a>(&self, messages: &[&'a str], kind: Option<&str>) -> &'a str {
        while let Ok(line) = self.log.recv() {
            let entry: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
            let said = messages.iter().find(|message| entry["message"] == **message);
            if let Some(said) = said.filter(|_| kind.is_none_or(|kind| entry["kind"] == kind)) {
                return said;
            }
        }
        panic!("the log ended without: {messages:?}");
    }
}

/// Reads the log as it comes, so that the server never waits for a reader of it.
fn listen(log: BufReader<ChildStderr>) -> Receiver<String> {
    let (tell, hear) = channel();
    thread::spawn(move || {
        for line in log.lines().map_while(Result::ok) {
            let _ = tell.send(line);
        }
    });
    hear
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
