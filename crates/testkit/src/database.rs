//! A fresh database for one test: a folder for SQLite, a clone of a migrated template for
//! PostgreSQL.

use std::{
    fmt::Write as _,
    ops::Deref,
    path::Path,
    str::FromStr as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use db::{Db, Engine, OpenError, migrate::MIGRATIONS};
use kernel::{Actor, Cx};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};
use sqlx::{Row as _, postgres::PgConnectOptions};
use tempfile::TempDir;

use crate::{Clock, Rng, SYSTEM};

/// Names the server that tests may make databases on.
const SERVER: &str = "TONGPIN_TEST_POSTGRES";
/// Questions after which nobody waits for a lock: each is a round trip, so this is half a minute
/// or more.
const LOOKS: u32 = 200_000;

/// How a PostgreSQL database sorts text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locale {
    /// By code point, as the product requires.
    C,
    /// By a language's rules, from ICU, while the C library's name for the collation is still C.
    English,
    /// C, but encoded in `SQL_ASCII`.
    NoEncoding,
}

/// A database that one test has to itself, with a clock and an rng. Cheap to clone; dereferences
/// to [`Db`].
#[derive(Clone)]
pub struct TestDb {
    db: Db,
    place: Arc<Place>,
    /// The time in this test; [`cx`](Self::cx) reads it.
    pub clock: Arc<Clock>,
    /// The randomness in this test.
    pub rng: Arc<Rng>,
}

enum Place {
    Folder(TempDir),
    Server { name: String, address: String },
}

impl Deref for TestDb {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

impl TestDb {
    /// A migrated database without any records.
    ///
    /// # Panics
    /// When there is no PostgreSQL server to make it on: a test that cannot run has not passed.
    pub async fn open(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let open = Self::empty(engine).await;
                db::migrate::migrate(&open, &open.cx()).await.expect("the migrations run");
                open
            }
            Engine::Postgres => {
                let mut server = Server::connect().await;
                let template = server.template().await;
                let name = fresh_name();
                server.run(format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
                Self::on_server(name).await.expect("a database that was just made opens")
            }
        }
    }

