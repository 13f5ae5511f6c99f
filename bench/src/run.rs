//! Everything, in one run that ends by itself.

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::{
    asks::Register,
    fill,
    http::Client,
    import::{self, median},
    moment::{Watch, now},
    report::{Report, four},
    scan,
    scenarios::{LOADED, Who, effort, play},
    server::{Program, Server},
    sheet,
};

/// What the environment asks for.
pub struct Order {
    /// `target/release/tongpin`
    pub program: PathBuf,
    /// A Python that has openpyxl; without it there is nothing to compare the import with.
    pub python: Option<String>,
    /// Where to work; emptied first.
    pub folder: PathBuf,
    /// How many units.
    pub units: usize,
    /// Sizes of the table of growth.
    pub sizes: Vec<usize>,
    /// `sqlite`, `postgres`
    pub engines: Vec<String>,
    /// Rounds of which the middle one counts.
    pub rounds: usize,
    /// The server that may be given databases.
    pub postgres: Option<String>,
}

const FOUR: &str = "p50 / p90 / p99 / max, ms";

/// Measures.
pub async fn run(order: &Order) -> Result<(), Box<dyn Error>> {
    let watch = Watch::start();
    std::fs::create_dir_all(&order.folder)?;
    let mut report = Report::default();
    if let Some(python) = &order.python {
        imports(order, python, &mut report).await?;
    }
    let mut filled = Vec::new();
    for engine in &order.engines {
        let place = Place::make(order, engine, "city").await?;
        filled.push((engine.as_str(), serve_ready(order, place, order.units).await?));
    }
    starts(order, &filled, &mut report).await?;
    loads(order, &filled, &mut report).await?;
    grows(order, filled, &mut report).await?;
    report.print();
    println!("\n{:.0} s in all, {} units.", watch.seconds(), order.units);
    Ok(())
}

/// A database to measure on.
pub struct Place {
    /// The program on it.
    pub program: Program,
}

impl Place {
    /// An empty one: what had this name before is gone.
    pub async fn make(order: &Order, engine: &str, name: &str) -> Result<Self, Box<dyn Error>> {
        let place = if engine == "postgres" {
            let server = order.postgres.as_ref().ok_or("TONGPIN_TEST_POSTGRES is not set")?;
            let (before, _) = server.rsplit_once('/').ok_or("TONGPIN_TEST_POSTGRES names none")?;
            let mut admin = PgConnection::connect(server).await?;
            let name = format!("bench_{name}");
            admin.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).await?;
            admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
            format!("{before}/{name}")
        } else {
            let folder = order.folder.join(name);
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
            folder.to_str().ok_or("the folder's name is not UTF-8")?.to_owned()
        };
        Ok(Self { program: Program { path: order.program.clone(), place } })
    }
}

/// The import, round by round beside Python, so that a busy moment hits both.
async fn imports(order: &Order, python: &str, report: &mut Report) -> Result<(), Box<dyn Error>> {
    let file = order.folder.join("ledger.xlsx");
    sheet::write(order.units, &file)?;
    report.table(
        "Import",
        &["engine", "rows", "import, s", "openpyxl reads it, s", "ratio", "peak memory, MB"],
    );
    for engine in &order.engines {
        let (mut ours, mut theirs, mut peak) = (Vec::new(), Vec::new(), 0.0_f64);
        for _ in 0..order.rounds {
            theirs.push(import::openpyxl(python, &file)?.seconds);
            let place = Place::make(order, engine, "import").await?;
            fill::city_alone(&place.program.place).await?;
            let ran = import::tongpin(&place.program, &file, order.units)?;
            ours.push(ran.seconds);
            peak = peak.max(ran.peak);
        }
        let (ours, theirs) = (median(ours), median(theirs));
        report.row(&[
            engine.clone(),
            order.units.to_string(),
            format!("{ours:.2}"),
            format!("{theirs:.2}"),
            format!("{:.2}", ours / theirs),
            format!("{peak:.0}"),
        ]);
    }
    Ok(())
}

/// Asks one filled database the questions under load; `only` cuts to those whose name has it.
pub async fn ask(
    program: &Path,
    place: &str,
    only: &str,
    requests: usize,
) -> Result<(), Box<dyn Error>> {
    let program = Program { path: program.to_owned(), place: place.to_owned() };
    // A database that was asked before has the account already.
    let _ = make_administrator(&program);
    let token = program.ask(&["token", "create", "--account", "bench"], "")?;
    let who = Who { token };
    let log = std::env::temp_dir().join(format!("bench-ask-{}.log", std::process::id()));
    let server = Server::start(&program, &log)?;
    let watch = Watch::start();
    let register = learn(&server, &who).await?;
    if let Some(seconds) = server.wait_for_copy(&watch, register.total)? {
        println!("the copy was in memory {seconds:.1} s after the first question");
    }
    for scenario in LOADED.iter().filter(|one| one.name.contains(only)) {
        play(&server, &who, &register, scenario, 1 << 20, effort(32, 640, 20)).await?;
        let came = play(&server, &who, &register, scenario, 0, effort(32, requests, 20)).await?;
        println!(
            "{:30} {:34} {:7.0}/s {:6.3} ms of processor, {} errors, {:.0} MB",
            scenario.name,
            four(came.server),
            came.rate,
            came.processor,
            came.errors,
            server.memory().1,
        );
    }
    server.stop()?;
    std::fs::remove_file(&log)?;
    Ok(())
}

