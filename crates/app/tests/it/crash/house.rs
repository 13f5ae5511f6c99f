//! A database that outlives the processes which serve it, and those processes.

use std::{
    cell::Cell,
    io::Write as _,
    process::{Command, Stdio},
};

use db::Db;
use jiff::{SignedDuration, Timestamp, civil::Date};
use places::PlaceId;
use tempfile::TempDir;
use testkit::{Engine, TestDb, server::Server, wire::Client};

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
    /// The file of the site's secret lies here: all processes have the same.
    secret: TempDir,
    starts: Cell<i32>,
    token: String,
    pub mall: PlaceId,
}

/// The site's secret, thirty-two times.
pub(super) const SECRET: u8 = 7;

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
        let secret = TempDir::with_prefix("tongpin-secret-").expect("a folder");
        let text = format!("{SECRET:02x}").repeat(32);
        std::fs::write(secret.path().join("secret"), text).expect("a file");
        let (starts, token, mall) = (Cell::new(0), String::new(), nowhere());
        let mut house = Self { runtime, place, secret, starts, token, mall };
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
        command.args(words).args(self.place());
        command
    }

    fn place(&self) -> Vec<String> {
        let mut words = match &self.place {
            Place::Folder(folder) => vec!["--data".into(), folder.path().display().to_string()],
            Place::Server(db) => db.place(),
        };
        let secret = self.secret.path().join("secret");
        words.extend(["--secret-file".into(), secret.display().to_string()]);
        words
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
    pub fn serve(&self) -> Server {
        let clock = START + LATER * self.starts.replace(self.starts.get() + 1);
        Server::start(env!("CARGO_BIN_EXE_tongpin"), &self.place(), clock)
    }

    /// Starts one of several servers whose clocks tell the same.
    pub fn serve_beside(&self) -> Server {
        Server::start(env!("CARGO_BIN_EXE_tongpin"), &self.place(), START)
    }

    pub fn client(&self, running: &Server) -> Client {
        Client::with_token(running.addr(), &self.token)
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

fn nowhere() -> PlaceId {
    testkit::cx().new_id()
}
