//! A database that outlives the processes which serve it, and those processes.

use std::{
    cell::Cell,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use db::Db;
use jiff::{SignedDuration, Timestamp, civil::Date};
use places::PlaceId;
use tempfile::TempDir;
use testkit::{Engine, TestDb};

use super::client::Client;
use crate::ground::found;

/// The first process starts here; each next one later, so that a lease of the one before has run
/// out on PostgreSQL, where others might still be alive.
const START: Timestamp = Timestamp::constant(1_634_688_000, 0);
const LATER: SignedDuration = SignedDuration::from_mins(2);
/// The city's date all the while.
pub(super) const TODAY: Date = Date::constant(2021, 10, 20);

enum Place {
    Folder(TempDir),
    Server(TestDb),
}

/// The database, with a small city, an administrator and a token.
pub(super) struct House {
    runtime: tokio::runtime::Runtime,
    place: Place,
    starts: Cell<i32>,
    token: String,
    pub mall: PlaceId,
}

impl House {
    pub fn build(engine: Engine) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a thread can wait");
        let place = match engine {
            // No other process may hold the file while its server is killed.
            Engine::Sqlite => {
                Place::Folder(TempDir::with_prefix("tongpin-crash-").expect("a folder"))
            }
            Engine::Postgres => Place::Server(runtime.block_on(TestDb::open(engine))),
        };
        let mut house =
            Self { runtime, place, starts: Cell::new(0), token: String::new(), mall: nowhere() };
        house.run(&["migrate"], "");
        house.mall = house.block_on(async |db| found(db, &testkit::cx()).await.1);
        let account = ["account", "create", "--name", "chen", "--display", "陈"];
        let grant = ["--role", "administrator", "--scope", "city", "--password-stdin"];
        house.run(&[&account[..], &grant].concat(), "Kunshan-2021-crash\n");
        let token = house.run(&["token", "create", "--account", "chen", "--days", "30"], "");
        token.trim().clone_into(&mut house.token);
        house
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tongpin"));
        command.args(words);
        match &self.place {
            Place::Folder(folder) => command.arg("--data").arg(folder.path()),
            Place::Server(db) => {
                command.args(["--database-url", db.address().expect("a server's database")])
            }
        };
        command
    }

    /// Runs a command to its end; what it printed.
    fn run(&self, words: &[&str], input: &str) -> String {
        let mut child = self
            .command(words)
            .args(["--log-level", "error"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{words:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Starts a server, and waits until it says that it listens.
    pub fn serve(&self) -> Running {
        let clock = START + LATER * self.starts.replace(self.starts.get() + 1);
        let mut child = self
            .command(&["serve", "--addr", "127.0.0.1:0", "--log-format", "json"])
            .args(["--log-level", "info", "--shutdown-seconds", "1"])
            .args(["--clock", &clock.to_string()])
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
        Running { child, addr, _out: out, log: listen(log) }
    }

    pub fn client(&self, running: &Running) -> Client {
        Client { addr: running.addr.clone(), token: self.token.clone() }
    }

    /// Looks at the database beside the server.
    pub fn block_on<T>(&self, look: impl AsyncFnOnce(&Db) -> T) -> T {
        self.runtime.block_on(async {
            let db = match &self.place {
                Place::Folder(folder) => Db::open_sqlite(folder.path()).await,
                Place::Server(db) => Db::open_postgres(db.address().unwrap_or_default()).await,
            };
            let db = db.expect("it opens beside the server");
            let seen = look(&db).await;
            db.close().await;
            seen
        })
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

fn nowhere() -> PlaceId {
    testkit::cx().new_id()
}

/// A server process.
pub(super) struct Running {
    child: Child,
    addr: String,
    _out: BufReader<ChildStdout>,
    log: Receiver<String>,
}

impl Running {
    /// As a power cut would: no signal that could be caught.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// As an operator does.
    pub fn terminate(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
    }

    pub fn ended(&mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }

    /// Reads the log up to a line that says one of these, of a job of this kind when one is
    /// named; answers which.
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

/// A failed test leaves no server behind.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