struct Ready {
    place: Place,
    who: Who,
    filled: fill::Filled,
}

/// Fills a database, and makes an administrator with a token.
async fn serve_ready(_: &Order, place: Place, units: usize) -> Result<Ready, Box<dyn Error>> {
    let db = fill::open(&place.program.place).await?;
    let filled = fill::fill(&db, units).await?;
    db.close().await;
    if place.program.place.starts_with("postgres") {
        // As autovacuum would do within a minute.
        let mut admin = PgConnection::connect(&place.program.place).await?;
        admin.execute(AssertSqlSafe("VACUUM ANALYZE".to_owned())).await?;
    }
    make_administrator(&place.program)?;
    let token = place.program.ask(&["token", "create", "--account", "bench"], "")?;
    eprintln!("filled {units}: {} puts in {:.1} s", filled.puts, filled.seconds);
    Ok(Ready { place, who: Who { token }, filled })
}

fn make_administrator(program: &Program) -> Result<(), Box<dyn Error>> {
    let account = [
        "account",
        "create",
        "--name",
        "bench",
        "--display",
        "测速",
        "--role",
        "administrator",
        "--scope",
        "city",
        "--password-stdin",
    ];
    program.ask(&account, "Correct-Horse-42\n")?;
    Ok(())
}

/// From start to the first answered page, memory at rest, and what a phone loads first.
async fn starts(
    order: &Order,
    filled: &[(&str, Ready)],
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    report.table(
        "Start, memory, first page",
        &["engine", "start to first page, ms", "idle memory, MB", "first visit, KB"],
    );
    for (engine, ready) in filled {
        let mut millis = Vec::new();
        let (mut idle, mut weight) = (0.0_f64, 0);
        for _ in 0..order.rounds {
            let watch = Watch::start();
            let server = Server::start(&ready.place.program, &order.folder.join("start.log"))?;
            let mut client = Client::connect(&server.addr, "Accept-Encoding: br, gzip\r\n").await?;
            let page = client.get("/login").await?;
            millis.push(watch.seconds() * 1e3);
            if page.status != 200 {
                return Err(format!("the first page answered {}", page.status).into());
            }
            weight = first_visit(&server.addr, page.body.len()).await?;
            idle = idle.max(server.memory().0);
            server.stop()?;
        }
        report.row(&[
            (*engine).to_owned(),
            format!("{:.0}", median(millis)),
            format!("{idle:.0}"),
            format!("{:.1}", weight as f64 / 1024.0),
        ]);
    }
    Ok(())
}

/// The sign-in page and every asset that it names, as sent.
async fn first_visit(addr: &str, page: usize) -> Result<usize, Box<dyn Error>> {
    let mut plain = Client::connect(addr, "").await?;
    let text = String::from_utf8(plain.get("/login").await?.body)?;
    let mut client = Client::connect(addr, "Accept-Encoding: br, gzip\r\n").await?;
    let mut weight = page;
    let mut names: Vec<&str> =
        text.split('"').filter(|part| part.starts_with("/assets/")).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        weight += client.get(name).await?.body.len();
    }
    Ok(weight)
}

async fn loads(
    order: &Order,
    filled: &[(&str, Ready)],
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let server_time = format!("server time, {FOUR}");
    let client_time = format!("at the client, {FOUR}");
    report.table(
        "32 connections",
        &[
            "engine",
            "question",
            &server_time,
            &client_time,
            "answers/s",
            "server's processor, ms each",
            "errors",
        ],
    );
    let mut ratios: Vec<Beside> = Vec::new();
    for (engine, ready) in filled {
        let server = Server::start(&ready.place.program, &order.folder.join("load.log"))?;
        let watch = Watch::start();
        let register = learn(&server, &ready.who).await?;
        let copied = server.wait_for_copy(&watch, register.total)?;
        for scenario in LOADED {
            // A little first, so that connections and statements are there; then the measure.
            play(&server, &ready.who, &register, scenario, 1 << 20, effort(32, 320, 10)).await?;
            let hard = effort(32, 6_000, 15);
            let came = play(&server, &ready.who, &register, scenario, 0, hard).await?;
            report.row(&[
                (*engine).to_owned(),
                scenario.name.to_owned(),
                four(came.server),
                four(came.client),
                format!("{:.0}", came.rate),
                format!("{:.2}", came.processor),
                came.errors.to_string(),
            ]);
        }
        let (_, own) = server.memory();
        server.stop()?;
        let sums = sums_and_scan(order, ready).await?;
        ratios.push(((*engine).to_owned(), sums, own, copied.unwrap_or_default()));
    }
    sums_beside_scans(ratios, report);
    Ok(())
}

