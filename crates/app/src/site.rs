//! Opens the database and joins the parts of a running site.

use std::sync::Arc;

use db::Db;
use kernel::{Actor, Clock, Cx, Keys};
use organisations::UnitCounts;
use places::CountsPart;
use web::{Site, State};

use crate::{
    Failure,
    clock::ClockKind,
    config::{Config, Database},
    directory::House,
    real::{SystemClock, SystemRng},
    routes,
};

/// Opens the database that the settings name, and brings it to this binary's shape.
///
/// # Errors
/// [`Failure::Cannot`] when it does not open or was made by another line of the binary.
pub async fn open(database: &Database, cx: &Cx) -> Result<Db, Failure> {
    let db = open_as_it_is(database).await?;
    let ran = db::migrate::migrate(&db, cx).await?;
    if ran > 0 {
        tracing::info!(ran, "migrations ran");
    }
    Ok(db)
}

/// Opens the database without changing its shape.
///
/// # Errors
/// [`Failure::Cannot`] when it does not open.
pub async fn open_as_it_is(database: &Database) -> Result<Db, Failure> {
    Ok(match database {
        Database::Folder(folder) => Db::open_sqlite(folder).await?,
        Database::Server(address) => Db::open_postgres(address).await?,
    })
}

/// The context of a command at the machine's own command line.
pub fn command_cx(name: &'static str) -> Cx {
    Cx::new(&SystemClock, Arc::new(SystemRng), Actor::System { name })
}

/// The same on a chosen clock, for a register that lives in its own time.
pub fn command_cx_at(clock: ClockKind, name: &'static str) -> Cx {
    Cx::new(&*clock.start(), Arc::new(SystemRng), Actor::System { name })
}

/// Joins the parts.
pub fn state(config: &Config, db: Db, clock: Arc<dyn Clock>, keys: Keys) -> State {
    let door = Box::new(citizens::Door::new(&keys));
    let site = Site {
        city: config.city.name.clone(),
        demo: config.city.demo_label,
        phone: config.city.phone.clone(),
        secure_cookies: config.web.secure_cookies,
        nav: routes::nav(),
        upload_limit: config.web.upload_limit,
        keys,
        proxies: config.web.proxies.clone(),
    };
    let state = State::new(db, clock, Arc::new(SystemRng), site, door);
    let in_time = citizens::configure(&state, config.sms.citizens());
    debug_assert!(in_time, "citizens came before their door was told its settings");
    let in_time = vouchers::configure(&state, config.rush);
    debug_assert!(in_time, "claims came before they were told how often they may");
    furnish(&state, config.rules());
    state
}

/// Tells the domains what the house decides: how strict the door is, what its scopes are called.
pub fn furnish(state: &State, rules: people::Rules) {
    let settings = people::Settings { rules, directory: Arc::new(House) };
    let in_time = people::configure(state, settings);
    debug_assert!(in_time, "the door was used before it was told its rules");
    join(state);
}

/// Tells the domains of each other, where one shows what a later one knows.
pub fn join(state: &State) {
    state.part::<CountsPart>().provide(Arc::new(UnitCounts));
    vouchers::install(state);
    sales::install(state);
    challenges::install(state);
}

/// Whether this is the demo city, which says so in the first line of its journal: its pages are
/// labelled, however it is served.
///
/// # Errors
/// [`Failure::Cannot`] when the database cannot be read.
pub async fn is_demo(db: &Db) -> Result<bool, Failure> {
    let mut tx = db.read().await?;
    let first = db::journal::page(&mut tx, Some(2), None, None, 1).await?;
    Ok(first.first().is_some_and(|entry| entry.seq == 1 && entry.verb == crate::demo::BEGUN))
}

/// A context before there is a site, on the clock that the site will have.
pub fn start_cx(clock: ClockKind) -> (Arc<dyn Clock>, Cx) {
    let clock = clock.start();
    let cx = Cx::new(&*clock, Arc::new(SystemRng), Actor::System { name: "serve" });
    (clock, cx)
}