    /// A database in which no migration ran.
    ///
    /// # Panics
    /// When it cannot be made, as [`open`](Self::open) does.
    pub async fn empty(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = TempDir::with_prefix("tongpin-test-").expect("a temporary folder");
                let db = Db::open_sqlite(folder.path()).await.expect("a new file opens");
                Self::made(db, Place::Folder(folder))
            }
            Engine::Postgres => {
                Self::collated(Locale::C).await.expect("a database that was just made opens")
            }
        }
    }

    /// A PostgreSQL database in which no migration ran, sorting text as told.
    pub async fn collated(locale: Locale) -> Result<Self, OpenError> {
        let name = fresh_name();
        let mut server = Server::connect().await;
        server.run(format!("CREATE DATABASE {name} {}", locale.clause())).await;
        Self::on_server(name).await
    }

    async fn on_server(name: String) -> Result<Self, OpenError> {
        let options = server_options().database(&name);
        let address = options.to_url_lossy().to_string();
        let db = Db::open_postgres(&address).await?;
        Ok(Self::made(db, Place::Server { name, address }))
    }

    fn made(db: Db, place: Place) -> Self {
        let clock = Arc::new(Clock::new());
        Self { db, place: Arc::new(place), clock, rng: Arc::new(Rng::seeded(1)) }
    }

    /// Opens the same database once more, as a second node or a command beside the server would.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn second_node(&self) -> Db {
        match &*self.place {
            Place::Folder(folder) => Db::open_sqlite(folder.path()).await,
            Place::Server { address, .. } => Db::open_postgres(address).await,
        }
        .expect("a database that is open opens again")
    }

    /// A second node of this test: the same database, clock and rng, with connections of its own.
    /// A site over it has caches and meters of its own too, as another process would; see
    /// [`server`](crate::server) for real ones.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn node(&self) -> Self {
        Self { db: self.second_node().await, ..self.clone() }
    }

    /// What names this database on the binary's command line.
    pub fn place(&self) -> Vec<String> {
        let (flag, place) = match &*self.place {
            Place::Folder(folder) => ("--data", folder.path().display().to_string()),
            Place::Server { address, .. } => ("--database-url", address.clone()),
        };
        vec![flag.to_owned(), place]
    }

    /// Lets transactions meet in an order that a test chooses: waits until a transaction on this
    /// PostgreSQL database waits for another one's lock. On SQLite a second writer waits before it
    /// begins, so there is nothing to wait for.
    ///
    /// # Panics
    /// When nobody waits for a long while.
    pub async fn until_one_waits(&self) {
        if self.engine() == Engine::Sqlite {
            return;
        }
        let ask = "SELECT count(*) FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let address = self.address().unwrap_or_default();
        let options = PgConnectOptions::from_str(address).expect("the address was made here");
        let options = options.disable_statement_logging();
        let mut watcher = PgConnection::connect_with(&options).await.expect("the server answers");
        for _ in 0..LOOKS {
            let row = sqlx::query(ask).fetch_one(&mut watcher).await;
            let waiting = row.and_then(|row| row.try_get::<i64, _>(0)).expect("it answers");
            if waiting > 0 {
                return;
            }
        }
        panic!("no transaction waits for another");
    }

    /// The folder of the SQLite file, for `--data`; none on PostgreSQL.
    pub fn folder(&self) -> Option<&Path> {
        match &*self.place {
            Place::Folder(folder) => Some(folder.path()),
            Place::Server { .. } => None,
        }
    }

    /// The address for `--database-url`; none on SQLite.
    pub fn address(&self) -> Option<&str> {
        match &*self.place {
            Place::Folder(_) => None,
            Place::Server { address, .. } => Some(address),
        }
    }

    /// A context at the clock's now, acted by [`SYSTEM`].
    pub fn cx(&self) -> Cx {
        self.cx_as(SYSTEM)
    }

    /// A context at the clock's now, acted by this actor.
    pub fn cx_as(&self, actor: Actor) -> Cx {
        Cx::new(&*self.clock, self.rng.clone(), actor)
    }

    /// Gives the room back. A test that failed leaves its database to the throw-away server.
    pub async fn drop_database(self) {
        self.db.close().await;
        if let Place::Server { name, .. } = &*self.place {
            let mut server = Server::connect().await;
            server.run(format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

impl Locale {
    const fn clause(self) -> &'static str {
        match self {
            Self::C => "TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'",
            Self::English => {
                "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C' \
                 ENCODING 'UTF8'"
            }
            Self::NoEncoding => "TEMPLATE template0 LOCALE 'C' ENCODING 'SQL_ASCII'",
        }
    }
}

/// Unique among the processes of all test runs on this server.
fn fresh_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("t_{}_{count}", std::process::id())
}

fn server_options() -> PgConnectOptions {
    let address = std::env::var(SERVER).unwrap_or_else(|_| {
        panic!(
            "{SERVER} is not set, so this test has no PostgreSQL to run on. Run `make test`, or \
             one crate with `scripts/with-postgres cargo nextest run -p CRATE`."
        )
    });
    PgConnectOptions::from_str(&address).unwrap_or_else(|why| panic!("{SERVER}: {why}"))
}

/// A connection that makes and drops databases.
struct Server(PgConnection);

impl Server {
    async fn connect() -> Self {
        let options = server_options().disable_statement_logging();
        Self(
            PgConnection::connect_with(&options).await.unwrap_or_else(|why| {
                panic!("the server that {SERVER} names does not answer: {why}")
            }),
        )
    }

    async fn run(&mut self, text: String) {
        let done = self.0.execute(sqlx::raw_sql(AssertSqlSafe(text.clone()))).await;
        done.unwrap_or_else(|why| panic!("`{text}`: {why}"));
    }

    async fn exists(&mut self, name: &str) -> bool {
        let ask = "SELECT count(*) FROM pg_database WHERE datname = $1";
        let row = sqlx::query(ask).bind(name).fetch_one(&mut self.0).await;
        row.and_then(|row| row.try_get::<i64, _>(0)).expect("the catalogue answers") > 0
    }

    /// The migrated database that tests clone. Each test is a process of its own, so the first
    /// makes it while the others wait, and it gets its name only when it is ready.
    async fn template(&mut self) -> String {
        let name = template_name();
        if self.exists(&name).await {
            return name;
        }
        self.run("SELECT pg_advisory_lock(7463002)".into()).await;
        if !self.exists(&name).await {
            let making = format!("{name}_making");
            self.run(format!("DROP DATABASE IF EXISTS {making} WITH (FORCE)")).await;
            self.run(format!("CREATE DATABASE {making} {}", Locale::C.clause())).await;
            let open = TestDb::on_server(making.clone()).await.expect("the template opens");
            db::migrate::migrate(&open, &open.cx()).await.expect("the migrations run");
            open.close().await;
            self.run(format!("ALTER DATABASE {making} RENAME TO {name}")).await;
        }
        self.run("SELECT pg_advisory_unlock(7463002)".into()).await;
        name
    }
}

/// Differs when any migration does, so that a server that stays up never serves an old shape.
fn template_name() -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in MIGRATIONS.iter().flat_map(|one| one.name.bytes().chain(one.text.bytes())) {
        // FNV-1a: it only has to differ between a handful of texts.
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut name = String::from("template_");
    let _ = write!(name, "{hash:016x}");
    name
}