/// Engine, sums and scan in milliseconds, own memory in MB, seconds until the copy stood.
type Beside = (String, (f64, f64), f64, f64);

fn sums_beside_scans(ratios: Vec<Beside>, report: &mut Report) {
    report.table(
        "Running sums, as a whole answer, beside a plain GROUP BY over the states, fresh dates",
        &[
            "engine",
            "sums, p50 ms",
            "GROUP BY, p50 ms",
            "ratio",
            "own memory after load, MB",
            "copy in memory after the first question, s",
        ],
    );
    for (engine, (sums, counted), own, copied) in ratios {
        report.row(&[
            engine,
            format!("{sums:.2}"),
            format!("{counted:.2}"),
            format!("{:.1}", counted / sums),
            format!("{own:.0}"),
            format!("{copied:.1}"),
        ]);
    }
}

async fn learn(server: &Server, who: &Who) -> Result<Arc<Register>, Box<dyn Error>> {
    let headers = format!("Authorization: Bearer {}\r\n", who.token);
    let mut client = Client::connect(&server.addr, &headers).await?;
    let today = kernel::time::civil_date(now());
    Ok(Arc::new(Register::learn(&mut client, today).await?))
}

/// How many plain scans are timed.
const SCANS: usize = 20;

/// Medians of one connection on a fresh server, so that hardly any date was asked before.
async fn sums_and_scan(order: &Order, ready: &Ready) -> Result<(f64, f64), Box<dyn Error>> {
    let server = Server::start(&ready.place.program, &order.folder.join("ratio.log"))?;
    let register = learn(&server, &ready.who).await?;
    let coverage = &LOADED[0];
    let sums = play(&server, &ready.who, &register, coverage, 0, effort(1, 200, 10)).await?;
    server.stop()?;
    let scanned = scan::scan(&ready.place.program.place, &register, SCANS).await?;
    Ok((sums.server.p50, scanned.p50))
}

/// One connection, server time, as the register grows.
async fn grows(
    order: &Order,
    filled: Vec<(&str, Ready)>,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let mut head = vec!["engine", "units", "puts/s"];
    head.extend(LOADED.iter().map(|scenario| scenario.name));
    head.extend(["own memory, MB", "plain GROUP BY"]);
    report.table("One connection, server time p50 (p99) in ms, as units grow", &head);
    for (engine, ready) in filled {
        for units in &order.sizes {
            if *units == order.units {
                report.row(&grown(order, engine, &ready).await?);
                continue;
            }
            let place = Place::make(order, engine, "grown").await?;
            let other = serve_ready(order, place, *units).await?;
            report.row(&grown(order, engine, &other).await?);
        }
    }
    Ok(())
}

async fn grown(order: &Order, engine: &str, ready: &Ready) -> Result<Vec<String>, Box<dyn Error>> {
    let server = Server::start(&ready.place.program, &order.folder.join("grown.log"))?;
    let watch = Watch::start();
    let register = learn(&server, &ready.who).await?;
    server.wait_for_copy(&watch, register.total)?;
    let rate = ready.filled.puts as f64 / ready.filled.seconds;
    let mut cells = vec![engine.to_owned(), ready.filled.units.to_string(), format!("{rate:.0}")];
    for scenario in LOADED {
        // What the first question sets going has ended before the others are timed.
        play(&server, &ready.who, &register, scenario, 1 << 20, effort(1, 20, 5)).await?;
        let came = play(&server, &ready.who, &register, scenario, 0, effort(1, 300, 5)).await?;
        cells.push(format!("{:.1} ({:.1})", came.server.p50, came.server.p99));
    }
    cells.push(format!("{:.0}", server.memory().1));
    server.stop()?;
    let scanned = scan::scan(&ready.place.program.place, &register, SCANS).await?;
    cells.push(format!("{:.1} ({:.1})", scanned.p50, scanned.p99));
    Ok(cells)
}

/// The folder to work in, below the build's own.
pub fn folder(program: &Path) -> PathBuf {
    let target = program.parent().and_then(Path::parent).unwrap_or_else(|| Path::new("target"));
    target.join("bench")
}
