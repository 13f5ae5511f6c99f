//! Every SQL statement of the product, registered where it is written.

use std::{
    io::Write as _,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::Engine;

/// One statement in its two spellings (mostly the same text), and where it stands.
#[derive(Debug)]
pub struct Statement {
    sqlite: &'static str,
    postgres: &'static str,
    /// `file:line` of the [`sql!`](crate::sql) that made it.
    pub place: &'static str,
    ran: [AtomicBool; 2],
}

/// All statements of the binary, collected at link time.
#[linkme::distributed_slice]
#[allow(unsafe_code)] // linkme places the static in a section of its own
pub static STATEMENTS: [Statement];

impl Statement {
    /// One text for both engines.
    #[doc(hidden)]
    pub const fn same(text: &'static str, place: &'static str) -> Self {
        Self::differing(text, text, place)
    }
    /// The escape hatch: two texts. A ratchet test counts these.
    #[doc(hidden)]
    pub const fn differing(
        sqlite: &'static str,
        postgres: &'static str,
        place: &'static str,
    ) -> Self {
        let ran = [AtomicBool::new(false), AtomicBool::new(false)];
        Self { sqlite, postgres, place, ran }
    }
    /// The text for one engine.
    pub const fn text(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
    /// Whether it used the escape hatch.
    pub fn differs(&self) -> bool {
        self.sqlite != self.postgres
    }
    /// Notes, once a process and engine, that it ran; the suite compares the notes at its end.
    pub(crate) fn note_ran(&self, engine: Engine) {
        if !self.ran[engine as usize].swap(true, Ordering::Relaxed) {
            note_ran(engine, self.place);
        }
    }
}

/// Appends one line to `$TONGPIN_RAN/ran.txt`, when the suite asks for it.
pub(crate) fn note_ran(engine: Engine, place: &str) {
    let Some(folder) = std::env::var_os("TONGPIN_RAN") else { return };
    let path = std::path::Path::new(&folder).join("ran.txt");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    // One write of one short line: atomic between the many processes of a test run.
    if let Ok(mut file) = file {
        let _ = file.write_all(format!("{engine} {place}\n").as_bytes());
    }
}

/// Writes one SQL statement: `sql!("SELECT … $1 …")`, or, counted by a ratchet,
/// `sql!(sqlite: "…", postgres: "…")`.
///
/// PostgreSQL must be able to tell each `$n`'s type from where it first stands, as one test
/// PREPAREs every text alone: `(town = $1 OR $1 IS NULL)`, not the other way round.
#[macro_export]
macro_rules! sql {
    (sqlite: $sqlite:expr, postgres: $postgres:expr $(,)?) => {{
        #[$crate::linkme::distributed_slice($crate::STATEMENTS)]
        #[linkme(crate = $crate::linkme)]
        #[allow(unsafe_code)] // linkme places the static in a section of its own
        static STATEMENT: $crate::Statement =
            $crate::Statement::differing($sqlite, $postgres, concat!(file!(), ":", line!()));
        &STATEMENT
    }};
    ($text:expr) => {{
        #[$crate::linkme::distributed_slice($crate::STATEMENTS)]
        #[linkme(crate = $crate::linkme)]
        #[allow(unsafe_code)] // linkme places the static in a section of its own
        static STATEMENT: $crate::Statement =
            $crate::Statement::same($text, concat!(file!(), ":", line!()));
        &STATEMENT
    }};
}
